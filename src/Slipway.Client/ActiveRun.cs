namespace Slipway.Client;

/// <summary>
/// A run that this program logs to. Metrics, params and tags are collected and sent in batches in the background: logging returns at once and
/// does not throw for troubles of the server; these are told by <see cref="FlushAsync"/> and <see cref="FinishAsync"/>. Thread-safe.
/// </summary>
/// <remarks>
/// Timestamps and steps are fixed when a value is logged and a series is a set, so a batch that is sent twice changes nothing.
/// A run that is disposed without <see cref="FinishAsync"/>, as when an exception leaves the block, ends as FAILED.
/// </remarks>
public sealed partial class ActiveRun : IAsyncDisposable
{
    private readonly SlipwayClient client;
    private readonly Transport transport;
    private readonly RunLog log;
    private int ended;

    internal ActiveRun(SlipwayClient client, Transport transport, Run run)
    {
        (this.client, this.transport, Id, ExperimentId, Name, ArtifactUri) = (client, transport, run.Id, run.ExperimentId, run.Name, run.ArtifactUri);
        log = new RunLog(Id, (body, ct) => transport.Post("api/2.0/mlflow/runs/log-batch", body, ct), transport.Options);
        client.Artifacts.Learn(Id, ArtifactUri);
    }

    /// <summary>32 hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>The experiment it belongs to.</summary>
    public string ExperimentId { get; }

    /// <summary>Its name; random when none was given.</summary>
    public string Name { get; }

    /// <summary>Where its artifacts lie.</summary>
    public string ArtifactUri { get; }

    /// <summary>Values that were dropped because the buffer was full for longer than <see cref="SlipwayClientOptions.BufferWait"/>.</summary>
    public long Dropped => log.Dropped;

    /// <summary>How the run ends when it is disposed without <see cref="FinishAsync"/>.</summary>
    internal RunStatus EndsAs { get; set; } = RunStatus.Failed;

    /// <summary>Starts a run inside this one.</summary>
    /// <param name="options">Name and tags; the parent is set.</param>
    /// <param name="ct">Cancels the start.</param>
    public Task<ActiveRun> StartChildAsync(RunOptions? options = null, CancellationToken ct = default) =>
        client.StartRunInAsync(ExperimentId, (options ?? new RunOptions()) with { ParentRunId = Id }, ct);

    /// <summary>Completes when everything logged so far is stored by the server.</summary>
    /// <exception cref="SlipwayException">The server cannot be reached (the values are kept and tried again), or refused values; the rest is stored.</exception>
    public Task FlushAsync(CancellationToken ct = default) => log.Flush(ct);

    /// <summary>Sends what is left and ends the run. Logging to it afterwards is a mistake.</summary>
    /// <param name="status">How it ends.</param>
    /// <param name="ct">Cancels the sending; the run is then ended by its disposal.</param>
    /// <exception cref="SlipwayException">Values could not be sent or were refused; the run has ended nevertheless if the server could be told.</exception>
    public async Task FinishAsync(RunStatus status = RunStatus.Finished, CancellationToken ct = default)
    {
        if (Volatile.Read(ref ended) != 0) return;
        SlipwayException? loss = null;
        try
        {
            await log.Flush(ct).ConfigureAwait(false);
        }
        catch (SlipwayException failure) when (!failure.IsUnreachable)
        {
            loss = failure;
        }
        await client.Runs.UpdateAsync(Id, new RunUpdate { Status = status, EndedAt = transport.Options.Clock.GetUtcNow() }, ct).ConfigureAwait(false);
        Interlocked.Exchange(ref ended, 1);
        if (loss is not null) throw loss;
    }

    /// <summary>Ends the run as FAILED if it was not finished. Never throws: an exception on its way out is worth more than one about its record.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await FinishAsync(EndsAs).ConfigureAwait(false);
        }
        catch (SlipwayException)
        {
            // The server is away: the run stays RUNNING there.
        }
        finally
        {
            if (Interlocked.Exchange(ref ended, 2) != 2) log.Dispose();
        }
    }
}
