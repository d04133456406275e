using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>A first run, so that no request pays for it.</summary>
internal static class Warmth
{
    /// <summary>The most elements of an input that is made up.</summary>
    private const long ElementsMax = 1 << 20;

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
