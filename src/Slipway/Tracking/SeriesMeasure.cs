namespace Slipway.Tracking;

/// <summary>
/// One function of one series, exactly, from as few points as decide it: what a roll-up says is learnt from it, and a part is read only while it
/// may still change the answer. Points may come in any order and repeatedly, except for count, which adds up what is disjoint.
/// </summary>
internal sealed class SeriesMeasure(SeriesCall call)
{
    private SeriesPoint? best;
    private long count;

    /// <summary>The answer after everything needed was added.</summary>
    public SeriesRange Result => call.Function switch
    {
        SeriesFunction.Count => SeriesRange.Of(count),
        _ when best is not { } point => SeriesRange.Absent,
        SeriesFunction.FirstStep or SeriesFunction.LastStep => SeriesRange.Of(best!.Value.Step),
        _ => SeriesRange.Of(best!.Value.Value),
    };

    /// <summary>Takes points in.</summary>
    public void Add(SeriesColumns points, int start, int length)
    {
        for (var i = start; i < start + length; i++) Add(points[i]);
    }

    /// <summary>Takes a point in.</summary>
    public void Add(SeriesPoint point)
    {
        switch (call.Function)
        {
            case SeriesFunction.Count:
                if (Passes(point.Value)) count++;
                break;
            case SeriesFunction.First:
                if (best is not { } first || point.CompareByStep(first) < 0) best = point;
                break;
            case SeriesFunction.At:
                if (point.Step == call.Step && (best is not { } at || point.CompareByStep(at) > 0)) best = point;
                break;
            case SeriesFunction.FirstStep:
                if ((best is not { } early || point.Step < early.Step) && Passes(point.Value)) best = point;
                break;
            case SeriesFunction.LastStep:
                if ((best is not { } late || point.Step > late.Step) && Passes(point.Value)) best = point;
                break;
            default:
                throw new InvalidOperationException($"{call.Function} needs no points.");
        }
    }

    /// <summary>Learns what a part's roll-up says by itself; answers whether its points may still change the answer.</summary>
    public bool Needs(in SeriesSummary part)
    {
        if (call.Function is SeriesFunction.Count) throw new InvalidOperationException("Parts are counted by Counted.");
        // The ends are points of the series: often they settle it.
        Add(part.Low);
        Add(part.High);
        return call.Function switch
        {
            SeriesFunction.First => false,
            SeriesFunction.At => part.Low.Step <= call.Step && call.Step < part.High.Step,
            SeriesFunction.FirstStep => part.Low.Step < (best?.Step ?? long.MaxValue) && Any(call.Test!, part),
            _ => part.High.Step > (best?.Step ?? long.MinValue) && Any(call.Test!, part),
        };
    }

    /// <summary>Counts a part that shares no point with others by its roll-up; false when its points have to be counted.</summary>
    public bool Counted(in SeriesSummary part)
    {
        if (call.Test is null || All(call.Test, part)) count += part.Count;
        else return !Any(call.Test, part);
        return true;
    }

    /// <summary>Parts in the order in which the first ones are likeliest to make the others needless.</summary>
    public int Compare(in SeriesSummary a, in SeriesSummary b) => call.Function is SeriesFunction.LastStep ? b.High.Step.CompareTo(a.High.Step) : a.Low.Step.CompareTo(b.Low.Step);

    private bool Passes(double value) => call.Test?.Holds(value) ?? true;

    /// <summary>True when some point of the part may pass.</summary>
    private static bool Any(SeriesTest test, in SeriesSummary part) => test.Comparator switch
    {
        Comparator.Less => part.Min < test.Number,
        Comparator.LessOrEqual => part.Min <= test.Number,
        Comparator.Greater => part.Max > test.Number,
        Comparator.GreaterOrEqual => part.Max >= test.Number,
        Comparator.Equal => part.Min <= test.Number && test.Number <= part.Max,
        Comparator.NotEqual => part.Nans > 0 || part.Min != test.Number || part.Max != test.Number,
        Comparator.IsNan => part.Nans > 0,
        _ => part.Nans < part.Count,
    };

    /// <summary>True when every point of the part passes.</summary>
    private static bool All(SeriesTest test, in SeriesSummary part) => test.Comparator switch
    {
        Comparator.NotEqual => part.Nans == part.Count || test.Number < part.Min || test.Number > part.Max,
        Comparator.IsNan => part.Nans == part.Count,
        _ when part.Nans > 0 => false,
        Comparator.Less => part.Max < test.Number,
        Comparator.LessOrEqual => part.Max <= test.Number,
        Comparator.Greater => part.Min > test.Number,
        Comparator.GreaterOrEqual => part.Min >= test.Number,
        Comparator.Equal => part.Min == test.Number && part.Max == test.Number,
        _ => true,
    };
}
