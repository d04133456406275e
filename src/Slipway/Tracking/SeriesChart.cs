namespace Slipway.Tracking;

/// <summary>What a chart draws of one series: all of its points where they are few, else buckets whose extremes are exact.</summary>
/// <param name="From">The first step or millisecond of the range.</param>
/// <param name="To">The last one.</param>
/// <param name="Points">The points in the order of the axis, or null when there are buckets.</param>
/// <param name="Buckets">The buckets, or null when there are points.</param>
/// <param name="IsDamaged">True when stored points could not be read and are missing.</param>
internal sealed record SeriesChart(long From, long To, SeriesPoint[]? Points, SeriesBuckets? Buckets, bool IsDamaged)
{
    /// <summary>A series without points in the range.</summary>
    public static SeriesChart Empty(long? from, long? to) => new(from ?? 0, to ?? 0, [], null, false);
}
