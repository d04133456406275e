namespace Slipway.Tracking;

/// <summary>One condition on a run, as SQL over `runs r`.</summary>
internal abstract record RunPredicate
{
    /// <summary>The condition, to be probed for a run at hand.</summary>
    public abstract string Probe(SearchSql sql);

    /// <summary>
    /// `FROM ... WHERE ...` that yields the matching runs' numbers (column <see cref="NumberColumn"/>) from an index alone, or null when no index
    /// knows them. What it yields may lie outside the searched experiments or views: it is probed afterwards.
    /// </summary>
    public virtual string? Source(SearchSql sql, IReadOnlyCollection<long> experiments) => null;

    public virtual bool HasSource => false;

    /// <summary>True when SQL cannot decide it: then <see cref="Pick"/> does, for runs at hand.</summary>
    public virtual bool IsLate => false;

    /// <summary>Those of the runs that it lets through.</summary>
    public virtual SearchSet Pick(RunSift sift, SearchSet among) => throw new InvalidOperationException("SQL decides this.");

    public virtual string NumberColumn => "f.run_no";
}

/// <summary>A comparison of a metric's latest value.</summary>
internal sealed record MetricPredicate(long KeyId, Comparator Comparator, double Number) : RunPredicate
{
    // The index serves one range of values that are not NaN; != is two ranges and nearly everything.
    public override bool HasSource => Comparator is not Comparator.NotEqual;

    public override string Probe(SearchSql sql) =>
        $"EXISTS (SELECT 1 FROM metric_latest f WHERE f.run_no = r.no AND f.key_id = {sql.Add(KeyId)} AND {sql.CompareMetric("f", Comparator, Number)})";

    public override string? Source(SearchSql sql, IReadOnlyCollection<long> experiments) => HasSource
        ? $"FROM metric_latest f WHERE f.experiment_id {sql.In(experiments)} AND f.key_id = {sql.Add(KeyId)} AND {sql.CompareMetric("f", Comparator, Number)}"
        : null;
}

/// <summary>The metric's latest value is NaN: the runs between those with a value and those without.</summary>
internal sealed record NanPredicate(long KeyId) : RunPredicate
{
    public override bool HasSource => true;

    public override string Probe(SearchSql sql) => $"EXISTS (SELECT 1 FROM metric_latest f WHERE f.run_no = r.no AND f.key_id = {sql.Add(KeyId)} AND f.is_nan = 1)";

    public override string? Source(SearchSql sql, IReadOnlyCollection<long> experiments) =>
        $"FROM metric_latest f WHERE f.experiment_id {sql.In(experiments)} AND f.key_id = {sql.Add(KeyId)} AND f.is_nan = 1";
}

/// <summary>The run has no such metric.</summary>
internal sealed record NoMetricPredicate(long KeyId) : RunPredicate
{
    public override string Probe(SearchSql sql) => $"NOT EXISTS (SELECT 1 FROM metric_latest f WHERE f.run_no = r.no AND f.key_id = {sql.Add(KeyId)})";
}

/// <summary>A comparison of a param or a tag.</summary>
internal sealed record EntryPredicate(string Table, Clause Clause) : RunPredicate
{
    public override string Probe(SearchSql sql) => sql.Entry(Table, "run_no", "r.no", Clause);
}

/// <summary>A comparison of a data set that the run read: true when any of them fits.</summary>
internal sealed record DatasetPredicate(string Column, Comparator Comparator, FilterValue Value) : RunPredicate
{
    public override string Probe(SearchSql sql) => $"EXISTS (SELECT 1 FROM run_datasets f WHERE f.run_no = r.no AND {sql.Compare("f." + Column, Comparator, Value)})";
}

/// <summary>A comparison of what the run's own row says.</summary>
internal sealed record AttributePredicate(Clause Clause) : RunPredicate
{
    // Only ids are indexed; a start time bounds the walk in its own order instead.
    public override bool HasSource => Clause.Field.Key == RunFilter.RunId && Clause.Comparator is Comparator.Equal or Comparator.In;

    public override string NumberColumn => "r.no";

    public override string Probe(SearchSql sql) => sql.Compare(RunAttributes.Expression(Clause.Field.Key), Clause);

    public override string? Source(SearchSql sql, IReadOnlyCollection<long> experiments) => HasSource ? $"FROM runs r WHERE {Probe(sql)}" : null;
}

/// <summary>The run is deleted: few are, and a partial index knows them.</summary>
internal sealed record DeletedPredicate : RunPredicate
{
    public override bool HasSource => true;

    public override string NumberColumn => "r.no";

    public override string Probe(SearchSql sql) => "r.deleted_ms IS NOT NULL";

    public override string? Source(SearchSql sql, IReadOnlyCollection<long> experiments) => $"FROM runs r WHERE r.experiment_id {sql.In(experiments)} AND r.deleted_ms IS NOT NULL";
}

/// <summary>The start time is unknown: runs after all others in its order.</summary>
internal sealed record NoStartPredicate : RunPredicate
{
    public override string Probe(SearchSql sql) => "r.start_ms IS NULL";
}

/// <summary>What each attribute's name means in SQL, as people filter and sort by it.</summary>
internal static class RunAttributes
{
    /// <summary>Times beyond this, 140,000 years from 1970, make no duration.</summary>
    public const string TimeMsMax = "4611686018427387";

    public static string Expression(string attribute) => attribute switch
    {
        RunFilter.RunId => "r.run_id",
        RunFilter.RunName => "r.name",
        RunFilter.UserId => "r.user_id",
        RunFilter.ArtifactUri => "r.artifact_uri",
        RunFilter.StartTime => "r.start_ms",
        RunFilter.EndTime => "r.end_ms",
        // Times far outside of any calendar would not fit their difference.
        RunFilter.Duration => $"CASE WHEN r.start_ms BETWEEN -{TimeMsMax} AND {TimeMsMax} AND r.end_ms BETWEEN -{TimeMsMax} AND {TimeMsMax} THEN r.end_ms - r.start_ms END",
        RunFilter.ExperimentName => "(SELECT e.name FROM experiments e WHERE e.id = r.experiment_id)",
        RunFilter.ExperimentId => "CAST(r.experiment_id AS TEXT)",
        RunFilter.LifecycleStage => "CASE WHEN r.deleted_ms IS NULL THEN 'active' ELSE 'deleted' END",
        RunFilter.Status => "CASE r.status WHEN 1 THEN 'RUNNING' WHEN 2 THEN 'SCHEDULED' WHEN 3 THEN 'FINISHED' WHEN 4 THEN 'FAILED' ELSE 'KILLED' END",
        _ => throw new InvalidOperationException($"The parser lets no attribute '{attribute}' through."),
    };

    /// <summary>True for attributes that sort as numbers.</summary>
    public static bool IsNumber(string attribute) => attribute is RunFilter.StartTime or RunFilter.EndTime or RunFilter.Duration or RunFilter.ExperimentId;

    /// <summary>What the attribute sorts by: experiments by number, not by their digits.</summary>
    public static string Sorted(string attribute) => attribute == RunFilter.ExperimentId ? "r.experiment_id" : Expression(attribute);
}
