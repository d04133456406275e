using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>Whether answers are the same but for the rounding that engines differ in between batch sizes.</summary>
internal static class MergeProof
{
    private const double SingleTolerance = 1e-4, DoubleTolerance = 1e-9, HalfTolerance = 2e-2;

    /// <summary>Compares tensor by tensor; null when they are the same, else where they differ.</summary>
    public static string? Difference(TensorBatch alone, TensorBatch merged, IReadOnlyList<TensorSpec> outputs)
    {
        if (alone.Count != merged.Count) return $"{merged.Count} outputs instead of {alone.Count}";
        for (var i = 0; i < alone.Count; i++)
        {
            ref var a = ref alone[i];
            ref var b = ref merged[i];
            var name = outputs[a.Port].Name;
            if (a.Element != b.Element || !a.Shape.SequenceEqual(b.Shape)) return $"the output '{name}' has another shape";
            if (!Same(ref a, ref b)) return $"the output '{name}' has other values";
        }
        return null;
    }

    private static bool Same(ref Tensor a, ref Tensor b)
    {
        switch (a.Element)
        {
            case OnnxElement.Float: return Near<float>(a.Values<float>(), b.Values<float>(), SingleTolerance);
            case OnnxElement.Double: return Near<double>(a.Values<double>(), b.Values<double>(), DoubleTolerance);
            case OnnxElement.Float16: return Near<Half>(a.Values<Half>(), b.Values<Half>(), HalfTolerance);
            case OnnxElement.String:
                for (var i = 0; i < a.Count; i++)
                    if (!a.Text(i).SequenceEqual(b.Text(i))) return false;
                return true;
            default: return a.Values<byte>().SequenceEqual(b.Values<byte>());
        }
    }

    private static bool Near<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, double tolerance) where T : unmanaged, System.Numerics.INumber<T>
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] == b[i] || (T.IsNaN(a[i]) && T.IsNaN(b[i]))) continue;
            var (x, y) = (double.CreateTruncating(a[i]), double.CreateTruncating(b[i]));
            if (!(Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y))))) return false;
        }
        return true;
    }
}
