using System.Buffers.Binary;
using System.Numerics;

namespace Slipway.Tracking;

/// <summary>
/// Reads bytes that may be damaged. Past the end it answers zeros and remembers that it did, so a decoder reads on without a check
/// at every step and asks <see cref="Failed"/> once; loops are bounded by limits, never by a number that was read.
/// </summary>
internal ref struct SeriesReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    /// <summary>True when more was asked than there is, or a number was malformed.</summary>
    public bool Failed { get; private set; }

    public readonly int Remaining => bytes.Length - position;

    public byte Byte() => Take(1) is { IsEmpty: false } one ? one[0] : (byte)0;

    public uint UInt32() => Take(4) is { IsEmpty: false } four ? BinaryPrimitives.ReadUInt32LittleEndian(four) : 0;

    public long Int64() => Take(8) is { IsEmpty: false } eight ? BinaryPrimitives.ReadInt64LittleEndian(eight) : 0;

    public double Double() => BitConverter.Int64BitsToDouble(Int64());

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (position == bytes.Length) break;
            var next = bytes[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        Failed = true;
        return 0;
    }

    /// <summary>A count or length of at most <paramref name="max"/>; more is damage.</summary>
    public int Count(int max)
    {
        var value = Varint();
        if (value <= (ulong)max) return (int)value;
        Failed = true;
        return 0;
    }

    public long Zigzag() => Unzigzag(Varint());

    /// <summary>The next bytes, or none when there are fewer.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || (uint)count > (uint)Remaining)
        {
            Failed = true;
            return default;
        }
        position += count;
        return bytes.Slice(position - count, count);
    }

    public void Fail() => Failed = true;

    public static long Unzigzag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}

/// <summary>Writes into a span that the caller made large enough.</summary>
internal ref struct SeriesWriter(Span<byte> bytes)
{
    private readonly Span<byte> bytes = bytes;

    public int Position { get; private set; }

    public readonly ReadOnlySpan<byte> Written => bytes[..Position];

    public void Byte(byte value) => bytes[Position++] = value;

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            bytes[Position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        bytes[Position++] = (byte)value;
    }

    public void Zigzag(long value) => Varint(ToZigzag(value));

    public Span<byte> Take(int count)
    {
        Position += count;
        return bytes.Slice(Position - count, count);
    }

    public void Bytes(scoped ReadOnlySpan<byte> more) => more.CopyTo(Take(more.Length));

    public static ulong ToZigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static int VarintLength(ulong value) => (70 - BitOperations.LeadingZeroCount(value | 1)) / 7;
}
