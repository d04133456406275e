using System.Text.RegularExpressions;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What runs/search asks for.</summary>
/// <param name="Experiments">Their ids, or `*` for every active one; unknown ones and those of other workspaces find nothing.</param>
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
/// What SQL cannot decide (regular expressions, functions of series) sifts whatever a statement found, a chunk at a time; when walking finds too
/// little, the sifted runs become the set.
///
/// Whatever the way, every candidate is probed by one statement that also reads its place in the order, and places are compared
/// here: both databases sort the same, and a page token is a place.
/// </summary>
internal static partial class RunSearch
{
    /// <summary>One page. The metrics of the experiments must have been settled: the tables' latest values are taken for all there are.</summary>
    public static Outcome<SearchPage> Page(Session session, Caller caller, RunQuery query, SearchPlan? plan = null, Metrics? metrics = null)
    {
        var limit = query.MaxResults ?? SearchRuns.MaxResultsDefault;
        if (SearchPage.CheckSize(limit, SearchRuns.MaxResultsMax) is { } badSize) return badSize;
        if (query.Experiments.Count > SearchRuns.ExperimentsMax)
            return Problem.Invalid($"A search covers at most {SearchRuns.ExperimentsMax:N0} experiments, got {query.Experiments.Count:N0}.");
        var found = Best(session, caller, query, limit, plan ?? SearchPlan.For(session.Dialect), metrics);
        if (found.Problem is { } problem) return problem;
        return found.Value.Page?.Finish(found.Value.Fingerprint) ?? SearchPage.Empty;
    }

    /// <summary>The first runs in order, as many as <see cref="RunQuery.MaxResults"/> says; whoever calls has checked the query's sizes.</summary>
    public static Outcome<RunOrder> Order(Session session, Caller caller, RunQuery query, SearchPlan? plan = null, Metrics? metrics = null)
    {
        var limit = query.MaxResults ?? OrderRuns.RunsMax;
        var found = Best(session, caller, query, limit, (plan ?? SearchPlan.For(session.Dialect)) with { SortCharsMax = OrderRuns.SortCharsMax }, metrics);
        if (found.Problem is { } problem) return problem;
        return found.Value.Page is { } page ? RunOrder.Of(page.Best(), limit) : RunOrder.Empty;
    }

    /// <summary>The best runs of a search and one more; no page when nothing can fit.</summary>
    private static Outcome<(PageSoFar? Page, ulong Fingerprint)> Best(Session session, Caller caller, RunQuery query, int limit, SearchPlan plan, Metrics? metrics)
    {
        // :: Step 1: what was asked, checked before the database hears of it.
        var filter = RunFilter.Parse(query.Filter);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = RunOrderBy.Parse(query.OrderBy);
        if (!orderBy.Succeeded) return orderBy.Problem;
        var fingerprint = PageToken.Fingerprint("runs", filter.Value.ToString(), string.Join(',', orderBy.Value), $"{query.Deleted}",
            string.Join(',', query.Experiments.Distinct().Order(StringComparer.Ordinal)));
        if (PageToken.Read(query.PageToken, fingerprint).Problem is { } badToken) return badToken;

        // :: Step 2: names become numbers.
        var nothing = ((PageSoFar?)null, fingerprint);
        var experiments = Experiments.Visible(session, caller, query.Experiments);
        if (experiments.Count == 0) return nothing;
        var conditions = ((AllOf)filter.Value).Parts;
        var keys = MetricKeys(session, caller, filter.Value.Clauses().Select(clause => clause.Field).Concat(orderBy.Value.Select(key => key.Field)));
        var order = Order(orderBy.Value, keys, plan.SortCharsMax);
        var after = order.After(query.PageToken, fingerprint);
        if (!after.Succeeded) return after.Problem;
        var predicates = new List<RunPredicate>();
        foreach (var condition in conditions)
        {
            var predicate = Predicate(condition, keys);
            // A metric that nobody logged fits no comparison.
            if (predicate is ConstantPredicate { Holds: false }) return nothing;
            predicates.Add(predicate);
        }

        // :: Step 3: one run more than the page tells whether there is a next one.
        var page = new PageSoFar(order, limit + 1, after.Value);
        try
        {
            new Search(session, new RunSift(session, metrics, plan.RegexTimeMax), experiments, query.Deleted, order, page, plan).Run(predicates);
        }
        catch (RegexMatchTimeoutException)
        {
            return Problem.Invalid($"The filter's regular expressions took more than {plan.RegexTimeMax.TotalSeconds:N0} s, which is what one search may spend on them. " +
                "Make the patterns simpler (large counted repetitions are the slow ones), or add a clause that leaves fewer runs.");
        }
        return (page, fingerprint);
    }

    /// <summary>The ids of the metrics among the fields, by name, in one statement; none for those that nobody logged.</summary>
    public static Dictionary<string, long> MetricKeys(Session session, Caller caller, IEnumerable<SearchField> fields)
    {
        var names = fields.Where(field => field.Kind is FieldKind.Metric).Select(field => field.Key).ToHashSet(StringComparer.Ordinal);
        return names.Count == 0 ? [] : session.Query($"SELECT name, id FROM metric_keys WHERE workspace_id = $1 AND name {session.Dialect.InTexts("$2")}",
            static row => (Name: row.Text(0), Id: row.Long(1)), caller.Workspace, Arg.Texts(names)).ToDictionary(key => key.Name, key => key.Id, StringComparer.Ordinal);
    }

    private static RunPredicate Predicate(FilterNode node, Dictionary<string, long> metricKeys) => node switch
    {
        AllOf all => new AllPredicate([.. all.Parts.Select(part => Predicate(part, metricKeys))]),
        AnyOf any => new AnyPredicate([.. any.Parts.Select(part => Predicate(part, metricKeys))]),
        NoneOf none => new NotPredicate(Predicate(none.Node, metricKeys)),
        Clause { Field.Kind: FieldKind.Metric } metric => metricKeys.TryGetValue(metric.Field.Key, out var id) ? Metric(metric, id) : new ConstantPredicate(Absent(metric)),
        Clause { Comparator: Comparator.RLike or Comparator.NotRLike } like =>
            new RegexPredicate(like.Field, like.Comparator is Comparator.RLike, FilterRegex.Compile(((TextValue)like.Value!).Text, out _, out _)!),
        Clause { Field.Kind: FieldKind.Param } param => new EntryPredicate("params", param),
        Clause { Field.Kind: FieldKind.Tag } tag => new EntryPredicate("tags", tag),
        Clause { Field.Kind: FieldKind.Dataset } dataset => new DatasetPredicate(dataset.Field.Key, dataset.Comparator, dataset.Value!),
        Clause attribute => new AttributePredicate(attribute),
        _ => throw new InvalidOperationException($"The parser makes no {node.GetType().Name}."),
    };

    /// <summary>What holds of a series without points.</summary>
    private static bool Absent(Clause clause) =>
        (clause.Field.Call is { Function: SeriesFunction.Count } ? SeriesRange.Of(0) : SeriesRange.Absent).Compare(clause.Comparator, Number(clause)) is true;

    private static RunPredicate Metric(Clause clause, long keyId) => (clause.Comparator, clause.Field.Call) switch
    {
        (_, { ReadsPoints: true } call) => new SeriesPredicate(keyId, call, clause.Comparator, Number(clause)),
        (_, { } call) => new RangePredicate(keyId, call.Function, clause.Comparator, Number(clause)),
        (Comparator.IsNan, _) => new NanPredicate(keyId),
        (Comparator.IsNotNan, _) => new AllPredicate([new NotPredicate(new NoMetricPredicate(keyId)), new NotPredicate(new NanPredicate(keyId))]),
        (Comparator.IsNull, _) => new NoMetricPredicate(keyId),
        (Comparator.IsNotNull, _) => new NotPredicate(new NoMetricPredicate(keyId)),
        _ => new MetricPredicate(keyId, clause.Comparator, Number(clause)),
    };

    private static double Number(Clause clause) => clause.Value is NumberValue value ? value.Number : 0;
}
