using System.Buffers.Binary;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>Tensors as little-endian bytes, row-major; texts with four bytes of length before each.</summary>
/// <remarks>Triton's binary tensor data extension; gRPC's raw contents are the same.</remarks>
internal static unsafe class BinaryTensors
{
    /// <summary>Adds a tensor from bytes, converted to the model's type where it is another.</summary>
    public static Problem? Add(TensorBatch batch, OnnxElement from, OnnxElement to, ReadOnlySpan<long> shape, int port, ReadOnlySpan<byte> bytes, string where, ErrorDetail detail)
    {
        if (Count(shape) is not { } count) return Problem.TooLarge($"{where}.shape: {Elements.Shape(shape)} is more than a tensor holds.");
        if (to is OnnxElement.String) return Texts(batch, count, shape, port, bytes, where, detail);
        if (count > bytes.Length || count * from.Bytes() != bytes.Length)
            return Misfit.Of(detail, where, $"{Elements.Shape(shape)} of {from.Oip()}, which is {(decimal)count * from.Bytes():N0} bytes", $"{bytes.Length:N0} bytes");
        ref var tensor = ref batch.AddNumbers(to, shape, port);
        if (from == to && to is not OnnxElement.Bool)
        {
            bytes.CopyTo(new Span<byte>(tensor.Data, bytes.Length));
            return null;
        }
        fixed (byte* values = bytes)
            for (var i = 0L; i < count; i++)
                if (!Convert(values, i, from, tensor.Data + i * to.Bytes(), to)) return Misfit.Of(detail, $"{where}[{i}]", to.Words(), $"a value that does not fit ({from.Oip()})");
        return null;
    }

    /// <summary>The only input of a model from a body that is nothing but its bytes.</summary>
    public static Problem? Raw(Exchange exchange)
    {
        var inputs = exchange.Model.Plan.Inputs;
        var where = "the body";
        if (inputs is not [{ } spec]) return Problem.Invalid($"A body of bytes alone is for models of one input; this one has {inputs.Count}: {string.Join(", ", inputs.Select(static input => input.Name))}.");
        exchange.BinaryAll = true;
        var bytes = exchange.Body.Bytes;
        Span<long> shape = stackalloc long[TensorShape.RankMax];
        spec.Shape.CopyTo(shape);
        shape = shape[..spec.Shape.Length];
        long known = 1, free = -1;
        for (var i = 0; i < shape.Length; i++)
        {
            // The first dimension counts requests: one. Another free one has what is left.
            if (shape[i] < 0 && i == 0 && (shape.Length > 1 || spec.Element is OnnxElement.String)) shape[i] = 1;
            if (shape[i] >= 0) known *= shape[i];
            else if (free < 0) free = i;
            else return Problem.Invalid($"A body of bytes alone needs a shape with one free dimension; the input '{spec.Name}' has {Elements.Shape(spec.Shape)}.");
        }
        if (free >= 0) shape[(int)free] = spec.Element is OnnxElement.String ? 1 : known == 0 ? 0 : bytes.Length / (known * spec.Element.Bytes());
        return Add(exchange.Call.Inputs, spec.Element, spec.Element, shape, 0, bytes, where, exchange.Detail);
    }

    /// <summary>A column from bytes.</summary>
    public static Problem? Column(ref RowSink sink, int column, OnnxElement from, long rows, scoped ReadOnlySpan<byte> bytes, string where, ErrorDetail detail)
    {
        if (from is not OnnxElement.String && (rows > bytes.Length || rows * from.Bytes() != bytes.Length)) return Misfit.Of(detail, where, $"{rows:N0} values of {from.Oip()}", $"{bytes.Length:N0} bytes");
        fixed (byte* values = bytes)
            for (var row = 0L; row < rows; row++)
            {
                sink.At(row);
                if (from is OnnxElement.String)
                {
                    if (!Text(ref bytes, out var text)) return Misfit.Of(detail, where, "texts with their lengths before them", "bytes that end in the middle of one");
                    if (!sink.PutText(column, text)) return sink.Problem;
                    continue;
                }
                long whole = 0;
                double number = 0;
                if (from is OnnxElement.Bool) whole = values[row] != 0 ? 1 : 0;
                else if (from.IsInteger() ? !Convert(values, row, from, (byte*)&whole, OnnxElement.Int64) : !Convert(values, row, from, (byte*)&number, OnnxElement.Double)) return Misfit.Of(detail, $"{where}[{row}]", "an integer of 64 bits", "a larger one");
                if (!sink.PutNumber(column, from, whole, number)) return sink.Problem;
            }
        return from is OnnxElement.String && !bytes.IsEmpty ? Misfit.Of(detail, where, $"{rows:N0} texts", "more bytes") : null;
    }

    /// <summary>Writes a tensor's bytes as the protocol has them.</summary>
    public static void Write(AnswerBuffer answer, ref Tensor tensor)
    {
        if (tensor.Element is not OnnxElement.String)
        {
            const int Piece = 64 * 1024;
            for (var at = 0L; at < tensor.Bytes; at += Piece)
            {
                var many = (int)Math.Min(Piece, tensor.Bytes - at);
                new ReadOnlySpan<byte>(tensor.Data + at, many).CopyTo(answer.GetSpan(many));
                answer.Advance(many);
            }
            return;
        }
        for (int i = 0, count = (int)tensor.Count; i < count; i++)
        {
            var text = tensor.Text(i);
            var to = answer.GetSpan(text.Length + 4);
            BinaryPrimitives.WriteInt32LittleEndian(to, text.Length);
            text.CopyTo(to[4..]);
            answer.Advance(text.Length + 4);
        }
    }

    /// <summary>How many bytes <see cref="Write"/> writes.</summary>
    public static long Bytes(ref Tensor tensor) => tensor.Element is OnnxElement.String ? tensor.Offsets[tensor.Count] + 4 * tensor.Count : tensor.Bytes;

    /// <summary>Undoes base64 in all texts, in place; false when one is something else.</summary>
    public static bool Unbase64(ref Tensor tensor)
    {
        var written = 0;
        for (int i = 0, count = (int)tensor.Count; i < count; i++)
        {
            var text = new Span<byte>(tensor.Data + tensor.Offsets[i], tensor.Offsets[i + 1] - tensor.Offsets[i]);
            if (System.Buffers.Text.Base64.DecodeFromUtf8InPlace(text, out var length) is not System.Buffers.OperationStatus.Done) return false;
            text[..length].CopyTo(new Span<byte>(tensor.Data + written, length));
            // Nobody reads the beginning of this text again; the next one's is still the old.
            tensor.Offsets[i] = written;
            written += length;
        }
        if (tensor.Count > 0) tensor.Offsets[tensor.Count] = written;
        tensor.Bytes = written;
        return true;
    }

    /// <summary>How many elements a shape has, or null when more than fit.</summary>
    public static long? Count(ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var dimension in shape)
        {
            if (dimension > 0 && count > int.MaxValue * 4L / dimension) return null;
            count *= dimension;
        }
        return count;
    }

    private static Problem? Texts(TensorBatch batch, long count, ReadOnlySpan<long> shape, int port, ReadOnlySpan<byte> bytes, string where, ErrorDetail detail)
    {
        if (count > bytes.Length / 4) return Misfit.Of(detail, where, $"{count:N0} texts with their lengths before them", $"{bytes.Length:N0} bytes");
        ref var tensor = ref batch.Add(OnnxElement.String, shape, port);
        tensor.Offsets = (int*)batch.Take((count + 1) * sizeof(int));
        tensor.Data = batch.Take(Math.Max(1, bytes.Length - 4 * count));
        var at = 0;
        for (var i = 0L; i < count; i++)
        {
            tensor.Offsets[i] = at;
            if (!Text(ref bytes, out var text) || text.Length > bytes.Length + text.Length) return Misfit.Of(detail, $"{where}[{i}]", "a text with its length before it", "bytes that end in the middle of it");
            text.CopyTo(new Span<byte>(tensor.Data + at, text.Length));
            at += text.Length;
        }
        tensor.Offsets[count] = at;
        tensor.Bytes = at;
        return bytes.IsEmpty ? null : Misfit.Of(detail, where, $"{count:N0} texts", $"{bytes.Length:N0} bytes more");
    }

    private static bool Text(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (bytes.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length > (uint)(bytes.Length - 4)) return false;
        text = bytes.Slice(4, (int)length);
        bytes = bytes[(4 + (int)length)..];
        return true;
    }

    private static bool Convert(byte* values, long index, OnnxElement from, byte* to, OnnxElement element)
    {
        switch (from)
        {
            case OnnxElement.Float: Block.Write(to, element, ((float*)values)[index]); return true;
            case OnnxElement.Double: Block.Write(to, element, ((double*)values)[index]); return true;
            case OnnxElement.Float16: Block.Write(to, element, (double)((Half*)values)[index]); return true;
            case OnnxElement.BFloat16: Block.Write(to, element, ((Brain*)values)[index].ToFloat()); return true;
            case OnnxElement.Bool: *to = values[index] != 0 ? (byte)1 : (byte)0; return true;
            case OnnxElement.UInt64:
                var large = ((ulong*)values)[index];
                return element.IsFloat() ? Float(to, element, large) : large <= long.MaxValue && Whole(to, element, (long)large);
            default:
                var whole = from switch
                {
                    OnnxElement.Int64 => ((long*)values)[index],
                    OnnxElement.Int32 => ((int*)values)[index],
                    OnnxElement.Int16 => ((short*)values)[index],
                    OnnxElement.Int8 => ((sbyte*)values)[index],
                    OnnxElement.UInt32 => ((uint*)values)[index],
                    OnnxElement.UInt16 => ((ushort*)values)[index],
                    _ => values[index],
                };
                return element.IsFloat() ? Float(to, element, whole) : Whole(to, element, whole);
        }
    }

    private static bool Float(byte* to, OnnxElement element, double value)
    {
        Block.Write(to, element, value);
        return true;
    }

    /// <summary>Writes an integer if its type holds it.</summary>
    internal static bool Whole(byte* to, OnnxElement element, long value)
    {
        switch (element)
        {
            case OnnxElement.Int64: *(long*)to = value; return true;
            case OnnxElement.Int32: *(int*)to = (int)value; return value == (int)value;
            case OnnxElement.Int16: *(short*)to = (short)value; return value == (short)value;
            case OnnxElement.Int8: *(sbyte*)to = (sbyte)value; return value == (sbyte)value;
            case OnnxElement.UInt64: *(ulong*)to = (ulong)value; return value >= 0;
            case OnnxElement.UInt32: *(uint*)to = (uint)value; return value == (uint)value;
            case OnnxElement.UInt16: *(ushort*)to = (ushort)value; return value == (ushort)value;
            case OnnxElement.UInt8: *to = (byte)value; return value == (byte)value;
            default: return false;
        }
    }
}
