namespace Slipway.Tracking;

/// <summary>
/// What is known of a function's value for one series: it may be absent, may be NaN, may be a number within bounds. Exact when only one of
/// these is left and the bounds are one number. A comparison is often decided long before.
/// </summary>
/// <param name="MayBeAbsent">There may be no such point.</param>
/// <param name="MayBeNan">The value may be NaN.</param>
/// <param name="Low">The least it may be, NaN when it cannot be a number.</param>
/// <param name="High">The greatest it may be.</param>
internal readonly record struct SeriesRange(bool MayBeAbsent, bool MayBeNan, double Low, double High)
{
    /// <summary>No such point.</summary>
    public static SeriesRange Absent { get; } = new(true, false, double.NaN, double.NaN);

    /// <summary>Nothing is known.</summary>
    public static SeriesRange Unknown { get; } = new(true, true, double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>A value, which may be NaN.</summary>
    public static SeriesRange Of(double value) => new(false, double.IsNaN(value), value, value);

    /// <summary>What a series' last step and its bounds without NaN say of a function; bounds are NaN when there is no other value.</summary>
    public static SeriesRange Of(SeriesCall call, long lastStep, double min, double max)
    {
        var anyNumber = !double.IsNaN(min);
        switch (call.Function)
        {
            case SeriesFunction.Count:
                return Possible(call.Test, min, max) ? new(false, false, call.Test is null ? 1 : 0, double.PositiveInfinity) : Of(0);
            case SeriesFunction.First:
                return new(false, true, min, max);
            case SeriesFunction.At:
                return call.Step > lastStep ? Absent : anyNumber ? new(true, true, min, max) : new(true, true, double.NaN, double.NaN);
            default:
                return Possible(call.Test, min, max) ? new(true, false, long.MinValue, lastStep) : Absent;
        }
    }

    // Whether there are NaNs the bounds do not say.
    private static bool Possible(SeriesTest? test, double min, double max) => test?.Comparator switch
    {
        Comparator.Less => min < test.Number,
        Comparator.LessOrEqual => min <= test.Number,
        Comparator.Greater => max > test.Number,
        Comparator.GreaterOrEqual => max >= test.Number,
        Comparator.Equal => min <= test.Number && test.Number <= max,
        Comparator.IsNotNan => !double.IsNaN(min),
        _ => true,
    };

    /// <summary>True when one outcome is left.</summary>
    public bool IsExact => (MayBeAbsent ? 1 : 0) + (MayBeNan ? 1 : 0) + (MayBeNumber ? 1 : 0) == 1 && (!MayBeNumber || Low == High);

    private bool MayBeNumber => !double.IsNaN(Low);

    /// <summary>The comparison's answer, or null while it depends on what is not known.</summary>
    public bool? Compare(Comparator comparator, double number)
    {
        var (yes, no) = (false, false);
        if (MayBeAbsent) Say(comparator is Comparator.IsNull);
        if (MayBeNan) Say(comparator is Comparator.NotEqual or Comparator.IsNan or Comparator.IsNotNull);
        if (MayBeNumber)
        {
            var holds = CompareNumber(comparator, number);
            if (holds is null) return null;
            Say(holds.Value);
        }
        return yes == no ? null : yes;

        void Say(bool holds)
        {
            if (holds) yes = true;
            else no = true;
        }
    }

    private bool? CompareNumber(Comparator comparator, double number) => comparator switch
    {
        Comparator.Less => High < number ? true : Low >= number ? false : null,
        Comparator.LessOrEqual => High <= number ? true : Low > number ? false : null,
        Comparator.Greater => Low > number ? true : High <= number ? false : null,
        Comparator.GreaterOrEqual => Low >= number ? true : High < number ? false : null,
        Comparator.Equal => Low == number && High == number ? true : number < Low || number > High ? false : null,
        Comparator.NotEqual => number < Low || number > High ? true : Low == number && High == number ? false : null,
        Comparator.IsNull or Comparator.IsNan => false,
        _ => true,
    };
}
