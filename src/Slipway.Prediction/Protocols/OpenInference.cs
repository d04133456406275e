using System.Diagnostics;
using System.Globalization;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>The Open Inference Protocol over REST: JSON, with tensors as bytes behind it where the header says how long the JSON is.</summary>
/// <remarks>https://github.com/kserve/open-inference-protocol, and Triton's binary tensor data, classification and schedule extensions.</remarks>
internal sealed class OpenInference : Protocol
{
    /// <summary>The header that says how many bytes of the body are JSON.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    private const int IdCharsMax = 128;

    /// <inheritdoc/>
    public override string Name => "oip";

    /// <inheritdoc/>
    public override unsafe Problem? Read(Exchange exchange)
    {
        if (exchange.Http is { } http && http.Request.Headers.TryGetValue(HeaderLength, out var said))
        {
            if (!long.TryParse(said.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) return Problem.Invalid($"{HeaderLength}: expected the number of the JSON's bytes.");
            exchange.HeaderBytes = bytes;
        }
        if (exchange.HeaderBytes == 0) return BinaryTensors.Raw(exchange);
        fixed (byte* body = exchange.Body.Bytes)
        {
            if (body == null) return Problem.Invalid("The body is empty; expected {\"inputs\": [...]}.");
            if (exchange.HeaderBytes > exchange.Body.Length) return Problem.Invalid($"{HeaderLength} is {exchange.HeaderBytes:N0}, and the body has {exchange.Body.Length:N0} bytes.");
            var jsonBytes = exchange.HeaderBytes < 0 ? exchange.Body.Length : exchange.HeaderBytes;
            var inputs = new OipInputs(exchange, body + jsonBytes, exchange.Body.Length - jsonBytes);
            var json = new JsonCursor(body, jsonBytes);
            if (!Request(ref json, exchange, ref inputs)) return json.Problem;
            if (exchange.HeaderBytes < 0)
            {
                if (!json.Ends()) return json.Problem;
            }
            else
            {
                // Tensors follow the JSON, not zeros: it must end where the header says.
                var over = json.Left < 0;
                json.Next();
                if (over || json.Left > 0) return Problem.Invalid($"The JSON does not end after the {jsonBytes:N0} bytes that {HeaderLength} says.");
            }
            return inputs.Finish();
        }
    }

    /// <inheritdoc/>
    public override string Write(Exchange exchange, AnswerBuffer answer) => OipAnswer.Write(exchange, answer);

    /// <inheritdoc/>
    public override void WriteProblem(Problem problem, AnswerBuffer answer) => JsonAnswer.Error(answer, problem.Message);

    private static bool Request(ref JsonCursor json, Exchange exchange, ref OipInputs inputs)
    {
        if (!json.Expect('{', "{\"inputs\": [...]}")) return false;
        var (hasInputs, hasOutputs) = (false, false);
        if (json.Take('}')) return json.Fail(Problem.Invalid("'inputs' is missing; expected {\"inputs\": [{\"name\", \"shape\", \"datatype\", \"data\"}]}."));
        do
        {
            if (!json.Name(out var name)) return false;
            if (name.Is("inputs"u8))
            {
                if (hasInputs) return json.Fail(Problem.Invalid("'inputs' is there twice."));
                hasInputs = true;
                if (!inputs.Read(ref json)) return false;
            }
            else if (name.Is("outputs"u8))
            {
                if (hasOutputs) return json.Fail(Problem.Invalid("'outputs' is there twice."));
                hasOutputs = true;
                if (!OipOutputs.Read(ref json, exchange)) return false;
            }
            else if (name.Is("id"u8))
            {
                if (!json.Text(out var id)) return false;
                if (id.Raw.Length > IdCharsMax * 4) return json.Fail(Problem.Invalid($"id: expected at most {IdCharsMax} characters, got {id.Raw.Length:N0} bytes."));
                exchange.Call.Id = id.ToString();
                exchange.IdGiven = true;
            }
            else if (name.Is("parameters"u8))
            {
                if (!Parameters(ref json, exchange, ref inputs)) return false;
            }
            else if (!json.Skip()) return false;
        }
        while (json.More('}'));
        if (json.Problem is not null) return false;
        return hasInputs || json.Fail(Problem.Invalid("'inputs' is missing; expected {\"inputs\": [{\"name\", \"shape\", \"datatype\", \"data\"}]}."));
    }

    private static unsafe bool Parameters(ref JsonCursor json, Exchange exchange, ref OipInputs inputs)
    {
        if (!json.Expect('{')) return false;
        if (json.Take('}')) return true;
        do
        {
            if (!json.Name(out var name)) return false;
            var at = json;
            if (!json.Skip()) return false;
            at.Next();
            if (name.Is("binary_data_output"u8)) exchange.BinaryAll = at.Word("true"u8);
            else if (name.Is("priority"u8) && JsonNumber.Long(at.At, out var priority) != null) exchange.Call.Priority = (int)Math.Clamp(priority, 0, int.MaxValue);
            else if (name.Is("timeout"u8) && JsonNumber.Long(at.At, out var microseconds) != null && microseconds > 0)
                exchange.Call.Deadline = Math.Min(exchange.Call.Deadline, Stopwatch.GetTimestamp() + (long)(Math.Min(microseconds, 1e13) * Stopwatch.Frequency / 1e6));
            else if (name.Is("content_type"u8) && at.Text(out var type)) inputs.ContentType = type.ToString();
        }
        while (json.More('}'));
        return json.Problem is null;
    }
}
