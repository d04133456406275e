using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>What `mlflow models serve` answers at `/invocations`, and with it SageMaker's and Databricks' contracts.</summary>
internal sealed class MlflowScoring : Protocol
{
    private const string Forms = "one of 'dataframe_split', 'dataframe_records', 'instances', 'inputs'";

    /// <inheritdoc/>
    public override string Name => "mlflow";

    /// <inheritdoc/>
    public override Problem? Read(Exchange exchange) => exchange.ContentType switch
    {
        "text/csv" => CsvRows.Read(exchange),
        "application/json" => ReadJson(exchange),
        var other => new Problem(ErrorCode.BAD_REQUEST, $"This predictor only supports the following content types: ['text/csv', 'application/json', 'application/x-ndjson']. Got '{other}'.", 415),
    };

    /// <inheritdoc/>
    public override string Write(Exchange exchange, AnswerBuffer answer)
    {
        JsonAnswer.Raw(answer, "{\"predictions\":"u8);
        RowAnswer.List(exchange, answer);
        JsonAnswer.Raw(answer, "}"u8);
        return "application/json";
    }

    /// <inheritdoc/>
    public override void WriteProblem(Problem problem, AnswerBuffer answer) => Coded(problem, answer);

    /// <summary>`{"error_code", "message"}`.</summary>
    public static void Coded(Problem problem, AnswerBuffer answer)
    {
        JsonAnswer.Raw(answer, "{\"error_code\":"u8);
        JsonAnswer.Text(answer, problem.Code is ErrorCode.INVALID_PARAMETER_VALUE ? "BAD_REQUEST" : problem.Code.ToString());
        JsonAnswer.Raw(answer, ",\"message\":"u8);
        JsonAnswer.Text(answer, problem.Message);
        JsonAnswer.Raw(answer, "}"u8);
    }

    private static unsafe Problem? ReadJson(Exchange exchange)
    {
        fixed (byte* body = exchange.Body.Bytes)
        {
            if (body == null) return Problem.Invalid($"The body is empty; expected an object with {Forms}.");
            var json = new JsonCursor(body, exchange.Body.Length);
            return Object(ref json, exchange) ?? (json.Ends() ? null : json.Problem);
        }
    }

    private static Problem? Object(ref JsonCursor json, Exchange exchange)
    {
        if (!json.Expect('{', $"an object with {Forms}")) return json.Problem;
        string? form = null;
        if (!json.Take('}'))
            do
            {
                if (!json.Name(out var name)) return json.Problem;
                if (name.Is("params"u8))
                {
                    if (!json.Skip()) return json.Problem;
                    continue;
                }
                var key = name.ToString();
                if (key is not ("dataframe_split" or "dataframe_records" or "instances" or "inputs"))
                    return Misfit.Name(ErrorDetail.Full, "the body", "unknown key", key, ["dataframe_split", "dataframe_records", "instances", "inputs", "params"]);
                if (form is not null) return Problem.Invalid($"The body has '{form}' and '{key}'; expected exactly {Forms}.");
                form = key;
                if (Form(ref json, exchange, key) is { } problem) return problem;
            }
            while (json.More('}'));
        return json.Problem ?? (form is null ? Problem.Invalid($"The body has no data; expected exactly {Forms}.") : null);
    }

    private static Problem? Form(ref JsonCursor json, Exchange exchange, string form)
    {
        var (batch, plan) = (exchange.Call.Inputs, exchange.Model.Plan);
        return form switch
        {
            "dataframe_split" => JsonRows.Split(ref json, batch, plan, form, exchange.Detail),
            "dataframe_records" => JsonRows.Records(ref json, batch, plan, form, exchange.Detail),
            "instances" => JsonRows.List(ref json, batch, plan, form, exchange.Detail),
            _ => JsonRows.Columns(ref json, batch, plan, form, exchange.Detail),
        };
    }
}
