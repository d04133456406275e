using System.Buffers.Binary;
using System.Text;

namespace Slipway.Cli.Import;

/// <summary>
/// Reads the fields of one protocol buffer message in place. Every length is checked against what is there before anything is done with it; a
/// message that is broken ends early with <see cref="IsBroken"/>, it never throws. Source: the protocol buffers encoding, protobuf.dev/programming-guides/encoding.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> rest = message;
    private ulong number;

    /// <summary>The field's number in the message's definition.</summary>
    public int Field { get; private set; }

    /// <summary>How the field is written: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.</summary>
    public int WireType { get; private set; }

    /// <summary>True once something was not as a message has it; what was read before is whole.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The content of a field with a length: text, bytes, another message, packed numbers.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field; false at the end and where the message is broken.</summary>
    public bool Next()
    {
        if (rest.IsEmpty || IsBroken) return false;
        if (!Varint(ref rest, out var tag) || tag >> 3 is 0 or > 536_870_911) return Broken();
        (Field, WireType, number) = ((int)(tag >> 3), (int)(tag & 7), 0);
        Bytes = default;
        switch (WireType)
        {
            case 0:
                return Varint(ref rest, out number) || Broken();
            case 1:
                if (rest.Length < 8) return Broken();
                number = BinaryPrimitives.ReadUInt64LittleEndian(rest);
                rest = rest[8..];
                return true;
            case 2:
                if (!Varint(ref rest, out var length) || length > (ulong)rest.Length) return Broken();
                Bytes = rest[..(int)length];
                rest = rest[(int)length..];
                return true;
            case 5:
                if (rest.Length < 4) return Broken();
                number = BinaryPrimitives.ReadUInt32LittleEndian(rest);
                rest = rest[4..];
                return true;
            default:
                return Broken(); // groups, which nothing writes any more
        }
    }

    /// <summary>The field as an integer.</summary>
    public readonly long Long => (long)number;

    /// <summary>The field as a double of eight bytes, or a float of four.</summary>
    public readonly double Double => WireType == 5 ? BitConverter.UInt32BitsToSingle((uint)number) : BitConverter.UInt64BitsToDouble(number);

    /// <summary>The field as text; what is no UTF-8 reads as U+FFFD, what is longer is cut.</summary>
    public readonly string Text(int bytesMax) => Encoding.UTF8.GetString(Bytes.Length <= bytesMax ? Bytes : Bytes[..bytesMax]);

    private bool Broken()
    {
        (IsBroken, Field, number) = (true, 0, 0);
        Bytes = default;
        return false;
    }

    private static bool Varint(ref ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        for (var i = 0; i < from.Length && i < 10; i++)
        {
            value |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] >= 0x80) continue;
            from = from[(i + 1)..];
            return true;
        }
        return false;
    }
}
