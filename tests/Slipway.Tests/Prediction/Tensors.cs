using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

/// <summary>Batches written and read by tests.</summary>
internal static unsafe class Tensors
{
    public static void Numbers<T>(this TensorBatch batch, int port, OnnxElement element, ReadOnlySpan<T> values, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        ref var tensor = ref batch.AddNumbers(element, shape, port);
        values.CopyTo(tensor.Values<T>());
    }

    public static void Floats(this TensorBatch batch, int port, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) => batch.Numbers(port, OnnxElement.Float, values, shape);

    public static void Texts(this TensorBatch batch, int port, string[] texts, params ReadOnlySpan<long> shape)
    {
        ref var tensor = ref batch.Add(OnnxElement.String, shape, port);
        tensor.Offsets = (int*)batch.Take((texts.Length + 1) * sizeof(int));
        var all = texts.SelectMany(Encoding.UTF8.GetBytes).ToArray();
        tensor.Data = batch.Take(Math.Max(1, all.Length));
        tensor.Bytes = all.Length;
        all.CopyTo(new Span<byte>(tensor.Data, all.Length));
        var at = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            tensor.Offsets[i] = at;
            at += Encoding.UTF8.GetByteCount(texts[i]);
        }
        tensor.Offsets[texts.Length] = at;
    }

    public static string[] Texts(this TensorBatch batch, int index)
    {
        var texts = new string[batch[index].Count];
        for (var i = 0; i < texts.Length; i++) texts[i] = Encoding.UTF8.GetString(batch[index].Text(i));
        return texts;
    }

    public static T[] Read<T>(this TensorBatch batch, int index) where T : unmanaged => batch[index].Values<T>().ToArray();

    public static long[] ShapeOf(this TensorBatch batch, int index) => batch[index].Shape.ToArray();
}
