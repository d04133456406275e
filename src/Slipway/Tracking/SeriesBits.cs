using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Tracking;

/// <summary>
/// Packs up to 256 integers at one bit width, with the few that do not fit kept aside as exceptions ("patched frame of reference":
/// Zukowski et al., Super-Scalar RAM-CPU Cache Compression, ICDE 2006): one pause in a training loop must not widen 256 timestamps.
/// </summary>
internal static class SeriesBits
{
    /// <summary>An exception costs its index and all 64 bits.</summary>
    private const int ExceptionBytes = 9;
    private const byte HasExceptions = 0x80;

    /// <summary>The width that packs smallest, and the bytes it takes with its head.</summary>
    public static (int Width, int Bytes) Plan(scoped ReadOnlySpan<ulong> values)
    {
        if (values.IsEmpty) return (0, 1);
        Span<int> lengths = stackalloc int[65];
        lengths.Clear();
        ulong all = 0;
        foreach (var value in values) all |= value;
        var widest = 64 - BitOperations.LeadingZeroCount(all);
        var best = (Width: widest, Bytes: 1 + PackedBytes(values.Length, widest));
        if (best.Bytes <= 2 + ExceptionBytes) return best;
        foreach (var value in values) lengths[64 - BitOperations.LeadingZeroCount(value)]++;
        var exceptions = 0;
        for (var width = widest - 1; width >= 0; width--)
        {
            exceptions += lengths[width + 1];
            if (exceptions > byte.MaxValue) break;
            var bytes = 2 + PackedBytes(values.Length, width) + exceptions * ExceptionBytes;
            if (bytes < best.Bytes) best = (width, bytes);
        }
        return best;
    }

    public static void Write(ref SeriesWriter writer, scoped ReadOnlySpan<ulong> values, int width)
    {
        var mask = Mask(width);
        Span<byte> exceptions = stackalloc byte[values.Length];
        var count = 0;
        for (var i = 0; i < values.Length; i++)
            if (values[i] > mask) exceptions[count++] = (byte)i;
        writer.Byte((byte)(width | (count > 0 ? HasExceptions : 0)));
        if (count > 0) writer.Byte((byte)count);
        Pack(writer.Take(PackedBytes(values.Length, width)), values, width, mask);
        foreach (var index in exceptions[..count])
        {
            writer.Byte(index);
            writer.Int64((long)values[index]);
        }
    }

    public static void Read(ref SeriesReader reader, scoped Span<ulong> values)
    {
        var head = reader.Byte();
        var width = head & 0x7F;
        if (width > 64) reader.Fail();
        var count = (head & HasExceptions) != 0 ? reader.Byte() : 0;
        var packed = reader.Take(reader.Failed ? 0 : PackedBytes(values.Length, width));
        if (reader.Failed)
        {
            values.Clear();
            return;
        }
        Unpack(packed, values, width);
        for (; count > 0; count--)
        {
            int index = reader.Byte();
            var value = (ulong)reader.Int64();
            if (index < values.Length) values[index] = value;
            else reader.Fail();
        }
    }

    private static int PackedBytes(int count, int width) => (count * width + 7) / 8;

    private static ulong Mask(int width) => width == 64 ? ulong.MaxValue : (1UL << width) - 1;

    private static void Pack(Span<byte> packed, ReadOnlySpan<ulong> values, int width, ulong mask)
    {
        if (width == 0) return;
        ulong pending = 0;
        var (filled, at) = (0, 0);
        foreach (var each in values)
        {
            var value = each & mask;
            pending |= value << filled;
            filled += width;
            if (filled < 64) continue;
            BinaryPrimitives.WriteUInt64LittleEndian(packed[at..], pending);
            at += 8;
            filled -= 64;
            pending = filled == 0 ? 0 : value >> (width - filled);
        }
        for (; filled > 0; filled -= 8, pending >>= 8) packed[at++] = (byte)pending;
    }

    private static void Unpack(ReadOnlySpan<byte> packed, Span<ulong> values, int width)
    {
        if (width == 0)
        {
            values.Clear();
            return;
        }
        var mask = Mask(width);
        var i = 0;
        if (width <= 57)
        {
            // A value of at most 57 bits, at any bit of a byte, lies within eight bytes: load, shift, mask.
            var safe = packed.Length - 8;
            ref var start = ref MemoryMarshal.GetReference(packed);
            for (var bit = 0; i < values.Length && bit >> 3 <= safe; i++, bit += width)
            {
                var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, bit >> 3));
                if (!BitConverter.IsLittleEndian) word = BinaryPrimitives.ReverseEndianness(word);
                values[i] = (word >> (bit & 7)) & mask;
            }
        }
        for (; i < values.Length; i++) values[i] = One(packed, i * width, width) & mask;
    }

    private static ulong One(ReadOnlySpan<byte> packed, int bit, int width)
    {
        UInt128 word = 0;
        var (first, end) = (bit >> 3, (bit + width + 7) >> 3);
        for (var at = end - 1; at >= first; at--) word = (word << 8) | packed[at];
        return (ulong)(word >> (bit & 7));
    }
}
