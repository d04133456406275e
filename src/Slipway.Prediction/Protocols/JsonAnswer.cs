using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>Tensors as JSON: the shortest text that reads back the same; NaN and infinities as bare words, as the servers do whose protocols these are.</summary>
internal static unsafe class JsonAnswer
{
    private const int NumberBytesMax = 32, RunElements = 256;

    /// <summary>Bytes as they are.</summary>
    public static void Raw(AnswerBuffer answer, ReadOnlySpan<byte> bytes) => answer.Write(bytes);

    /// <summary>A text with quotes and escapes.</summary>
    public static void Text(AnswerBuffer answer, ReadOnlySpan<byte> utf8)
    {
        var first = utf8.IndexOfAny(Escaped);
        if (first < 0)
        {
            var plain = answer.GetSpan(utf8.Length + 2);
            plain[0] = (byte)'"';
            utf8.CopyTo(plain[1..]);
            plain[utf8.Length + 1] = (byte)'"';
            answer.Advance(utf8.Length + 2);
            return;
        }
        var to = answer.GetSpan(utf8.Length * 6 + 2);
        var written = 0;
        to[written++] = (byte)'"';
        foreach (var letter in utf8)
            switch (letter)
            {
                case (byte)'"' or (byte)'\\':
                    to[written++] = (byte)'\\';
                    to[written++] = letter;
                    break;
                case (byte)'\n':
                    "\\n"u8.CopyTo(to[written..]);
                    written += 2;
                    break;
                case < 32:
                    "\\u00"u8.CopyTo(to[written..]);
                    to[written + 4] = (byte)"0123456789abcdef"[letter >> 4];
                    to[written + 5] = (byte)"0123456789abcdef"[letter & 15];
                    written += 6;
                    break;
                default:
                    to[written++] = letter;
                    break;
            }
        to[written++] = (byte)'"';
        answer.Advance(written);
    }

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 32).Select(static code => (byte)code)]);

    /// <summary>A text.</summary>
    public static void Text(AnswerBuffer answer, string text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        if (text.Length <= 80) Text(answer, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
        else Text(answer, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>An integer.</summary>
    public static void Number(AnswerBuffer answer, long value)
    {
        Utf8Formatter.TryFormat(value, answer.GetSpan(NumberBytesMax), out var written);
        answer.Advance(written);
    }

    /// <summary>A shape.</summary>
    public static void Shape(AnswerBuffer answer, ReadOnlySpan<long> shape)
    {
        Raw(answer, "["u8);
        for (var i = 0; i < shape.Length; i++)
        {
            if (i > 0) Raw(answer, ","u8);
            Number(answer, shape[i]);
        }
        Raw(answer, "]"u8);
    }

    /// <summary>Elements one after the other with commas, without brackets.</summary>
    public static void Elements(AnswerBuffer answer, ref Tensor tensor, long from, long count)
    {
        switch (tensor.Element)
        {
            case OnnxElement.Float: Run(answer, (float*)tensor.Data + from, count); break;
            case OnnxElement.Double: Run(answer, (double*)tensor.Data + from, count); break;
            case OnnxElement.Int64: Run(answer, (long*)tensor.Data + from, count); break;
            case OnnxElement.Int32: Run(answer, (int*)tensor.Data + from, count); break;
            case OnnxElement.Bool: Run(answer, (bool*)tensor.Data + from, count); break;
            case OnnxElement.UInt8: Run(answer, tensor.Data + from, count); break;
            case OnnxElement.Int8: Run(answer, (sbyte*)tensor.Data + from, count); break;
            case OnnxElement.UInt16: Run(answer, (ushort*)tensor.Data + from, count); break;
            case OnnxElement.Int16: Run(answer, (short*)tensor.Data + from, count); break;
            case OnnxElement.UInt32: Run(answer, (uint*)tensor.Data + from, count); break;
            case OnnxElement.UInt64: Run(answer, (ulong*)tensor.Data + from, count); break;
            case OnnxElement.Float16: Run(answer, (Half*)tensor.Data + from, count); break;
            case OnnxElement.BFloat16: Run(answer, (Brain*)tensor.Data + from, count); break;
            default:
                for (var i = from; i < from + count; i++)
                {
                    if (i > from) Raw(answer, ","u8);
                    Text(answer, tensor.Text((int)i));
                }
                break;
        }
    }

    /// <summary>One row of a tensor, nested as its shape says: a scalar when it has one dimension.</summary>
    public static void Row(AnswerBuffer answer, ref Tensor tensor, long row)
    {
        if (tensor.Rank <= 1)
        {
            Elements(answer, ref tensor, row, 1);
            return;
        }
        var width = 1L;
        for (var i = 1; i < tensor.Rank; i++) width *= tensor.Dimensions[i];
        Nested(answer, ref tensor, 1, row * width, width);
    }

    /// <summary>All of a tensor, nested as its shape says.</summary>
    public static void Whole(AnswerBuffer answer, ref Tensor tensor)
    {
        if (tensor.Rank == 0) Elements(answer, ref tensor, 0, 1);
        else Nested(answer, ref tensor, 0, 0, tensor.Count);
    }

    /// <summary>`{"error": "..."}`.</summary>
    public static void Error(AnswerBuffer answer, string message)
    {
        Raw(answer, "{\"error\":"u8);
        Text(answer, message);
        Raw(answer, "}"u8);
    }

    private static void Nested(AnswerBuffer answer, ref Tensor tensor, int dimension, long from, long count)
    {
        Raw(answer, "["u8);
        if (dimension == tensor.Rank - 1) Elements(answer, ref tensor, from, count);
        else
        {
            var rows = tensor.Dimensions[dimension];
            for (var i = 0L; i < rows; i++)
            {
                if (i > 0) Raw(answer, ","u8);
                Nested(answer, ref tensor, dimension + 1, from + i * (count / rows), count / rows);
            }
        }
        Raw(answer, "]"u8);
    }

    private static void Run<T>(AnswerBuffer answer, T* values, long count) where T : unmanaged
    {
        for (var i = 0L; i < count;)
        {
            var many = (int)Math.Min(RunElements, count - i);
            var to = answer.GetSpan(many * (NumberBytesMax + 1));
            var written = 0;
            for (var end = i + many; i < end; i++)
            {
                if (i > 0) to[written++] = (byte)',';
                written += One(to[written..], values[i]);
            }
            answer.Advance(written);
        }
    }

    private static int One<T>(Span<byte> to, T value) where T : unmanaged
    {
        int written;
        if (typeof(T) == typeof(float))
        {
            var number = (float)(object)value;
            if (!float.IsFinite(number)) return Named(to, number);
            number.TryFormat(to, out written);
        }
        else if (typeof(T) == typeof(double))
        {
            var number = (double)(object)value;
            if (!double.IsFinite(number)) return Named(to, number);
            number.TryFormat(to, out written);
        }
        else if (typeof(T) == typeof(Half))
        {
            var number = (Half)(object)value;
            if (!Half.IsFinite(number)) return Named(to, (double)number);
            number.TryFormat(to, out written);
        }
        else if (typeof(T) == typeof(Brain)) return One(to, ((Brain)(object)value).ToFloat());
        else if (typeof(T) == typeof(bool))
        {
            var word = (bool)(object)value ? "true"u8 : "false"u8;
            word.CopyTo(to);
            written = word.Length;
        }
        else if (typeof(T) == typeof(ulong)) Utf8Formatter.TryFormat((ulong)(object)value, to, out written);
        else Utf8Formatter.TryFormat(
            typeof(T) == typeof(long) ? (long)(object)value : typeof(T) == typeof(int) ? (int)(object)value : typeof(T) == typeof(uint) ? (uint)(object)value
            : typeof(T) == typeof(short) ? (short)(object)value : typeof(T) == typeof(ushort) ? (ushort)(object)value : typeof(T) == typeof(sbyte) ? (sbyte)(object)value : (byte)(object)value, to, out written);
        return written;
    }

    private static int Named(Span<byte> to, double value)
    {
        var word = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8;
        word.CopyTo(to);
        return word.Length;
    }
}
