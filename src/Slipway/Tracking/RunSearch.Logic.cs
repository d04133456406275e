namespace Slipway.Tracking;

/// <summary>The same for every run: what is asked of a metric that nobody logged.</summary>
internal sealed record ConstantPredicate(bool Holds) : RunPredicate
{
    public override string Probe(SearchSql sql) => Holds ? "1 = 1" : "0 = 1";
}

/// <summary>All of the parts.</summary>
internal sealed record AllPredicate(IReadOnlyList<RunPredicate> Parts) : RunPredicate
{
    public override bool IsLate { get; } = Parts.Any(part => part.IsLate);

    public override string Probe(SearchSql sql) => $"({string.Join(" AND ", Parts.Select(part => part.Probe(sql)))})";

    public override SearchSet Pick(RunSift sift, SearchSet among)
    {
        // What SQL knows first: it is cheaper and leaves fewer.
        foreach (var part in Parts.OrderBy(part => part.IsLate)) among = sift.Pick(part, among);
        return among;
    }
}

/// <summary>Any of the parts; an index knows the runs when it knows those of every part (some twice: they are counted roughly and make a set).</summary>
internal sealed record AnyPredicate(IReadOnlyList<RunPredicate> Parts) : RunPredicate
{
    public override bool IsLate { get; } = Parts.Any(part => part.IsLate);

    public override bool HasSource => !IsLate && Parts.All(part => part.HasSource);

    public override string Probe(SearchSql sql) => $"({string.Join(" OR ", Parts.Select(part => part.Probe(sql)))})";

    public override string? Source(SearchSql sql, IReadOnlyCollection<long> experiments) => HasSource
        ? $"FROM ({string.Join(" UNION ALL ", Parts.Select(part => $"SELECT {part.NumberColumn} AS run_no {part.Source(sql, experiments)}"))}) f"
        : null;

    public override SearchSet Pick(RunSift sift, SearchSet among)
    {
        var (picked, left) = (new SearchSet(), among.Copy());
        foreach (var part in Parts.OrderBy(part => part.IsLate))
        {
            if (left.Count == 0) break;
            var some = sift.Pick(part, left);
            picked.Or(some);
            left.Remove(some);
        }
        return picked;
    }
}

/// <summary>The part is not true: it is false, or asks for what the run does not have.</summary>
internal sealed record NotPredicate(RunPredicate Part) : RunPredicate
{
    public override bool IsLate => Part.IsLate;

    public override string Probe(SearchSql sql) => $"({Part.Probe(sql)}) IS NOT TRUE";

    public override SearchSet Pick(RunSift sift, SearchSet among)
    {
        var left = among.Copy();
        left.Remove(sift.Pick(Part, among));
        return left;
    }
}

/// <summary>A comparison of the least or greatest value of a metric, which settling keeps beside the latest one.</summary>
internal sealed record RangePredicate(long KeyId, SeriesFunction Function, Comparator Comparator, double Number) : RunPredicate
{
    /// <summary>Where the function's value stands.</summary>
    public static string Column(SeriesFunction function) => function is SeriesFunction.Min ? "min_value" : "max_value";

    public override string Probe(SearchSql sql)
    {
        var row = $"EXISTS (SELECT 1 FROM metric_latest f WHERE f.run_no = r.no AND f.key_id = {sql.Add(KeyId)} AND f.{Column(Function)} ";
        return Comparator switch
        {
            Comparator.IsNull => $"NOT {row} IS NOT NULL)",
            Comparator.IsNotNull => $"{row} IS NOT NULL)",
            Comparator.NotEqual => $"{row} <> {sql.Add(Number)})",
            _ => $"{row} {Comparator.Sign()} {sql.Add(Number)})",
        };
    }
}
