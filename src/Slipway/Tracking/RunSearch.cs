using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What runs/search asks for.</summary>
/// <param name="Experiments">Their ids; unknown ones and those of other workspaces find nothing.</param>
/// <param name="Filter">The filter, or null.</param>
/// <param name="OrderBy">The order, or null.</param>
/// <param name="Deleted">False: active runs; true: deleted ones; null: both.</param>
/// <param name="MaxResults">The page, or null for <see cref="SearchRuns.MaxResultsDefault"/>.</param>
/// <param name="PageToken">Where the last page ended, or null.</param>
internal sealed record RunQuery(IReadOnlyCollection<string> Experiments, string? Filter = null, IReadOnlyList<string?>? OrderBy = null,
    bool? Deleted = false, int? MaxResults = null, string? PageToken = null);

/// <summary>
/// Finds runs by filter in any order, a page at a time, in time that depends on the page rather than on the number of runs
/// wherever an index can help.
///
///   filter ──► predicates ──► count each in its index, up to a cap ──► the rarest one
///                                                                        │
///      rare: a set of run numbers                    common, or no index: no set
///        │  few of them: read their places, sort        │
///        └─ many: walk the first key's index, keep      └─ walk the first key's index in order, probe the predicates
///           what is in the set                             (bounded: when too little passes, load the sets after all)
///        no index has the order ──► read all that matches, keep the best page
///
/// Whatever the way, every candidate is probed by one statement that also reads its place in the order, and places are compared
/// here: both databases sort the same, and a page token is a place.
/// </summary>
internal static partial class RunSearch
{
    /// <summary>One page. The metrics of the experiments must have been settled: the tables' latest values are taken for all there are.</summary>
    public static Outcome<SearchPage> Page(Session session, Caller caller, RunQuery query, SearchPlan? plan = null)
    {
        // :: Step 1: what was asked, checked before the database hears of it.
        var limit = query.MaxResults ?? SearchRuns.MaxResultsDefault;
        if (SearchPage.CheckSize(limit, SearchRuns.MaxResultsMax) is { } badSize) return badSize;
        if (query.Experiments.Count > SearchRuns.ExperimentsMax)
            return Problem.Invalid($"A search covers at most {SearchRuns.ExperimentsMax:N0} experiments, got {query.Experiments.Count:N0}.");
        var filter = RunFilter.Parse(query.Filter);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = RunOrderBy.Parse(query.OrderBy);
        if (!orderBy.Succeeded) return orderBy.Problem;
        var fingerprint = PageToken.Fingerprint("runs", filter.Value.ToString(), string.Join(',', orderBy.Value), $"{query.Deleted}",
            string.Join(',', query.Experiments.Distinct().Order(StringComparer.Ordinal)));
        if (PageToken.Read(query.PageToken, fingerprint).Problem is { } badToken) return badToken;

        // :: Step 2: names become numbers.
        var experiments = Experiments.Visible(session, caller, query.Experiments);
        if (experiments.Count == 0) return SearchPage.Empty;
        var clauses = Clauses(filter.Value);
        var keys = MetricKeys(session, caller, clauses.Select(clause => clause.Field).Concat(orderBy.Value.Select(key => key.Field)));
        var order = Order(orderBy.Value, keys);
        var after = order.After(query.PageToken, fingerprint);
        if (!after.Succeeded) return after.Problem;
        var predicates = new List<RunPredicate>();
        foreach (var clause in clauses)
        {
            // A metric that nobody logged fits no comparison.
            if (Predicate(clause, keys) is not { } predicate) return SearchPage.Empty;
            predicates.Add(predicate);
        }

        // :: Step 3: one run more than the page tells whether there is a next one.
        var page = new PageSoFar(order, limit + 1, after.Value);
        new Search(session, experiments, query.Deleted, order, page, plan ?? SearchPlan.For(session.Dialect)).Run(predicates);
        return page.Finish(fingerprint);
    }

    /// <summary>The conditions that must all hold.</summary>
    internal static List<Clause> Clauses(FilterNode node) => node switch
    {
        Clause clause => [clause],
        AllOf all => [.. all.Parts.SelectMany(Clauses)],
        _ => throw new InvalidOperationException($"The parser makes no {node.GetType().Name} yet."),
    };

    private static Dictionary<string, long> MetricKeys(Session session, Caller caller, IEnumerable<SearchField> fields)
    {
        var names = fields.Where(field => field.Kind is FieldKind.Metric).Select(field => field.Key).ToHashSet(StringComparer.Ordinal);
        return names.Count == 0 ? [] : session.Query($"SELECT name, id FROM metric_keys WHERE workspace_id = $1 AND name {session.Dialect.InTexts("$2")}",
            static row => (Name: row.Text(0), Id: row.Long(1)), caller.Workspace, Arg.Texts(names)).ToDictionary(key => key.Name, key => key.Id, StringComparer.Ordinal);
    }

    private static RunPredicate? Predicate(Clause clause, Dictionary<string, long> metricKeys) => clause.Field.Kind switch
    {
        FieldKind.Metric => metricKeys.TryGetValue(clause.Field.Key, out var id) ? new MetricPredicate(id, clause.Comparator, ((NumberValue)clause.Value!).Number) : null,
        FieldKind.Param => new EntryPredicate("params", clause),
        FieldKind.Tag => new EntryPredicate("tags", clause),
        FieldKind.Dataset => new DatasetPredicate(clause.Field.Key, clause.Comparator, clause.Value!),
        _ => new AttributePredicate(clause.Field.Key, clause.Comparator, clause.Value!),
    };
}
