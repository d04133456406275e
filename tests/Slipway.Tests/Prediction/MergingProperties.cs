using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

/// <summary>Answers equal to unbatched ones, whatever runs together.</summary>
public sealed class MergingProperties
{
    private static readonly ExecutionLimits Queued = new() { ThreadsMax = 2, AsyncMax = 3, InlineUs = 0, MergedRowsMax = 64, ThreadIdle = TimeSpan.FromMilliseconds(50), WaitMax = TimeSpan.FromMinutes(5) };

    public static TheoryData<int, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, string>();
            for (var seed = 0; seed < 6; seed++)
                foreach (var kind in new[] { "fake", "async", "onnx", "zipmap", "texts", "centred" }) cases.Add(seed, kind);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Answers_equal_unbatched_ones_for_any_interleaving(int seed, string kind)
    {
        var model = new ServedModel("m", "1", Runtime(kind), ModelColumns.None, Queued);
        await using var alone = Runtime(kind);
        var random = new Random(seed);
        var calls = Enumerable.Range(0, 300).Select(_ => Call(kind, random)).ToArray();
        var problems = new Problem?[calls.Length];
        // Four clients that send in bursts of random length.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async client =>
        {
            var own = new Random(seed * 4 + client);
            for (var i = client; i < calls.Length;)
            {
                var burst = new List<(int Index, Task<Problem?> Answer)>();
                for (var left = own.Next(1, 30); left > 0 && i < calls.Length; left--, i += 4)
                {
                    var call = calls[i];
                    burst.Add((i, Task.Run(() => model.Executor.Run(call, default).AsTask())));
                }
                foreach (var (index, answer) in burst) problems[index] = await answer;
            }
        }));
        for (var i = 0; i < calls.Length; i++)
        {
            var expected = TensorBatch.Rent();
            var problem = await alone.Run(calls[i].Inputs, expected, default);
            Assert.Equal((problem?.Status, problem?.Message), (problems[i]?.Status, problems[i]?.Message));
            if (problem is null) Assert.Null(MergeProof.Difference(expected, calls[i].Outputs, alone.Outputs));
            expected.Release();
            calls[i].Dispose();
        }
        Assert.Equal(0, model.Executor.State().Queued);
        model.Release();
    }

    private static ModelRuntime Runtime(string kind) => kind switch
    {
        "fake" => new FakeRuntime(),
        "async" => new FakeRuntime(inline: false) { Before = static async _ => await Task.Yield() },
        "onnx" => ModelFiles.Serve(ModelFiles.Scaled(3)),
        "zipmap" => ModelFiles.Serve(ModelFiles.ZipMap(numbers: true)),
        "texts" => ModelFiles.Serve(ModelFiles.Identity(OnnxElement.String)),
        _ => ModelFiles.Serve(ModelFiles.Centred()),
    };

    private static PredictionCall Call(string kind, Random random)
    {
        var call = new PredictionCall();
        var rows = random.Next(10) == 0 ? 0 : random.Next(1, 6);
        var columns = kind switch { "onnx" or "texts" => 3, "fake" or "async" => random.Next(1, 3), _ => 2 };
        if (kind == "texts") call.Inputs.Texts(0, [.. Enumerable.Range(0, rows * columns).Select(_ => new string('ü', random.Next(5)))], rows, columns);
        else
        {
            // One in forty of the fake's rows is bad.
            var bad = random.Next(40) == 0 ? -1f : 1f;
            call.Inputs.Floats(0, [.. Enumerable.Range(0, rows * columns).Select(_ => bad * random.NextSingle())], rows, columns);
        }
        return call;
    }
}
