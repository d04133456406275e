using Microsoft.Extensions.Logging;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Folds logged batches into metric_latest: one upsert per series however many batches.</summary>
internal sealed partial class Metrics
{
    /// <summary>The most batches of one write: the writer must not be held up for long.</summary>
    public const int SettledBatchesMax = 5_000;

    private const string AnyUnsettled = "SELECT 1 FROM metric_unsettled LIMIT 1";
    private const string SelectDeleted = "SELECT run_no FROM metric_runs WHERE deleted = 1";

    // Nothing newer is lost, nothing older wins: each column is the maximum or minimum of what is there and what comes.
    private const string Newer = "(excluded.step, excluded.time_ms, excluded.value, excluded.is_nan) > (metric_latest.step, metric_latest.time_ms, metric_latest.value, metric_latest.is_nan)";
    private const string RaiseLatest = $"""
        INSERT INTO metric_latest (run_no, key_id, experiment_id, step, time_ms, value, is_nan, min_value, max_value)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (run_no, key_id) DO UPDATE SET
            step = CASE WHEN {Newer} THEN excluded.step ELSE metric_latest.step END,
            time_ms = CASE WHEN {Newer} THEN excluded.time_ms ELSE metric_latest.time_ms END,
            value = CASE WHEN {Newer} THEN excluded.value ELSE metric_latest.value END,
            is_nan = CASE WHEN {Newer} THEN excluded.is_nan ELSE metric_latest.is_nan END,
            min_value = CASE WHEN metric_latest.min_value IS NULL OR excluded.min_value < metric_latest.min_value THEN excluded.min_value ELSE metric_latest.min_value END,
            max_value = CASE WHEN metric_latest.max_value IS NULL OR excluded.max_value > metric_latest.max_value THEN excluded.max_value ELSE metric_latest.max_value END
        """;

    private readonly MetricsOverlay overlay = new();
    private readonly SemaphoreSlim settling = new(1);

    // On SQLite all batches pass through this process: what was logged and what was settled are two counters. One apart at start, for
    // the batches that the last process left.
    private long logged = 1;
    private long settled;

    /// <summary>
    /// Makes metric_latest reflect every batch that was acknowledged before the call. Await it before reading latest values. Costs
    /// nothing on SQLite and one index look-up on PostgreSQL when nothing is unsettled.
    /// </summary>
    public async Task<Problem?> EnsureSettled(CancellationToken ct)
    {
        var target = Volatile.Read(ref logged);
        if (database.Dialect is Dialect.Sqlite && Volatile.Read(ref settled) >= target) return null;
        if (database.Dialect is Dialect.Postgres && await database.Read(static session => session.Long(AnyUnsettled), ct) is null) return null;
        await settling.WaitAsync(ct);
        try
        {
            // Whoever held the lock may have done it all.
            return database.Dialect is Dialect.Sqlite && settled >= target ? null : await SettleAll(ct);
        }
        finally
        {
            settling.Release();
        }
    }

    /// <summary>Settles what there is; the background loop calls it a few times a second.</summary>
    public async Task<Problem?> Settle(CancellationToken ct)
    {
        var problem = await EnsureSettled(ct);
        if (problem is null) await keys.Learn(database, ct);
        return problem;
    }

    private async Task<Problem?> SettleAll(CancellationToken ct)
    {
        while (true)
        {
            var seen = 0L;
            var outcome = await database.Write<(int Batches, long UpTo)>(session =>
            {
                // SQLite runs writes one after another: whatever was counted by now is visible to the statements below.
                seen = Volatile.Read(ref logged);
                return SettleSome(session);
            }, ct, alone: true);
            if (outcome.Problem is { } problem) return problem;
            overlay.ForgetUpTo(outcome.Value.UpTo);
            // Rows that another server settled meanwhile are missing from a full take on PostgreSQL: only an empty one is the end.
            if (outcome.Value.Batches == 0 || database.Dialect is Dialect.Sqlite && outcome.Value.Batches < SettledBatchesMax)
            {
                Volatile.Write(ref settled, seen);
                return null;
            }
        }
    }

    private Outcome<(int Batches, long UpTo)> SettleSome(Session session)
    {
        // Two servers settle one after the other: the second waits here and finds the rows gone.
        var batches = session.Query("SELECT log_id, run_no, experiment_id FROM metric_unsettled ORDER BY log_id LIMIT $1" + session.Dialect.ForUpdate(),
            static row => (Id: row.Long(0), Run: row.Long(1), Experiment: row.Long(2)), SettledBatchesMax);
        if (batches.Count == 0) return (0, 0L);
        var deleted = session.Query(SelectDeleted, static row => row.Long(0)).ToHashSet();
        var read = ReadSummaries(session, [.. batches.Where(batch => !deleted.Contains(batch.Run) && !overlay.TryGet(batch.Id, out _)).Select(batch => batch.Id)]);
        var fold = new SortedDictionary<(long Run, long Key), (long Experiment, SeriesExtremes Summary)>();
        foreach (var (id, run, experiment) in batches)
        {
            if (deleted.Contains(run) || !overlay.TryGet(id, out var batch) && !read.TryGetValue(id, out batch)) continue;
            for (var i = 0; i < batch.Keys.Length; i++)
            {
                ref var said = ref batch.Summaries[i];
                fold[(run, batch.Keys[i])] = (experiment, fold.TryGetValue((run, batch.Keys[i]), out var before) ? before.Summary.With(said) : said);
            }
        }
        session.ExecuteMany(RaiseLatest, [.. fold], static (row, series) =>
        {
            var ((run, key), (experiment, summary)) = (series.Key, series.Value);
            var nan = double.IsNaN(summary.Latest.Value);
            row.Add(run).Add(key).Add(experiment).Add(summary.Latest.Step).Add(summary.Latest.TimeMs).Add(nan ? 0.0 : summary.Latest.Value).Add(nan);
            row.Add(double.IsNaN(summary.Min) ? (double?)null : summary.Min).Add(double.IsNaN(summary.Max) ? (double?)null : summary.Max);
        });
        session.Execute($"DELETE FROM metric_unsettled WHERE log_id {session.Dialect.InLongs("$1")}", Arg.Longs([.. batches.Select(batch => batch.Id)]));
        return (batches.Count, batches[^1].Id);
    }

    /// <summary>Batches that this process did not log, or no longer remembers.</summary>
    private Dictionary<long, (long[] Keys, SeriesExtremes[] Summaries)> ReadSummaries(Session session, List<long> ids)
    {
        var found = new Dictionary<long, (long[], SeriesExtremes[])>();
        if (ids.Count == 0) return found;
        var keyIds = new List<long>();
        using var column = new SeriesColumns();
        session.Each($"SELECT id, run_no, keys, payload FROM metric_log WHERE id {session.Dialect.InLongs("$1")}", row =>
        {
            var damage = MetricsPayload.DecodeKeys(row.Blob(2), keyIds);
            var summaries = new SeriesExtremes[keyIds.Count];
            damage ??= MetricsPayload.Decode(row.Blob(3), keyIds.Count, _ => column, (key, points) =>
            {
                summaries[key] = SeriesExtremes.Of(SeriesSummary.Of(points.Times, points.Steps, points.Values));
                points.Truncate(0);
            });
            if (damage is null) found[row.Long(0)] = ([.. keyIds], summaries);
            else LogDamage("log batch", row.Long(0), row.Long(1), damage);
            return true;
        }, Arg.Longs(ids));
        return found;
    }

    [LoggerMessage(LogLevel.Error, "Damaged {Kind} {Id} of run number {Run}: {Damage}. Its points are missing from what is read; restore them from a backup.")]
    private partial void LogDamage(string kind, long id, long run, string damage);
}
