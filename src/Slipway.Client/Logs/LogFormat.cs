using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Client.Logs;

/// <summary>What one record of a local log is.</summary>
internal enum LogKind : byte
{
    /// <summary>Names a key by a number, for the points of this segment that follow.</summary>
    Key = 1,

    /// <summary>A point of a metric.</summary>
    Point = 2,

    /// <summary>A param.</summary>
    Param = 3,

    /// <summary>A tag.</summary>
    Tag = 4,

    /// <summary>A request to the server whose body lies in a file beside the log.</summary>
    Request = 5,

    /// <summary>An artifact whose content lies in a file beside the log.</summary>
    File = 6,

    /// <summary>The run's end.</summary>
    End = 7,

    /// <summary>The segment's end: another one follows, or the log is closed.</summary>
    Seal = 8,
}

/// <summary>
/// Every byte of a local log. A log is a folder of segments; a segment is a header of 64 bytes and frames, and stands alone: keys, steps and times
/// begin anew, so that damage to one harms no other. Integers are little-endian.
/// <code>
/// header   "SLIPLOG1" · number u32 · CRC-32C u32 of the other 60 bytes · log id 16 bytes · ordinal of the first record i64 · first time ms i64 · zeros
/// frame    payload bytes u16, 0 is the end · CRC-32C u32 of length and payload · payload
/// payload  kind u8, then: key: number varint, UTF-8 · point: key number varint, step and time ms as zigzag varints against the last point's, value f64
///          param, tag, request, file: bytes of the first text varint, both texts as UTF-8 · end: status u8, time ms zigzag varint · seal: next ordinal varint
/// </code>
/// A record's ordinal counts all records of the log but keys and seals. The frame's length is written last: a process that dies within a call leaves
/// an end mark there.
/// </summary>
internal static class LogFormat
{
    public const int HeaderBytes = 64;

    public const int FrameBytes = 6;

    public const int PayloadBytesMax = ushort.MaxValue;

    public const int VarintBytesMax = 10;

    public const int PointBytesMax = FrameBytes + 1 + 3 * VarintBytesMax + sizeof(double);

    public const int SealBytesMax = FrameBytes + 1 + VarintBytesMax;

    public static ReadOnlySpan<byte> Magic => "SLIPLOG1"u8;

    public static void WriteHeader(Span<byte> into, Guid log, int number, long firstOrdinal, long timeMs)
    {
        into[..HeaderBytes].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], number);
        log.TryWriteBytes(into[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(into[32..], firstOrdinal);
        BinaryPrimitives.WriteInt64LittleEndian(into[40..], timeMs);
        Magic.CopyTo(into);
        BinaryPrimitives.WriteUInt32LittleEndian(into[12..], HeaderSum(into));
    }

    /// <summary>Null when these are no header.</summary>
    public static (Guid Log, int Number, long FirstOrdinal, long TimeMs)? ReadHeader(ReadOnlySpan<byte> from)
    {
        if (from.Length < HeaderBytes || !from.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(from[12..]) != HeaderSum(from)) return null;
        return (new Guid(from[16..32]), BinaryPrimitives.ReadInt32LittleEndian(from[8..]), BinaryPrimitives.ReadInt64LittleEndian(from[32..]), BinaryPrimitives.ReadInt64LittleEndian(from[40..]));
    }

    /// <summary>The checksum of a frame: its length and its payload.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Sum(ReadOnlySpan<byte> payload) => Sum(BitOperations.Crc32C(0xFFFF_FFFF, (ushort)payload.Length), payload);

    /// <summary>The bytes that a number takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteVarint(ref byte into, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) Unsafe.Add(ref into, at++) = (byte)(value | 0x80);
        Unsafe.Add(ref into, at++) = (byte)value;
        return at;
    }

    /// <summary>False when the number is cut off or longer than 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadVarint(ref ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        for (var at = 0; at < from.Length && at < VarintBytesMax; at++)
        {
            var one = from[at];
            if (at == VarintBytesMax - 1 && one > 1) return false;
            value |= (ulong)(one & 0x7F) << (7 * at);
            if (one >= 0x80) continue;
            from = from[(at + 1)..];
            return true;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private static uint HeaderSum(ReadOnlySpan<byte> header) => Sum(Sum(0xFFFF_FFFF, header[..12]), header[16..HeaderBytes]);

    private static uint Sum(uint sum, ReadOnlySpan<byte> bytes)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        var at = 0;
        for (; at + 8 <= bytes.Length; at += 8) sum = BitOperations.Crc32C(sum, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at)));
        for (; at < bytes.Length; at++) sum = BitOperations.Crc32C(sum, Unsafe.Add(ref start, at));
        return sum;
    }
}
