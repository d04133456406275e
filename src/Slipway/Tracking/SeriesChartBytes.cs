using System.Buffers;
using System.Buffers.Binary;

namespace Slipway.Tracking;

/// <summary>Writes charts as <see cref="SeriesFormat"/> has them: arrays one after another, each from a multiple of eight bytes on, so that a browser reads them in place.</summary>
internal static class SeriesChartBytes
{
    /// <summary>The bytes before the first block.</summary>
    public static void Head(IBufferWriter<byte> into, int blocks, SeriesAxis axis)
    {
        var span = into.GetSpan(SeriesFormat.HeadBytes);
        SeriesFormat.Magic.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], (uint)blocks);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], axis is SeriesAxis.Time ? SeriesFormat.ByTime : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(span[12..], 0);
        into.Advance(SeriesFormat.HeadBytes);
    }

    /// <summary>A run that is not there, or not for the caller's eyes.</summary>
    public static void Missing(IBufferWriter<byte> into) => BlockHead(into, SeriesFormat.Raw | SeriesFormat.Missing, 0, 0, 0, 0);

    /// <summary>One series.</summary>
    public static void Write(IBufferWriter<byte> into, SeriesChart chart, SeriesAxis axis)
    {
        var damaged = chart.IsDamaged ? SeriesFormat.Damaged : 0;
        var time = axis is SeriesAxis.Time;
        if (chart.Points is { } points)
        {
            BlockHead(into, SeriesFormat.Raw | damaged, points.Length, chart.From, chart.To, points.Length);
            Doubles(into, points, time ? static point => point.TimeMs : static point => point.Step);
            Doubles(into, points, static point => point.Value);
            Doubles(into, points, time ? static point => point.Step : static point => point.TimeMs);
            return;
        }
        var buckets = chart.Buckets!;
        var filled = Enumerable.Range(0, buckets.Count).Where(i => buckets[i].Count > 0).ToArray();
        var total = filled.Sum(i => (long)buckets[i].Count);
        var gaps = Array.Exists(filled, i => buckets[i].Nans > 0 || buckets.Finite(i) is { PositiveInfinities: > 0 } or { NegativeInfinities: > 0 });
        var means = Array.TrueForAll(filled, i => buckets.Finite(i) is var finite && finite.Summed == buckets[i].Count - buckets[i].Nans - finite.PositiveInfinities - finite.NegativeInfinities);
        BlockHead(into, damaged | (gaps ? SeriesFormat.Gaps : 0) | (means ? SeriesFormat.Means : 0), filled.Length, chart.From, chart.To, total);
        Doubles(into, filled, i => time ? buckets[i].First.TimeMs : buckets[i].Low.Step);
        Doubles(into, filled, i => time ? buckets[i].Last.TimeMs : buckets[i].High.Step);
        Doubles(into, filled, i => time ? buckets[i].First.Value : buckets[i].Low.Value);
        Doubles(into, filled, i => time ? buckets[i].Last.Value : buckets[i].High.Value);
        Doubles(into, filled, i => buckets.Finite(i).Min);
        Doubles(into, filled, i => buckets.Finite(i).Max);
        if (means) Doubles(into, filled, i => buckets.Finite(i) is var finite ? finite.Summed == 0 ? double.NaN : finite.Sum / finite.Summed : 0);
        Counts(into, filled, i => buckets[i].Count);
        if (!gaps) return;
        Counts(into, filled, i => buckets[i].Nans);
        Counts(into, filled, i => buckets.Finite(i).PositiveInfinities);
        Counts(into, filled, i => buckets.Finite(i).NegativeInfinities);
    }

    private static void BlockHead(IBufferWriter<byte> into, uint flags, int count, double from, double to, double total)
    {
        var span = into.GetSpan(SeriesFormat.BlockHeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span, flags);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], (uint)count);
        BinaryPrimitives.WriteDoubleLittleEndian(span[8..], from);
        BinaryPrimitives.WriteDoubleLittleEndian(span[16..], to);
        BinaryPrimitives.WriteDoubleLittleEndian(span[24..], total);
        into.Advance(SeriesFormat.BlockHeadBytes);
    }

    private static void Doubles<T>(IBufferWriter<byte> into, T[] from, Func<T, double> of)
    {
        var span = into.GetSpan(8 * from.Length);
        for (var i = 0; i < from.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(span[(8 * i)..], of(from[i]));
        into.Advance(8 * from.Length);
    }

    private static void Counts(IBufferWriter<byte> into, int[] from, Func<int, int> of)
    {
        var bytes = (4 * from.Length + 7) & ~7;
        var span = into.GetSpan(bytes);
        span[(4 * from.Length)..bytes].Clear();
        for (var i = 0; i < from.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(span[(4 * i)..], (uint)of(from[i]));
        into.Advance(bytes);
    }
}
