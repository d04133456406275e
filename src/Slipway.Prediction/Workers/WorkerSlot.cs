using System.Threading.Channels;

namespace Slipway.Prediction.Workers;

/// <summary>One place for a worker: starts a process, asks whether it lives, and starts another one when it died.</summary>
internal sealed class WorkerSlot : IAsyncDisposable
{
    private const int SaidCharsMax = 4_000, WorkedFor = 10;

    private readonly StartWorker start;
    private readonly WorkerOptions options;
    private readonly TimeProvider clock;
    private readonly Action<WorkerSlot> ready;
    private readonly CancellationTokenSource stop = new();
    // Held by a run or a question; a process that is alone in a slot does one thing at a time.
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly TaskCompletionSource<Outcome<WorkerHello>> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task supervision;

    private volatile Process? process;
    private volatile string state = "starting";
    private volatile string? lastDeath;
    private volatile string lastSaid = "";
    private volatile int deaths;
    private int offered;

    /// <summary>Starts at once.</summary>
    /// <param name="start">Starts a process.</param>
    /// <param name="options">How long things may take.</param>
    /// <param name="clock">Measures it.</param>
    /// <param name="ready">Told when a process is ready for its first run.</param>
    public WorkerSlot(StartWorker start, WorkerOptions options, TimeProvider clock, Action<WorkerSlot> ready)
    {
        (this.start, this.options, this.clock, this.ready) = (start, options, clock, ready);
        supervision = Task.Run(Supervise);
    }

    /// <summary>What the first process said, or why it could not load the model.</summary>
    public Task<Outcome<WorkerHello>> First => first.Task;

    /// <summary>True while a process is there.</summary>
    public bool Alive => process is { Lost: false };

    /// <summary>Puts it among the idle ones, once.</summary>
    public void Offer(ChannelWriter<WorkerSlot> idle)
    {
        if (Interlocked.Exchange(ref offered, 1) == 0) idle.TryWrite(this);
    }

    /// <summary>It was taken from the idle ones; true while its process is there.</summary>
    public bool Taken()
    {
        Interlocked.Exchange(ref offered, 0);
        return Alive;
    }

    /// <summary>True when it keeps dying.</summary>
    public bool Failing => state == "waiting";

    /// <summary>Why the last process died, or null.</summary>
    public string? LastDeath => lastDeath;

    /// <summary>What is shown of it.</summary>
    public WorkerState State() => new(state, process?.Runs ?? 0, deaths, lastDeath, process?.Child.Said() ?? lastSaid);

    /// <summary>A run. The caller holds the batches until the task is done, however long that is.</summary>
    /// <returns>Null, or what went wrong; 503 when the worker died.</returns>
    public async Task<Problem?> Run(IReadOnlyList<TensorSpec> inputSpecs, TensorBatch inputs, IReadOnlyList<TensorSpec> outputSpecs, TensorBatch outputs)
    {
        await turn.WaitAsync();
        try
        {
            if (process is not { Lost: false } now) return Problem.Busy("The worker ended before it could run the model; another one is started.");
            using var time = new CancellationTokenSource(options.RunMax, clock);
            try
            {
                now.Runs++;
                var problem = await now.Child.Connection.Run(inputSpecs, inputs, outputSpecs, outputs, time.Token);
                if (options.RunsMax > 0 && now.Runs >= options.RunsMax) now.Retire();
                return problem;
            }
            catch (OperationCanceledException)
            {
                now.Lose($"A run took longer than {options.RunMax.TotalSeconds:0.#} s.");
                return new Problem(ErrorCode.TEMPORARILY_UNAVAILABLE, $"The model ran longer than {options.RunMax.TotalSeconds:0.#} s, and its worker was ended. The limit is serving.pythonTimeoutSeconds.", 504);
            }
            catch (Exception broken) when (broken is IOException or ObjectDisposedException)
            {
                now.Lose(broken is EndOfStreamException ? null : broken.Message);
                var why = await now.Over.Task;
                return Problem.Busy($"The worker that ran the model died: {why} Another one is started; send the request again.{Tail(now.Child.Said())}");
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await supervision;
        await turn.WaitAsync(); // a run that was given up ends with its process
        stop.Dispose();
        turn.Dispose();
    }

    /// <summary>The end of what a worker wrote, for an error.</summary>
    public static string Tail(string said) => said.Length == 0 ? "" : $" It said: {(said.Length > SaidCharsMax ? "... " + said[^SaidCharsMax..] : said)}";

    private async Task Supervise()
    {
        var inARow = 0;
        try
        {
            while (true)
            {
                state = "starting";
                var (started, hello) = await Begin();
                if (started is null)
                {
                    first.TrySetResult(hello);
                    Died(hello.Problem!.Message);
                    inARow++;
                }
                else
                {
                    process = started;
                    state = "ready";
                    first.TrySetResult(hello);
                    ready(this);
                    await Follow(started);
                    lastSaid = started.Child.Said();
                    // One that worked for a while died of something new.
                    inARow = started.Retired ? 0 : started.Runs >= WorkedFor ? 1 : inARow + 1;
                    if (!started.Retired) Died(await started.Over.Task);
                    process = null;
                    await started.Child.DisposeAsync();
                }
                if (WorkerOptions.BackOff(inARow) is { Ticks: > 0 } wait)
                {
                    state = "waiting";
                    await Task.Delay(wait, clock, stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the end
        }
        finally
        {
            state = "ended";
            first.TrySetResult(Problem.Busy("The version was unloaded."));
            if (process is { } left)
            {
                left.Lose("It was ended.");
                await left.Child.DisposeAsync();
            }
        }
    }

    private async Task<(Process? Started, Outcome<WorkerHello> Hello)> Begin()
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using var late = clock.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), time, options.StartMax, Timeout.InfiniteTimeSpan);
        WorkerChild? child = null;
        Problem problem;
        try
        {
            var made = await start(time.Token);
            if (made.Problem is { } refused) return (null, refused);
            child = made.Value;
            var hello = await child.Connection.Hello(time.Token);
            if (hello.Error is null) return (new Process(child), hello);
            problem = Problem.Invalid($"The model could not be loaded: {hello.Error}.{Tail(child.Said())}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            problem = Problem.Busy($"The model was not loaded within {options.StartMax.TotalSeconds:0.#} s (serving.pythonStartSeconds).{Tail(child?.Said() ?? "")}");
        }
        catch (IOException broken)
        {
            var why = child!.Ended.IsCompleted || broken is EndOfStreamException ? await child.Ended : broken.Message;
            problem = Problem.Busy($"The worker died while it loaded the model: {why}{Tail(child.Said())}");
        }
        catch
        {
            if (child is not null) await child.DisposeAsync();
            throw;
        }
        if (child is not null)
        {
            lastSaid = child.Said();
            await child.DisposeAsync();
        }
        return (null, problem);
    }

    /// <summary>Until the process is gone or is to go, and no run is in it any more.</summary>
    private async Task Follow(Process now)
    {
        _ = now.Child.Ended.ContinueWith(task => now.Lose(task.Result), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (!now.Over.Task.IsCompleted)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            var tick = Task.Delay(options.PingEvery, clock, end.Token);
            await Task.WhenAny(tick, now.Over.Task);
            await end.CancelAsync();
            stop.Token.ThrowIfCancellationRequested();
            if (now.Over.Task.IsCompleted || !turn.Wait(0, CancellationToken.None)) continue; // one that works is watched by its run
            try
            {
                using var time = new CancellationTokenSource(options.PingMax, clock);
                await now.Child.Connection.Ping(time.Token);
            }
            catch (OperationCanceledException)
            {
                now.Lose($"It did not answer within {options.PingMax.TotalSeconds:0.#} s.");
            }
            catch (Exception broken) when (broken is IOException or ObjectDisposedException)
            {
                now.Lose(null);
            }
            finally
            {
                turn.Release();
            }
        }
        if (!now.Retired) return;
        await turn.WaitAsync(stop.Token); // the last run has its answer
        turn.Release();
    }

    private void Died(string why)
    {
        lastDeath = why;
        Interlocked.Increment(ref deaths);
    }

    /// <summary>A process with what became of it.</summary>
    private sealed class Process(WorkerChild child)
    {
        public WorkerChild Child => child;

        public long Runs { get; set; }

        public bool Lost { get; private set; }

        public bool Retired { get; private set; }

        /// <summary>Done when it is of no use any more.</summary>
        public TaskCompletionSource<string> Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>It is gone, or has to go. Null: as the process itself says.</summary>
        public void Lose(string? why)
        {
            Lost = true;
            if (why is not null) Over.TrySetResult(why);
            else _ = Ask();
        }

        private async Task Ask()
        {
            // The kernel closes a dead process' socket before anybody hears of its end; one that closed it and lives on is not waited for.
            await Task.WhenAny(child.Ended, Task.Delay(TimeSpan.FromSeconds(2)));
            Over.TrySetResult(child.Ended.IsCompleted ? await child.Ended : "It closed its connection.");
        }

        public void Retire()
        {
            (Lost, Retired) = (true, true);
            Over.TrySetResult("It was replaced by a fresh one.");
        }
    }
}
