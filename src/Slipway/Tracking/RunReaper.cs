using Microsoft.Extensions.Logging;
using Slipway.Events;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Ends runs whose process died. Only a run whose client has ever sent a heartbeat can be lost: a client that sends none, as MLflow's, may be silent for days.
/// </summary>
internal sealed partial class RunReaper(Database db, EventLog events, TimeProvider clock, TimeSpan silence, ILogger<RunReaper> log)
{
    /// <summary>The most runs that one transaction ends.</summary>
    public const int BatchMax = 500;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    private static string Silent(Dialect dialect) => $"""
        SELECT r.no, r.run_id, e.workspace_id, r.heartbeat_ms FROM runs r JOIN experiments e ON e.id = r.experiment_id
         WHERE r.status = 1 AND r.heartbeat_ms < $1 AND r.deleted_ms IS NULL ORDER BY r.no LIMIT $2{(dialect is Dialect.Postgres ? " FOR UPDATE OF r SKIP LOCKED" : "")}
        """;

    private const string Fail = "UPDATE runs SET status = 4, end_ms = heartbeat_ms, lost_ms = $1, updated_ms = $1 WHERE no = $2";

    private const string PutTag = "INSERT INTO tags (run_no, key, value) VALUES ($1, $2, $3) ON CONFLICT (run_no, key) DO UPDATE SET value = excluded.value";

    private DateTimeOffset listeningSince = clock.GetUtcNow();
    private DateTimeOffset looked = clock.GetUtcNow();

    /// <summary>The resident job that looks every 15 seconds; a silence of zero turns it off.</summary>
    public JobHandler Handler => new("runs.reap", async (_, ct) =>
    {
        using var timer = new PeriodicTimer(Every, clock);
        Listen(clock.GetUtcNow());
        while (await timer.WaitForNextTickAsync(ct))
            if (silence > TimeSpan.Zero) await Look(clock.GetUtcNow(), ct);
    }, Resident: true);

    /// <summary>From here on silence counts: before, nobody listened.</summary>
    public void Listen(DateTimeOffset now) => (listeningSince, looked) = (now, now);

    /// <summary>A tick. One that comes far too late says that the machine slept or its clock jumped: heartbeats could not arrive either.</summary>
    public Task<int> Look(DateTimeOffset now, CancellationToken ct)
    {
        if ((now - looked).Duration() > 2 * Every) Listen(now);
        looked = now;
        return Reap(now, ct);
    }

    /// <summary>
    /// Gives up the running runs that were silent too long while this server listened: FAILED as of their last heartbeat, with a tag that says so; answers how many.
    /// </summary>
    public async Task<int> Reap(DateTimeOffset now, CancellationToken ct)
    {
        if (now - listeningSince < silence) return 0;
        var before = (now - silence).ToUnixTimeMilliseconds();
        var total = 0;
        while (true)
        {
            var outcome = await db.Write<int>(session =>
            {
                var lost = session.Query(Silent(session.Dialect), static row => (No: row.Long(0), Id: row.Text(1), Workspace: row.Long(2), Heartbeat: DateTimeOffset.FromUnixTimeMilliseconds(row.Long(3))), before, BatchMax);
                session.ExecuteMany(Fail, lost, (args, run) => args.Add(now.ToUnixTimeMilliseconds()).Add(run.No));
                session.ExecuteMany(PutTag, lost, (args, run) => args.Add(run.No).Add(Runs.LostTag).Add($"no heartbeat since {run.Heartbeat:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
                EntryKeys.NoteTag(session, [.. lost.Select(static run => run.No)], Runs.LostTag);
                foreach (var run in lost)
                    events.Append(session, Caller.System("reaper") with { Workspace = run.Workspace }, "run.lost", Runs.Subject(run.Id), EventData.Of(("heartbeat", $"{run.Heartbeat:O}")));
                return lost.Count;
            }, ct);
            if (outcome.Problem is { } problem) throw new StorageException(problem);
            total += outcome.Value;
            if (outcome.Value < BatchMax) break;
        }
        if (total > 0) Reaped(total, now - silence);
        return total;
    }

    [LoggerMessage(LogLevel.Information, "Gave up {Count} runs whose last heartbeat is older than {Before}.")]
    private partial void Reaped(int count, DateTimeOffset before);
}
