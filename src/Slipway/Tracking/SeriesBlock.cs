namespace Slipway.Tracking;

/// <summary>Up to 256 points in history's order, encoded so that they decode without any other block.</summary>
internal static class SeriesBlock
{
    /// <summary>The points of a full block: enough to pack well, few enough that a straddled bucket decodes little.</summary>
    public const int PointsMax = 256;

    /// <summary>The most bytes a block can take.</summary>
    public const int BytesMax = 2 * SeriesLongs.BytesMax + SeriesValues.BytesMax;

    /// <summary>Encodes 1 to 256 points.</summary>
    /// <param name="writer">Has <see cref="BytesMax"/> left.</param>
    /// <param name="times">In history's order with the two other columns.</param>
    /// <param name="steps">As long as the timestamps.</param>
    /// <param name="values">As long as the timestamps, canonical.</param>
    /// <param name="originMs">A time near the first one, known to the reader as well.</param>
    public static void Write(ref SeriesWriter writer, scoped ReadOnlySpan<long> times, scoped ReadOnlySpan<long> steps, scoped ReadOnlySpan<double> values, long originMs)
    {
        SeriesLongs.Write(ref writer, times, originMs);
        SeriesLongs.Write(ref writer, steps, 0);
        SeriesValues.Write(ref writer, values);
    }

    /// <summary>Decodes exactly as many points as the columns hold; damage shows in <see cref="SeriesReader.Failed"/>.</summary>
    public static void Read(ref SeriesReader reader, scoped Span<long> times, scoped Span<long> steps, scoped Span<double> values, long originMs)
    {
        SeriesLongs.Read(ref reader, times, originMs);
        SeriesLongs.Read(ref reader, steps, 0);
        SeriesValues.Read(ref reader, values);
    }
}
