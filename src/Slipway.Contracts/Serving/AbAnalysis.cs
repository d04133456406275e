namespace Slipway.Serving;

/// <summary>GET endpoints/{name}/ab.</summary>
/// <param name="Name">Required; part of the path. The endpoint.</param>
/// <param name="Outcome">Which outcome; `outcome` if null.</param>
/// <param name="Measure">`value` or `reward`; value if null.</param>
/// <param name="Kind">`mean` or `proportion`; if null a proportion when every value is 0 or 1.</param>
/// <param name="Control">The arm that others are compared with; if null `champion`, else the first by name.</param>
/// <param name="By">`arm` or `version`; arm if null.</param>
/// <param name="FromMs">Predictions not before, Unix milliseconds; 14 days before the end if null.</param>
/// <param name="ToMs">Predictions before; now if null.</param>
/// <param name="Missing">`ignore`: units without an outcome do not count; `zero`: they count as 0.</param>
/// <param name="Alpha">The chance of a wrong alarm, 0.001 to 0.5; 0.05 if null.</param>
public sealed record AnalyseAb(string? Name = null, string? Outcome = null, string? Measure = null, string? Kind = null, string? Control = null, string? By = null, long? FromMs = null, long? ToMs = null, string? Missing = null, double? Alpha = null)
{
    /// <summary>The longest time that one analysis looks at.</summary>
    public const int DaysMax = 400;
}

/// <summary>Which arm is better, and whether to believe it.</summary>
/// <param name="Endpoint">Its name.</param>
/// <param name="Outcome">Which outcome.</param>
/// <param name="Measure">Which of its numbers.</param>
/// <param name="Kind">mean or proportion.</param>
/// <param name="Alpha">The chance of a wrong alarm.</param>
/// <param name="FromMs">Predictions not before.</param>
/// <param name="ToMs">Predictions before.</param>
/// <param name="Unit">`key`, `request`, or `mixed`: what counts as one.</param>
/// <param name="MixedUnits">Units that saw two arms; left out.</param>
/// <param name="Sampled">The share of units that was looked at.</param>
/// <param name="Arms">Each arm.</param>
/// <param name="Comparisons">Each arm but the control with it.</param>
/// <param name="Ratio">How units were spread; null with one arm, or when weights are not known.</param>
/// <param name="Advice">What to do.</param>
public sealed record AbAnalysis(string Endpoint, string Outcome, string Measure, string Kind, double Alpha, long FromMs, long ToMs, string Unit, long MixedUnits, double Sampled, AbArm[] Arms, AbComparison[] Comparisons, AbRatio? Ratio, AbAdvice Advice);

/// <summary>An arm in an analysis.</summary>
/// <param name="Name">The arm, or the version.</param>
/// <param name="Version">The version that answered last.</param>
/// <param name="Control">Whether others are compared with it.</param>
/// <param name="Requests">Logged requests.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="Units">Units that saw it and no other.</param>
/// <param name="WithOutcome">Units with an outcome.</param>
/// <param name="Mean">Of the units; null without any.</param>
/// <param name="Low">Lower end of the mean's interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Deviation">Standard deviation of the units.</param>
/// <param name="P50Us">Half of the requests took less, microseconds.</param>
/// <param name="P99Us">99 in 100 took less.</param>
public sealed record AbArm(string Name, string? Version, bool Control, long Requests, long Errors, long Units, long WithOutcome, double? Mean, double? Low, double? High, double? Deviation, double? P50Us, double? P99Us);

/// <summary>An arm against the control.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Difference">Its mean less the control's.</param>
/// <param name="Low">Lower end of the difference's fixed interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Lift">Difference by the control's mean; null when that is 0 or below.</param>
/// <param name="LiftLow">Lower end of the lift's fixed interval.</param>
/// <param name="LiftHigh">Upper end.</param>
/// <param name="PValue">Two-sided, right for one look at a size chosen before.</param>
/// <param name="AnytimeLow">Lower end of the interval that holds however often one looks.</param>
/// <param name="AnytimeHigh">Upper end.</param>
/// <param name="AnytimePValue">Right however often one looks.</param>
/// <param name="NeededUnits">Units of each arm after which a difference of this size would be seen in 8 of 10 experiments; null when there is none.</param>
public sealed record AbComparison(string Arm, double Difference, double Low, double High, double? Lift, double? LiftLow, double? LiftHigh, double PValue, double AnytimeLow, double AnytimeHigh, double AnytimePValue, long? NeededUnits);

/// <summary>How units were spread over arms.</summary>
/// <param name="Arms">The arms, in the order of the numbers.</param>
/// <param name="Expected">Shares by the weights now.</param>
/// <param name="Observed">Units.</param>
/// <param name="PValue">Chi-squared.</param>
/// <param name="Mismatch">True below 0.0005.</param>
public sealed record AbRatio(string[] Arms, double[] Expected, long[] Observed, double PValue, bool Mismatch);

/// <summary>What an analysis comes to.</summary>
/// <param name="Decision">fix-assignment, ship, stop-worse, stop-no-effect, continue or no-data.</param>
/// <param name="Arm">Which arm it speaks of.</param>
/// <param name="Reason">A sentence.</param>
public sealed record AbAdvice(string Decision, string? Arm, string Reason);
