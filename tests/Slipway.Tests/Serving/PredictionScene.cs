using System.Diagnostics;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>An endpoint whose model is made of words alone: calls are made by hand and told to whoever listens.</summary>
internal sealed class PredictionScene
{
    public PredictionScene(string endpoint = "churn", string arm = "champion", string version = "3", IReadOnlyList<ModelColumn>? inputs = null, IReadOnlyList<TensorSpec>? ports = null, long workspace = 0)
    {
        var runtime = new Runtime(ports ?? [new TensorSpec("x", OnnxElement.Float, [-1, 2]), new TensorSpec("plan", OnnxElement.String, [-1])]);
        Arm = new EndpointArm(arm, new ServedModel("churn-model", version, runtime, new ModelColumns(inputs ?? [], [], [])), 1);
        Endpoint = new ServedEndpoint(workspace, endpoint, [Arm]);
    }

    public ServedEndpoint Endpoint { get; }

    public EndpointArm Arm { get; }

    /// <summary>A call as a protocol leaves it after the run.</summary>
    public static unsafe PredictionCall Call(string id, float[]? x = null, string[]? plan = null, float[]? y = null, string? key = null, int width = 2)
    {
        var call = new PredictionCall { Id = id, Protocol = "oip", StickyKey = key };
        if (x is not null) x.CopyTo(call.Inputs.AddNumbers(OnnxElement.Float, [x.Length / width, width], 0).Values<float>());
        if (plan is not null)
        {
            ref var tensor = ref call.Inputs.Add(OnnxElement.String, [plan.Length], 1);
            var texts = Array.ConvertAll(plan, Encoding.UTF8.GetBytes);
            tensor.Bytes = texts.Sum(static text => text.Length);
            tensor.Data = call.Inputs.Take(tensor.Bytes);
            tensor.Offsets = (int*)call.Inputs.Take((plan.Length + 1) * sizeof(int));
            var at = tensor.Offsets[0] = 0;
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i].CopyTo(new Span<byte>(tensor.Data + at, texts[i].Length));
                tensor.Offsets[i + 1] = at += texts[i].Length;
            }
        }
        if (y is not null) y.CopyTo(call.Outputs.AddNumbers(OnnxElement.Float, [y.Length], 0).Values<float>());
        var now = Stopwatch.GetTimestamp();
        var us = Stopwatch.Frequency / 1_000_000;
        call.Times = new PredictionTimes { Began = now, Parsed = now + 5 * us, Started = now + 7 * us, Ran = now + 20 * us };
        return call;
    }

    /// <summary>Tells the log of a call and gives it back.</summary>
    public void Tell(PredictionLog log, PredictionCall call, Problem? problem = null)
    {
        log.Tell(Endpoint, Arm, call, problem);
        call.Dispose();
    }

    private sealed class Runtime(IReadOnlyList<TensorSpec> inputs) : ModelRuntime
    {
        public override string Platform => "words";

        public override IReadOnlyList<TensorSpec> Inputs => inputs;

        public override IReadOnlyList<TensorSpec> Outputs { get; } = [new TensorSpec("y", OnnxElement.Float, [-1])];

        public override bool Inline => true;

        public override ValueTask<Problem?> Run(TensorBatch from, TensorBatch to, CancellationToken ct) => ValueTask.FromResult<Problem?>(null);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
