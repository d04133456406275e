using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What experiments/search asks for.</summary>
/// <param name="Filter">The filter, or null.</param>
/// <param name="OrderBy">The order, or null for the newest first.</param>
/// <param name="Deleted">False: active experiments; true: deleted ones; null: both.</param>
/// <param name="MaxResults">The page; the reference has no default.</param>
/// <param name="PageToken">Where the last page ended, or null.</param>
internal sealed record ExperimentQuery(string? Filter = null, IReadOnlyList<string?>? OrderBy = null, bool? Deleted = false, long? MaxResults = null, string? PageToken = null);

/// <summary>Finds experiments by filter, a page at a time. There are few: one statement reads all that match.</summary>
internal static class ExperimentSearch
{
    public static Outcome<SearchPage> Page(Session session, Caller caller, ExperimentQuery query)
    {
        if (SearchPage.CheckSize(query.MaxResults ?? 0, SearchExperiments.MaxResultsMax) is { } badSize) return badSize;
        var filter = ExperimentFilter.Parse(query.Filter);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = OrderByParser.Parse(query.OrderBy, ExperimentFilter.OrderGrammar);
        if (!orderBy.Succeeded) return orderBy.Problem;
        var fingerprint = PageToken.Fingerprint("experiments", filter.Value.ToString(), string.Join(',', orderBy.Value), $"{query.Deleted}");
        var order = Order(orderBy.Value);
        var after = order.After(query.PageToken, fingerprint);
        if (!after.Succeeded) return after.Problem;

        var sql = new SearchSql(session.Dialect);
        var columns = order.Columns(sql);
        var view = query.Deleted switch { false => " AND e.deleted_ms IS NULL", true => " AND e.deleted_ms IS NOT NULL", _ => "" };
        var conditions = " AND " + SearchSql.Tree(filter.Value, clause => Condition(clause, sql));
        // Roots that differ from the workspace's rule for this caller: few, and one list.
        var exceptions = caller.Grants.Exceptions(caller.Rights, RootKind.Experiment).ToList();
        var shown = (caller.Rights & Right.ReadExperiments) != 0;
        if (!shown || exceptions.Count > 0) conditions += $" AND {(shown ? "NOT " : "")}(e.id {sql.In(exceptions)})";
        var page = new PageSoFar(order, (int)query.MaxResults!.Value + 1, after.Value);
        session.Each($"SELECT e.id, {columns} FROM experiments e WHERE e.workspace_id = {sql.Add(caller.Workspace)}{view}{conditions}", row =>
        {
            page.Add(order.Read(row));
            return true;
        }, sql.Args);
        return page.Finish(fingerprint);
    }

    private static string Condition(Clause clause, SearchSql sql)
    {
        if (clause.Field.Kind is FieldKind.Tag) return sql.Entry("experiment_tags", "experiment_id", "e.id", clause);
        return sql.Compare(Column(clause.Field.Key), clause);
    }

    /// <summary>By default the newest first and equally new ones by id; with an order of the caller's own, ties go to the larger id.</summary>
    private static SearchOrder Order(IReadOnlyList<OrderKey> asked)
    {
        var keys = asked.Select(key => Key(key.Field.Key, key.Descending)).ToList();
        if (keys.Count == 0) keys = [Key(ExperimentFilter.CreationTime, true), Key(ExperimentFilter.Id, false)];
        if (!keys.Exists(key => key.Field.Key == ExperimentFilter.Id)) keys.Add(Key(ExperimentFilter.Id, true));
        return new SearchOrder(keys[..(keys.FindIndex(key => key.Field.Key == ExperimentFilter.Id) + 1)]);
    }

    private static SortKey Key(string name, bool descending) => SortKey.Attribute(name, descending, name != ExperimentFilter.Name, Column(name));

    private static string Column(string name) => name switch
    {
        ExperimentFilter.Name => "e.name",
        ExperimentFilter.Id => "e.id",
        ExperimentFilter.CreationTime => "e.created_ms",
        _ => "e.updated_ms",
    };
}
