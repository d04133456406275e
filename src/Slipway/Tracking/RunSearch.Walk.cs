namespace Slipway.Tracking;

internal static partial class RunSearch
{
    private sealed partial class Search
    {
        /// <summary>
        /// Walks the index of a key of the order from where the last page ended, probing what it meets, until the page is full and
        /// nothing further can belong to it. False, with a page to be begun again, when no index has the key or too many runs were probed.
        /// </summary>
        /// <param name="n">Which key; the keys before it are the same for all runs that the predicates let through.</param>
        /// <param name="predicates">What else must hold.</param>
        /// <param name="set">Only these runs, or null.</param>
        /// <param name="bounded">True when the last page ended among these runs.</param>
        private bool TryWalk(int n, List<RunPredicate> predicates, SearchSet? set, bool bounded)
        {
            var key = order.Keys[n];
            var after = bounded ? page.After?.Place[n] : null;
            if (key.Field is { Kind: FieldKind.Metric, Call: null })
            {
                if (key.MetricKeyId == 0) return TryWalk(n + 1, predicates, set, bounded);
                return (after?.Rank > 0 || WalkValues(key, n, predicates, set, after))
                    && (page.IsFull || after?.Rank > 1 || Nans(key, n, predicates, set, bounded && after?.Rank == 1))
                    && (page.IsFull || Without(key, n, predicates, set, bounded && after?.Rank == 2));
            }
            if (key.Field is not { Kind: FieldKind.Attribute, Key: RunFilter.StartTime }) return false;
            return (after?.Rank > 0 || WalkValues(key, n, predicates, set, after))
                && (page.IsFull || Rest([.. predicates, new NoStartPredicate()], n, set, bounded && after?.Rank == 2));
        }

        /// <summary>Runs with a value, in chunks that grow while little passes.</summary>
        private bool WalkValues(SortKey key, int n, List<RunPredicate> predicates, SearchSet? set, SortValue? after)
        {
            var cursor = default((SortValue Value, long Number, string Id)?);
            var all = predicates.Count == 0 && late.Count == 0;
            var size = set is not null ? 8 * plan.ChunkMin : all ? Math.Min(page.Size + 8, plan.ChunkMax) : Math.Clamp(2 * page.Size, plan.ChunkMin, plan.ChunkMax);
            // What a set lets through nearly always fits: probing a page of it at first keeps from probing the whole chunk.
            var probe = set is not null && late.Count == 0 || all ? Math.Min(page.Size + 8, plan.ChunkMax) : plan.ChunkMax;
            var exact = key is { Descending: true, Field: { Kind: FieldKind.Attribute, Key: RunFilter.StartTime } } && order.Keys[n + 1] is { Descending: false, Field.Key: RunFilter.RunId };
            var met = new List<(long Number, SortValue Value)>();
            var probed = 0L;
            while (true)
            {
                met.Clear();
                var walked = 0;
                var sql = new SearchSql(session.Dialect);
                var text = key.Field.Kind is FieldKind.Metric ? MetricChunk(sql, key, after, cursor, size) : StartChunk(sql, key, after, cursor, size);
                session.Each(text, row =>
                {
                    walked++;
                    var number = row.Long(0);
                    var value = key.Field.Kind is FieldKind.Metric ? SortValue.Of(row.Double(1)) : SortValue.Of(row.Long(1));
                    if (set is null || set.Contains(number)) met.Add((number, value));
                    if (walked == size) cursor = (value, number, row.TextOrNull(2) ?? "");
                    return true;
                }, sql.Args);
                for (var from = 0; from < met.Count; probe = Math.Min(2 * probe, plan.ChunkMax))
                {
                    var chunk = met[from..Math.Min(from + probe, met.Count)];
                    Probe([.. chunk.Select(run => run.Number)], predicates);
                    probesLeft -= chunk.Count;
                    probed += chunk.Count;
                    from += chunk.Count;
                    if (Settled(chunk[^1].Value)) return true;
                }
                if (walked < size || Settled(cursor!.Value.Value)) return true;
                if (set is null && IsThin(probed)) probesLeft = 0;
                if (probesLeft <= 0) return false;
                size = Math.Min(2 * size, set is null ? plan.ChunkMax : 8 * plan.ChunkMax);
            }

            // Ties go on beyond a chunk: the page is settled only when its last run comes strictly before where the walk stands,
            // unless the index breaks ties as the order does.
            bool Settled(SortValue reached) => page.IsFull && (exact || page.Worst.Place[n].CompareTo(reached, key.Descending) < 0);
        }

        private string MetricChunk(SearchSql sql, SortKey key, SortValue? after, (SortValue Value, long Number, string Id)? cursor, int size)
        {
            var (beyond, from, direction) = key.Descending ? ("<", "<=", "DESC") : (">", ">=", "ASC");
            var condition = $"w.key_id = {sql.Add(key.MetricKeyId)} AND w.is_nan = 0";
            if (cursor is { } last) condition += $" AND (w.value, w.run_no) {beyond} ({sql.Add(last.Value.Double)}, {sql.Add(last.Number)})";
            else if (after is { Rank: 0 } place) condition += $" AND w.value {from} {sql.Add(place.Double)}";
            // A bound on the very metric that orders the runs keeps the walk within it.
            foreach (var bound in Bounds(key))
                condition += $" AND w.value {bound.Comparator.Sign()} {sql.Add(bound.Number)}";
            return Merged(sql, "w.run_no, w.value, NULL", "metric_latest w", condition, $"2 {direction}, 1 {direction}", size);
        }

        private string StartChunk(SearchSql sql, SortKey key, SortValue? after, (SortValue Value, long Number, string Id)? cursor, int size)
        {
            var (beyond, from, direction, idBeyond, idDirection) = key.Descending ? ("<", "<=", "DESC", ">", "ASC") : (">", ">=", "ASC", "<", "DESC");
            var condition = "w.start_ms IS NOT NULL";
            if (cursor is { } last)
            {
                var start = sql.Add(last.Value.Number);
                condition += $" AND w.start_ms {from} {start} AND (w.start_ms {beyond} {start} OR w.run_id {idBeyond} {sql.Add(last.Id)})";
            }
            else if (after is { Rank: 0 } place) condition += $" AND w.start_ms {from} {sql.Add(place.Number)}";
            return Merged(sql, "w.no, w.start_ms, w.run_id", "runs w", condition, $"2 {direction}, 3 {idDirection}", size);
        }

        /// <summary>The first rows over all experiments: each from its own index, then the first among those.</summary>
        private string Merged(SearchSql sql, string columns, string table, string condition, string orderBy, int size)
        {
            var tail = $"ORDER BY {orderBy} LIMIT {size}";
            if (experiments.Count == 1 || experiments.Count > plan.MergeMax) return $"SELECT {columns} FROM {table} WHERE w.experiment_id {sql.In(experiments)} AND {condition} {tail}";
            var parts = experiments.Select((id, i) => $"SELECT * FROM (SELECT {columns} FROM {table} WHERE w.experiment_id = {sql.Add(id)} AND {condition} {tail}) p{i}");
            return $"{string.Join(" UNION ALL ", parts)} {tail}";
        }

        /// <summary>Runs whose value is NaN: usually none.</summary>
        private bool Nans(SortKey key, int n, List<RunPredicate> predicates, SearchSet? set, bool bounded)
        {
            // A comparison with the metric, but for !=, leaves out NaN and runs without it.
            if (Bounds(key).Any()) return true;
            var nan = new NanPredicate(key.MetricKeyId);
            var count = Count(nan);
            if (count == 0) return true;
            if (count >= plan.SetMax) return Rest([.. predicates, nan], n, set, bounded);
            ReadSet(Narrow(set, nan), predicates);
            return true;
        }

        /// <summary>Runs without the metric: none, when as many runs have it as there are.</summary>
        private bool Without(SortKey key, int n, List<RunPredicate> predicates, SearchSet? set, bool bounded)
        {
            if (asked.OfType<MetricPredicate>().Any(predicate => predicate.KeyId == key.MetricKeyId)) return true;
            List<RunPredicate> without = [.. predicates, new NoMetricPredicate(key.MetricKeyId)];
            if (set is not null)
            {
                ReadSet(set, without);
                return true;
            }
            var sql = new SearchSql(session.Dialect);
            var all = $"(SELECT count(*) FROM runs w WHERE w.experiment_id {sql.In(experiments)})";
            var having = $"(SELECT count(*) FROM metric_latest w WHERE w.experiment_id {sql.In(experiments)} AND w.key_id = {sql.Add(key.MetricKeyId)} AND w.is_nan IN (0, 1))";
            // While runs deleted for good are being swept away, metrics without a run may be counted: then look.
            var swept = "NOT EXISTS (SELECT 1 FROM metric_runs w WHERE w.deleted = 1)";
            return session.Long($"SELECT 1 WHERE {all} = {having} AND {swept}", sql.Args) is not null || Rest(without, n, null, bounded);
        }

        private IEnumerable<MetricPredicate> Bounds(SortKey key) => asked.OfType<MetricPredicate>().Where(predicate => predicate.KeyId == key.MetricKeyId && predicate.HasSource);

        /// <summary>Runs that share their place in key n, by the keys after it.</summary>
        private bool Rest(List<RunPredicate> predicates, int n, SearchSet? set, bool bounded)
        {
            if (set is not null) ReadSet(set, predicates);
            else if (!TryWalk(n + 1, predicates, null, bounded))
            {
                if (probesLeft <= 0) return false;
                ReadAll(predicates);
            }
            return true;
        }
    }
}
