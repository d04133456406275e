using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// What home shows first: runs that are stuck, newest failures and results, experiments that are at work. A constant number of statements, each of which
/// walks an index and stops: as fast with 200,000 runs as with 200.
/// </summary>
internal sealed class NeedsAttention(Database db, TimeProvider clock, TrackingRules rules)
{
    /// <summary>The most statements of one answer.</summary>
    public const int StatementsMax = 9;

    // The newest ends of one experiment; as many arms as there are experiments that can hold one of the newest.
    private static string Ended(int status, string experiment, string since) =>
        $"SELECT * FROM (SELECT no, end_ms FROM runs WHERE experiment_id = {experiment} AND status = {status} AND deleted_ms IS NULL AND end_ms >= {since} ORDER BY end_ms DESC, no DESC LIMIT {Attention.RunsMax}) a";

    // Of the newest running runs those that say nothing; how long is too long depends on whether a client sends heartbeats.
    private static string Running(Dialect dialect) => $"""
        SELECT r.no, r.run_id, coalesce(r.heartbeat_ms, 0), r.updated_ms FROM runs r
          JOIN (SELECT no FROM runs WHERE experiment_id {dialect.InLongs("$1")} AND status = 1 AND deleted_ms IS NULL ORDER BY no DESC LIMIT {Attention.RunningMax}) newest ON newest.no = r.no
         WHERE r.updated_ms < CASE WHEN r.heartbeat_ms IS NULL THEN $2 ELSE $3 END AND coalesce(r.heartbeat_ms, 0) < $3 ORDER BY r.no DESC LIMIT {CandidatesMax}
        """;

    // A run may have thousands of metrics: a thousand of them say as well when it was last heard of.
    private static string Points(Dialect dialect) => $"""
        SELECT s.value, (SELECT max(m.time_ms) FROM (SELECT time_ms FROM metric_latest WHERE run_no = s.value LIMIT 1000) m) FROM {dialect.EachLong("$1", "s")}
        """;

    private const int CandidatesMax = 200;

    /// <summary>What capabilities above add, of what the caller may see: at a time, Unix milliseconds.</summary>
    public List<Func<Session, Caller, long, IEnumerable<AttentionNotice>>> Raising { get; } = [];

    /// <summary>Answers it.</summary>
    public Task<Outcome<Attention>> Look(Caller caller, GetAttention request, CancellationToken ct)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return db.Read<Outcome<Attention>>(session =>
        {
            var notices = Raising.SelectMany(raise => raise(session, caller, now)).ToArray();
            return Look(session, caller, now) with { Notices = notices.Length == 0 ? null : notices };
        }, ct);
    }

    /// <summary>Answers it in a session of the caller's.</summary>
    internal Attention Look(Session session, Caller caller, long now)
    {
        var experiments = ExperimentActivity.All(session, caller, now);
        if (experiments.Count == 0) return new Attention([], [], [], []);
        var failed = Newest(session, experiments, static one => one.FailedMs, RunStatus.FAILED, now - Attention.FailedDays * 86_400_000L);
        var newest = Newest(session, experiments, static one => one.FinishedMs, RunStatus.FINISHED, 0);
        var stuck = Stuck(session, caller, experiments, now);
        var rows = new Dictionary<long, RunRow>();
        var shown = (IReadOnlyCollection<long>)[.. failed, .. newest, .. stuck.Select(static one => one.No)];
        if (shown.Count > 0) session.Together([Runs.Rows(session, shown, rows)]);
        var names = experiments.ToDictionary(static one => one.Id, static one => one.Name);
        var active = experiments.Take(Attention.RunsMax).ToList();
        var overviews = ExperimentActivity.Overviews(session, caller, active);
        return new Attention([.. stuck.Select(one => Run(rows[one.No], one.HeardMs))], [.. failed.Select(no => Run(rows[no], null))], [.. newest.Select(no => Run(rows[no], null))],
            [.. active.Select(one => overviews[one.Id])]);

        AttentionRun Run(RunRow row, long? heard) => new(row.RunId, row.Name, $"{row.ExperimentId}", names[row.ExperimentId], row.Status.ToString(), row.UserId, row.StartMs, row.EndMs, heard, row.LostMs is null ? null : true);
    }

    /// <summary>The newest ends of all experiments: only as many experiments as there are places can hold one of them, those with the newest end of their own.</summary>
    private static List<long> Newest(Session session, List<ActiveExperiment> experiments, Func<ActiveExperiment, long?> end, RunStatus status, long since)
    {
        var holding = experiments.Where(one => end(one) >= since).OrderByDescending(end).Take(Attention.RunsMax).ToList();
        if (holding.Count == 0) return [];
        var sql = new SearchSql(session.Dialect);
        var from = sql.Add(since);
        var arms = holding.Select(one => Ended((int)status, sql.Add(one.Id), from));
        return session.Query($"SELECT no FROM ({string.Join(" UNION ALL ", arms)}) found ORDER BY end_ms DESC, no DESC LIMIT {Attention.RunsMax}", static row => row.Long(0), sql.Args);
    }

    private List<(long No, long HeardMs)> Stuck(Session session, Caller caller, List<ActiveExperiment> experiments, long now)
    {
        var silence = (long)(rules.Silence > TimeSpan.Zero ? rules.Silence : TrackingRules.SilenceDefault).TotalMilliseconds;
        var running = session.Query(Running(session.Dialect), static row => (No: row.Long(0), RunId: row.Text(1), Heartbeat: row.Long(2), Updated: row.Long(3)),
            Arg.Longs([.. experiments.Select(static one => one.Id)]), now - Attention.SilentMs, now - silence);
        if (running.Count == 0) return [];
        var points = session.Query(Points(session.Dialect), static row => (No: row.Long(0), AtMs: row.LongOrNull(1)), Arg.Longs([.. running.Select(static run => run.No)])).ToDictionary(static row => row.No, static row => row.AtMs);
        var events = EventLog.NewestOf(session, caller.Workspace, [.. running.Select(static run => Runs.Subject(run.RunId))]);
        return [.. running.Select(run => (run.No, run.Heartbeat, Heard: Math.Min(now, Math.Max(Math.Max(run.Heartbeat, run.Updated), Math.Max(points.GetValueOrDefault(run.No) ?? 0, events.GetValueOrDefault(Runs.Subject(run.RunId)))))))
            .Where(run => now - run.Heard > (run.Heartbeat > 0 ? silence : Attention.SilentMs)).OrderByDescending(static run => run.Heard).ThenByDescending(static run => run.No)
            .Take(Attention.RunsMax).Select(static run => (run.No, run.Heard))];
    }
}
