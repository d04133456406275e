using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Heartbeats: a client says that its process lives. A run that sent one and fell silent is given up by <see cref="RunReaper"/>; whatever is logged to it afterwards,
/// or the next heartbeat, brings it back.
/// </summary>
internal sealed partial class Runs
{
    /// <summary>The tag of a run that was given up; it says since when.</summary>
    public const string LostTag = "slipway.lost";

    private const string Beat = "UPDATE runs SET heartbeat_ms = $1 WHERE no = $2";

    private const string SetRunning = "UPDATE runs SET status = 1, end_ms = NULL, lost_ms = NULL, heartbeat_ms = $1, updated_ms = $1 WHERE no = $2";

    private const string ForgetLost = "UPDATE runs SET lost_ms = NULL WHERE no = $1";

    private const string NewestPoint = "SELECT max(time_ms) FROM metric_latest WHERE run_no = $1";

    private const string Beating = "SELECT heartbeat_ms, updated_ms FROM runs WHERE no = $1";

    /// <summary>Notes that the run's process lives. From the first one on, a silence longer than the configured one ends the run as FAILED, and the next one revives it.</summary>
    public async Task<Outcome<Done>> Heartbeat(Caller caller, RunRef request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } bad) return bad;
        return await db.Write<Done>(session => NoteBeat(session, caller, request.RunId!) is { } refused ? refused : default(Done), ct, order: request.RunId);
    }

    /// <summary>The heartbeats of many runs of one process in one write. Runs that cannot take one are answered, and do not hinder the others.</summary>
    public async Task<Outcome<HeartbeatsNoted>> Heartbeats(Caller caller, SendHeartbeats request, CancellationToken ct)
    {
        var ids = (request.RunIds ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (ids.Count == 0) return Problem.Missing("run_ids");
        if (WireCheck.Count(ids.Count, SendHeartbeats.RunsMax, "run_ids") is { } tooMany) return tooMany;
        foreach (var id in ids)
            if (WireCheck.RunId(id, "run_ids") is { } bad) return bad;
        return await db.Write<HeartbeatsNoted>(session =>
        {
            var refused = ids.Where(id => NoteBeat(session, caller, id) is not null).ToArray();
            return new HeartbeatsNoted(ids.Count - refused.Length, refused.Length == 0 ? null : refused);
        }, ct, order: ids[0]);
    }

    /// <summary>Whether the run's process shows signs of life, also one whose client sends no heartbeats.</summary>
    public async Task<Outcome<RunLiveness>> Liveness(Caller caller, RunRef request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } bad) return bad;
        if (await metrics.EnsureSettled(ct) is { } problem) return problem;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Read<Outcome<RunLiveness>>(session =>
        {
            if (Find(session, caller, request.RunId!, "", out var run) is { } refused) return refused;
            var (heartbeat, updated) = session.First(Beating, static row => (row.LongOrNull(0), row.Long(1)), run.No);
            // A client's clock may run ahead: nothing was heard of in the future.
            var newest = Math.Min(now, new[] { heartbeat, updated, session.Long(NewestPoint, run.No), EventLog.NewestOf(session, caller, Subject(run.RunId)) }.Max() ?? updated);
            var silent = now - newest > (rules.Silence > TimeSpan.Zero ? rules.Silence : TrackingRules.SilenceDefault).TotalMilliseconds;
            var state = run.LostMs is not null ? RunLiveness.LostState : run.Status is not RunStatus.RUNNING ? RunLiveness.EndedState : silent ? RunLiveness.SilentState : RunLiveness.AliveState;
            return new RunLiveness(run.RunId, state, run.Status.ToString(), heartbeat, newest, now - newest, run.LostMs);
        }, ct);
    }

    private Problem? NoteBeat(Session session, Caller caller, string runId)
    {
        if (Active(session, caller, runId, session.Dialect.ForUpdate(), out var run) is { } refused) return refused;
        if (run.LostMs is not null) Revive(session, caller, run);
        else session.Execute(Beat, clock.GetUtcNow().ToUnixTimeMilliseconds(), run.No);
        return null;
    }

    /// <summary>A run that was given up shows signs of life: it is RUNNING again.</summary>
    private RunRow Revive(Session session, Caller caller, RunRow run)
    {
        session.Execute(SetRunning, clock.GetUtcNow().ToUnixTimeMilliseconds(), run.No);
        session.Text(RemoveTag, run.No, LostTag);
        events.Append(session, caller, "run.revived", Subject(run.RunId), EventData.Of(("lost_at", Text(run.LostMs!.Value))));
        return run with { Status = RunStatus.RUNNING, EndMs = null, LostMs = null };
    }

    /// <summary>The client itself says what became of a run that was given up: its word counts.</summary>
    private static void Found(Session session, RunRow run)
    {
        session.Execute(ForgetLost, run.No);
        session.Text(RemoveTag, run.No, LostTag);
    }
}
