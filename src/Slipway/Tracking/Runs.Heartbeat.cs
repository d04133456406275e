using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Heartbeats: a client says that its process lives.</summary>
internal sealed partial class Runs
{
    private const string Beat = "UPDATE runs SET heartbeat_ms = $1 WHERE no = $2";

    /// <summary>Notes that the run's process lives. From the first one on, a silence longer than the configured one ends the run as FAILED.</summary>
    public async Task<Outcome<Done>> Heartbeat(Caller caller, RunRef request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Active(session, caller, request.RunId!, session.Dialect.ForUpdate(), out var run) is { } refused) return refused;
            session.Execute(Beat, now, run.No);
            return default(Done);
        }, ct, order: request.RunId);
    }
}
