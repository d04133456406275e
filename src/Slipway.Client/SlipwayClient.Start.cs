using Slipway.Client.Capture;
using Slipway.Client.Logs;
using Slipway.Tracking;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    /// <summary>Starts a run to log to; the experiment is created if it is not there.</summary>
    /// <remarks>
    /// A server that is away does not stop it: the run begins on this machine, under its final id, and reaches the server when that is back. What the
    /// server refuses is thrown, so that a wrong token or a deleted experiment shows at once. Under `slipway run`, in the same experiment, the first run
    /// of a program is the one that was made of it, and others are its children.
    /// </remarks>
    /// <param name="experiment">The experiment's name.</param>
    /// <param name="options">Name, tags, parent.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>A run that is RUNNING until <see cref="ActiveRun.FinishAsync"/>; one that is disposed without it ends as FAILED.</returns>
    /// <exception cref="SlipwayException">The server refuses the experiment or the run.</exception>
    public Task<ActiveRun> StartRunAsync(string experiment, RunOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(experiment);
        return IsGivenOne(options) ? JoinRunAsync(transport.Options.RunId!, ct) : Start(experiment, null, options ?? new RunOptions(), ct);
    }

    /// <summary>Starts a run in the experiment with this id.</summary>
    public Task<ActiveRun> StartRunInAsync(string experimentId, RunOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(experimentId);
        return IsGivenOne(options) ? JoinRunAsync(transport.Options.RunId!, ct) : Start(null, experimentId, options ?? new RunOptions(), ct);
    }

    /// <summary>Goes on logging to a run that is there: it is RUNNING again, and ends as one that was started.</summary>
    /// <param name="runId">The run; it must not be deleted.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <exception cref="SlipwayException">The server knows no such run. A server that is away is no obstacle.</exception>
    public async Task<ActiveRun> ResumeRunAsync(string runId, CancellationToken ct = default)
    {
        var run = await GoOn(runId, ends: true, ct).ConfigureAwait(false);
        run.Began();
        return run;
    }

    /// <summary>
    /// Logs to a run that another process started, as the workers of one training do: neither the run's state nor its end are this process's concern.
    /// Disposing sends what is left.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <exception cref="SlipwayException">The server knows no such run. A server that is away is no obstacle.</exception>
    public Task<ActiveRun> JoinRunAsync(string runId, CancellationToken ct = default) => GoOn(runId, ends: false, ct);

    /// <summary>Whether a run waits for this program, and this is the first one it starts.</summary>
    private bool IsGivenOne(RunOptions? options) =>
        transport.Options.RunId is { Length: > 0 } && options?.ParentRunId is null && Interlocked.Exchange(ref joined, 1) == 0;

    private int joined;

    internal async Task<ActiveRun> Start(string? experiment, string? experimentId, RunOptions options, CancellationToken ct)
    {
        if (options.ParentRunId is null && transport.Options.Enclosing is { } enclosing)
        {
            if (enclosing.Take(experiment, experimentId) && await Join(enclosing.Id, options, ct).ConfigureAwait(false) is { } joined) return joined;
            options = options with { ParentRunId = enclosing.Id };
        }
        var now = transport.Options.Clock.GetUtcNow();
        var (id, started, tags) = (Guid.CreateVersion7(now).ToString("N"), options.StartedAt ?? now, RunTags.Of(options));
        var made = await Reach(async stop =>
        {
            var inside = experimentId ?? (await Experiments.GetOrCreateAsync(experiment!, null, stop).ConfigureAwait(false)).Id;
            var answer = await transport.Post<CreateRun, RunAnswer>("api/2.0/mlflow/runs/create",
                new CreateRun(inside, null, options.Name, started.ToUnixTimeMilliseconds(), [.. tags.Select(tag => new RunTag(tag.Key, tag.Value))], id), stop).ConfigureAwait(false);
            return Run.From(answer.Run ?? new Tracking.Run());
        }, ct).ConfigureAwait(false);
        var run = made ?? new Run { Id = id, ExperimentId = experimentId ?? "", Name = options.Name ?? $"run-{id[^6..]}" };
        var active = Open(run, experiment, started, tags, made is not null, created: true, ends: true);
        // A child is part of what its parent notes already.
        RunCapture.Start(active, options.Capture ?? (options.ParentRunId is null ? transport.Options.Capture : Captures.None), transport.Options.Clock);
        return active;
    }

    /// <summary>Goes on with the run that encloses this process; null when the server, asked now, has not heard of it yet.</summary>
    private async Task<ActiveRun?> Join(string runId, RunOptions options, CancellationToken ct)
    {
        try
        {
            var run = await GoOn(runId, ends: false, ct).ConfigureAwait(false);
            foreach (var (key, value) in options.Tags) run.SetTag(key, value);
            if (options.Description is { } note) run.SetTag(RunTags.Note, note);
            return run;
        }
        catch (SlipwayException failure) when (failure.IsNotFound)
        {
            return null;
        }
    }

    private async Task<ActiveRun> GoOn(string runId, bool ends, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        if (!Guid.TryParseExact(runId, "N", out _)) throw new ArgumentException($"A run's id is 32 hexadecimal digits, got '{runId}'.", nameof(runId));
        var found = await Reach(stop => Runs.GetAsync(runId, stop), ct).ConfigureAwait(false);
        return Open(found ?? new Run { Id = runId, ExperimentId = "" }, null, transport.Options.Clock.GetUtcNow(), [], found is not null, created: false, ends);
    }

    /// <summary>Asks the server, within <see cref="SlipwayClientOptions.StartWait"/>; null when it is away or nobody should ask.</summary>
    private async Task<Run?> Reach(Func<CancellationToken, Task<Run>> ask, CancellationToken ct)
    {
        if (transport.Options.Offline) return null;
        var (options, told) = (transport.Options, keeper.IsAway);
        var wait = told ? options.AwayWait : options.StartWait;
        using var limit = new CancellationTokenSource(wait, options.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            var answer = await ask(both.Token).ConfigureAwait(false);
            keeper.Met();
            return answer;
        }
        catch (SlipwayException failure) when (failure.IsUnreachable || failure.Status is 408 or 429 or >= 500)
        {
            Tell(failure.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Tell($"{Url} did not answer within {wait.TotalSeconds} s.");
        }
        keeper.Missed();
        return null;

        // Once for as long as it lasts.
        void Tell(string why)
        {
            if (!told) options.Warn($"Slipway: {why} The run goes on without it and is logged to {options.LogFolder}; it is sent when the server is back.");
        }
    }

    private ActiveRun Open(Run run, string? experiment, DateTimeOffset started, Dictionary<string, string> tags, bool isThere, bool created, bool ends)
    {
        var options = transport.Options;
        var sheet = new LogSheet(Guid.NewGuid().ToString("N"), run.Id, experiment, run.ExperimentId is { Length: > 0 } id ? id : null, run.Name, started.ToUnixTimeMilliseconds(), tags,
            options.Offline ? null : options.Url.AbsoluteUri, options.WorkspaceName(), created);
        LogFolder? folder = null;
        try
        {
            folder = LogFolder.Create(options.LogFolder, sheet);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            options.Warn($"Slipway: the log folder {options.LogFolder} cannot be used: {fault.Message} Run {run.Id} is logged in memory, up to {options.BufferBytesMax >> 20} MB at a time, until it is sent.");
        }
        var log = new RunLog(transport, folder, sheet, options.Offline ? null : keeper, isThere);
        var active = new ActiveRun(this, transport, log, run, experiment, ends);
        log.Start();
        return active;
    }
}
