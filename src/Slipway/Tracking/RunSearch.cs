using System.Globalization;
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

/// <summary>One page: row numbers in order, and the token of the next page if there is one.</summary>
internal sealed record SearchPage(IReadOnlyList<long> Numbers, string? NextPageToken)
{
    public static SearchPage Empty { get; } = new([], null);
}

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
    /// <summary>Ready to run: metrics must have been settled, so that the latest values in the tables are all there are.</summary>
    public static Outcome<SearchPage> Page(Session session, Caller caller, RunQuery query, SearchPlan? plan = null)
    {
        // :: Step 1: what was asked, checked before the database hears of it.
        var limit = query.MaxResults ?? SearchRuns.MaxResultsDefault;
        if (limit is < 1 or > SearchRuns.MaxResultsMax)
            return Problem.Invalid($"Invalid value for request parameter max_results. It must be from 1 to {SearchRuns.MaxResultsMax}, but got value {limit}.");
        if (query.Experiments.Count > SearchRuns.ExperimentsMax)
            return Problem.Invalid($"A search covers at most {SearchRuns.ExperimentsMax:N0} experiments, got {query.Experiments.Count:N0}.");
        var filter = RunFilter.Parse(query.Filter);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = RunOrderBy.Parse(query.OrderBy);
        if (!orderBy.Succeeded) return orderBy.Problem;
        var fingerprint = PageToken.Fingerprint("runs", filter.Value.ToString(), string.Join(',', orderBy.Value), $"{query.Deleted}",
            string.Join(',', query.Experiments.Distinct().Order(StringComparer.Ordinal)));
        var token = PageToken.Read(query.PageToken, fingerprint);
        if (!token.Succeeded) return token.Problem;

        // :: Step 2: names become numbers.
        var experiments = Visible(session, caller, query.Experiments);
        if (experiments.Count == 0) return SearchPage.Empty;
        var clauses = Clauses(filter.Value);
        var keys = MetricKeys(session, caller, clauses.Select(clause => clause.Field).Concat(orderBy.Value.Select(key => key.Field)));
        var order = new RunOrder(orderBy.Value, keys);
        var after = token.Value is { } values ? order.Place(values) : null;
        if (token.Value is not null && after is null) return Problem.Invalid("Invalid page token: it does not fit the order. Send the next_page_token of the last answer unchanged.");
        var predicates = new List<RunPredicate>();
        foreach (var clause in clauses)
        {
            // A metric that nobody logged fits no comparison.
            if (Predicate(clause, keys) is not { } predicate) return SearchPage.Empty;
            predicates.Add(predicate);
        }

        // :: Step 3: one run more than the page tells whether there is a next one.
        var search = new Search(session, experiments, query.Deleted, order, new PageSoFar(order, limit + 1, after), plan ?? SearchPlan.Default);
        search.Run(predicates);
        var found = search.Page.InOrder();
        return found.Count <= limit
            ? new SearchPage([.. found.Select(run => run.Number)], null)
            : new SearchPage([.. found.Take(limit).Select(run => run.Number)], PageToken.Write(fingerprint, RunOrder.Token(found[limit - 1])));
    }

    private static List<long> Visible(Session session, Caller caller, IReadOnlyCollection<string> ids)
    {
        var numbers = new HashSet<long>();
        foreach (var id in ids)
            if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) numbers.Add(number);
        return numbers.Count == 0 ? [] : session.Query($"SELECT id FROM experiments WHERE workspace_id = $1 AND id {session.Dialect.InLongs("$2")} ORDER BY id",
            static row => row.Long(0), caller.Workspace, Arg.Longs(numbers));
    }

    private static List<Clause> Clauses(FilterNode node) => node switch
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
        FieldKind.Param => new EntryPredicate("params", clause.Field.Key, clause.Comparator, clause.Value),
        FieldKind.Tag => new EntryPredicate("tags", clause.Field.Key, clause.Comparator, clause.Value),
        FieldKind.Dataset => new DatasetPredicate(clause.Field.Key, clause.Comparator, clause.Value!),
        _ => new AttributePredicate(clause.Field.Key, clause.Comparator, clause.Value!),
    };
}

/// <summary>The best runs found so far after the last page's end; holds no more than a page.</summary>
internal sealed class PageSoFar(RunOrder order, int size, FoundRun? after)
{
    private readonly PriorityQueue<FoundRun, FoundRun> worstFirst = new(Comparer<FoundRun>.Create((x, y) => order.Compare(y, x)));

    /// <summary>Where the last page ended.</summary>
    public FoundRun? After => after;

    public int Size => size;

    public bool IsFull => worstFirst.Count == size;

    /// <summary>The last run of a full page.</summary>
    public FoundRun Worst => worstFirst.Peek();

    public void Add(FoundRun run)
    {
        if (after is not null && order.Compare(run, after) <= 0) return;
        if (worstFirst.Count < size) worstFirst.Enqueue(run, run);
        else if (order.Compare(run, worstFirst.Peek()) < 0) worstFirst.EnqueueDequeue(run, run);
    }

    /// <summary>Begins again.</summary>
    public void Clear() => worstFirst.Clear();

    public List<FoundRun> InOrder() => [.. worstFirst.UnorderedItems.Select(item => item.Element).Order(order)];
}
