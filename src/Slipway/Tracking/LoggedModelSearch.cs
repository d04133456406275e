using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Finds logged models by filter, a page at a time. A metric clause fits a model when any of its measurements does, of those on the
/// named data sets if there are any; a model sorts by its latest measurement.
/// </summary>
internal static class LoggedModelSearch
{
    /// <summary>The most data sets that metric clauses may be restricted to.</summary>
    public const int DatasetsMax = 100;

    private const string Status = "CASE m.status WHEN 1 THEN 'PENDING' WHEN 2 THEN 'READY' ELSE 'UPLOAD_FAILED' END";
    private const string StatusPrefix = "LOGGED_MODEL_";

    public static Outcome<SearchPage> Page(Session session, Caller caller, SearchLoggedModels query)
    {
        var limit = query.MaxResults ?? SearchLoggedModels.MaxResultsDefault;
        if (SearchPage.CheckSize(limit, SearchLoggedModels.MaxResultsMax) is { } badSize) return badSize;
        if (query.ExperimentIds is not { Length: > 0 } ids) return Problem.Missing("experiment_ids");
        if (ids.Length > SearchLoggedModels.ExperimentsMax) return Problem.Invalid($"A search covers at most {SearchLoggedModels.ExperimentsMax:N0} experiments, got {ids.Length:N0}.");
        var filter = LoggedModelFilter.Parse(query.Filter);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = LoggedModelOrderBy.Parse(query.OrderBy);
        if (!orderBy.Succeeded) return orderBy.Problem;
        if (Check(query.Datasets) is { } badDataset) return badDataset;
        var datasets = query.Datasets ?? [];
        var order = orderBy.Value;
        var fingerprint = PageToken.Fingerprint(["logged-models", filter.Value.ToString(), LoggedModelOrderBy.Text(query.OrderBy), .. ids.Distinct().Order(StringComparer.Ordinal),
            "datasets", .. datasets.SelectMany(dataset => new[] { dataset.DatasetName!, dataset.DatasetDigest ?? "" })]);
        var after = order.After(query.PageToken, fingerprint);
        if (!after.Succeeded) return after.Problem;
        var experiments = Experiments.Visible(session, caller, ids);
        if (experiments.Count == 0) return SearchPage.Empty;

        var sql = new SearchSql(session.Dialect);
        var columns = order.Columns(sql);
        var conditions = " AND " + SearchSql.Tree(filter.Value, clause => Condition(clause, datasets, sql));
        if (datasets.Length > 0 && !filter.Value.Clauses().Any(clause => clause.Field.Kind is FieldKind.Metric))
            conditions += $" AND EXISTS (SELECT 1 FROM logged_model_metrics f WHERE f.model_no = m.no{On(datasets, sql)})";
        var page = new PageSoFar(order, limit + 1, after.Value);
        session.Each($"SELECT m.no, {columns} FROM logged_models m WHERE m.experiment_id {sql.In(experiments)} AND m.deleted_ms IS NULL{conditions}", row =>
        {
            page.Add(order.Read(row));
            return true;
        }, sql.Args);
        return page.Finish(fingerprint);
    }

    /// <summary>What each attribute's name means in SQL.</summary>
    public static string Column(string attribute) => attribute switch
    {
        LoggedModelFilter.Name => "m.name",
        LoggedModelFilter.ModelId => "m.model_id",
        LoggedModelFilter.ModelType => "m.model_type",
        LoggedModelFilter.Status => Status,
        LoggedModelFilter.SourceRunId => "m.source_run_id",
        LoggedModelFilter.CreationTime => "m.created_ms",
        _ => "m.updated_ms",
    };

    private static Problem? Check(LoggedModelDataset?[]? datasets)
    {
        if (datasets is null) return null;
        if (datasets.Length > DatasetsMax) return Problem.Invalid($"At most {DatasetsMax} datasets can be named, got {datasets.Length}.");
        foreach (var dataset in datasets)
        {
            if (string.IsNullOrEmpty(dataset?.DatasetName)) return Problem.Invalid("`dataset_name` in the `datasets` clause must be specified.");
            if ((SearchLexer.Unfit(dataset.DatasetName, "dataset_name") ?? SearchLexer.Unfit(dataset.DatasetDigest ?? "", "dataset_digest")) is { } unfit) return unfit;
        }
        return null;
    }

    private static string Condition(Clause clause, LoggedModelDataset[] datasets, SearchSql sql) => clause.Field switch
    {
        { Kind: FieldKind.Param } => sql.Entry("logged_model_params", "model_no", "m.no", clause),
        { Kind: FieldKind.Tag } => sql.Entry("logged_model_tags", "model_no", "m.no", clause),
        { Kind: FieldKind.Metric } => $"EXISTS (SELECT 1 FROM logged_model_metrics f WHERE f.model_no = m.no AND f.key = {sql.Add(clause.Field.Key)}" +
            $" AND {sql.CompareMetric("f", clause.Comparator, ((NumberValue)clause.Value!).Number)}{On(datasets, sql)})",
        { Key: LoggedModelFilter.Status } => StatusCondition(clause, sql),
        _ => sql.Compare(Column(clause.Field.Key), clause),
    };

    /// <summary>People write READY as the Python client does, and LOGGED_MODEL_READY as the wire does; a pattern may fit either.</summary>
    private static string StatusCondition(Clause clause, SearchSql sql)
    {
        static string Short(string text) => text.StartsWith(StatusPrefix, StringComparison.Ordinal) ? text[StatusPrefix.Length..] : text;
        return (clause.Comparator, clause.Value) switch
        {
            (Comparator.NotLike, _) => $"({StatusCondition(clause with { Comparator = Comparator.Like }, sql)}) IS NOT TRUE",
            (Comparator.NotILike, _) => $"({StatusCondition(clause with { Comparator = Comparator.ILike }, sql)}) IS NOT TRUE",
            (Comparator.Like or Comparator.ILike, { } pattern) => $"({sql.Compare(Status, clause.Comparator, pattern)} OR {sql.Compare($"('{StatusPrefix}' || {Status})", clause.Comparator, pattern)})",
            (_, ListValue list) => sql.Compare(Status, clause.Comparator, new ListValue([.. list.Texts.Select(Short)])),
            (_, TextValue text) => sql.Compare(Status, clause.Comparator, new TextValue(Short(text.Text))),
            _ => throw new InvalidOperationException($"The parser lets no {clause} through."),
        };
    }

    private static string On(LoggedModelDataset[] datasets, SearchSql sql) => datasets.Length == 0 ? ""
        : $" AND ({string.Join(" OR ", datasets.Select(dataset => On(dataset.DatasetName!, dataset.DatasetDigest, sql)))})";

    /// <summary>The measurement was made on this data set.</summary>
    public static string On(string name, string? digest, SearchSql sql) =>
        string.IsNullOrEmpty(digest) ? $"f.dataset_name = {sql.Add(name)}" : $"(f.dataset_name = {sql.Add(name)} AND f.dataset_digest = {sql.Add(digest)})";
}
