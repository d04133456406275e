namespace Slipway.Tracking;

/// <summary>What search may rely on in the tables of metrics, read-only, after <see cref="Metrics.EnsureSettled"/>.</summary>
internal static class MetricsSql
{
    /// <summary>
    /// One row per (run_no, key_id): step, time_ms, value, is_nan of the latest point; min_value and max_value without NaNs, NULL when
    /// there are only NaNs. A NaN is is_nan 1 beside value 0. Rows of a hard-deleted run are gone at once.
    /// </summary>
    public const string Latest = "metric_latest";

    /// <summary>The index on (experiment_id, key_id, is_nan, value, run_no), for range scans and capped counts of a comparison.</summary>
    public const string LatestByValue = "metric_latest_by_value";

    /// <summary>Ids of names: id, workspace_id, name. <see cref="Metrics.KeyOf"/> answers one without a join.</summary>
    public const string Keys = "metric_keys";
}
