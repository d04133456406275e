using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>What TensorFlow Serving answers over REST, and with it KServe's first protocol and Vertex.</summary>
internal sealed class TfServing : Protocol
{
    /// <summary>The only signature.</summary>
    public const string Signature = "serving_default";

    /// <inheritdoc/>
    public override string Name => "tfserving";

    /// <inheritdoc/>
    public override unsafe Problem? Read(Exchange exchange)
    {
        fixed (byte* body = exchange.Body.Bytes)
        {
            if (body == null) return Problem.Invalid("The body is empty; expected {\"instances\": [...]} or {\"inputs\": ...}.");
            var json = new JsonCursor(body, exchange.Body.Length);
            return Object(ref json, exchange) ?? (json.Ends() ? null : json.Problem);
        }
    }

    /// <inheritdoc/>
    public override string Write(Exchange exchange, AnswerBuffer answer)
    {
        if (exchange.ByColumn)
        {
            JsonAnswer.Raw(answer, "{\"outputs\":"u8);
            RowAnswer.Whole(exchange, answer);
        }
        else
        {
            JsonAnswer.Raw(answer, "{\"predictions\":"u8);
            RowAnswer.List(exchange, answer);
        }
        JsonAnswer.Raw(answer, "}"u8);
        return "application/json";
    }

    /// <inheritdoc/>
    public override void WriteProblem(Problem problem, AnswerBuffer answer) => JsonAnswer.Error(answer, problem.Message);

    /// <summary>Passes `signature_name`; null when it is the one there is.</summary>
    public static Problem? CheckSignature(ref JsonCursor json)
    {
        if (!json.Text(out var name)) return json.Problem;
        return name.Raw.IsEmpty || name.Is("serving_default"u8) ? null : Problem.Invalid($"Serving signature key \"{name}\" not found. Expected \"{Signature}\", or leave signature_name out.");
    }

    private static Problem? Object(ref JsonCursor json, Exchange exchange)
    {
        if (!json.Expect('{', "an object with 'instances' or 'inputs'")) return json.Problem;
        var form = "";
        if (!json.Take('}'))
            do
            {
                if (!json.Name(out var name)) return json.Problem;
                var (rows, columns) = (name.Is("instances"u8), name.Is("inputs"u8));
                if (rows || columns)
                {
                    if (form.Length > 0) return Problem.Invalid("The body has two of 'instances' and 'inputs'; expected exactly one: 'instances' for a list of rows, 'inputs' for columns.");
                    form = rows ? "instances" : "inputs";
                    exchange.ByColumn = columns;
                    var (batch, plan) = (exchange.Call.Inputs, exchange.Model.Plan);
                    if ((rows ? JsonRows.List(ref json, batch, plan, form, exchange.Detail) : JsonRows.Columns(ref json, batch, plan, form, exchange.Detail)) is { } problem) return problem;
                }
                else if (name.Is("signature_name"u8))
                {
                    if (CheckSignature(ref json) is { } unknown) return unknown;
                }
                else if (!json.Skip()) return json.Problem;
            }
            while (json.More('}'));
        return json.Problem ?? (form.Length == 0 ? Problem.Invalid("Missing 'inputs' or 'instances' key. Expected {\"instances\": [...]} or {\"inputs\": ...}.") : null);
    }
}
