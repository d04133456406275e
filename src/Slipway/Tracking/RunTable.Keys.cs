using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>runs/keys: which keys the runs of some experiments have, for choosing columns and completing filters.</summary>
internal sealed partial class RunTable
{
    /// <summary>Runs are counted while there are at most so many (run, key) pairs to look at; params and tags, which are found through their runs, cost several times as much.</summary>
    private const long CountedMax = 100_000, EntriesCountedMax = 20_000;

    /// <summary>POST runs/keys.</summary>
    public async Task<Outcome<RunKeys>> Keys(Caller caller, ListRunKeys request, CancellationToken ct)
    {
        if (ExperimentIds(request.ExperimentIds, out var ids) is { } badIds) return badIds;
        var most = request.Max ?? ListRunKeys.KeysDefault;
        if (most is < 1 or > ListRunKeys.KeysMax) return Problem.Invalid($"Invalid value {most} for parameter 'max' supplied: it must be from 1 to {ListRunKeys.KeysMax}.");
        if (request.Kind is not ("metrics" or "params" or "tags")) return WireCheck.Invalid(request.Kind ?? "", "kind", "must be metrics, params or tags.");
        if (WireCheck.Text(request.Contains, "contains", ListRunKeys.ContainsCharsMax) is { } badText) return badText;
        if (request.Kind is "metrics" && await metrics.EnsureSettled(ct) is { } problem) return problem;
        return await db.Read<Outcome<RunKeys>>(session =>
        {
            var experiments = Experiments.Visible(session, caller, ids);
            if (experiments.Count == 0) return new RunKeys([], false);
            return request.Kind is "metrics" ? MetricKeys(session, experiments, request.Contains, most) : EntryKeysOf(session, request.Kind, experiments, request.Contains, most);
        }, ct);
    }

    // From one key to the next in the index: as many steps as there are keys, however many runs have them.
    private static string MetricKeysOf(Dialect dialect) => $"""
        WITH RECURSIVE found(experiment_id, id) AS (
            SELECT x.value, (SELECT m.key_id FROM metric_latest m WHERE m.experiment_id = x.value ORDER BY m.key_id LIMIT 1) FROM {dialect.EachLong("$1", "x")}
            UNION ALL
            SELECT f.experiment_id, (SELECT m.key_id FROM metric_latest m WHERE m.experiment_id = f.experiment_id AND m.key_id > f.id ORDER BY m.key_id LIMIT 1) FROM found f WHERE f.id IS NOT NULL)
        SELECT k.id, k.name FROM metric_keys k WHERE k.id IN (SELECT id FROM found WHERE id IS NOT NULL) ORDER BY k.name
        """;

    private static RunKeys MetricKeys(Session session, List<long> experiments, string? contains, int most)
    {
        var found = new List<(long Id, string Name)>();
        var more = false;
        session.Each(MetricKeysOf(session.Dialect), row =>
        {
            var name = row.Text(1);
            if (!Contains(name, contains)) return true;
            more = found.Count == most;
            if (!more) found.Add((row.Long(0), name));
            return !more;
        }, Arg.Longs(experiments));
        Dictionary<long, long>? counts = null;
        if (IsCounted(session, experiments, found.Count, CountedMax))
            counts = session.Query($"SELECT key_id, count(*) FROM metric_latest WHERE experiment_id {session.Dialect.InLongs("$1")} AND key_id {session.Dialect.InLongs("$2")} GROUP BY key_id",
                static row => (Key: row.Long(0), Runs: row.Long(1)), Arg.Longs(experiments), Arg.Longs([.. found.Select(key => key.Id)])).ToDictionary(key => key.Key, key => key.Runs);
        return new RunKeys([.. found.Select(key => new RunKey(key.Name, counts?.GetValueOrDefault(key.Id)))], more);
    }

    private static RunKeys EntryKeysOf(Session session, string table, List<long> experiments, string? contains, int most)
    {
        var found = new List<string>();
        var more = false;
        session.Each($"SELECT DISTINCT key FROM entry_keys WHERE experiment_id {session.Dialect.InLongs("$1")} AND kind = $2 ORDER BY key", row =>
        {
            var key = row.Text(0);
            if (!Contains(key, contains)) return true;
            more = found.Count == most;
            if (!more) found.Add(key);
            return !more;
        }, Arg.Longs(experiments), table is "params" ? EntryKeys.Params : EntryKeys.Tags);
        if (!IsCounted(session, experiments, found.Count, EntriesCountedMax)) return new RunKeys([.. found.Select(static key => new RunKey(key))], more);
        var counts = session.Query($"SELECT f.key, count(*) FROM runs r JOIN {table} f ON f.run_no = r.no WHERE r.experiment_id {session.Dialect.InLongs("$1")} AND f.key {session.Dialect.InTexts("$2")} GROUP BY f.key",
            static row => (Key: row.Text(0), Runs: row.Long(1)), Arg.Longs(experiments), Arg.Texts(found)).ToDictionary(static key => key.Key, static key => key.Runs, StringComparer.Ordinal);
        // A key that no run has any more is known by its count only.
        return new RunKeys([.. found.Where(counts.ContainsKey).Select(key => new RunKey(key, counts[key]))], more);
    }

    private static bool Contains(string key, string? text) => string.IsNullOrEmpty(text) || key.Contains(text, StringComparison.OrdinalIgnoreCase);

    private static bool IsCounted(Session session, List<long> experiments, int keys, long max) => keys > 0
        && (session.Long($"SELECT count(*) FROM (SELECT 1 FROM runs r WHERE r.experiment_id {session.Dialect.InLongs("$1")} LIMIT $2) c", Arg.Longs(experiments), max / keys + 1) ?? 0) * keys <= max;
}
