using System.Threading.Channels;

namespace Slipway.Prediction.Workers;

/// <summary>
/// A model in worker processes of another language. A process runs one thing at a time; what comes meanwhile waits for the next one that is free. A death fails the run that was in the
/// process and nothing else.
/// </summary>
internal sealed class WorkerRuntime : ModelRuntime
{
    private readonly WorkerOptions options;
    private readonly TimeProvider clock;
    // Slots whose process is ready and idle. A slot may stand in it with a process that died meanwhile: then it is passed over, and comes again with its next process.
    private readonly Channel<WorkerSlot> idle = Channel.CreateUnbounded<WorkerSlot>();
    private readonly List<WorkerSlot> slots = [];
    private readonly CancellationTokenSource stop = new();

    private WorkerRuntime(WorkerOptions options, TimeProvider clock) => (this.options, this.clock) = (options, clock);

    /// <inheritdoc/>
    public override string Platform => "python_function";

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Inputs => inputs;

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Outputs => outputs;

    /// <inheritdoc/>
    public override bool Inline => false;

    /// <summary>What the first worker said of itself.</summary>
    public WorkerHello Hello { get; private set; } = null!;

    private TensorSpec[] inputs = [], outputs = [];

    /// <summary>Starts the workers; done when the first one has loaded the model, while the others still do.</summary>
    /// <returns>The runtime, or why the model cannot be loaded.</returns>
    public static async Task<Outcome<WorkerRuntime>> Start(StartWorker start, WorkerOptions options, TimeProvider clock, CancellationToken ct)
    {
        var runtime = new WorkerRuntime(options, clock);
        try
        {
            runtime.Add(start);
            if (runtime.Meet(await runtime.slots[0].First.WaitAsync(ct)) is { } problem) return problem;
            for (var i = 1; i < options.Count; i++) runtime.Add(start);
            var made = runtime;
            runtime = null;
            return made;
        }
        finally
        {
            if (runtime is not null) await runtime.DisposeAsync();
        }
    }

    /// <summary>The workers as they are now.</summary>
    public IReadOnlyList<WorkerState> Workers() => [.. slots.Select(static slot => slot.State())];

    /// <inheritdoc/>
    public override async ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        var slot = await Free(ct);
        if (slot.Problem is { } none) return none;
        inputs.Hold();
        outputs.Hold();
        // A caller that gives up does not stop the process, which reads and writes the batches until it is done.
        var run = Work(slot.Value, inputs, outputs);
        return run.IsCompleted || !ct.CanBeCanceled ? await run : await run.WaitAsync(ct);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        idle.Writer.TryComplete();
        await Task.WhenAll(slots.Select(static slot => slot.DisposeAsync().AsTask()));
    }

    private async Task<Problem?> Work(WorkerSlot slot, TensorBatch given, TensorBatch made)
    {
        try
        {
            return await slot.Run(inputs, given, outputs, made);
        }
        finally
        {
            given.Release();
            made.Release();
            if (slot.Alive) slot.Offer(idle.Writer);
        }
    }

    private void Add(StartWorker start) => slots.Add(new WorkerSlot(start, options, clock, slot => slot.Offer(idle.Writer)));

    private Problem? Meet(Outcome<WorkerHello> said)
    {
        if (said.Problem is { } problem) return problem;
        if (options.Strict && said.Value.Differences is { Length: > 0 } differences)
            return Problem.Invalid($"The Python at hand is not what the model's requirements ask for: {string.Join("; ", differences.AsEnumerable())}. Install them, or set serving.environment to check.");
        var (takes, answers) = (WorkerHello.Specs(said.Value.Inputs), WorkerHello.Specs(said.Value.Outputs));
        if ((takes.Problem ?? answers.Problem) is { } odd) return odd;
        (inputs, outputs, Hello) = (takes.Value, answers.Value, said.Value);
        return null;
    }

    private async ValueTask<Outcome<WorkerSlot>> Free(CancellationToken ct)
    {
        while (idle.Reader.TryRead(out var slot))
            if (slot.Taken()) return slot;
        if (slots.TrueForAll(static slot => slot.Failing)) return None();
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct, stop.Token);
        using var late = clock.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), time, options.WaitMax, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var slot = await idle.Reader.ReadAsync(time.Token);
                if (slot.Taken()) return slot;
            }
        }
        catch (ChannelClosedException)
        {
            return Problem.Busy("The version is being unloaded.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return stop.IsCancellationRequested ? Problem.Busy("The version is being unloaded.") : None();
        }
    }

    private Problem None()
    {
        var death = slots.Find(static slot => slot.LastDeath is not null)?.LastDeath;
        return Problem.Busy(death is null ? $"All {slots.Count} workers of the model are busy, and none became free within {options.WaitMax.TotalSeconds:0.#} s."
            : $"No worker of the model is running: {death}", TimeSpan.FromSeconds(2));
    }
}
