using System.Globalization;

namespace Slipway.Serving;

/// <summary>From intervals to a decision; larger outcomes are better. Only the intervals that hold at every look decide, since people look.</summary>
internal static class AbAdvices
{
    /// <summary>A difference within this share of the control's mean is none.</summary>
    public const double NoEffectShare = 0.01;

    /// <summary>The decision.</summary>
    public static AbAdvice Of(IReadOnlyList<AbComparison> comparisons, AbRatio? ratio, double? control, int arms)
    {
        if (ratio is { Mismatch: true })
            return new AbAdvice("fix-assignment", null, $"Units are not spread as the weights say (p = {Number(ratio.PValue)}): the assignment, the log, or the time that is looked at is wrong, and so are the differences. If weights changed, look at the time since then ('from_ms').");
        if (arms < 2) return new AbAdvice("no-data", null, arms == 0 ? "No request of this time is in the log." : "Only one arm answered: there is nothing to compare.");
        if (comparisons.Count < arms - 1 || control is not { } mean || double.IsNaN(mean)) return new AbAdvice("no-data", null, "Some arms have no outcomes yet. Post them by request id to /api/feedback.");
        if (comparisons.Where(static one => one.AnytimeLow > 0).MaxBy(static one => one.Difference) is { } best)
            return new AbAdvice("ship", best.Arm, $"'{best.Arm}' is better by {Number(best.Difference)} (between {Number(best.AnytimeLow)} and {Number(best.AnytimeHigh)}), however often this is looked at.");
        if (comparisons.All(static one => one.AnytimeHigh < 0))
        {
            var worst = comparisons.MinBy(static one => one.Difference)!;
            return new AbAdvice("stop-worse", worst.Arm, $"'{worst.Arm}' is worse by {Number(-worst.Difference)} (between {Number(-worst.AnytimeHigh)} and {Number(-worst.AnytimeLow)}), however often this is looked at.");
        }
        var small = Math.Abs(mean) * NoEffectShare;
        if (small > 0 && comparisons.All(one => one.AnytimeLow > -small && one.AnytimeHigh < small))
            return new AbAdvice("stop-no-effect", null, $"No arm differs from the control by more than {Number(NoEffectShare * 100)} % of its mean.");
        var close = comparisons.MinBy(static one => one.AnytimePValue)!;
        var worse = comparisons.Where(static one => one.AnytimeHigh < 0).Select(static one => $"'{one.Arm}'").ToList();
        return new AbAdvice("continue", close.Arm, $"No arm is better yet under continuous looking; the closest is '{close.Arm}' with {Number(close.Difference)} (between {Number(close.AnytimeLow)} and {Number(close.AnytimeHigh)})."
            + (close.NeededUnits is { } needed ? $" A difference of that size takes about {needed.ToString("N0", CultureInfo.InvariantCulture)} units an arm." : "") + (worse.Count > 0 ? $" Worse already: {string.Join(", ", worse)}." : ""));
    }

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
