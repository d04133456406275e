using Slipway.Client.Logs;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>
/// What is logged to one run: appended to a log on this machine, from where a background loop brings it to the server whenever that is there. Logging
/// never waits for the server and never throws for its troubles; what could not be sent stays on the disk.
/// </summary>
internal sealed class RunLog : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Transport transport;
    private readonly LogKeeper? keeper;
    private readonly LogFolder? folder;
    private readonly LogSheet sheet;
    private readonly LogShipper? shipper;
    private readonly bool isThere;
    private readonly List<(long Upto, long Since, TaskCompletionSource Done)> flushes = [];
    private readonly CancellationTokenSource stop = new();

    private TaskCompletionSource wake = Signal();
    private volatile bool away;
    private long acknowledged, beatAt, attempt;
    private Task loop = Task.CompletedTask;
    private bool disposed;
    private int released;

    /// <summary>A log that goes on from nothing.</summary>
    /// <param name="transport">To the server.</param>
    /// <param name="folder">Where the log lies; null when no disk takes it.</param>
    /// <param name="sheet">What the run is.</param>
    /// <param name="keeper">Told of the server's id; null where nothing is sent: offline.</param>
    /// <param name="isThere">The server made the run just now, with its tags.</param>
    public RunLog(Transport transport, LogFolder? folder, LogSheet sheet, LogKeeper? keeper, bool isThere)
    {
        (this.transport, this.folder, this.sheet, this.keeper, this.isThere) = (transport, folder, sheet, keeper, isThere);
        var options = transport.Options;
        Writer = new LogWriter(folder, Guid.ParseExact(sheet.Log, "N"), LogShipper.FirstOrdinal, options.Clock.GetUtcNow().ToUnixTimeMilliseconds(), options.BufferBytesMax,
            warning => ThreadPool.UnsafeQueueUserWorkItem(static state => state.Warn(state.Text), (options.Warn, Text: warning), preferLocal: false), () => Wake(urgent: false));
        beatAt = options.Clock.GetTimestamp();
        away = keeper is { IsAway: true };
        if (keeper is not null) shipper = new LogShipper(transport, folder, sheet, LogStream.Of(Writer, folder), isThere);
    }

    /// <summary>Where values go.</summary>
    public LogWriter Writer { get; }

    /// <summary>Its folder, or null when no disk takes it.</summary>
    public LogFolder? Folder => folder;

    /// <summary>Whether the server has the run and answered last time.</summary>
    public bool IsReached => !away && (isThere || Volatile.Read(ref acknowledged) > 0) && shipper is not null;

    /// <summary>Whether everything logged so far is stored by the server.</summary>
    public bool IsStored => shipper is not null && Volatile.Read(ref acknowledged) >= Writer.Ordinal;

    /// <summary>How long an end may wait: a server that is known to be away gets a last try and no more.</summary>
    public TimeSpan Patience => away ? transport.Options.AwayWait : transport.Options.FinishWait;

    /// <summary>Nobody waits for the server any more.</summary>
    public void GiveUp() => away = true;

    /// <summary>Begins to send.</summary>
    public void Start()
    {
        if (shipper is not null) loop = Task.Run(Loop);
    }

    /// <summary>Completes when everything logged so far is stored by the server; offline, when the disk has it.</summary>
    /// <exception cref="SlipwayException">The server cannot be reached (what was logged is kept and sent when it can), or it refused values, or no disk and no memory took them.</exception>
    public async Task Flush(CancellationToken ct)
    {
        if (shipper is null)
        {
            Writer.Flush();
        }
        else
        {
            TaskCompletionSource? done = null;
            lock (gate)
            {
                var upto = Writer.Ordinal;
                if (acknowledged < upto) flushes.Add((upto, attempt, done = Signal()));
            }
            if (done is not null)
            {
                if (loop.IsCompleted) Fail(new SlipwayException($"Run {sheet.Run} was closed before everything was sent.") { IsUnreachable = true }, last: true);
                Wake(urgent: true);
                await done.Task.WaitAsync(ct).ConfigureAwait(false);
            }
        }
        if (Loss() is { } loss) throw loss;
    }

    /// <summary>Sends what is left for at most so long; the rest stays on the disk.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
        }
        Writer.Close();
        Wake(urgent: true);
        await loop.WaitAsync(Patience, transport.Options.Clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var left = shipper is not null && !IsStored;
        if (left && keeper!.IsFirstLeft()) TellWhatIsLeft();
        if (Writer.Dropped > 0) transport.Options.Warn($"Slipway: {Writer.Dropped} values of run {sheet.Run} found no room on the disk and in memory and were dropped.");
        shipper?.Leave();
        Writer.Dispose();
        folder?.Release();
        if (left) keeper!.Left(); // From here on it may look after the folder.
        stop.Dispose();
    }

    private async Task Loop()
    {
        while (true)
        {
            var closing = Writer.IsClosed;
            lock (gate) attempt++;
            var pause = transport.Options.FlushEvery;
            try
            {
                while (await shipper!.Ship(stop.Token).ConfigureAwait(false)) Settle();
                Settle();
                if (closing)
                {
                    shipper.Note(finished: true);
                    return;
                }
                await Beat().ConfigureAwait(false);
            }
            catch (SlipwayException failure)
            {
                Fail(failure, last: closing);
                if (closing) return; // It was tried again and again: what is left stays on the disk.
                pause = transport.Options.RetryDelayMax;
            }
            catch (OperationCanceledException)
            {
                Fail(new SlipwayException($"Run {sheet.Run} was closed before everything was sent.") { IsUnreachable = true }, last: true);
                return;
            }
            catch (Exception fault)
            {
                // The log's own disk does not give back what it took, or a fault of ours: neither is the training's trouble.
                Fail(new SlipwayException($"The local log of run {sheet.Run} cannot be sent: {fault.Message}", null, null, $"See {folder?.Path}.", fault), last: closing);
                if (closing) return;
                pause = transport.Options.RetryDelayMax;
            }
            await Pause(pause).ConfigureAwait(false);
        }
    }

    private async Task Beat()
    {
        var options = transport.Options;
        if (options.HeartbeatEvery <= TimeSpan.Zero || !IsReached || options.Clock.GetElapsedTime(beatAt) < options.HeartbeatEvery) return;
        beatAt = options.Clock.GetTimestamp();
        try
        {
            await transport.Post($"api/slipway/v1/runs/{sheet.Run}/heartbeat", new RunRef(), stop.Token).ConfigureAwait(false);
        }
        catch (SlipwayException)
        {
            // The next one, or any value, says the same.
        }
    }

    private void Settle()
    {
        away = false;
        // Before anybody who waits goes on: who closes the client next would take what other runs left with it.
        if (shipper!.Incarnation is { } incarnation) keeper!.Heard(incarnation);
        lock (gate)
        {
            Volatile.Write(ref acknowledged, shipper.Acknowledged);
            flushes.RemoveAll(flush => flush.Upto <= acknowledged && flush.Done.TrySetResult());
        }
        var options = transport.Options;
        if (released < shipper.SegmentsBefore)
        {
            for (; released < shipper.SegmentsBefore; released++) Writer.Release(released);
            folder?.Trim(released, options.KeepFor, options.KeepBytesMax, options.Clock.GetUtcNow());
        }
    }

    /// <summary>Tells who waits, except those who came while the attempt was on its way: each gets an attempt that began after its question.</summary>
    private void Fail(SlipwayException failure, bool last)
    {
        away = true;
        keeper?.Missed();
        lock (gate)
        {
            foreach (var flush in flushes)
                if (last || flush.Since < attempt) flush.Done.TrySetException(failure);
            flushes.RemoveAll(flush => last || flush.Since < attempt);
        }
    }

    private void Wake(bool urgent)
    {
        // While the server is away more values are no reason to ask it sooner; somebody who waits is.
        if (urgent || !away) Volatile.Read(ref wake).TrySetResult();
    }

    private async Task Pause(TimeSpan time)
    {
        var woken = Volatile.Read(ref wake).Task;
        try
        {
            await woken.WaitAsync(time, transport.Options.Clock, stop.Token).ConfigureAwait(false);
        }
        catch (Exception end) when (end is TimeoutException or OperationCanceledException)
        {
            // The time is up, or the run is: the loop looks which.
        }
        if (woken.IsCompleted) Volatile.Write(ref wake, Signal());
    }

    private SlipwayException? Loss()
    {
        if (shipper is { Refused: > 0 })
            return new SlipwayException($"The server refused {shipper.Refused} logged values of run {sheet.Run}; the first was {shipper.FirstRefusal}", 400, ErrorCode.INVALID_PARAMETER_VALUE, "Everything else was logged.");
        return Writer.Dropped == 0 ? null
            : new SlipwayException($"{Writer.Dropped} logged values of run {sheet.Run} found no room on the disk and in memory and were dropped.", null, null, "Free space under the log folder (LogFolder, SLIPWAY_LOG_DIR).");
    }

    private void TellWhatIsLeft()
    {
        var left = Writer.Ordinal - Math.Max(acknowledged, LogShipper.FirstOrdinal);
        transport.Options.Warn(Writer.HasMemoryAlone || folder is null
            ? $"Slipway: {left} values of run {sheet.Run} could not be sent to {transport.Options.Url} and no disk took all of them."
            : $"Slipway: {left} values of run {sheet.Run} wait in {folder.Path}: {transport.Options.Url} could not be reached. The next run sends them, or 'slipway sync'.");
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
