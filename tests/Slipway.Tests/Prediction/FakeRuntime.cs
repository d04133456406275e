using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

/// <summary>
/// A model that doubles numbers, row by row, and can be held up, fail on a value, or look at its neighbours. A value below zero is a bad row.
/// </summary>
internal sealed class FakeRuntime(bool inline = true) : ModelRuntime
{
    private int running, most;

    public override string Platform => "fake";

    public override IReadOnlyList<TensorSpec> Inputs { get; } = [new("x", OnnxElement.Float, [-1, -1])];

    public override IReadOnlyList<TensorSpec> Outputs { get; } = [new("y", OnnxElement.Float, [-1, -1])];

    public override bool Inline => inline;

    public override long Bytes => Size;

    public long Size { get; init; } = 1;

    /// <summary>Adds the rows' number to each value: an answer that depends on what runs with it.</summary>
    public bool Nosy { get; init; }

    /// <summary>Awaited in every run.</summary>
    public Func<TensorBatch, Task>? Before { get; set; }

    /// <summary>The rows of each run, in order.</summary>
    public List<long> Runs { get; } = [];

    public List<int> Threads { get; } = [];

    public int MostAtOnce => most;

    public bool Disposed { get; private set; }

    public override async ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        lock (Runs)
        {
            Runs.Add(inputs.Rows);
            Threads.Add(Environment.CurrentManagedThreadId);
            most = Math.Max(most, ++running);
        }
        try
        {
            if (Before is { } before)
            {
                // A model in this process blocks its thread.
                if (inline) before(inputs).GetAwaiter().GetResult();
                else await before(inputs);
            }
            return Compute(inputs, outputs);
        }
        finally
        {
            lock (Runs) running--;
        }
    }

    public override ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private Problem? Compute(TensorBatch inputs, TensorBatch outputs)
    {
        ref var x = ref inputs[0];
        var values = x.Values<float>();
        foreach (var value in values)
            if (value < 0) return Problem.Invalid($"{value} is below zero.");
        ref var y = ref outputs.AddNumbers(OnnxElement.Float, x.Shape, 0);
        var answer = y.Values<float>();
        for (var i = 0; i < answer.Length; i++) answer[i] = 2 * values[i] + (Nosy ? x.Rows : 0);
        return null;
    }
}
