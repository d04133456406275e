using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Where one way becomes cheaper than another; measured on 200,000 runs of 50 metrics. Tests choose small numbers to walk every way.</summary>
internal sealed record SearchPlan
{
    private static readonly SearchPlan OfSqlite = new();

    // A row costs a few microseconds on its way from another process: small sets, and rather more probes, which stay there.
    private static readonly SearchPlan OfPostgres = new() { SetMax = 2_560, ProbesMax = 4_096 };

    /// <summary>What was measured to be best.</summary>
    public static SearchPlan For(Dialect dialect) => dialect is Dialect.Postgres ? OfPostgres : OfSqlite;

    /// <summary>A predicate that matches fewer runs than this is turned into a set of run numbers (6 ms); counting stops there.</summary>
    public int SetMax { get; init; } = 32_768;

    /// <summary>A walk without a set probes at most this many runs before it gives up and loads sets (10 ms).</summary>
    public int ProbesMax { get; init; } = 2_048;

    /// <summary>A set of no more than this, or four pages, is read and sorted; for larger ones walking the order's index is cheaper.</summary>
    public int ReadMax { get; init; } = 512;

    /// <summary>The fewest runs that one step of a walk takes.</summary>
    public int ChunkMin { get; init; } = 256;

    /// <summary>The most runs that one statement probes.</summary>
    public int ChunkMax { get; init; } = 4_096;

    /// <summary>More experiments than this are sorted by the database instead of merged from their indexes.</summary>
    public int MergeMax { get; init; } = 16;

    /// <summary>A page of at least this many runs that is a quarter of all of them, or more, is read and sorted without an index.</summary>
    public int WholeMin { get; init; } = 2_048;

    /// <summary>How many characters of a text decide its place, so that a long page stays small; null for all of them.</summary>
    public int? SortCharsMax { get; init; }

    /// <summary>What the regular expressions of one search may take.</summary>
    public TimeSpan RegexTimeMax { get; init; } = FilterRegex.TimeMax;
}

internal static partial class RunSearch
{
    /// <summary>One search under way: the plan and its steps.</summary>
    private sealed partial class Search(Session session, RunSift sift, IReadOnlyList<long> experiments, bool? deleted, SearchOrder order, PageSoFar page, SearchPlan plan)
    {
        private IReadOnlyList<RunPredicate> asked = [];
        private IReadOnlyList<RunPredicate> late = [];
        // What was sifted once is known: a walk that gives up is not in vain.
        private readonly SearchSet sifted = new();
        private readonly SearchSet fit = new();
        private long probesLeft;
        private long size;

        public void Run(List<RunPredicate> predicates)
        {
            if (deleted is true) predicates.Add(new DeletedPredicate());
            asked = [.. predicates];
            late = [.. predicates.Where(predicate => predicate.IsLate)];
            predicates.RemoveAll(predicate => predicate.IsLate);
            var sourced = new List<(RunPredicate Predicate, long Count)>();
            foreach (var predicate in predicates.Where(predicate => predicate.HasSource))
            {
                // A bound on the metric that orders the runs is kept by the walk itself.
                if (predicate is MetricPredicate bound && bound.KeyId == order.Keys[0].MetricKeyId) continue;
                var count = Count(predicate);
                if (count == 0) return;
                sourced.Add((predicate, count));
            }
            sourced.Sort((x, y) => x.Count.CompareTo(y.Count));
            var set = default(SearchSet);
            foreach (var (predicate, count) in sourced)
            {
                // Once few are left, probing them is cheaper than another set.
                if (count >= plan.SetMax || set?.Count <= plan.ReadMax) break;
                set = Narrow(set, predicate);
                predicates.Remove(predicate);
            }
            if (set is not null)
            {
                FromSet(set, predicates);
                return;
            }
            if (late.Count > 0 || page.Size >= plan.WholeMin) size = Size();
            if (page.Size >= plan.WholeMin && size <= 4L * page.Size)
            {
                ReadAll(predicates);
                return;
            }
            probesLeft = sourced.Count > 0 ? plan.ProbesMax : long.MaxValue;
            if (!TryWalk(0, predicates, null, bounded: true)) LoadSets(sourced, predicates);
        }

        /// <summary>How many runs the experiments have, from the index alone.</summary>
        private long Size()
        {
            var sql = new SearchSql(session.Dialect);
            return session.Long($"SELECT count(*) FROM runs r WHERE r.experiment_id {sql.In(experiments)}", sql.Args) ?? 0;
        }

        private long Count(RunPredicate predicate)
        {
            var sql = new SearchSql(session.Dialect);
            var source = predicate.Source(sql, experiments);
            return session.Long($"SELECT count(*) FROM (SELECT 1 {source} LIMIT {plan.SetMax}) c", sql.Args) ?? 0;
        }

        private SearchSet Narrow(SearchSet? set, RunPredicate predicate)
        {
            var loaded = new SearchSet();
            var sql = new SearchSql(session.Dialect);
            session.Each($"SELECT {predicate.NumberColumn} {predicate.Source(sql, experiments)}", row =>
            {
                var number = row.Long(0);
                if (set is null || set.Contains(number)) loaded.Add(number);
                return true;
            }, sql.Args);
            return loaded;
        }

        private void FromSet(SearchSet set, List<RunPredicate> predicates)
        {
            if (set.Count == 0) return;
            probesLeft = long.MaxValue;
            if (set.Count <= Math.Max(plan.ReadMax, 4 * page.Size) || !TryWalk(0, predicates, set, bounded: true)) ReadSet(set, predicates);
        }

        /// <summary>No index has the order, or the walk met too few runs that fit: the predicates are common each for itself and rare together.</summary>
        private void LoadSets(List<(RunPredicate Predicate, long Count)> sourced, List<RunPredicate> predicates)
        {
            page.Clear();
            if (sourced.Count == 0)
            {
                ReadAll(predicates);
                return;
            }
            var set = default(SearchSet);
            foreach (var (predicate, _) in sourced)
            {
                set = Narrow(set, predicate);
                predicates.Remove(predicate);
                if (set.Count <= plan.ReadMax) break;
            }
            FromSet(set!, predicates);
        }

        /// <summary>Probes every run of the set.</summary>
        private void ReadSet(SearchSet set, List<RunPredicate> predicates)
        {
            foreach (var chunk in set.Numbers().Chunk(plan.ChunkMax)) Probe(chunk, predicates);
        }

        /// <summary>Reads every run of the experiments: the way that is left when no index has the order.</summary>
        private void ReadAll(List<RunPredicate> predicates)
        {
            // In chunks, where what is sifted or placed is held in memory.
            if (late.Count == 0 && !order.HasSeries) Probe(null, predicates);
            else ReadSet(Numbers(null, predicates), []);
        }

        /// <summary>Adds those of the runs (null: of all runs) that fit to the page.</summary>
        private void Probe(long[]? numbers, IReadOnlyList<RunPredicate> predicates)
        {
            if (late.Count > 0) numbers = [.. Sifted(Numbers(numbers, predicates)).Numbers()];
            if (numbers is []) return;
            var sql = new SearchSql(session.Dialect);
            var columns = order.Columns(sql);
            var joins = order.Joins(sql);
            List<Found>? rows = order.HasSeries ? [] : null;
            session.Each($"SELECT r.no, {columns} FROM runs r{joins} WHERE {Scope(sql, numbers)}{(late.Count > 0 ? "" : Conditions(sql, predicates))}", row =>
            {
                var found = order.Read(row);
                if (rows is null) page.Add(found);
                else rows.Add(found);
                return true;
            }, sql.Args);
            if (rows is null) return;
            for (var i = 0; i < order.Keys.Count; i++)
                if (order.Keys[i].Series is { } series) Place(rows, i, series.KeyId, series.Call);
            foreach (var found in rows) page.Add(found);
        }

        /// <summary>Fills in what a function of a series is for each row.</summary>
        private void Place(List<Found> rows, int i, long keyId, SeriesCall call)
        {
            var values = new Dictionary<long, double>();
            if (keyId != 0)
                sift.Measure(keyId, call, SearchSet.Of(rows.Select(row => row.Number)), (run, range) =>
                {
                    if (!range.IsExact) return false;
                    if (!range.MayBeAbsent) values[run] = range.MayBeNan ? double.NaN : range.Low;
                    return true;
                });
            foreach (var row in rows)
                row.Place[i] = !values.TryGetValue(row.Number, out var value)
                    ? keyId == 0 && call.Function is SeriesFunction.Count ? SortValue.Of(0.0) : SortValue.Missing
                    : double.IsNaN(value) ? SortValue.Nan : SortValue.Of(value);
        }

        private SearchSet Sifted(SearchSet runs)
        {
            var fresh = runs.Copy();
            fresh.Remove(sifted);
            sifted.Or(fresh);
            foreach (var predicate in late) fresh = sift.Pick(predicate, fresh);
            fit.Or(fresh);
            runs.And(fit);
            return runs;
        }

        /// <summary>
        /// True when a walk is unlikely to fill the page before it has met half of the runs: a step of it costs twice what sifting alone does.
        /// </summary>
        private bool IsThin(long probed) => late.Count > 0 && probed >= plan.ChunkMin && page.Count * size < 2 * page.Size * probed;

        /// <summary>The runs that fit what SQL decides.</summary>
        private SearchSet Numbers(long[]? among, IReadOnlyList<RunPredicate> predicates)
        {
            var found = new SearchSet();
            if (among is []) return found;
            var sql = new SearchSql(session.Dialect);
            session.Each($"SELECT r.no FROM runs r WHERE {Scope(sql, among)}{Conditions(sql, predicates)}", row =>
            {
                found.Add(row.Long(0));
                return true;
            }, sql.Args);
            return found;
        }

        // The sign keeps an index on experiments out of the plan where the runs are already known by number.
        private string Scope(SearchSql sql, long[]? numbers) => numbers is null
            ? $"r.experiment_id {sql.In(experiments)}"
            : $"r.no {session.Dialect.InLongs(sql.Add(Arg.Longs(numbers)))} AND +r.experiment_id {sql.In(experiments)}";

        private string Conditions(SearchSql sql, IReadOnlyList<RunPredicate> predicates) =>
            (deleted is false ? " AND r.deleted_ms IS NULL" : "") + string.Concat(predicates.Select(predicate => " AND " + predicate.Probe(sql)));
    }
}
