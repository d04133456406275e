namespace Slipway.Tracking;

/// <summary>
/// What is known of a set of points without reading them: the roll-up of a block, of a segment and of a bucket. Merging the
/// summaries of disjoint sets gives the summary of their union, exactly.
/// </summary>
internal struct SeriesSummary
{
    /// <summary>The number of points, NaNs included.</summary>
    public int Count;

    /// <summary>The number of NaNs.</summary>
    public int Nans;

    /// <summary>The least value that is not NaN; NaN when there is none.</summary>
    public double Min;

    /// <summary>The greatest value that is not NaN; NaN when there is none.</summary>
    public double Max;

    /// <summary>The first and last point by timestamp, step, value.</summary>
    public SeriesPoint First, Last;

    /// <summary>The first and last point by step, timestamp, value; the last one is what "latest" means.</summary>
    public SeriesPoint Low, High;

    public void Add(SeriesPoint point)
    {
        var nan = double.IsNaN(point.Value);
        if (Count == 0)
        {
            this = new SeriesSummary { Count = 1, Nans = nan ? 1 : 0, Min = point.Value, Max = point.Value, First = point, Last = point, Low = point, High = point };
            return;
        }
        Count++;
        if (nan) Nans++;
        else
        {
            // Not (x >= y): either side may still be the NaN that says "none yet".
            if (!(point.Value >= Min)) Min = point.Value;
            if (!(point.Value <= Max)) Max = point.Value;
        }
        if (point < First) First = point;
        if (point > Last) Last = point;
        if (point.CompareByStep(Low) < 0) Low = point;
        if (point.CompareByStep(High) > 0) High = point;
    }

    public void Add(in SeriesSummary other)
    {
        if (other.Count == 0) return;
        if (Count == 0)
        {
            this = other;
            return;
        }
        Count += other.Count;
        Nans += other.Nans;
        if (!double.IsNaN(other.Min))
        {
            if (!(other.Min >= Min)) Min = other.Min;
            if (!(other.Max <= Max)) Max = other.Max;
        }
        if (other.First < First) First = other.First;
        if (other.Last > Last) Last = other.Last;
        if (other.Low.CompareByStep(Low) < 0) Low = other.Low;
        if (other.High.CompareByStep(High) > 0) High = other.High;
    }

    /// <summary>The summary of points in history's order, in one pass.</summary>
    public static SeriesSummary Of(ReadOnlySpan<long> times, ReadOnlySpan<long> steps, ReadOnlySpan<double> values)
    {
        if (times.IsEmpty) return default;
        var (min, max, nans) = (double.PositiveInfinity, double.NegativeInfinity, 0);
        foreach (var value in values)
        {
            if (double.IsNaN(value)) nans++;
            if (value < min) min = value;
            if (value > max) max = value;
        }
        if (nans == values.Length) (min, max) = (double.NaN, double.NaN);
        var (low, high) = (0, times.Length - 1);
        if (!Rising(steps))
        {
            high = 0;
            for (var i = 1; i < steps.Length; i++)
            {
                var point = new SeriesPoint(times[i], steps[i], values[i]);
                if (point.CompareByStep(new(times[low], steps[low], values[low])) < 0) low = i;
                if (point.CompareByStep(new(times[high], steps[high], values[high])) > 0) high = i;
            }
        }
        return new SeriesSummary
        {
            Count = times.Length,
            Nans = nans,
            Min = min,
            Max = max,
            First = new(times[0], steps[0], values[0]),
            Last = new(times[^1], steps[^1], values[^1]),
            Low = new(times[low], steps[low], values[low]),
            High = new(times[high], steps[high], values[high]),
        };
    }

    /// <summary>Steps that never fall with time, the usual case, make the order by step the order by time: the ends are the same points.</summary>
    private static bool Rising(ReadOnlySpan<long> steps)
    {
        for (var i = 1; i < steps.Length; i++)
            if (steps[i] < steps[i - 1]) return false;
        return true;
    }
}
