using Slipway.Engines.Onnx;
using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Prediction;

/// <summary>
/// Outputs that are no tensors, as tensors: maps become rows with a column for each key, in the order in which the runtime keeps them; tensors of one shape become one with a dimension more.
/// For models whose ZipMap could not be taken out, and for the few that answer sequences.
/// </summary>
internal static unsafe class OnnxNested
{
    /// <summary>Reads a value that the caller releases.</summary>
    /// <exception cref="OnnxException">Its parts differ, so that they make no tensor.</exception>
    public static void Read(nint value, OnnxKind kind, TensorBatch to, int port, string name)
    {
        if (kind is not (OnnxKind.Sequence or OnnxKind.Map)) throw new OnnxException($"The output '{name}' is {kind}, which cannot be answered.");
        nuint count = 1;
        if (kind == OnnxKind.Sequence) Check(GetValueCount(value, out count));
        if (count == 0)
        {
            // No rows: of how many columns, nothing says.
            Shape(ref to[port], to[port].Element, 0, [0]);
            to[port].Data = to.Take(1);
            return;
        }
        for (var i = 0; i < (int)count; i++)
        {
            var item = value;
            if (kind == OnnxKind.Sequence) Check(GetValue(value, i, OnnxRuntime.Allocator, out item));
            try
            {
                Check(GetValueType(item, out var inner));
                if ((OnnxKind)inner == OnnxKind.Tensor) Row(item, to, port, name, i, (long)count);
                else if ((OnnxKind)inner == OnnxKind.Map) Map(item, to, port, name, i, (long)count);
                else throw new OnnxException($"The output '{name}' holds a {(OnnxKind)inner}, which cannot be answered.");
            }
            finally
            {
                if (item != value) ReleaseValue(item);
            }
        }
    }

    private static void Map(nint map, TensorBatch to, int port, string name, int index, long rows)
    {
        // Keys (0) come in order, and a classifier's are the same in each row; values are 1.
        Check(GetValue(map, 1, OnnxRuntime.Allocator, out var values));
        try
        {
            Row(values, to, port, name, index, rows);
        }
        finally
        {
            ReleaseValue(values);
        }
    }

    private static void Row(nint values, TensorBatch to, int port, string name, int index, long rows)
    {
        var row = default(Tensor);
        OnnxOutputs.Shape(values, ref row);
        ref var tensor = ref to[port];
        var bytes = row.Count * row.Element.Bytes();
        if (row.Element == OnnxElement.String) throw new OnnxException($"The output '{name}' is a sequence of texts, which cannot be answered.");
        if (index == 0)
        {
            if (row.Rank == TensorShape.RankMax) throw new OnnxException($"The output '{name}' has more than {TensorShape.RankMax} dimensions.");
            Shape(ref tensor, row.Element, rows, row.Shape);
            tensor.Bytes = checked(rows * bytes);
            tensor.Data = to.Take(Math.Max(1, tensor.Bytes));
        }
        else if (row.Element != tensor.Element || !row.Shape.SequenceEqual(tensor.Shape[1..]))
            throw new OnnxException($"The output '{name}' is a sequence whose item {index} has another size than the first, which makes no tensor.");
        Check(GetTensorData(values, out var data));
        Buffer.MemoryCopy(data, tensor.Data + index * bytes, bytes, bytes);
    }

    private static void Shape(ref Tensor tensor, OnnxElement element, long rows, ReadOnlySpan<long> rest)
    {
        (tensor.Element, tensor.Rank) = (element, rest.Length + 1);
        tensor.Shape[0] = rows;
        rest.CopyTo(tensor.Shape[1..]);
    }
}
