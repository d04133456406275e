using System.Globalization;

namespace Slipway.Tracking;

/// <summary>What can be asked of a whole series. `last` is no function of its own: it is what `metrics.k` means.</summary>
internal enum SeriesFunction
{
    /// <summary>The least value that is not NaN.</summary>
    Min,
    /// <summary>The greatest value that is not NaN.</summary>
    Max,
    /// <summary>The value of the point with the least (step, timestamp, value).</summary>
    First,
    /// <summary>The value at a step: of several points there, the one with the greatest (timestamp, value).</summary>
    At,
    /// <summary>The least step of a point that passes the test.</summary>
    FirstStep,
    /// <summary>The greatest step of a point that passes the test.</summary>
    LastStep,
    /// <summary>How many points there are, or pass the test; 0 when there are none.</summary>
    Count,
}

/// <summary>A condition on each point's value; the number is 0 for IS [NOT] NAN.</summary>
internal sealed record SeriesTest(Comparator Comparator, double Number)
{
    /// <summary>NaN is unequal to everything and neither above nor below.</summary>
    public bool Holds(double value) => Comparator switch
    {
        Comparator.Equal => value == Number,
        Comparator.NotEqual => value != Number,
        Comparator.Less => value < Number,
        Comparator.LessOrEqual => value <= Number,
        Comparator.Greater => value > Number,
        Comparator.GreaterOrEqual => value >= Number,
        Comparator.IsNan => double.IsNaN(value),
        _ => !double.IsNaN(value),
    };

    public override string ToString() => Comparator.IsUnary() ? Comparator.Sign() : $"{Comparator.Sign()} {NumberValue.Print(Number)}";
}

/// <summary>A function of a metric's series: the left side of a comparison, or a key of an order.</summary>
/// <param name="Function">Which one.</param>
/// <param name="Step">The step of <see cref="SeriesFunction.At"/>, else 0.</param>
/// <param name="Test">What counts for first_step, last_step and count; null counts every point.</param>
internal sealed record SeriesCall(SeriesFunction Function, long Step = 0, SeriesTest? Test = null)
{
    /// <summary>For error texts.</summary>
    public const string Names = "min, max, first, last, at, first_step, last_step, count";

    /// <summary>True for functions that a run's settled values do not answer: points may have to be read.</summary>
    public bool ReadsPoints => Function is not (SeriesFunction.Min or SeriesFunction.Max);

    /// <summary>True for functions whose value is one of the series', which may be NaN.</summary>
    public bool IsValue => Function is SeriesFunction.First or SeriesFunction.At;

    public string Print(string metric) => Function switch
    {
        SeriesFunction.Min => $"min({metric})",
        SeriesFunction.Max => $"max({metric})",
        SeriesFunction.First => $"first({metric})",
        SeriesFunction.At => string.Create(CultureInfo.InvariantCulture, $"at({metric}, {Step})"),
        SeriesFunction.FirstStep => $"first_step({metric} {Test})",
        SeriesFunction.LastStep => $"last_step({metric} {Test})",
        _ => Test is null ? $"count({metric})" : $"count({metric} {Test})",
    };
}
