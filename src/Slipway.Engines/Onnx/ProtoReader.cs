using System.Text;

namespace Slipway.Engines.Onnx;

/// <summary>Reads a protocol-buffer message field by field, in place.</summary>
/// <remarks>https://protobuf.dev/programming-guides/encoding</remarks>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> message = message;
    private int at;

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>How it is written: 0 varint, 1 eight bytes, 2 bytes, 5 four bytes.</summary>
    public int Wire { get; private set; }

    /// <summary>The content of a field of bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The value of a varint.</summary>
    public long Number { get; private set; }

    /// <summary>The whole field, with its tag.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>The content as a text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Moves to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The message ends within a field, or has a wire type that does not exist.</exception>
    public bool Next()
    {
        if (at >= message.Length) return false;
        var start = at;
        var tag = Varint();
        (Field, Wire, Number) = ((int)(tag >> 3), (int)(tag & 7), 0);
        Bytes = default;
        switch (Wire)
        {
            case 0: Number = (long)Varint(); break;
            case 1: Skip(8); break;
            case 2:
                var length = Varint();
                if (length > (ulong)(message.Length - at)) throw new InvalidDataException($"A field of {length:N0} bytes at {at:N0} is longer than what holds it.");
                Bytes = message.Slice(at, (int)length);
                at += (int)length;
                break;
            case 5: Skip(4); break;
            default: throw new InvalidDataException($"There is no wire type {Wire}, at {start:N0}.");
        }
        Whole = message[start..at];
        return true;
    }

    /// <summary>A varint of a packed field; false at the end.</summary>
    public bool NextPacked(out long value)
    {
        value = 0;
        if (at >= message.Length) return false;
        value = (long)Varint();
        return true;
    }

    private void Skip(int bytes)
    {
        if (message.Length - at < bytes) throw new InvalidDataException("The message ends within a field.");
        at += bytes;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (at >= message.Length) throw new InvalidDataException("The message ends within a number.");
            var one = message[at++];
            if (shift < 64) value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80) return value;
        }
        throw new InvalidDataException($"A number is too long, at {at:N0}.");
    }
}
