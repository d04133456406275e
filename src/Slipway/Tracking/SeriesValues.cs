using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Slipway.Tracking;

/// <summary>
/// The values of a block in whichever is smallest: one constant; <see cref="SeriesDecimals"/>, packed above the least one or by their
/// deltas; the bits that changed since the value before, without their common trailing zeros (after Gorilla: Pelkonen et al., VLDB 2015,
/// but at one width a block, which decodes fast; single-precision numbers shed 29 bits); or eight bytes each. NaNs are a bitmap.
/// </summary>
internal static class SeriesValues
{
    private const byte KindMask = 7, SomeNans = 8, OnlyNans = 16;

    /// <summary>Head, bitmap of NaNs, and the values at full size: nothing larger is ever chosen.</summary>
    public const int BytesMax = 1 + SeriesBlock.PointsMax / 8 + 8 + SeriesBlock.PointsMax * 8;

    private enum Kind : byte
    {
        Constant,
        Decimal,
        DecimalDeltas,
        Xor,
        Raw,
    }

    /// <param name="writer">Has <see cref="BytesMax"/> left.</param>
    /// <param name="values">1 to 256 canonical values.</param>
    public static void Write(ref SeriesWriter writer, scoped ReadOnlySpan<double> values)
    {
        Span<double> plain = stackalloc double[values.Length];
        var nans = WithoutNans(values, plain);
        if (nans == values.Length)
        {
            writer.Byte(OnlyNans);
            return;
        }
        var flag = nans > 0 ? SomeNans : (byte)0;
        var bitmap = nans > 0 ? values : default;

        Span<ulong> changes = stackalloc ulong[values.Length - 1];
        var zeros = Changes(plain, changes);
        if (zeros == 64)
        {
            Head(ref writer, Kind.Constant, flag, bitmap);
            writer.Double(plain[0]);
            return;
        }
        var changesPlan = SeriesBits.Plan(changes);
        var best = (Kind: Kind.Raw, Bytes: 8 * plain.Length);
        if (9 + changesPlan.Bytes < best.Bytes) best = (Kind.Xor, 9 + changesPlan.Bytes);

        Span<long> scaled = stackalloc long[values.Length];
        Span<byte> exceptions = stackalloc byte[SeriesDecimals.ExceptionsMax];
        var (decimals, aside) = SeriesDecimals.Scale(plain, scaled, exceptions);
        if (decimals >= 0 && WriteDecimals(ref writer, flag, bitmap, plain, scaled, decimals, exceptions[..aside], best.Bytes)) return;

        Head(ref writer, best.Kind, flag, bitmap);
        if (best.Kind == Kind.Raw)
        {
            foreach (var value in plain) writer.Double(value);
            return;
        }
        writer.Byte((byte)zeros);
        writer.Double(plain[0]);
        SeriesBits.Write(ref writer, changes, changesPlan.Width);
    }

    public static void Read(ref SeriesReader reader, scoped Span<double> values)
    {
        var head = reader.Byte();
        if (head == OnlyNans)
        {
            values.Fill(double.NaN);
            return;
        }
        var bitmap = (head & SomeNans) != 0 ? reader.Take((values.Length + 7) / 8) : default;
        switch ((Kind)(head & KindMask))
        {
            case Kind.Constant:
                values.Fill(reader.Double());
                break;
            case Kind.Decimal or Kind.DecimalDeltas:
                ReadDecimals(ref reader, (Kind)(head & KindMask), values);
                break;
            case Kind.Xor:
                ReadChanges(ref reader, values);
                break;
            case Kind.Raw:
                var raw = reader.Take(values.Length * 8);
                if (raw.IsEmpty) break;
                if (BitConverter.IsLittleEndian) raw.CopyTo(MemoryMarshal.AsBytes(values));
                else for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(raw[(i * 8)..]);
                break;
            default:
                reader.Fail();
                break;
        }
        if (reader.Failed) values.Clear();
        for (var i = 0; i < values.Length && !bitmap.IsEmpty; i++)
            if ((bitmap[i >> 3] >> (i & 7) & 1) != 0) values[i] = double.NaN;
    }

    /// <summary>Copies values with each NaN replaced by the value before it, which costs the encodings nothing.</summary>
    private static int WithoutNans(ReadOnlySpan<double> values, Span<double> plain)
    {
        var (nans, before) = (0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i])) nans++;
            else before = values[i];
            plain[i] = before;
        }
        // NaNs at the front take the first value, so that an otherwise constant block is constant.
        var first = 0;
        while (first < values.Length && double.IsNaN(values[first])) first++;
        if (first < values.Length) plain[..first].Fill(values[first]);
        return nans;
    }

    private static void Head(ref SeriesWriter writer, Kind kind, byte flag, scoped ReadOnlySpan<double> bitmap)
    {
        writer.Byte((byte)((byte)kind | flag));
        if (bitmap.IsEmpty) return;
        var bits = writer.Take((bitmap.Length + 7) / 8);
        bits.Clear();
        for (var i = 0; i < bitmap.Length; i++)
            if (double.IsNaN(bitmap[i])) bits[i >> 3] |= (byte)(1 << (i & 7));
    }

    private static int Changes(ReadOnlySpan<double> values, Span<ulong> changes)
    {
        var bits = MemoryMarshal.Cast<double, ulong>(values);
        ulong common = 0;
        for (var i = 0; i < changes.Length; i++) common |= changes[i] = bits[i + 1] ^ bits[i];
        var zeros = BitOperations.TrailingZeroCount(common);
        if (zeros is > 0 and < 64)
            for (var i = 0; i < changes.Length; i++) changes[i] >>= zeros;
        return zeros;
    }

    private static void ReadChanges(ref SeriesReader reader, scoped Span<double> values)
    {
        int zeros = reader.Byte();
        if (zeros > 63) reader.Fail();
        var bits = (ulong)reader.Int64();
        Span<ulong> changes = stackalloc ulong[values.Length - 1];
        SeriesBits.Read(ref reader, changes);
        var to = MemoryMarshal.Cast<double, ulong>(values);
        to[0] = bits;
        for (var i = 0; i < changes.Length; i++) to[i + 1] = bits ^= changes[i] << zeros;
    }

    private static bool WriteDecimals(ref SeriesWriter writer, byte flag, scoped ReadOnlySpan<double> bitmap, scoped ReadOnlySpan<double> plain,
        scoped ReadOnlySpan<long> scaled, int decimals, scoped ReadOnlySpan<byte> exceptions, int bytesMax)
    {
        var least = scaled[0];
        foreach (var each in scaled) least = Math.Min(least, each);
        Span<ulong> above = stackalloc ulong[scaled.Length];
        Span<ulong> deltas = stackalloc ulong[scaled.Length - 1];
        for (var i = 0; i < above.Length; i++) above[i] = (ulong)(scaled[i] - least);
        for (var i = 0; i < deltas.Length; i++) deltas[i] = SeriesWriter.ToZigzag(scaled[i + 1] - scaled[i]);
        var (abovePlan, deltasPlan) = (SeriesBits.Plan(above), SeriesBits.Plan(deltas));
        var byDelta = deltasPlan.Bytes < abovePlan.Bytes;
        // Two bytes of head, at most ten of reference.
        if (2 + 10 + exceptions.Length * 9 + (byDelta ? deltasPlan : abovePlan).Bytes >= bytesMax) return false;

        Head(ref writer, byDelta ? Kind.DecimalDeltas : Kind.Decimal, flag, bitmap);
        writer.Byte((byte)decimals);
        writer.Byte((byte)exceptions.Length);
        writer.Zigzag(byDelta ? scaled[0] : least);
        if (byDelta) SeriesBits.Write(ref writer, deltas, deltasPlan.Width);
        else SeriesBits.Write(ref writer, above, abovePlan.Width);
        foreach (var index in exceptions)
        {
            writer.Byte(index);
            writer.Double(plain[index]);
        }
        return true;
    }

    private static void ReadDecimals(ref SeriesReader reader, Kind kind, scoped Span<double> values)
    {
        int decimals = reader.Byte();
        if (decimals > SeriesDecimals.DecimalsMax) reader.Fail();
        int exceptions = reader.Byte();
        var value = reader.Zigzag();
        Span<ulong> packed = stackalloc ulong[values.Length];
        Span<long> scaled = stackalloc long[values.Length];
        if (kind == Kind.Decimal)
        {
            SeriesBits.Read(ref reader, packed);
            for (var i = 0; i < scaled.Length; i++) scaled[i] = value + (long)packed[i];
        }
        else
        {
            SeriesBits.Read(ref reader, packed[1..]);
            scaled[0] = value;
            for (var i = 1; i < scaled.Length; i++) scaled[i] = value += SeriesReader.Unzigzag(packed[i]);
        }
        if (reader.Failed) return;
        SeriesDecimals.Unscale(scaled, decimals, values);
        for (; exceptions > 0; exceptions--)
        {
            int index = reader.Byte();
            var exact = reader.Double();
            if (index < values.Length) values[index] = exact;
            else reader.Fail();
        }
    }
}
