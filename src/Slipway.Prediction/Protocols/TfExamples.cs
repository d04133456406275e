using Slipway.Engines.Onnx;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>TensorFlow Serving's classify and regress: examples by feature in, labels with scores or numbers out.</summary>
internal sealed class TfExamples(bool classify) : Protocol
{
    /// <inheritdoc/>
    public override string Name => "tfserving";

    /// <inheritdoc/>
    public override unsafe Problem? Read(Exchange exchange)
    {
        fixed (byte* body = exchange.Body.Bytes)
        {
            if (body == null) return Problem.Invalid("The body is empty; expected {\"examples\": [{...}]}.");
            var json = new JsonCursor(body, exchange.Body.Length);
            return Object(ref json, exchange) ?? (json.Ends() ? null : json.Problem);
        }
    }

    /// <inheritdoc/>
    public override string Write(Exchange exchange, AnswerBuffer answer)
    {
        JsonAnswer.Raw(answer, "{\"results\":["u8);
        var outputs = exchange.Call.Outputs;
        var index = Scores(outputs);
        var labels = exchange.Model.Columns.Labels;
        for (var row = 0L; index >= 0 && row < outputs[index].Rows; row++)
        {
            if (row > 0) JsonAnswer.Raw(answer, ","u8);
            ref var tensor = ref outputs[index];
            var width = tensor.Count / Math.Max(1, tensor.Rows);
            if (!classify)
            {
                JsonAnswer.Elements(answer, ref tensor, row * width, 1);
                continue;
            }
            JsonAnswer.Raw(answer, "["u8);
            for (var i = 0L; i < width; i++)
            {
                if (i > 0) JsonAnswer.Raw(answer, ","u8);
                JsonAnswer.Raw(answer, "["u8);
                JsonAnswer.Text(answer, i < labels.Count ? labels[(int)i] : i.ToString(System.Globalization.CultureInfo.InvariantCulture));
                JsonAnswer.Raw(answer, ","u8);
                JsonAnswer.Elements(answer, ref tensor, row * width + i, 1);
                JsonAnswer.Raw(answer, "]"u8);
            }
            JsonAnswer.Raw(answer, "]"u8);
        }
        JsonAnswer.Raw(answer, "]}"u8);
        return "application/json";
    }

    /// <inheritdoc/>
    public override void WriteProblem(Problem problem, AnswerBuffer answer) => JsonAnswer.Error(answer, problem.Message);

    private static Problem? Object(ref JsonCursor json, Exchange exchange)
    {
        if (!json.Expect('{', "an object with 'examples'")) return json.Problem;
        var found = false;
        if (!json.Take('}'))
            do
            {
                if (!json.Name(out var name)) return json.Problem;
                if (name.Is("examples"u8))
                {
                    if (found) return Problem.Invalid("'examples' is there twice.");
                    found = true;
                    if (JsonRows.Records(ref json, exchange.Call.Inputs, exchange.Model.Plan, "examples", exchange.Detail) is { } problem) return problem;
                }
                else if (name.Is("signature_name"u8))
                {
                    if (TfServing.CheckSignature(ref json) is { } unknown) return unknown;
                }
                else if (name.Is("context"u8)) return new Problem(ErrorCode.NOT_IMPLEMENTED, "'context' is not supported: put its features into each example.", 501);
                else if (!json.Skip()) return json.Problem;
            }
            while (json.More('}'));
        return json.Problem ?? (found ? null : Problem.Invalid("Missing 'examples'; expected {\"examples\": [{\"feature\": value}]}."));
    }

    // Of a classifier the probabilities, of a regressor its only numbers: the last output of floats.
    private static int Scores(TensorBatch outputs)
    {
        for (var i = outputs.Count - 1; i >= 0; i--)
            if (outputs[i].Element.IsFloat()) return i;
        return outputs.Count > 0 && outputs[0].Element is not OnnxElement.String ? 0 : -1;
    }
}
