namespace Slipway.Tracking;

/// <summary>What a chart's horizontal axis counts.</summary>
internal enum SeriesAxis
{
    /// <summary>Steps.</summary>
    Step,
    /// <summary>Unix milliseconds.</summary>
    Time,
}

/// <summary>One bucket that has points. Count, range and ends are exact.</summary>
/// <param name="Start">The first step or millisecond of the bucket.</param>
/// <param name="Summary">First and Last are the ends by time, Low and High those by step.</param>
internal readonly record struct SeriesBucket(long Start, SeriesSummary Summary);

/// <summary>
/// Collects points, and summaries of many, into equal buckets of an interval whose ends are included. When
/// there are fewer whole numbers than buckets, each gets its own.
/// </summary>
internal sealed class SeriesBuckets
{
    /// <summary>The most buckets of one answer: more than a screen has columns.</summary>
    public const int BucketsMax = 10_000;

    private readonly SeriesAxis axis;
    private readonly long from, to;
    private readonly long[] starts;
    private readonly SeriesSummary[] summaries;
    private int last;

    public SeriesBuckets(SeriesAxis axis, long from, long to, int buckets)
    {
        (this.axis, this.from, this.to) = (axis, from, to);
        // 128 bits: from the least to the greatest Int64 there is one number more than a UInt64 holds.
        var numbers = (UInt128)unchecked((ulong)(to - from)) + 1;
        var count = numbers < (UInt128)buckets ? (int)numbers : buckets;
        starts = new long[count];
        for (var i = 0; i < count; i++) starts[i] = unchecked(from + (long)(ulong)(numbers * (UInt128)i / (UInt128)count));
        summaries = new SeriesSummary[count];
    }

    /// <summary>The buckets that have points, in order.</summary>
    public List<SeriesBucket> Filled()
    {
        var filled = new List<SeriesBucket>();
        for (var i = 0; i < summaries.Length; i++)
            if (summaries[i].Count > 0) filled.Add(new(starts[i], summaries[i]));
        return filled;
    }

    /// <summary>Where a set lies as a whole: in one bucket, in none, or across an edge.</summary>
    public (bool Outside, bool Cut) Place(in SeriesSummary summary)
    {
        var (least, most) = axis is SeriesAxis.Time ? (summary.First.TimeMs, summary.Last.TimeMs) : (summary.Low.Step, summary.High.Step);
        if (most < from || least > to) return (true, false);
        return (false, least < from || most > to || IndexOf(least) != IndexOf(most));
    }

    /// <summary>Adds a set that <see cref="Place"/> found in one bucket.</summary>
    public void AddWhole(in SeriesSummary summary) => summaries[IndexOf(axis is SeriesAxis.Time ? summary.First.TimeMs : summary.Low.Step)].Add(summary);

    public void Add(SeriesPoint point)
    {
        var at = axis is SeriesAxis.Time ? point.TimeMs : point.Step;
        if (at >= from && at <= to) summaries[IndexOf(at)].Add(point);
    }

    /// <summary>Adds points in history's order; stretches within a bucket are summarised at once where the axis rises.</summary>
    public void Add(SeriesColumns points)
    {
        var ats = axis is SeriesAxis.Time ? points.Times : points.Steps;
        for (var i = 0; i < ats.Length;)
        {
            if (ats[i] < from || ats[i] > to)
            {
                i++;
                continue;
            }
            var bucket = IndexOf(ats[i]);
            var (end, lastOfBucket) = (i + 1, bucket + 1 < starts.Length ? starts[bucket + 1] - 1 : to);
            while (end < ats.Length && ats[end] >= starts[bucket] && ats[end] <= lastOfBucket) end++;
            summaries[bucket].Add(SeriesSummary.Of(points.Times[i..end], points.Steps[i..end], points.Values[i..end]));
            i = end;
        }
    }

    private int IndexOf(long at)
    {
        // Neighbours ask one after another.
        if (at >= starts[last] && (last + 1 == starts.Length || at < starts[last + 1])) return last;
        var found = Array.BinarySearch(starts, at);
        return last = found >= 0 ? found : ~found - 1;
    }
}
