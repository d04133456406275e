using System.Diagnostics;

namespace Slipway.Prediction;

/// <summary>
/// Runs the requests of one loaded version: on their own thread while that is cheap, else in turn, several at once where it pays. Refuses at once what would wait too long. No timer holds anything back:
/// what is queued is taken together when there is room.
/// </summary>
internal sealed partial class ModelExecutor : IDisposable
{
    // Shares of the queue by priority, so that room is left for the urgent.
    private static readonly double[] Shares = [1, 0.9, 0.5];
    private static readonly double UsPerTick = 1e6 / Stopwatch.Frequency;

    private readonly Lock gate = new();
    private readonly ServedModel model;
    private readonly ModelRuntime runtime;
    private readonly ExecutionLimits limits;
    private readonly TimeProvider clock;
    private readonly WaitingLine line = new();
    private readonly List<WaitingCall> running = [];
    private readonly RunLimit found;
    private readonly bool mergeable;
    private int inline, workers;
    // How much longer the line has taken of late than the cost says: other models and the requests themselves use the cores too.
    private double slip = 1;
    private long runs, rowsRun, mergedRuns, refused, expired;

    public ModelExecutor(ServedModel model, ExecutionLimits limits, TimeProvider clock)
    {
        (this.model, this.limits, this.clock, runtime) = (model, limits, clock, model.Runtime);
        found = new RunLimit(1, limits.AsyncMax);
        mergeable = limits.Merge && MergedCalls.Possible(runtime);
    }

    /// <summary>What runs cost.</summary>
    public CostLine Cost { get; } = new();

    private int WorkersMax => runtime.Inline ? limits.ThreadsMax : found.Now;

    /// <summary>Runs the call's inputs and fills its outputs and times.</summary>
    /// <returns>
    /// Null, or what stood in the way: 400 or 500 of the model; 429 or 503 when it was refused, with <see cref="Problem.RetryAfter"/>; 504 when its deadline passed; 499 when it was given up.
    /// When that happens during a run, the run goes on with the memory it has, and its answer is dropped.
    /// </returns>
    public ValueTask<Problem?> Run(PredictionCall call, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return ValueTask.FromResult<Problem?>(Refusals.Gone);
        if (call.Deadline != long.MaxValue && clock.GetTimestamp() >= call.Deadline)
        {
            Interlocked.Increment(ref expired);
            return ValueTask.FromResult<Problem?>(Refusals.Expired);
        }
        var rows = call.Inputs.Rows;
        if (runtime.Inline && Cost.Now is { } cost && cost.Us(rows) < limits.InlineUs)
        {
            if (Interlocked.Increment(ref inline) <= limits.InlineMax) return RunHere(call, rows, ct);
            Interlocked.Decrement(ref inline);
        }
        return Enqueue(call, rows, ct);
    }

    /// <summary>Lets idle threads end. What waits has leases of the model, so nothing does any more.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            if (idle > 0) wake.Release(idle);
            idle = 0;
            sweep?.Dispose();
        }
    }

    private ValueTask<Problem?> RunHere(PredictionCall call, long rows, CancellationToken ct)
    {
        var over = true;
        try
        {
            call.Times.Started = Stopwatch.GetTimestamp();
            var run = runtime.Run(call.Inputs, call.Outputs, ct);
            if (!run.IsCompletedSuccessfully)
            {
                over = false;
                return Finish(run, call, rows);
            }
            var problem = run.Result;
            call.Times.Ran = Stopwatch.GetTimestamp();
            Count(call.Times.Ran - call.Times.Started, rows, problem);
            return ValueTask.FromResult(problem);
        }
        finally
        {
            if (over) Interlocked.Decrement(ref inline);
        }
    }

    private async ValueTask<Problem?> Finish(ValueTask<Problem?> run, PredictionCall call, long rows)
    {
        try
        {
            var problem = await run;
            call.Times.Ran = Stopwatch.GetTimestamp();
            Count(call.Times.Ran - call.Times.Started, rows, problem);
            return problem;
        }
        finally
        {
            Interlocked.Decrement(ref inline);
        }
    }

    private ValueTask<Problem?> Enqueue(PredictionCall call, long rows, CancellationToken ct)
    {
        var bytes = 0L;
        for (var i = 0; i < call.Inputs.Count; i++) bytes += call.Inputs[i].Bytes;
        // A lease of its own: the call may be disposed while its run goes on.
        if (!model.TryLease()) return ValueTask.FromResult<Problem?>(Problem.Busy($"Version {model.Version} of '{model.Name}' is being unloaded."));
        var waiting = new WaitingCall(call, rows, bytes, clock.GetTimestamp());
        Problem? refusal;
        var start = false;
        lock (gate)
        {
            waiting.ExpectedUs = WaitUs();
            refusal = Refuse(waiting.Lane, bytes, waiting.ExpectedUs, Cost.Now?.Us(rows) ?? 0, waiting.Deadline, waiting.Since);
            if (refusal is null)
            {
                line.Add(waiting);
                if (start = workers < WorkersMax) workers++;
                if (waiting.Deadline != long.MaxValue) Arm();
            }
        }
        if (refusal is not null)
        {
            Interlocked.Increment(ref refused);
            Forget(waiting);
            return ValueTask.FromResult<Problem?>(refusal);
        }
        if (start) Start();
        return new ValueTask<Problem?>(ct.CanBeCanceled ? Watched(waiting, ct) : waiting.Task);
    }

    private async Task<Problem?> Watched(WaitingCall waiting, CancellationToken ct)
    {
        using (ct.UnsafeRegister(static state => (((ModelExecutor, WaitingCall))state!).Item1.GiveUp((((ModelExecutor, WaitingCall))state!).Item2, Refusals.Gone), (this, waiting)))
            return await waiting.Task;
    }

    /// <summary>Whether a request would be refused, before its body is read: under overload refusing must cost next to nothing. Counted as refused when it is.</summary>
    public Problem? Full(PredictionCall call)
    {
        // Without a lock: what is read may be old by a request or two.
        if (line.Count == 0 || (runtime.Inline && Cost.Now is { } cost && cost.Us(1) < limits.InlineUs)) return null;
        Problem? refusal;
        lock (gate) refusal = Refuse(WaitingLine.LaneOf(call), 0, WaitUs(), 0, call.Deadline, clock.GetTimestamp());
        if (refusal is not null) Interlocked.Increment(ref refused);
        return refusal;
    }

    /// <summary>Why a request may not wait; null when it may. Under the gate.</summary>
    private Problem? Refuse(int lane, long bytes, double waitUs, double ownUs, long deadline, long now)
    {
        var share = Shares[lane];
        var retry = TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(waitUs / 1e6), 1, 60));
        if (line.Count >= limits.QueuedMax * share) return Refusals.Full($"{line.Count:N0} wait already", retry);
        // One that is larger than the whole bound still runs when nothing else waits.
        if (line.Count > 0 && line.Bytes + bytes > limits.QueuedBytesMax * share) return Refusals.Full($"{line.Bytes:N0} bytes wait already", retry);
        if (ownUs == 0 && Cost.Now is { } cost) ownUs = cost.Us(1);
        if (waitUs > Math.Max(limits.WaitMax.TotalMicroseconds, 2 * ownUs) * share) return Refusals.Full($"about {waitUs / 1000:N0} ms of work waits already", retry);
        if (deadline == long.MaxValue || clock.GetElapsedTime(now, deadline).TotalMicroseconds >= waitUs + ownUs) return null;
        return Refusals.TooLate(waitUs, retry);
    }

    /// <summary>How long what waits will take before the next one begins, by the cost line. Under the gate.</summary>
    private double WaitUs()
    {
        if (line.Count == 0 && workers < WorkersMax || Cost.Now is not { } cost) return 0;
        // Merged runs share the fixed part.
        var starts = Merging is null ? Math.Max(1, line.Rows / limits.MergedRowsMax) : line.Count;
        // Of what runs now, half is left on average.
        var left = 0.0;
        foreach (var one in running) left += cost.Us(one.Rows) / 2;
        return slip * ((line.Count == 0 ? 0 : cost.FixedUs * starts + cost.RowUs * line.Rows) + left) / Math.Max(1, WorkersMax);
    }

    /// <summary>Answers a request that is not through.</summary>
    private void GiveUp(WaitingCall waiting, Problem problem)
    {
        bool queued;
        lock (gate)
        {
            if (queued = waiting.Queued) line.Remove(waiting);
        }
        if (waiting.Claim())
        {
            waiting.Stop.Cancel();
            waiting.SetResult(problem);
        }
        if (queued) Forget(waiting);
    }

    /// <summary>The executor is through with it: its memory may go.</summary>
    private void Forget(WaitingCall waiting)
    {
        waiting.Inputs.Release();
        model.Release();
    }

    private void Count(long ticks, long rows, Problem? problem)
    {
        Interlocked.Increment(ref runs);
        Interlocked.Add(ref rowsRun, rows);
        if (problem is null) Cost.Learn(rows, ticks);
    }
}
