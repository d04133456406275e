using System.Buffers.Binary;

namespace Slipway.Prediction.Protocols;

/// <summary>Reads protocol-buffer messages field by field. Whatever does not hold together ends it, and <see cref="Failed"/> says so.</summary>
/// <remarks>https://protobuf.dev/programming-guides/encoding</remarks>
internal ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>The wire's types.</summary>
    public const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int at;

    /// <summary>The message is damaged.</summary>
    public bool Failed { get; private set; }

    /// <summary>The current field.</summary>
    public int Field { get; private set; }

    /// <summary>How it is written.</summary>
    public int Wire { get; private set; }

    /// <summary>Goes on to the next field; false at the end.</summary>
    public bool Next()
    {
        if (Failed || at >= bytes.Length) return false;
        var tag = Number();
        (Field, Wire) = ((int)(tag >> 3), (int)(tag & 7));
        if (tag > uint.MaxValue || Field == 0) Failed = true;
        return !Failed;
    }

    /// <summary>A number of variable length.</summary>
    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        Failed = true;
        return 0;
    }

    /// <summary>Bytes with their length before them: a text, a message, packed numbers.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        if (Wire != Delimited)
        {
            Failed = true;
            return default;
        }
        var length = Number();
        if (Failed || length > (ulong)(bytes.Length - at))
        {
            Failed = true;
            return default;
        }
        var found = bytes.Slice(at, (int)length);
        at += (int)length;
        return found;
    }

    /// <summary>A UTF-8 text; damaged when it is none.</summary>
    public string Text()
    {
        var found = Bytes();
        if (!System.Text.Unicode.Utf8.IsValid(found)) Failed = true;
        return Failed ? "" : System.Text.Encoding.UTF8.GetString(found);
    }

    /// <summary>Four or eight bytes.</summary>
    public ulong Fixed(int size)
    {
        if (bytes.Length - at < size)
        {
            Failed = true;
            return 0;
        }
        at += size;
        return size == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at - 4)..]) : BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at - 8)..]);
    }

    /// <summary>Passes the field's value.</summary>
    public void Skip()
    {
        switch (Wire)
        {
            case Varint: Number(); break;
            case Fixed64: Fixed(8); break;
            case Delimited: Bytes(); break;
            case Fixed32: Fixed(4); break;
            default: Failed = true; break;
        }
    }
}
