using System.Diagnostics;

namespace Slipway.Prediction;

internal sealed partial class ModelExecutor
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>How many merged runs are compared with single ones before merging is trusted.</summary>
    private const int ProofsNeeded = 8;

    /// <summary>How far a run looks for requests that go with its first one.</summary>
    private const int LookedAtMax = 512;

    private readonly SemaphoreSlim wake = new(0);
    private volatile string? differs;       // why merging was given up
    private ITimer? sweep;
    private int idle, proofs;
    private bool armed;
    private volatile bool closed;

    /// <summary>Why requests are not merged; null when they are.</summary>
    private string? Merging
    {
        get
        {
            if (!limits.Merge) return "it is turned off";
            if (!mergeable) return "not all of the model's inputs and outputs begin with a free dimension";
            if (differs is { } reason) return reason;
            if (Cost.Now is { Sloped: true } cost && cost.FixedUs < 0.05 * cost.Us(1)) return $"starting a run is {100 * cost.FixedUs / Math.Max(1e-9, cost.Us(1)):N0} % of it";
            return null;
        }
    }

    private void Start()
    {
        if (!runtime.Inline)
        {
            _ = WorkAsync();
            return;
        }
        lock (gate)
        {
            if (idle > 0)
            {
                idle--;
                wake.Release();
                return;
            }
        }
        new Thread(Work) { IsBackground = true, Name = $"model {model.Name}" }.Start();
    }

    private void Work()
    {
        var run = new List<WaitingCall>();
        do
        {
            while (Take(run)) Execute(run).AsTask().GetAwaiter().GetResult();
        } while (More());
    }

    /// <summary>Waits for work; false when the thread should end.</summary>
    private bool More()
    {
        if (closed) return false;
        if (wake.Wait(limits.ThreadIdle)) return !closed;
        lock (gate)
        {
            if (idle > 0)
            {
                idle--;
                return false;
            }
        }
        // Somebody counted on this thread just now.
        wake.Wait();
        return !closed;
    }

    private async Task WorkAsync()
    {
        var run = new List<WaitingCall>();
        while (Take(run)) await Execute(run);
    }

    /// <summary>Takes the first that waits, and those that go with it; false when there is nothing, and one worker less then.</summary>
    private bool Take(List<WaitingCall> run)
    {
        run.Clear();
        var late = default(List<WaitingCall>?);
        var another = false;
        lock (gate)
        {
            var now = clock.GetTimestamp();
            while (run.Count == 0 && workers <= WorkersMax && line.First is { } first)
            {
                line.Remove(first);
                if (first.Deadline <= now) (late ??= []).Add(first);
                else run.Add(first);
            }
            if (run.Count == 0)
            {
                workers--;
                if (runtime.Inline && !closed) idle++;
            }
            else
            {
                if (run[0].ExpectedUs > 1_000)
                    slip = Math.Clamp(slip * (0.95 + 0.05 * Math.Clamp(clock.GetElapsedTime(run[0].Since, now).TotalMicroseconds / run[0].ExpectedUs, 0.25, 4)), 0.25, 8);
                Gather(run, now);
                running.AddRange(run);
                if (another = line.Count > 0 && workers < WorkersMax) workers++;
            }
        }
        if (late is not null) foreach (var one in late) Expire(one, taken: true);
        if (another) Start();
        return run.Count > 0;
    }

    private void Gather(List<WaitingCall> run, long now)
    {
        var first = run[0];
        if (line.Count == 0 || Merging is not null || !MergedCalls.Even(first.Inputs)) return;
        var rowsMax = (long)limits.MergedRowsMax;
        if (Cost.Now is { RowUs: > 0 } cost) rowsMax = (long)Math.Min(rowsMax, (limits.MergedRunMax.TotalMicroseconds - cost.FixedUs) / cost.RowUs);
        var (rows, bytes, looked) = (first.Rows, first.Bytes, 0);
        for (var next = line.First; next is not null && looked < LookedAtMax; looked++)
        {
            var one = next;
            next = line.After(one);
            if (one.Deadline <= now || rows + one.Rows > rowsMax || bytes + one.Bytes > MergedCalls.BytesMax || !MergedCalls.Alike(first, one)) continue;
            line.Remove(one);
            run.Add(one);
            rows += one.Rows;
            bytes += one.Bytes;
        }
    }

    private async ValueTask Execute(List<WaitingCall> run)
    {
        try
        {
            if (run.Count == 1) await Alone(run[0]);
            else await Together(run);
        }
        catch (Exception broken)
        {
            // A bug, here or in a runtime, must neither end the thread nor leave anybody waiting.
            foreach (var one in run)
                if (one.Claim()) one.SetResult(Problem.Internal($"The model failed: {broken.Message}"));
        }
        finally
        {
            lock (gate)
            {
                foreach (var one in run) running.Remove(one);
            }
            foreach (var one in run) Forget(one);
        }
    }

    private async ValueTask Alone(WaitingCall one)
    {
        // Not into the call's own batch: whoever gave the call up may be reading that.
        var outputs = TensorBatch.Rent();
        try
        {
            var started = Stopwatch.GetTimestamp();
            var problem = await Measured(one.Inputs, outputs, one.Rows, one.Stop.Token);
            if (one.Claim()) Answer(one, outputs, problem, started);
        }
        finally
        {
            outputs.Release();
        }
    }

    private async ValueTask Together(List<WaitingCall> run)
    {
        var rows = 0L;
        foreach (var one in run) rows += one.Rows;
        var (inputs, outputs) = (TensorBatch.Rent(), TensorBatch.Rent());
        try
        {
            MergedCalls.Join(run, rows, inputs);
            var started = Stopwatch.GetTimestamp();
            var problem = await Measured(inputs, outputs, rows, default);
            Interlocked.Increment(ref mergedRuns);
            if (problem is null && !MergedCalls.Splits(outputs, rows)) differs = "an answer has not as many rows as the request";
            if (problem is { Status: not (400 or 500) })
            {
                foreach (var one in run)
                    if (one.Claim()) one.SetResult(problem);
            }
            // One bad row fails all of a merged run: each alone, so that it fails its own request only.
            else if (problem is not null || differs is not null) foreach (var one in run) await Alone(one);
            else if (Volatile.Read(ref proofs) < ProofsNeeded) await Prove(run, outputs, started);
            else Apart(run, outputs, started);
        }
        finally
        {
            outputs.Release();
            inputs.Release();
        }
    }

    private static void Apart(List<WaitingCall> run, TensorBatch outputs, long started)
    {
        var from = 0L;
        foreach (var one in run)
        {
            if (one.Claim())
            {
                MergedCalls.Split(outputs, from, one.Rows, one.Call.Outputs);
                (one.Call.Times.Started, one.Call.Times.Ran) = (started, Stopwatch.GetTimestamp());
                one.SetResult(null);
            }
            from += one.Rows;
        }
    }

    /// <summary>Runs each of a merged run alone too and compares. The single answers are given.</summary>
    private async ValueTask Prove(List<WaitingCall> run, TensorBatch merged, long started)
    {
        var from = 0L;
        foreach (var one in run)
        {
            var (alone, part) = (TensorBatch.Rent(), TensorBatch.Rent());
            try
            {
                var problem = await Measured(one.Inputs, alone, one.Rows, default);
                if (problem is null)
                {
                    MergedCalls.Split(merged, from, one.Rows, part);
                    if (MergeProof.Difference(alone, part, runtime.Outputs) is { } difference) differs = $"its answers depend on what runs with them ({difference})";
                }
                if (one.Claim()) Answer(one, alone, problem, started);
            }
            finally
            {
                part.Release();
                alone.Release();
            }
            from += one.Rows;
        }
        Interlocked.Increment(ref proofs);
    }

    private static void Answer(WaitingCall one, TensorBatch outputs, Problem? problem, long started)
    {
        (one.Call.Times.Started, one.Call.Times.Ran) = (started, Stopwatch.GetTimestamp());
        if (problem is null) one.Call.Outputs.Exchange(outputs);
        one.SetResult(problem);
    }

    private async ValueTask<Problem?> Measured(TensorBatch inputs, TensorBatch outputs, long rows, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var concurrent = Volatile.Read(ref workers);
        Problem? problem;
        try
        {
            problem = await runtime.Run(inputs, outputs, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            problem = Refusals.Gone;
        }
        var ticks = Stopwatch.GetTimestamp() - started;
        Count(ticks, rows, problem);
        if (!runtime.Inline)
            lock (gate)
            {
                if (problem is null) found.Ended(rows, ticks * UsPerTick, concurrent);
                else if (problem.Status is 503 or 504) found.Failed();
            }
        return problem;
    }

    // Under the gate.
    private void Arm()
    {
        if (armed || closed) return;
        armed = true;
        sweep ??= clock.CreateTimer(static state => ((ModelExecutor)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sweep.Change(SweepEvery, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Answers those whose deadline has passed, waiting or running: nobody waits longer because a thread is busy.</summary>
    private void Sweep()
    {
        var late = default(List<WaitingCall>?);
        lock (gate)
        {
            armed = false;
            var now = clock.GetTimestamp();
            var left = false;
            for (var one = line.First; one is not null; one = line.After(one)) Look(one);
            foreach (var one in running) Look(one);
            if (left) Arm();

            void Look(WaitingCall one)
            {
                if (one.Task.IsCompleted) return;
                if (one.Deadline <= now) (late ??= []).Add(one);
                else left |= one.Deadline != long.MaxValue;
            }
        }
        if (late is null) return;
        foreach (var one in late) Expire(one, taken: false);
    }

    private void Expire(WaitingCall one, bool taken)
    {
        if (!one.Task.IsCompleted) Interlocked.Increment(ref expired);
        GiveUp(one, Refusals.Expired);
        if (taken) Forget(one);
    }
}
