namespace Slipway.Tracking;

/// <summary>
/// One point of a metric's series. A series is a set of these: an exact repeat is the same point, so a retry changes nothing.
/// Values are canonical: every NaN is one NaN, and -0.0 is 0.0 (they compare equal in both databases, so as set members they are one).
/// </summary>
/// <param name="TimeMs">Unix milliseconds, any Int64.</param>
/// <param name="Step">Any Int64.</param>
/// <param name="Value">Any double, in canonical form.</param>
internal readonly record struct SeriesPoint(long TimeMs, long Step, double Value) : IComparable<SeriesPoint>
{
    /// <summary>History's order: timestamp, step, value; NaN counts as 0 with a flag, so it follows 0 and precedes every positive value.</summary>
    public int CompareTo(SeriesPoint other)
    {
        if (TimeMs != other.TimeMs) return TimeMs < other.TimeMs ? -1 : 1;
        if (Step != other.Step) return Step < other.Step ? -1 : 1;
        return Ordinal(Value).CompareTo(Ordinal(other.Value));
    }

    /// <summary>The order of charts by step, and of "latest": step, timestamp, value.</summary>
    public int CompareByStep(SeriesPoint other)
    {
        if (Step != other.Step) return Step < other.Step ? -1 : 1;
        if (TimeMs != other.TimeMs) return TimeMs < other.TimeMs ? -1 : 1;
        return Ordinal(Value).CompareTo(Ordinal(other.Value));
    }

    public static bool operator <(SeriesPoint a, SeriesPoint b) => a.CompareTo(b) < 0;
    public static bool operator >(SeriesPoint a, SeriesPoint b) => a.CompareTo(b) > 0;
    public static bool operator <=(SeriesPoint a, SeriesPoint b) => a.CompareTo(b) <= 0;
    public static bool operator >=(SeriesPoint a, SeriesPoint b) => a.CompareTo(b) >= 0;

    /// <summary>One NaN, one zero; all else as it came.</summary>
    public static double Canonical(double value) => double.IsNaN(value) ? double.NaN : value + 0.0;

    /// <summary>
    /// A canonical value as an integer of the same order, so that ties are broken alike in memory and in SQL. The bits of a double
    /// order like a sign-magnitude integer; -0.0 would be -1, which frees two neighbours: 0.0 takes -1 and NaN takes 0.
    /// </summary>
    public static long Ordinal(double value)
    {
        if (value == 0) return -1;
        if (double.IsNaN(value)) return 0;
        var bits = BitConverter.DoubleToInt64Bits(value);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }

    /// <summary>The value that <see cref="Ordinal"/> made this integer from.</summary>
    public static double FromOrdinal(long ordinal) => ordinal switch
    {
        -1 => 0.0,
        0 => double.NaN,
        _ => BitConverter.Int64BitsToDouble(ordinal ^ ((ordinal >> 63) & long.MaxValue)),
    };
}
