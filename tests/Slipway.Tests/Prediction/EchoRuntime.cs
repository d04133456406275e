using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

/// <summary>A model that answers its inputs, under the names `out_NAME`.</summary>
internal sealed class EchoRuntime(params TensorSpec[] inputs) : ModelRuntime
{
    private int runs;

    public override string Platform => "slipway_echo";

    public override IReadOnlyList<TensorSpec> Inputs { get; } = inputs;

    public override IReadOnlyList<TensorSpec> Outputs { get; } = [.. inputs.Select(static input => new TensorSpec("out_" + input.Name, input.Element, input.Shape))];

    public override bool Inline => true;

    /// <summary>How often it ran.</summary>
    public int Runs => Volatile.Read(ref runs);

    public override unsafe ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        Interlocked.Increment(ref runs);
        for (var i = 0; i < inputs.Count; i++)
        {
            ref var input = ref inputs[i];
            ref var output = ref outputs.Add(input.Element, input.Shape, input.Port);
            output.Bytes = input.Bytes;
            output.Data = outputs.Take(Math.Max(1, input.Bytes));
            Buffer.MemoryCopy(input.Data, output.Data, Math.Max(1, input.Bytes), input.Bytes);
            if (input.Element is not OnnxElement.String) continue;
            var offsets = (input.Count + 1) * sizeof(int);
            output.Offsets = (int*)outputs.Take(offsets);
            Buffer.MemoryCopy(input.Offsets, output.Offsets, offsets, offsets);
        }
        return ValueTask.FromResult<Problem?>(null);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
