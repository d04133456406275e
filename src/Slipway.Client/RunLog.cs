using System.Runtime.InteropServices;

namespace Slipway.Client;

/// <summary>
/// What was logged to one run and is not sent yet. Logging appends and returns; a background sender, alive only while there is something
/// to send, ships batches in order. Bounded by count and bytes: see <see cref="Add"/> for what happens when it is full.
/// </summary>
internal sealed class RunLog(string runId, Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, SlipwayClientOptions options) : IDisposable
{
    /// <summary>After so many single refusals in a row the rest of the batch is taken to share their fate.</summary>
    private const int RefusalsMax = 20;

    private readonly Lock counting = new();
    private readonly object gate = new();
    private readonly Queue<LogItem> waiting = new();
    private readonly List<LogItem> batch = [];
    private readonly List<(long Upto, TaskCompletionSource Done)> flushes = [];
    private readonly LogBody body = new(runId);
    private readonly CancellationTokenSource stop = new();

    private TaskCompletionSource wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool sending;
    private bool unreachable;
    private long bytes, added, settled, dropped, refused, refusedInRow;
    private string? firstRefusal;

    /// <summary>Values that were given up because the buffer was full for too long.</summary>
    public long Dropped { get { lock (gate) return dropped; } }

    /// <summary>Values that the server refused.</summary>
    public long Refused { get { lock (counting) return refused; } }

    /// <summary>
    /// Appends. With a full buffer it waits for room, at most <see cref="SlipwayClientOptions.BufferWait"/>; with a full buffer and a server that is
    /// known to be down it does not wait. What finds no room is dropped and counted: training is worth more than a point.
    /// </summary>
    public void Add(in LogItem item)
    {
        lock (gate)
        {
            if (IsFull && !WaitForRoom())
            {
                dropped++;
                return;
            }
            waiting.Enqueue(item);
            bytes += item.Bytes;
            added++;
            if (!sending)
            {
                sending = true;
                wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = Task.Run(Ship);
            }
            if (waiting.Count == Tracking.LogBatch.ItemsMax) wake.TrySetResult();
        }
    }

    /// <summary>Completes when everything added so far has been answered by the server.</summary>
    /// <exception cref="SlipwayException">The server cannot be reached (the values stay in the buffer and are tried again), or values were refused or dropped.</exception>
    public async Task Flush(CancellationToken ct)
    {
        TaskCompletionSource? done = null;
        lock (gate)
        {
            if (sending)
            {
                done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                flushes.Add((added, done));
                wake.TrySetResult();
            }
        }
        if (done is not null) await done.Task.WaitAsync(ct).ConfigureAwait(false);
        if (Loss() is { } loss) throw loss;
    }

    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    private bool IsFull => waiting.Count >= options.BufferMax || bytes >= options.BufferBytesMax;

    private bool WaitForRoom()
    {
        var until = Environment.TickCount64 + (long)options.BufferWait.TotalMilliseconds;
        while (IsFull)
        {
            var left = until - Environment.TickCount64;
            if (unreachable || left <= 0 || !Monitor.Wait(gate, (int)Math.Min(left, int.MaxValue))) return !IsFull;
        }
        return true;
    }

    private async Task Ship()
    {
        try
        {
            while (await Next().ConfigureAwait(false))
            {
                try
                {
                    await Deliver(0, batch.Count).ConfigureAwait(false);
                    Settle();
                }
                catch (SlipwayException failure)
                {
                    Fail(failure);
                    await Pause(options.RetryDelayMax).ConfigureAwait(false);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            lock (gate) sending = false;
            Fail(new SlipwayException($"Run {runId} was closed before everything was sent."));
        }
    }

    /// <summary>Fills the batch; false, and no sender any more, when nothing is waiting. A batch that failed is tried again first.</summary>
    private async Task<bool> Next()
    {
        if (batch.Count > 0) return true;
        bool fill;
        lock (gate) fill = waiting.Count < Tracking.LogBatch.ItemsMax && flushes.Count == 0;
        if (fill) await Pause(options.FlushEvery).ConfigureAwait(false);
        lock (gate)
        {
            body.Take(waiting, batch);
            foreach (ref readonly var item in CollectionsMarshal.AsSpan(batch)) bytes -= item.Bytes;
            Monitor.PulseAll(gate);
            if (batch.Count > 0) return true;
            sending = false;
            foreach (var flush in flushes) flush.Done.TrySetResult();
            flushes.Clear();
            return false;
        }
    }

    /// <summary>One batch. When it is refused for what it holds, halves find the values to blame and the others still arrive.</summary>
    private async Task Deliver(int from, int to)
    {
        try
        {
            await send(body.Write(CollectionsMarshal.AsSpan(batch)[from..to]), stop.Token).ConfigureAwait(false);
            refusedInRow = 0;
        }
        catch (SlipwayException failure) when (failure.Status is 400 or 413 && to - from > 1 && refusedInRow < RefusalsMax)
        {
            var middle = from + (to - from) / 2;
            await Deliver(from, middle).ConfigureAwait(false);
            await Deliver(middle, to).ConfigureAwait(false);
        }
        catch (SlipwayException failure) when (failure.Status is >= 400 and < 500 and not (401 or 403 or 408 or 429))
        {
            lock (counting)
            {
                refused += to - from;
                refusedInRow += to - from;
                firstRefusal ??= $"{batch[from].Kind} '{batch[from].Key}': {failure.Message}";
            }
        }
    }

    private void Settle()
    {
        lock (gate)
        {
            unreachable = false;
            settled += batch.Count;
            batch.Clear();
            flushes.RemoveAll(flush => flush.Upto <= settled && flush.Done.TrySetResult());
        }
    }

    private void Fail(SlipwayException failure)
    {
        lock (gate)
        {
            unreachable = true;
            foreach (var flush in flushes) flush.Done.TrySetException(failure);
            flushes.Clear();
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Waits so long, or until a batch is full or a flush is asked for.</summary>
    private async Task Pause(TimeSpan time)
    {
        Task woken;
        lock (gate)
        {
            if (wake.Task.IsCompleted) wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (flushes.Count > 0 || (batch.Count == 0 && waiting.Count >= Tracking.LogBatch.ItemsMax)) return;
            woken = wake.Task;
        }
        try
        {
            await woken.WaitAsync(time, options.Clock, stop.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The time is up: that is one of the two ways to go on.
        }
    }

    private SlipwayException? Loss()
    {
        var (lost, turned) = (Dropped, Refused);
        if (lost == 0 && turned == 0) return null;
        string? first;
        lock (counting) first = firstRefusal;
        return turned > 0
            ? new SlipwayException($"The server refused {turned} logged values of run {runId}; the first was {first}", 400, ErrorCode.INVALID_PARAMETER_VALUE, "Everything else was logged.")
            : new SlipwayException($"{lost} logged values of run {runId} found no room in the buffer and were dropped.", null, null, "Raise BufferMax, or see why the server was slow or away.");
    }
}
