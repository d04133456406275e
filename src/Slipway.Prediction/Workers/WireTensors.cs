using System.Buffers.Binary;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Workers;

/// <summary>Tensors as the Open Inference Protocol's binary extension has them, to and from a batch: numbers as they lie in memory, texts with their length before them.</summary>
internal static unsafe class WireTensors
{
    /// <summary>The protocol's word; null for what it has none for.</summary>
    public static string? Word(OnnxElement element) => element switch
    {
        OnnxElement.Bool => "BOOL",
        OnnxElement.UInt8 => "UINT8",
        OnnxElement.UInt16 => "UINT16",
        OnnxElement.UInt32 => "UINT32",
        OnnxElement.UInt64 => "UINT64",
        OnnxElement.Int8 => "INT8",
        OnnxElement.Int16 => "INT16",
        OnnxElement.Int32 => "INT32",
        OnnxElement.Int64 => "INT64",
        OnnxElement.Float16 => "FP16",
        OnnxElement.BFloat16 => "BF16",
        OnnxElement.Float => "FP32",
        OnnxElement.Double => "FP64",
        OnnxElement.String => "BYTES",
        _ => null,
    };

    /// <summary>What a word means.</summary>
    public static OnnxElement Element(string? word) => word switch
    {
        "BOOL" => OnnxElement.Bool,
        "UINT8" => OnnxElement.UInt8,
        "UINT16" => OnnxElement.UInt16,
        "UINT32" => OnnxElement.UInt32,
        "UINT64" => OnnxElement.UInt64,
        "INT8" => OnnxElement.Int8,
        "INT16" => OnnxElement.Int16,
        "INT32" => OnnxElement.Int32,
        "INT64" => OnnxElement.Int64,
        "FP16" => OnnxElement.Float16,
        "BF16" => OnnxElement.BFloat16,
        "FP32" => OnnxElement.Float,
        "FP64" => OnnxElement.Double,
        "BYTES" => OnnxElement.String,
        _ => OnnxElement.Undefined,
    };

    /// <summary>Where a tensor's bytes of the wire lie: its own memory for numbers, a copy in <paramref name="staging"/> for texts.</summary>
    public static (nint Start, long Bytes) Out(ref Tensor tensor, TensorBatch staging)
    {
        if (tensor.Element is not OnnxElement.String) return ((nint)tensor.Data, tensor.Bytes);
        var count = checked((int)tensor.Count);
        var bytes = 4L * count + (count == 0 ? 0 : tensor.Offsets[count] - tensor.Offsets[0]);
        var start = staging.Take(bytes);
        var at = start;
        for (var i = 0; i < count; i++)
        {
            var text = tensor.Text(i);
            BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(at, 4), (uint)text.Length);
            text.CopyTo(new Span<byte>(at + 4, text.Length));
            at += 4 + text.Length;
        }
        return ((nint)start, bytes);
    }

    /// <summary>Room for a tensor that comes with so many bytes: in its own memory for numbers, in <paramref name="staging"/> for texts, which <see cref="Texts"/> then takes over.</summary>
    /// <returns>Null when the bytes do not fit the shape.</returns>
    public static nint? In(TensorBatch into, TensorBatch staging, OnnxElement element, ReadOnlySpan<long> shape, long bytes, int port)
    {
        if (bytes < 0 || Count(shape) is not { } count) return null;
        if (element is OnnxElement.String) return bytes < 4 * count ? null : (nint)staging.Take(bytes);
        if (element.Bytes() == 0 || count > long.MaxValue / 8 || bytes != count * element.Bytes()) return null;
        return (nint)into.AddNumbers(element, shape, port).Data;
    }

    /// <summary>Adds a tensor of texts from their bytes of the wire.</summary>
    /// <returns>False when they do not fit the shape.</returns>
    public static bool Texts(TensorBatch into, ReadOnlySpan<long> shape, nint wire, long bytes, int port)
    {
        if (Count(shape) is not { } count || count > int.MaxValue - 1 || bytes > int.MaxValue || bytes < 4 * count) return false;
        var from = (byte*)wire;
        var offsets = (int*)into.Take(4 * (count + 1));
        var data = into.Take(bytes - 4 * count);
        long at = 0;
        var written = 0;
        for (var i = 0; i < count; i++)
        {
            offsets[i] = written;
            if (bytes - at < 4) return false;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(from + at, 4));
            if (length > bytes - at - 4 || written + length > bytes - 4 * count) return false;
            new ReadOnlySpan<byte>(from + at + 4, (int)length).CopyTo(new Span<byte>(data + written, (int)length));
            at += 4 + length;
            written += (int)length;
        }
        offsets[count] = written;
        if (at != bytes) return false;
        ref var tensor = ref into.Add(OnnxElement.String, shape, port);
        tensor.Data = data;
        tensor.Bytes = written;
        tensor.Offsets = offsets;
        return true;
    }

    /// <summary>How many elements a shape has; null when it is none.</summary>
    public static long? Count(ReadOnlySpan<long> shape)
    {
        if (shape.Length > TensorShape.RankMax) return null;
        var count = 1L;
        foreach (var size in shape)
        {
            if (size < 0 || size > TensorBatch.BytesMax) return null;
            count *= size;
            if (count > TensorBatch.BytesMax) return null;
        }
        return count;
    }
}
