using System.Runtime.CompilerServices;

namespace Slipway.Engines.Onnx;

/// <summary>What a tensor holds, numbered as in ONNX (TensorProto.DataType).</summary>
public enum OnnxElement
{
    /// <summary>Not a tensor, or a type this runtime does not know.</summary>
    Undefined = 0,
    /// <summary><see cref="float"/></summary>
    Float = 1,
    /// <summary><see cref="byte"/></summary>
    UInt8 = 2,
    /// <summary><see cref="sbyte"/></summary>
    Int8 = 3,
    /// <summary><see cref="ushort"/></summary>
    UInt16 = 4,
    /// <summary><see cref="short"/></summary>
    Int16 = 5,
    /// <summary><see cref="int"/></summary>
    Int32 = 6,
    /// <summary><see cref="long"/></summary>
    Int64 = 7,
    /// <summary>UTF-8 text.</summary>
    String = 8,
    /// <summary><see cref="bool"/></summary>
    Bool = 9,
    /// <summary><see cref="Half"/></summary>
    Float16 = 10,
    /// <summary><see cref="double"/></summary>
    Double = 11,
    /// <summary><see cref="uint"/></summary>
    UInt32 = 12,
    /// <summary><see cref="ulong"/></summary>
    UInt64 = 13,
    /// <summary>Sixteen bits of a float's upper half; no .NET type yet.</summary>
    BFloat16 = 16,
}

/// <summary>What element types are worth.</summary>
public static class OnnxElements
{
    /// <summary>Bytes of one element; 0 for text and what is no tensor.</summary>
    public static int Bytes(this OnnxElement element) => element switch
    {
        OnnxElement.Bool or OnnxElement.UInt8 or OnnxElement.Int8 => 1,
        OnnxElement.UInt16 or OnnxElement.Int16 or OnnxElement.Float16 or OnnxElement.BFloat16 => 2,
        OnnxElement.Float or OnnxElement.Int32 or OnnxElement.UInt32 => 4,
        OnnxElement.Double or OnnxElement.Int64 or OnnxElement.UInt64 => 8,
        _ => 0,
    };

    internal static OnnxElement Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? OnnxElement.Float
        : typeof(T) == typeof(double) ? OnnxElement.Double
        : typeof(T) == typeof(long) ? OnnxElement.Int64
        : typeof(T) == typeof(int) ? OnnxElement.Int32
        : typeof(T) == typeof(bool) ? OnnxElement.Bool
        : typeof(T) == typeof(byte) ? OnnxElement.UInt8
        : typeof(T) == typeof(sbyte) ? OnnxElement.Int8
        : typeof(T) == typeof(short) ? OnnxElement.Int16
        : typeof(T) == typeof(ushort) ? OnnxElement.UInt16
        : typeof(T) == typeof(uint) ? OnnxElement.UInt32
        : typeof(T) == typeof(ulong) ? OnnxElement.UInt64
        : typeof(T) == typeof(Half) ? OnnxElement.Float16
        : throw new NotSupportedException($"A tensor of {typeof(T).Name} has no ONNX element type.");

    /// <summary>How many elements a shape has.</summary>
    /// <exception cref="ArgumentException">A dimension is negative or the size does not fit memory.</exception>
    internal static int Count(ReadOnlySpan<long> shape, int elementSize)
    {
        try
        {
            long count = 1;
            foreach (var dimension in shape)
                count = dimension >= 0 ? checked(count * dimension) : throw new ArgumentException($"A tensor's shape has no negative dimensions, got [{Text(shape)}].", nameof(shape));
            // The bytes must fit as well: the runtime does not check our buffer's length against the shape.
            _ = checked(count * elementSize);
            return checked((int)count);
        }
        catch (OverflowException e)
        {
            throw new ArgumentException($"A tensor of shape [{Text(shape)}] is too large.", nameof(shape), e);
        }
    }

    internal static string Text(ReadOnlySpan<long> shape)
    {
        var text = new DefaultInterpolatedStringHandler();
        for (var i = 0; i < shape.Length; i++)
        {
            if (i > 0) text.AppendLiteral(", ");
            text.AppendFormatted(shape[i]);
        }
        return text.ToStringAndClear();
    }
}
