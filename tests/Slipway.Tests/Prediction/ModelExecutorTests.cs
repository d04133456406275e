using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

public sealed class ModelExecutorTests
{
    private static readonly ExecutionLimits OneThread = new() { ThreadsMax = 1, AsyncMax = 1, InlineUs = 0, ThreadIdle = TimeSpan.FromMilliseconds(50) };

    private static ServedModel Serve(ModelRuntime runtime, ExecutionLimits? limits = null, TimeProvider? clock = null) => new("m", "1", runtime, ModelColumns.None, limits ?? OneThread, clock);

    private static PredictionCall Call(int columns, params float[] values)
    {
        var call = new PredictionCall();
        call.Inputs.Floats(0, values, values.Length / columns, columns);
        return call;
    }

    /// <summary>A runtime whose first run stands still until the test lets it go, with that run begun.</summary>
    private static async Task<(FakeRuntime Runtime, ServedModel Model, TaskCompletionSource Go, Task<Problem?> First)> Held(bool inline, ExecutionLimits? limits = null, TimeProvider? clock = null)
    {
        var (go, began) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var runtime = new FakeRuntime(inline) { Before = _ => { began.TrySetResult(); return go.Task; } };
        var model = Serve(runtime, limits, clock);
        var first = model.Executor.Run(Call(1, 1), default).AsTask();
        await began.Task;
        return (runtime, model, go, first);
    }

    [Fact]
    public async Task A_cheap_model_runs_on_the_requests_own_thread_once_that_is_known()
    {
        var runtime = new FakeRuntime();
        var model = Serve(runtime, ExecutionLimits.Default);
        for (var i = 0; i < 50; i++)
        {
            var call = Call(1, i);
            Assert.Null(await model.Executor.Run(call, default));
            Assert.Equal([2f * i], call.Outputs.Read<float>(0));
            Assert.True(call.Times.Ran >= call.Times.Started && call.Times.Started > 0);
            call.Dispose();
        }
        for (var round = 0; ; round++)
        {
            var last = Call(1, 5);
            var here = Environment.CurrentManagedThreadId;
            var run = model.Executor.Run(last, default);
            if (run.IsCompletedSuccessfully && runtime.Threads[^1] == here) break;
            await run;
            Assert.True(round < 1_000, model.Executor.State().Why);
        }
        Assert.Equal("inline", model.Executor.State().Mode);
        Assert.Contains("runs on the request's thread", model.Executor.State().Why);
        model.Release();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_queued_while_a_run_goes_on_runs_together(bool inline)
    {
        var (runtime, model, go, first) = await Held(inline);
        var calls = Enumerable.Range(1, 20).Select(static i => Call(2, i, i, -0f, i)).ToArray();
        var answers = calls.Select(call => model.Executor.Run(call, default).AsTask()).ToArray();
        go.SetResult();
        Assert.Null(await first);
        Assert.All(await Task.WhenAll(answers), Assert.Null);
        for (var i = 0; i < calls.Length; i++) Assert.Equal([2f * (i + 1), 2f * (i + 1), 0, 2f * (i + 1)], calls[i].Outputs.Read<float>(0));
        Assert.Contains(40, runtime.Runs);
        Assert.Equal(1, model.Executor.State().MergedRuns);
        Assert.Equal("yes", model.Executor.State().Merging);
        model.Release();
    }

    [Fact]
    public async Task Requests_of_other_widths_types_and_wanted_outputs_are_not_merged()
    {
        var (runtime, model, go, first) = await Held(inline: true);
        var wanted = Call(1, 3);
        wanted.Wanted = [0];
        var one = Call(1, 1);
        var answers = new[] { one, Call(2, 1, 2), wanted, Call(1) }.Select(call => model.Executor.Run(call, default).AsTask()).ToArray();
        go.SetResult();
        Assert.All(await Task.WhenAll(answers), Assert.Null);
        Assert.Null(await first);
        Assert.Equal(0, model.Executor.State().MergedRuns);
        Assert.Equal(5, runtime.Runs.Count);
        model.Release();
    }

    [Fact]
    public async Task A_bad_row_fails_its_own_request_alone()
    {
        var (_, model, go, first) = await Held(inline: true);
        var calls = new[] { Call(1, 1), Call(1, 2, -5), Call(1, 3) };
        var answers = calls.Select(call => model.Executor.Run(call, default).AsTask()).ToArray();
        go.SetResult();
        var problems = await Task.WhenAll(answers);
        Assert.Null(await first);
        Assert.Null(problems[0]);
        Assert.Null(problems[2]);
        Assert.Equal((400, "-5 is below zero."), (problems[1]!.Status, problems[1]!.Message));
        Assert.Equal([6f], calls[2].Outputs.Read<float>(0));
        model.Release();
    }

    [Fact]
    public async Task A_model_that_looks_at_its_neighbours_is_found_out_and_answered_right()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runtime = new FakeRuntime { Nosy = true, Before = _ => go.Task };
        var model = Serve(runtime);
        var calls = Enumerable.Range(0, 10).Select(static i => Call(1, i)).ToArray();
        var answers = calls.Select(call => model.Executor.Run(call, default).AsTask()).ToArray();
        go.SetResult();
        Assert.All(await Task.WhenAll(answers), Assert.Null);
        for (var i = 0; i < calls.Length; i++) Assert.Equal([2f * i + 1], calls[i].Outputs.Read<float>(0));
        Assert.Contains("depend on what runs with them", model.Executor.State().Merging);
        model.Release();
    }

    [Fact]
    public async Task A_queue_has_a_bound_and_keeps_room_for_the_urgent()
    {
        var (_, model, go, first) = await Held(inline: false, OneThread with { QueuedMax = 10 });
        var waiting = Enumerable.Range(0, 9).Select(_ => model.Executor.Run(Call(1, 1), default).AsTask()).ToList();
        var ordinary = await model.Executor.Run(Call(1, 1), default);
        Assert.Equal((429, TimeSpan.FromSeconds(1)), (ordinary!.Status, ordinary.RetryAfter));
        Assert.Contains("9 wait already", ordinary.Message);
        // The same before a body is read.
        Assert.Equal(429, model.Executor.Full(Call(1, 1))!.Status);
        var urgent = Call(1, 1);
        urgent.Priority = 1;
        waiting.Add(model.Executor.Run(urgent, default).AsTask());
        Assert.Equal(429, (await model.Executor.Run(Call(1, 1), default))!.Status);
        Assert.Equal((10, 3L), (model.Executor.State().Queued, model.Executor.State().Refused));
        go.SetResult();
        Assert.Null(await first);
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        model.Release();
    }

    [Fact]
    public async Task A_queue_is_bounded_by_bytes_too()
    {
        var (_, model, go, first) = await Held(inline: false, OneThread with { QueuedBytesMax = 1_000 });
        var large = model.Executor.Run(Call(1, new float[1_000]), default).AsTask();
        Assert.False(large.IsCompleted);
        Assert.Contains("4,000 bytes wait already", (await model.Executor.Run(Call(1, 1), default))!.Message);
        go.SetResult();
        Assert.Null(await first);
        Assert.Null(await large);
        model.Release();
    }

    [Fact]
    public async Task The_urgent_go_first_and_the_least_go_last()
    {
        var (runtime, model, go, first) = await Held(inline: true, OneThread with { Merge = false });
        var order = new List<float>();
        runtime.Before = inputs => { order.Add(inputs[0].Values<float>()[0]); return Task.CompletedTask; };
        var answers = new[] { (9f, 2), (1f, 0), (2f, 0), (0f, 1), (8f, 5) }.Select(one =>
        {
            var call = Call(1, one.Item1);
            call.Priority = one.Item2;
            return model.Executor.Run(call, default).AsTask();
        }).ToArray();
        go.SetResult();
        Assert.Null(await first);
        Assert.All(await Task.WhenAll(answers), Assert.Null);
        Assert.Equal([0, 1, 2, 9, 8], order);
        model.Release();
    }

    [Fact]
    public async Task What_expires_while_it_waits_never_runs_and_while_it_runs_is_answered_at_once()
    {
        var clock = new ManualClock();
        var (runtime, model, go, first) = await Held(inline: true, clock: clock);
        var late = Call(1, 1);
        late.Deadline = clock.GetTimestamp() + TimeSpan.FromMilliseconds(100).Ticks;
        var answer = model.Executor.Run(late, default).AsTask();
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal(504, (await answer)!.Status);
        Assert.Equal(0, model.Executor.State().Queued);

        var dead = Call(1, 1);
        dead.Deadline = clock.GetTimestamp() - 1;
        Assert.Equal(504, (await model.Executor.Run(dead, default))!.Status);
        go.SetResult();
        Assert.Null(await first);
        Assert.Single(runtime.Runs);

        var (again, began) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        runtime.Before = _ => { began.SetResult(); return again.Task; };
        var slow = Call(1, 7);
        slow.Deadline = clock.GetTimestamp() + TimeSpan.FromMilliseconds(100).Ticks;
        answer = model.Executor.Run(slow, default).AsTask();
        await began.Task;
        clock.Advance(TimeSpan.FromMilliseconds(120));
        Assert.Equal(504, (await answer)!.Status);
        slow.Dispose();
        again.SetResult();
        Assert.Equal(3, model.Executor.State().Expired);
        model.Release();
    }

    [Fact]
    public async Task A_wait_that_the_deadline_does_not_allow_is_refused_at_once()
    {
        var (_, model, go, first) = await Held(inline: true, OneThread with { Merge = false, WaitMax = TimeSpan.FromSeconds(10) });
        for (var i = 0; i < 20; i++) model.Executor.Cost.LearnUs(1, 1_000_000);
        var waits = model.Executor.Run(Call(1, 1), default).AsTask();
        var hurried = Call(1, 1);
        hurried.Deadline = TimeProvider.System.GetTimestamp() + TimeProvider.System.TimestampFrequency;
        var refused = await model.Executor.Run(hurried, default);
        Assert.Equal((503, TimeSpan.FromSeconds(2)), (refused!.Status, refused.RetryAfter));
        for (var i = 0; i < 9; i++) _ = model.Executor.Run(Call(1, 1), default).AsTask();
        Assert.Equal(429, (await model.Executor.Run(Call(1, 1), default))!.Status);
        go.SetResult();
        Assert.Null(await first);
        Assert.Null(await waits);
        model.Release();
    }

    [Fact]
    public async Task A_runtime_that_throws_fails_the_request_and_not_the_executor()
    {
        var runtime = new FakeRuntime { Before = static _ => throw new InvalidOperationException("boom") };
        var model = Serve(runtime);
        var failed = await model.Executor.Run(Call(1, 1), default);
        Assert.Equal((500, "The model failed: boom"), (failed!.Status, failed.Message));
        runtime.Before = null;
        Assert.Null(await model.Executor.Run(Call(1, 1), default));
        model.Release();
    }

    [Fact]
    public async Task The_runtime_goes_when_the_last_run_has_ended_also_when_nobody_waits_for_it()
    {
        var (runtime, model, go, first) = await Held(inline: true);
        using var gone = new CancellationTokenSource();
        var call = Call(1, 1);
        var left = model.Executor.Run(call, gone.Token).AsTask();
        await gone.CancelAsync();
        Assert.Equal(499, (await left)!.Status);
        call.Dispose();
        model.Release();
        Assert.False(runtime.Disposed);
        go.SetResult();
        Assert.Null(await first);
        for (var i = 0; !runtime.Disposed && i < 10_000_000; i++) Thread.Yield();
        Assert.True(runtime.Disposed);
    }
}
