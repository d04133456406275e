namespace Slipway.Prediction.Workers;

/// <summary>A process that was started and has connected.</summary>
/// <param name="connection">The conversation.</param>
/// <param name="ended">Done when it is gone, with a sentence about why. Never fails.</param>
/// <param name="said">What it wrote to stdout and stderr so far, the middle left out.</param>
/// <param name="owner">What kills it, with all that it started, and removes what it left.</param>
internal sealed class WorkerChild(Stream connection, Task<string> ended, Func<string> said, IAsyncDisposable owner) : IAsyncDisposable
{
    /// <summary>The conversation.</summary>
    public WorkerConnection Connection { get; } = new(connection);

    /// <summary>Done when it is gone, with a sentence about why.</summary>
    public Task<string> Ended => ended;

    /// <summary>What it wrote so far.</summary>
    public string Said() => said();

    /// <summary>Kills it.</summary>
    public async ValueTask DisposeAsync()
    {
        await owner.DisposeAsync();
        await Connection.DisposeAsync();
    }
}

/// <summary>Starts a worker process and waits until it connects.</summary>
/// <returns>The process, or why there is none.</returns>
internal delegate Task<Outcome<WorkerChild>> StartWorker(CancellationToken ct);

/// <summary>How workers of a version are run.</summary>
internal sealed record WorkerOptions
{
    /// <summary>The most processes of a version.</summary>
    public const int CountMax = 64;

    /// <summary>Processes.</summary>
    public int Count
    {
        get;
        init => field = value is >= 1 and <= CountMax ? value : throw new ArgumentOutOfRangeException(nameof(value), $"serving.pythonWorkers must be 1 to {CountMax}.");
    } = 2;

    /// <summary>From the start of a process until its model is loaded.</summary>
    public TimeSpan StartMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest run; a worker that takes longer is killed.</summary>
    public TimeSpan RunMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Runs before a process is replaced by a fresh one; 0 for never.</summary>
    public long RunsMax { get; init; }

    /// <summary>How long a run waits for a worker while none is there.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two questions whether an idle worker lives.</summary>
    public TimeSpan PingEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the answer may take.</summary>
    public TimeSpan PingMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>True when a difference from the requirements is a reason not to load the version.</summary>
    public bool Strict { get; init; }

    /// <summary>The longest wait before a worker that keeps dying is started again.</summary>
    public static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(30);

    /// <summary>The wait after so many deaths in a row: none, then 0.5, 1, 2 ... seconds.</summary>
    public static TimeSpan BackOff(int deaths) => deaths <= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(BackOffMax.TotalSeconds, 0.5 * Math.Pow(2, Math.Min(deaths - 2, 10))));
}

/// <summary>What is shown of a worker.</summary>
/// <param name="State">`starting`, `ready`, `waiting` (it keeps dying and is started again after a while), `ended`.</param>
/// <param name="Runs">Runs of the process that lives now.</param>
/// <param name="Deaths">How often it died since the version was loaded.</param>
/// <param name="LastDeath">Why the last one died, or null.</param>
/// <param name="Said">What it wrote, the first and last 64 KiB.</param>
internal sealed record WorkerState(string State, long Runs, int Deaths, string? LastDeath, string Said);
