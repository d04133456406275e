using Slipway.Engines.Onnx;
using Slipway.Prediction;
using static Slipway.Engines.Onnx.OnnxType;

namespace Slipway.Tests.Prediction;

/// <summary>Under memory that is poisoned when it is freed: no request that is given up frees what a run still uses.</summary>
public sealed class BufferLifetimeTests
{
    [Fact]
    public async Task Requests_cancelled_and_expired_by_the_thousand_free_nothing_under_a_run()
    {
        TensorPoison.Enabled = true;
        try
        {
            // A few matrix products: long enough to be given up in the middle.
            var graph = new OnnxGraph("slow").Input("x", Tensor(OnnxElement.Float, "n", 64)).Input("w", Tensor(OnnxElement.Float, 64, 64)).Output("y", Tensor(OnnxElement.Float, "n", 64));
            for (var i = 0; i < 4; i++) graph.Node("MatMul", [i == 0 ? "x" : $"t{i}", "w"], [$"m{i}"]).Node("Tanh", [$"m{i}"], [i == 3 ? "y" : $"t{i + 1}"]);
            var model = new ServedModel("m", "1", ModelFiles.Serve(graph), ModelColumns.None, new ExecutionLimits { ThreadsMax = 2, InlineUs = 0, WaitMax = TimeSpan.FromMinutes(5), QueuedMax = 4_000 });
            var scaled = new ServedModel("s", "1", ModelFiles.Serve(ModelFiles.Scaled(8)), ModelColumns.None, new ExecutionLimits { ThreadsMax = 2, InlineUs = 0, WaitMax = TimeSpan.FromMinutes(5), QueuedMax = 4_000 });
            var (answered, given) = (0, 0);
            await Parallel.ForAsync(0, 4_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            {
                var random = new Random(i);
                using var gone = new CancellationTokenSource();
                var call = new PredictionCall();
                var rows = random.Next(1, 20);
                if (i % 2 == 0)
                {
                    call.Inputs.Floats(0, [.. Enumerable.Repeat(0.01f, rows * 64)], rows, 64);
                    call.Inputs.Floats(1, [.. Enumerable.Repeat(0.01f, 64 * 64)], 64, 64);
                }
                else call.Inputs.Floats(0, [.. Enumerable.Repeat(i / 2f, rows * 8)], rows, 8);
                if (i % 5 == 0) call.Deadline = TimeProvider.System.GetTimestamp() + random.Next(1, 200_000);
                var run = (i % 2 == 0 ? model : scaled).Executor.Run(call, gone.Token).AsTask();
                if (i % 3 == 0)
                {
                    for (var spin = random.Next(4); spin > 0; spin--) Thread.Yield();
                    await gone.CancelAsync();
                }
                var problem = await run;
                if (problem is null)
                {
                    Interlocked.Increment(ref answered);
                    if (i % 2 == 1) Assert.All(call.Outputs.Read<float>(0).Chunk(8), row => Assert.Equal(Enumerable.Range(0, 8).Select(column => (i / 2f - column * 0.5f) * 3f), row));
                    else Assert.All(call.Outputs.Read<float>(0), value => Assert.InRange(value, 0, 1));
                }
                else
                {
                    Assert.True(problem.Status is 499 or 503 or 504, problem.Message);
                    Interlocked.Increment(ref given);
                }
                call.Dispose();
            });
            Assert.True(answered > 0 && given > 0);
            model.Release();
            scaled.Release();
            TensorPoison.Drain();
            Assert.Empty(TensorPoison.Found);
        }
        finally
        {
            TensorPoison.Enabled = false;
        }
    }

    [Fact]
    public unsafe void Writing_past_a_tensor_or_after_its_end_is_found()
    {
        TensorPoison.Drain();
        var start = TensorPoison.Take(100);
        start[100] = 1;
        TensorPoison.Free(start, 100);
        start[5] = 1;
        TensorPoison.Drain();
        Assert.True(TensorPoison.Found.TryDequeue(out var behind));
        Assert.Contains("behind a tensor of 100 bytes", behind);
        Assert.True(TensorPoison.Found.TryDequeue(out var after));
        Assert.Contains("after it was freed", after);
    }
}
