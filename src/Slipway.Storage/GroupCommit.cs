using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace Slipway.Storage;

/// <summary>A write that waits for its turn: runs in its own savepoint, is told the fate of its group.</summary>
internal abstract class PendingWrite(long bytes, bool alone, string? order)
{
    public long Bytes { get; } = bytes;

    /// <summary>What it locks first: groups that lock in one order do not wait for each other in a circle.</summary>
    public string? Order { get; } = order;

    /// <summary>True: shares its transaction with no other write where that costs memory.</summary>
    public bool Alone { get; } = alone;

    /// <summary>Runs the work. True: keep its changes. False: undo them (a problem, kept for the answer).</summary>
    public abstract bool Run(Session session);

    /// <summary>The group is durable: hand out the outcome of <see cref="Run"/>.</summary>
    public abstract void Complete();

    /// <summary>The group, or this write, failed.</summary>
    public abstract void Fail(Problem problem);

    /// <summary>This write threw: a bug in its delegate or a fault that only it met.</summary>
    public abstract void Throw(Exception exception);
}

internal sealed class PendingWrite<T>(Func<Session, Outcome<T>> work, long bytes, bool alone, string? order) : PendingWrite(bytes, alone, order)
{
    private readonly TaskCompletionSource<Outcome<T>> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Outcome<T> outcome;

    public Task<Outcome<T>> Task => source.Task;

    public override bool Run(Session session) => (outcome = work(session)).Succeeded;

    public override void Complete() => source.TrySetResult(outcome);

    public override void Fail(Problem problem) => source.TrySetResult(problem);

    public override void Throw(Exception exception) => source.TrySetException(exception);
}

/// <summary>
/// The bounded queue in front of the writers. Bounded by count and by bytes: a full queue answers 503 with Retry-After at once,
/// so that memory stays flat and clients slow down.
/// </summary>
internal sealed class WriteQueue
{
    /// <summary>The most writes that may wait.</summary>
    public const int CountMax = 8_192;

    /// <summary>The most payload bytes that may wait.</summary>
    public const long BytesMax = 64L * 1024 * 1024;

    /// <summary>The most writes in one transaction.</summary>
    public const int GroupMax = 512;

    private static readonly Meter Meter = new("Slipway.Storage");
    private readonly Channel<PendingWrite> channel = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(CountMax) { AllowSynchronousContinuations = false });
    private readonly Histogram<double> commitSeconds = Meter.CreateHistogram<double>("slipway_commit_seconds", "s", "Time of one durable group commit.");
    private readonly Histogram<int> groupSize = Meter.CreateHistogram<int>("slipway_commit_group_size", "{writes}", "Writes that shared one commit.");
    private long bytes;

    public WriteQueue() => Meter.CreateObservableGauge("slipway_write_queue_length", () => channel.Reader.Count, "{writes}", "Writes waiting for their turn.");

    public Problem? Enqueue(PendingWrite write)
    {
        if (Interlocked.Add(ref bytes, write.Bytes) <= BytesMax && channel.Writer.TryWrite(write)) return null;
        Interlocked.Add(ref bytes, -write.Bytes);
        return channel.Reader.Completion.IsCompleted
            ? Problem.Busy("The server is shutting down. Send the request again to the next one.")
            : Problem.Busy($"The write queue is full ({CountMax:N0} writes or {BytesMax / 1024 / 1024} MB wait). Nothing was changed; send the request again.");
    }

    /// <summary>No more writes; those that wait are still carried out.</summary>
    public void Close() => channel.Writer.TryComplete();

    /// <summary>Waits for work; false when the queue is closed and empty.</summary>
    public bool WaitSync() => channel.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();

    public void Take(List<PendingWrite> group)
    {
        group.Clear();
        while (group.Count < GroupMax && channel.Reader.TryRead(out var write))
        {
            Interlocked.Add(ref bytes, -write.Bytes);
            group.Add(write);
        }
    }

    public void Measured(int writes, long started)
    {
        groupSize.Record(writes);
        commitSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
