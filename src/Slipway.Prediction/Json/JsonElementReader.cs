using System.Runtime.CompilerServices;

namespace Slipway.Prediction.Json;

/// <summary>The upper half of a float's bits: what ONNX calls BFLOAT16.</summary>
internal readonly struct Brain(ushort bits)
{
    /// <summary>The bits.</summary>
    public ushort Bits => bits;

    /// <summary>The nearest one, ties to even.</summary>
    public static Brain Of(float value)
    {
        var all = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? new((ushort)((all >> 16) | 0x40)) : new((ushort)((all + 0x7FFF + ((all >> 16) & 1)) >> 16));
    }

    /// <summary>The same value as a float.</summary>
    public float ToFloat() => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}

/// <summary>One element of a tensor from JSON, at its type. The compiler makes one body for each type.</summary>
internal static unsafe class JsonElementReader
{
    /// <summary>Reads a number, or a boolean, into place.</summary>
    /// <returns>Where it ends; null when what stands there is no value of this type.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Read<T>(byte* at, T* to) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            at = JsonNumber.Double(at, out var value);
            *(float*)to = (float)value;
        }
        else if (typeof(T) == typeof(double)) at = JsonNumber.Double(at, out *(double*)to);
        else if (typeof(T) == typeof(Half))
        {
            at = JsonNumber.Double(at, out var value);
            *(Half*)to = (Half)value;
        }
        else if (typeof(T) == typeof(Brain))
        {
            at = JsonNumber.Double(at, out var value);
            *(Brain*)to = Brain.Of((float)value);
        }
        else if (typeof(T) == typeof(long)) at = JsonNumber.Long(at, out *(long*)to);
        else if (typeof(T) == typeof(ulong)) at = JsonNumber.ULong(at, out *(ulong*)to);
        else if (typeof(T) == typeof(bool))
        {
            var yes = JsonNumber.Begins(at, "true"u8);
            *(bool*)to = yes;
            return yes ? at + 4 : JsonNumber.Begins(at, "false"u8) ? at + 5 : null;
        }
        else
        {
            at = JsonNumber.Long(at, out var value);
            if (typeof(T) == typeof(int))
            {
                *(int*)to = (int)value;
                if (value != (int)value) return null;
            }
            else if (typeof(T) == typeof(uint))
            {
                *(uint*)to = (uint)value;
                if (value != (uint)value) return null;
            }
            else if (typeof(T) == typeof(short))
            {
                *(short*)to = (short)value;
                if (value != (short)value) return null;
            }
            else if (typeof(T) == typeof(ushort))
            {
                *(ushort*)to = (ushort)value;
                if (value != (ushort)value) return null;
            }
            else if (typeof(T) == typeof(sbyte))
            {
                *(sbyte*)to = (sbyte)value;
                if (value != (sbyte)value) return null;
            }
            else if (typeof(T) == typeof(byte))
            {
                *(byte*)to = (byte)value;
                if (value != (byte)value) return null;
            }
            else throw new NotSupportedException($"A tensor of {typeof(T).Name} is not read from JSON.");
        }
        return at;
    }
}
