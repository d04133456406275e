using Slipway.Client.Logs;

namespace Slipway.Client;

/// <summary>
/// A run that this program logs to. Metrics, params and tags are appended to a log on this machine and sent in the background: logging returns at once
/// and never throws for troubles of the server or the disk; a process that is killed loses nothing that a log call returned for. Thread-safe.
/// </summary>
/// <remarks>
/// Timestamps and steps are fixed when a value is logged, and the server takes every record of a log once, however often it is sent.
/// A run that is disposed without <see cref="FinishAsync"/>, as when an exception leaves the block, ends as FAILED.
/// </remarks>
public sealed partial class ActiveRun : IAsyncDisposable
{
    private readonly SlipwayClient client;
    private readonly Transport transport;
    private readonly RunLog log;
    private readonly LogWriter writer;
    private readonly string? experiment;
    private readonly bool ends;
    private readonly List<Func<Task>> atEnd = [];
    private int ended;

    internal ActiveRun(SlipwayClient client, Transport transport, RunLog log, Run run, string? experiment, bool ends)
    {
        (this.client, this.transport, this.log, this.experiment, this.ends) = (client, transport, log, experiment, ends);
        (Id, ExperimentId, Name, ArtifactUri, writer) = (run.Id, run.ExperimentId, run.Name, run.ArtifactUri, log.Writer);
        if (ArtifactUri.Length > 0) client.Artifacts.Learn(Id, ArtifactUri);
    }

    /// <summary>32 hexadecimal digits. Final, also when the server has not heard of the run yet.</summary>
    public string Id { get; }

    /// <summary>The experiment it belongs to; empty when the run began without the server, which gives the number.</summary>
    public string ExperimentId { get; }

    /// <summary>Its name; random when none was given.</summary>
    public string Name { get; }

    /// <summary>Where its artifacts lie; empty when the run began without the server, which says so.</summary>
    public string ArtifactUri { get; }

    /// <summary>The folder on this machine that the run is logged to; null when no disk takes it. `slipway sync` ships such folders.</summary>
    public string? LogFolder => log.Folder?.Path;

    /// <summary>Whether everything logged so far is stored by the server.</summary>
    public bool IsStored => log.IsStored;

    /// <summary>Values that were dropped because neither disk nor memory took them.</summary>
    public long Dropped => writer.Dropped;

    /// <summary>How the run ends when it is disposed without <see cref="FinishAsync"/>.</summary>
    internal RunStatus EndsAs { get; set; } = RunStatus.Failed;

    /// <summary>Starts a run inside this one.</summary>
    /// <param name="options">Name and tags; the parent is set.</param>
    /// <param name="ct">Cancels the start.</param>
    public Task<ActiveRun> StartChildAsync(RunOptions? options = null, CancellationToken ct = default) =>
        client.Start(experiment, ExperimentId.Length > 0 ? ExperimentId : null, (options ?? new RunOptions()) with { ParentRunId = Id }, ct);

    /// <summary>Completes when everything logged so far is stored by the server; offline, when this machine's disk has it.</summary>
    /// <exception cref="SlipwayException">The server cannot be reached (the values are kept and sent when it can), or refused values; the rest is stored.</exception>
    public Task FlushAsync(CancellationToken ct = default) => log.Flush(ct);

    /// <summary>
    /// Ends the run and waits, at most <see cref="SlipwayClientOptions.FinishWait"/>, until the server has everything. A server that is away does not make
    /// it throw: the rest stays on this machine, is sent by the next run or `slipway sync`, and <see cref="IsStored"/> is false. What a full disk lost is in <see cref="Dropped"/>.
    /// </summary>
    /// <param name="status">How it ends.</param>
    /// <param name="ct">Cancels the waiting; the end is logged already.</param>
    /// <exception cref="SlipwayException">The server refused values; everything else is safe.</exception>
    public async Task FinishAsync(RunStatus status = RunStatus.Finished, CancellationToken ct = default)
    {
        if (Interlocked.CompareExchange(ref ended, 1, 0) != 0) return;
        Func<Task>[] last;
        lock (atEnd) last = [.. atEnd];
        foreach (var one in last) await one().ConfigureAwait(false);
        if (ends) writer.End(status, Now.ToUnixTimeMilliseconds());
        using var limit = new CancellationTokenSource(log.Patience, transport.Options.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            await log.Flush(both.Token).ConfigureAwait(false);
        }
        catch (SlipwayException failure) when (failure.Status is not 400)
        {
            // It is on the disk, or was dropped and counted; disposing says so.
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            log.GiveUp(); // The same, of a server that is slow.
        }
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
            // Refused values: whoever wants to know calls FinishAsync.
        }
        await log.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The clock of timestamps.</summary>
    internal TimeProvider Clock => transport.Options.Clock;

    /// <summary>What is done before the end is logged, in this order: samplers and listeners stop, texts are uploaded. Must not throw.</summary>
    internal void AtEnd(Func<Task> work)
    {
        lock (atEnd) atEnd.Add(work);
    }

    /// <summary>Logs that the run is at work again.</summary>
    internal void Began() => writer.End(RunStatus.Running, 0);
}
