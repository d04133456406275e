namespace Slipway.Tracking;

/// <summary>Asks which params a metric depends on.</summary>
/// <param name="ExperimentIds">At most <see cref="OrderRuns.ExperimentsMax"/>.</param>
/// <param name="Filter">As of runs/search; absent takes all active runs.</param>
/// <param name="Target">`metrics.k` (the last value), `min(metrics.k)` or `max(metrics.k)`.</param>
/// <param name="Params">Only these params, at most <see cref="ParamsMax"/>; absent takes those that differ.</param>
/// <param name="MaxRuns">1 to <see cref="RunsMax"/> of the newest runs; the most when absent.</param>
public sealed record AskImportance(string?[]? ExperimentIds, string? Filter = null, string? Target = null, string?[]? Params = null, int? MaxRuns = null)
{
    /// <summary>The most runs that are looked at.</summary>
    public const int RunsMax = 10_000;

    /// <summary>The most params that are compared.</summary>
    public const int ParamsMax = 100;
}

/// <summary>How much a metric depends on each param.</summary>
/// <param name="Runs">How many runs have the metric, and were looked at.</param>
/// <param name="Target">As it was asked for.</param>
/// <param name="Params">The most important first.</param>
/// <param name="Explained">How much of the metric's variance the params foretell in runs that were not learned from, 0 to 1. Near 0 the importances say little.</param>
/// <param name="Note">What was left out, and what else to know before believing the numbers; absent when there is nothing.</param>
public sealed record Importance(int Runs, string Target, ParamWeight[] Params, double Explained, string? Note = null);

/// <summary>How much a metric depends on one param.</summary>
/// <param name="Param">The param.</param>
/// <param name="Weight">Its share of what all params explain, 0 to 1; all shares make 1, or all are 0.</param>
/// <param name="Correlation">Spearman's rank correlation, -1 to 1, over the runs that have both; absent for categories, and where one of the two does not vary.</param>
/// <param name="Kind">`numeric` or `categorical`.</param>
/// <param name="Distinct">How many different values there are.</param>
/// <param name="Missing">How many of the runs do not have it.</param>
public sealed record ParamWeight(string Param, [property: System.Text.Json.Serialization.JsonPropertyName("importance")] double Weight, double? Correlation, string Kind, int Distinct, int Missing);
