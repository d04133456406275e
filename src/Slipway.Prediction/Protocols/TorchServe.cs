using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>TorchServe's predictions: any body that can be understood, alone or as a part of a form.</summary>
internal sealed class TorchServe : Protocol
{
    /// <inheritdoc/>
    public override string Name => "torchserve";

    /// <inheritdoc/>
    public override Problem? Read(Exchange exchange)
    {
        var type = exchange.ContentType;
        if (type == "multipart/form-data")
        {
            if (MultipartBody.Part(exchange.Http?.Request.ContentType ?? "", exchange.Body.Bytes) is not { } part)
                return Problem.Invalid("The form has no field 'data' or 'body'; expected one with the input.");
            type = part.Type;
            var inner = RequestBytes.Of(exchange.Body.Bytes[part.Range]);
            exchange.Body.Return();
            exchange.Body = inner;
        }
        return type switch
        {
            "text/csv" => CsvRows.Read(exchange),
            "application/octet-stream" when !LooksLikeJson(exchange.Body.Bytes) => BinaryTensors.Raw(exchange),
            "text/plain" when !LooksLikeJson(exchange.Body.Bytes) => Text(exchange),
            _ => ReadJson(exchange),
        };
    }

    /// <inheritdoc/>
    public override string Write(Exchange exchange, AnswerBuffer answer)
    {
        if (exchange.Bare || RowAnswer.Rows(exchange) == 1) RowAnswer.One(exchange, answer, 0);
        else RowAnswer.List(exchange, answer);
        return "application/json";
    }

    /// <inheritdoc/>
    public override void WriteProblem(Problem problem, AnswerBuffer answer)
    {
        JsonAnswer.Raw(answer, "{\"code\":"u8);
        JsonAnswer.Number(answer, problem.Status);
        JsonAnswer.Raw(answer, ",\"type\":"u8);
        JsonAnswer.Text(answer, problem.Status switch { 404 => "ModelNotFoundException", 503 or 429 => "ServiceUnavailableException", >= 500 => "InternalServerException", _ => "BadRequestException" });
        JsonAnswer.Raw(answer, ",\"message\":"u8);
        JsonAnswer.Text(answer, problem.Message);
        JsonAnswer.Raw(answer, "}"u8);
    }

    private static bool LooksLikeJson(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static unsafe Problem? ReadJson(Exchange exchange)
    {
        fixed (byte* body = exchange.Body.Bytes)
        {
            if (body == null) return Problem.Invalid("The body is empty; expected JSON, CSV, a form with a field 'data', or the bytes of a tensor.");
            var json = new JsonCursor(body, exchange.Body.Length);
            return Any(ref json, exchange) ?? (json.Ends() ? null : json.Problem);
        }
    }

    private static Problem? Any(ref JsonCursor json, Exchange exchange)
    {
        var (batch, plan, detail) = (exchange.Call.Inputs, exchange.Model.Plan, exchange.Detail);
        if (json.Next() != '{') return JsonRows.Columns(ref json, batch, plan, "body", detail);
        var look = json;
        look.Take('{');
        if (look.Next() != '"' || !look.Name(out var name)) return look.Problem ?? Misfit.Of(detail, "body", "a row by column name", "an empty object");
        var key = name.ToString();
        if (key is "instances" or "data" or "inputs" or "dataframe_records" or "dataframe_split" && (!plan.Named || plan.Find(name.Bytes() ?? [], -1) < 0) && plan.Port(name.Bytes() ?? []) < 0)
        {
            json = look;
            var problem = key switch
            {
                "dataframe_split" => JsonRows.Split(ref json, batch, plan, key, detail),
                "dataframe_records" => JsonRows.Records(ref json, batch, plan, key, detail),
                "inputs" => JsonRows.Columns(ref json, batch, plan, key, detail),
                _ => JsonRows.List(ref json, batch, plan, key, detail),
            };
            if (problem is not null) return problem;
            return json.Expect('}', "nothing else in the object") ? null : json.Problem;
        }
        // One row, which a list of one would be as well.
        exchange.Bare = true;
        if (!plan.Named || plan.Find(name.Bytes() ?? [], -1) < 0) plan = plan.Port(name.Bytes() ?? []) >= 0 ? plan.Tensors : plan;
        var sink = new RowSink(plan, batch, "body", detail, 1);
        sink.Row();
        return JsonRows.Record(ref json, plan, ref sink) ? sink.Finish() : json.Problem ?? sink.Problem;
    }

    private static Problem? Text(Exchange exchange)
    {
        if (exchange.Model.Plan is not { Inputs.Count: 1 } plan || plan.Columns.Length != 1 || plan.Inputs[0].Element is not Engines.Onnx.OnnxElement.String)
            return Problem.Invalid("A body of plain text is for models of one text. Send JSON, or CSV as text/csv.");
        if (!System.Text.Unicode.Utf8.IsValid(exchange.Body.Bytes)) return Problem.Invalid("The body is not valid UTF-8.");
        var sink = new RowSink(plan, exchange.Call.Inputs, "body", exchange.Detail, 1);
        sink.Row();
        exchange.Bare = true;
        return sink.PutText(0, exchange.Body.Bytes) ? sink.Finish() : sink.Problem;
    }
}
