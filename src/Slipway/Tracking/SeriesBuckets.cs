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

/// <summary>What a bucket's summary does not say, for charts: values that no axis can show are counted apart from those that it can.</summary>
internal struct SeriesFinite
{
    /// <summary>The least and the greatest finite value; NaN when there is none.</summary>
    public double Min, Max;

    /// <summary>How many values are infinite.</summary>
    public int PositiveInfinities, NegativeInfinities;

    /// <summary>The sum of the finite values that were decoded, and how many they are.</summary>
    public double Sum;

    /// <summary>How many finite values <see cref="Sum"/> holds: fewer than there are where roll-ups stood for their points.</summary>
    public int Summed;

    public static SeriesFinite None { get; } = new() { Min = double.NaN, Max = double.NaN };

    public void Add(double value)
    {
        if (double.IsFinite(value))
        {
            // Not (x >= y): either side may still be the NaN that says "none yet".
            if (!(value >= Min)) Min = value;
            if (!(value <= Max)) Max = value;
            Sum += value;
            Summed++;
        }
        else if (value > 0) PositiveInfinities++;
        else if (value < 0) NegativeInfinities++;
    }

    /// <summary>A roll-up without infinities.</summary>
    public void AddWhole(in SeriesSummary summary)
    {
        if (double.IsNaN(summary.Min)) return;
        if (!(summary.Min >= Min)) Min = summary.Min;
        if (!(summary.Max <= Max)) Max = summary.Max;
    }
}

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
    private readonly SeriesFinite[]? finites;
    private int last;

    /// <param name="axis">What is divided.</param>
    /// <param name="from">The first step or millisecond.</param>
    /// <param name="to">The last one.</param>
    /// <param name="buckets">How many there are at most.</param>
    /// <param name="apart">True to count infinities apart: sets that have some are then cut, so that their points are looked at.</param>
    public SeriesBuckets(SeriesAxis axis, long from, long to, int buckets, bool apart = false)
    {
        (this.axis, this.from, this.to) = (axis, from, to);
        // 128 bits: from the least to the greatest Int64 there is one number more than a UInt64 holds.
        var numbers = (UInt128)unchecked((ulong)(to - from)) + 1;
        var count = numbers < (UInt128)buckets ? (int)numbers : buckets;
        starts = new long[count];
        for (var i = 0; i < count; i++) starts[i] = unchecked(from + (long)(ulong)(numbers * (UInt128)i / (UInt128)count));
        summaries = new SeriesSummary[count];
        if (!apart) return;
        finites = new SeriesFinite[count];
        Array.Fill(finites, SeriesFinite.None);
    }

    /// <summary>What is known of the finite values of bucket <paramref name="i"/>, empty ones counted, where they are kept apart.</summary>
    public ref readonly SeriesFinite Finite(int i) => ref finites![i];

    /// <summary>How many buckets there are, empty ones counted.</summary>
    public int Count => summaries.Length;

    /// <summary>The summary of bucket <paramref name="i"/>, empty ones counted.</summary>
    public ref readonly SeriesSummary this[int i] => ref summaries[i];

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
        var infinite = finites is not null && (double.IsInfinity(summary.Min) || double.IsInfinity(summary.Max));
        return (false, infinite || least < from || most > to || IndexOf(least) != IndexOf(most));
    }

    /// <summary>Adds a set that <see cref="Place"/> found in one bucket.</summary>
    public void AddWhole(in SeriesSummary summary)
    {
        var bucket = IndexOf(axis is SeriesAxis.Time ? summary.First.TimeMs : summary.Low.Step);
        summaries[bucket].Add(summary);
        if (finites is not null) finites[bucket].AddWhole(summary);
    }

    /// <summary>Whether a point lies in the interval.</summary>
    public bool Holds(SeriesPoint point) => (axis is SeriesAxis.Time ? point.TimeMs : point.Step) is var at && at >= from && at <= to;

    public void Add(SeriesPoint point)
    {
        var at = axis is SeriesAxis.Time ? point.TimeMs : point.Step;
        if (at < from || at > to) return;
        var bucket = IndexOf(at);
        summaries[bucket].Add(point);
        if (finites is not null) finites[bucket].Add(point.Value);
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
            if (finites is not null)
                foreach (var value in points.Values[i..end]) finites[bucket].Add(value);
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
