namespace Slipway.Tracking;

/// <summary>POST of the heartbeats of several runs of one process, under Slipway's own API.</summary>
/// <param name="RunIds">1 to <see cref="RunsMax"/> runs.</param>
public sealed record SendHeartbeats(string[]? RunIds = null)
{
    /// <summary>The most runs in one request.</summary>
    public const int RunsMax = 1_000;
}

/// <summary>What became of heartbeats.</summary>
/// <param name="Noted">How many runs took theirs.</param>
/// <param name="Refused">Runs that are not there, deleted, or not the caller's; null when there are none.</param>
public sealed record HeartbeatsNoted(int Noted = 0, string[]? Refused = null);

/// <summary>Whether a run's process shows signs of life.</summary>
/// <param name="RunId">The run.</param>
/// <param name="State">"alive"; "silent": RUNNING, and nothing was heard for longer than the configured silence; "lost": given up after its heartbeats ended; "ended".</param>
/// <param name="Status">The run's status.</param>
/// <param name="Heartbeat">The last heartbeat, Unix milliseconds; null when its client sends none: such a run is never given up.</param>
/// <param name="Heard">The newest sign of life: a heartbeat, a point's timestamp, a change.</param>
/// <param name="SilentForMs">Milliseconds since then.</param>
/// <param name="Lost">When it was given up, Unix milliseconds, or null.</param>
public sealed record RunLiveness(string? RunId = null, string? State = null, string? Status = null, long? Heartbeat = null, long? Heard = null, long? SilentForMs = null, long? Lost = null)
{
    /// <summary>The state of a run that was heard of lately.</summary>
    public const string AliveState = "alive";

    /// <summary>The state of a run that says it runs and was not heard of.</summary>
    public const string SilentState = "silent";

    /// <summary>The state of a run that ended.</summary>
    public const string EndedState = "ended";

    /// <summary>The state of a run that was given up.</summary>
    public const string LostState = "lost";
}
