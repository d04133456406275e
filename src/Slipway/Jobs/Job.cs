namespace Slipway.Jobs;

/// <summary>What a job row is waiting for.</summary>
internal enum JobState
{
    /// <summary>Due at its time.</summary>
    Ready = 0,
    /// <summary>Held by an owner until its lease ends.</summary>
    Running = 1,
    /// <summary>Gave up after its last attempt; the error says why.</summary>
    Failed = 2,
}

/// <summary>Which jobs go first.</summary>
internal enum JobPriority
{
    /// <summary>When nothing else is due, and at every eighth look.</summary>
    Low = -1,
    /// <summary>Most jobs.</summary>
    Normal = 0,
    /// <summary>Before the others: somebody waits for it.</summary>
    High = 1,
}

/// <summary>A claimed job: proof that this owner holds it, as long as nobody claimed it with a higher epoch.</summary>
/// <param name="Id">The row.</param>
/// <param name="Kind">Which handler runs it.</param>
/// <param name="Name">Unique within the kind.</param>
/// <param name="Payload">JSON for the handler.</param>
/// <param name="Epoch">Rises with every claim; a stale one's writes are refused.</param>
/// <param name="Attempts">This attempt's number, from 1.</param>
/// <param name="AttemptsMax">After this many the job has failed.</param>
internal sealed record Lease(long Id, string Kind, string Name, string Payload, long Epoch, int Attempts, int AttemptsMax)
{
    /// <summary>Who claimed it.</summary>
    public string Owner { get; init; } = "";

    /// <summary>When, in Unix milliseconds.</summary>
    public long FromMs { get; init; }
}

/// <summary>How one kind of job is run.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Run">Does the work. A resident job runs until it is cancelled; any other one returns when it is done.</param>
/// <param name="Resident">True for a loop that exactly one server of an installation runs.</param>
internal sealed record JobHandler(string Kind, Func<Lease, CancellationToken, Task> Run, bool Resident = false)
{
    /// <summary>The name of the one job of a resident kind.</summary>
    public const string ResidentName = "resident";

    /// <summary>The most of this kind that one server runs at once.</summary>
    public int AtOnce { get; init; } = 4;
}

/// <summary>How many jobs of one kind a claim may take.</summary>
internal readonly record struct JobRoom(string Kind, int Most);

/// <summary>The work of a job is hopeless: it fails now, whatever attempts are left.</summary>
internal sealed class JobHopelessException(string message) : Exception(message);
