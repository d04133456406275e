using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Prediction.Protocols;

namespace Slipway.Serving;

/// <summary>A first run, so that no request pays for it.</summary>
internal static class Warmth
{
    /// <summary>The most elements of an input that is made up.</summary>
    private const long ElementsMax = 1 << 20;

    private const long ExampleBytesMax = 1 << 20;

    /// <summary>The model's own example, as MLflow's clients would send it; where there is none that can be read, zeros.</summary>
    public static async ValueTask Example(PredictionHost host, ServedModel model, VersionFolder folder, CancellationToken ct)
    {
        if (await Request(folder, ct) is not { } body || !model.TryLease())
        {
            await Zeros(model, ct);
            return;
        }
        var arm = new EndpointArm("warm-up", model, 1);
        var exchange = new Exchange { Endpoint = new ServedEndpoint(0, "warm-up", [arm]), ContentType = "application/json", Body = RequestBytes.Of(body) };
        exchange.Call.Model = model;
        try
        {
            await host.Run(exchange, arm, PredictionRoutes.Mlflow, ct);
        }
        finally
        {
            exchange.Dispose();
        }
    }

    // A frame as pandas writes it, or a request as it stands.
    private static async Task<byte[]?> Request(VersionFolder folder, CancellationToken ct)
    {
        if (folder.Package.InputExample is not { } name || !(folder.Package.Files ?? []).Any(file => file.Path == name && file.Size <= ExampleBytesMax)) return null;
        try
        {
            var example = JsonNode.Parse(await File.ReadAllBytesAsync(folder.File(name), ct)) as JsonObject;
            if (example is null) return null;
            if (example.ContainsKey("data")) example = new JsonObject { ["dataframe_split"] = example.DeepClone() };
            return System.Text.Encoding.UTF8.GetBytes(example.ToJsonString());
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>One row of zeros and empty texts. What the model says of it does not count: zeros may be no valid input.</summary>
    public static async ValueTask Zeros(ServedModel model, CancellationToken ct)
    {
        var (inputs, outputs) = (TensorBatch.Rent(), TensorBatch.Rent());
        try
        {
            if (Fill(inputs, model.Runtime.Inputs)) await model.Runtime.Run(inputs, outputs, ct);
        }
        finally
        {
            inputs.Release();
            outputs.Release();
        }
    }

    private static unsafe bool Fill(TensorBatch batch, IReadOnlyList<TensorSpec> inputs)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            long[] shape = [.. inputs[i].Shape.Select(static size => size < 1 ? 1 : size)];
            var count = shape.Aggregate(1.0, static (product, size) => product * size);
            if (shape.Length > TensorShape.RankMax || count > ElementsMax) return false;
            if (inputs[i].Element is OnnxElement.String)
            {
                ref var texts = ref batch.Add(OnnxElement.String, shape, i);
                var offsets = (int*)batch.Take(((long)count + 1) * sizeof(int));
                new Span<int>(offsets, (int)count + 1).Clear();
                texts.Data = batch.Take(1);
                texts.Offsets = offsets;
            }
            else if (inputs[i].Element.Bytes() == 0) return false;
            else batch.AddNumbers(inputs[i].Element, shape, i).Values<byte>().Clear();
        }
        return true;
    }
}
