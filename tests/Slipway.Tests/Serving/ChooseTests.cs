using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>Which arm answers, and what shadows find, with runtimes of the test's own.</summary>
public sealed class ChooseTests
{
    private static ServedModel Model(string version, float adds = 0, string input = "x", Problem? problem = null) => new("m", version, new Fake(adds, input, problem), ModelColumns.None);

    private static ServedEndpoint Endpoint(params EndpointArm[] arms) => new(0, "e", arms) { Salt = 5 };

    private sealed class Fake(float adds, string input, Problem? problem) : ModelRuntime
    {
        public override string Platform => "fake";
        public override IReadOnlyList<TensorSpec> Inputs { get; } = [new(input, OnnxElement.Float, [-1, 1])];
        public override IReadOnlyList<TensorSpec> Outputs { get; } = [new("y", OnnxElement.Float, [-1, 1])];
        public override bool Inline => true;
        public override ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
        {
            if (problem is not null) return ValueTask.FromResult<Problem?>(problem);
            var shape = inputs[0].Shape.ToArray();
            var to = outputs.AddNumbers(OnnxElement.Float, shape, 0).Values<float>();
            var from = inputs[0].Values<float>();
            for (var i = 0; i < from.Length; i++) to[i] = from[i] + adds;
            return ValueTask.FromResult<Problem?>(null);
        }
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Chance_follows_weights_and_weightless_arms_answer_only_by_name()
    {
        var endpoint = Endpoint(new("a", Model("1"), 3), new("b", Model("2"), 1), new("c", Model("3"), 0) { Label = "challenger" });
        var predictor = new Predictor(new Random(1));
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 4_000; i++) counts[(await Asked.Once(predictor, endpoint, 1)).Value.Version] = counts.GetValueOrDefault((await Asked.Once(predictor, endpoint, 1)).Value.Version) + 1;
        Assert.Equal(["1", "2"], counts.Keys.Order());
        Assert.Equal("3", (await Asked.Once(predictor, endpoint, 1, version: "3")).Value.Version);
        Assert.Equal("3", (await Asked.Once(predictor, endpoint, 1, label: "challenger")).Value.Version);
        Assert.Equal("2", (await Asked.Once(predictor, endpoint, 1, label: "b")).Value.Version);
        Assert.Contains("serves no version 9; it serves 1, 2, 3", (await Asked.Once(predictor, endpoint, 1, version: "9")).Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(404, (await Asked.Once(predictor, endpoint, 1, label: "nobody")).Problem!.Status);
        var first = (await Asked.Once(predictor, endpoint, 1, key: "ann")).Value.Version;
        for (var i = 0; i < 50; i++) Assert.Equal(first, (await Asked.Once(predictor, endpoint, 1, key: "ann")).Value.Version);
    }

    [Fact]
    public async Task Version_that_went_this_moment_is_answered_by_another_and_nobody_by_503()
    {
        var (gone, there) = (Model("1"), Model("2"));
        var endpoint = Endpoint(new("a", gone, 99), new("b", there, 1));
        gone.Release();
        var predictor = new Predictor(new Random(1));
        Assert.Equal("2", (await Asked.Once(predictor, endpoint, 1)).Value.Version);
        Assert.Equal("2", (await Asked.Once(predictor, endpoint, 1, key: "k")).Value.Version);
        there.Release();
        Assert.Equal(503, (await Asked.Once(predictor, endpoint, 1)).Problem!.Status);
        Assert.Equal(503, (await Asked.Once(predictor, Endpoint(), 1)).Problem!.Status);
        Assert.Contains("repairs", (await Asked.Once(predictor, endpoint with { Paused = "repairs" }, 1)).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tallies_count_what_chance_sent_and_leave_out_what_was_asked_for_by_name_or_was_the_clients_fault()
    {
        var predictor = new Predictor(new Random(1));
        var (tally, refused, failed) = (new ArmTally(null), new ArmTally(null), new ArmTally(null));
        await Asked.Once(predictor, Endpoint(new EndpointArm("a", Model("1"), 1) { Tally = tally }), 4);
        await Asked.Once(predictor, Endpoint(new EndpointArm("a", Model("1"), 1) { Tally = tally }), 4, version: "1");
        await Asked.Once(predictor, Endpoint(new EndpointArm("a", Model("1", problem: Problem.Invalid("no")), 1) { Tally = refused }), 4);
        await Asked.Once(predictor, Endpoint(new EndpointArm("a", Model("1", problem: Problem.Internal("no")), 1) { Tally = failed }), 4);
        Assert.Equal((1L, 0L, 1L), (tally.Requests, tally.Errors, tally.Answered));
        Assert.Equal([4.0], tally.Gathered().Predictions);
        Assert.Equal((0L, 0L), (refused.Requests, refused.Errors));
        Assert.Equal((1L, 1L, 0L), (failed.Requests, failed.Errors, failed.Answered));
        var binned = new ArmTally(new TallyBins(1e12, [1, 2]));
        binned.Add(0.5, 1);
        binned.Add(2, 2e12);
        binned.Add(double.NaN, 1);
        Assert.Equal((1L, 1L, 1L, 1L), (binned.Binned[0], binned.Binned[2], binned.Binned[TallyBins.EdgesMax + 1], binned.Slow));
    }

    [Fact]
    public async Task Shadow_compares_row_by_row_and_answers_nobody()
    {
        var shadow = new ShadowArm("s", Model("2", adds: 0.5f));
        var endpoint = Endpoint(new EndpointArm("a", Model("1"), 1)) with { Shadows = [shadow] };
        var predictor = new Predictor(new Random(1));
        for (var i = 0; i < 100; i++) Assert.Equal((float)i, (await Asked.Once(predictor, endpoint, i)).Value.Value);
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); shadow.Counts is var counts && counts.Compared + counts.LeftOut + counts.Failed < 100; await Task.Yield()) Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30));
        Assert.Equal(0, shadow.Counts.Failed);
        if (shadow.Counts.Compared > 0) Assert.Equal((0.5, 0.5), (shadow.Counts.MaxAbs, shadow.Counts.MeanAbs));

        var other = new ShadowArm("s", Model("2", input: "z"));
        await Asked.Once(predictor, endpoint with { Shadows = [other] }, 1);
        Assert.Equal((0L, 1L), (other.Counts.Compared, other.Counts.LeftOut));
        Assert.Contains("takes other inputs", other.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_flip_are_counted_by_row()
    {
        var shadow = new ShadowArm("s", Model("2"));
        var (one, other) = (TensorBatch.Rent(), TensorBatch.Rent());
        new long[] { 1, 2, 3 }.CopyTo(one.AddNumbers(OnnxElement.Int64, [3]).Values<long>());
        new long[] { 1, 5, 6 }.CopyTo(other.AddNumbers(OnnxElement.Int64, [3]).Values<long>());
        new[] { 0.1f, float.NaN, 0.5f }.CopyTo(one.AddNumbers(OnnxElement.Float, [3, 1]).Values<float>());
        new[] { 0.1f, float.NaN, 0.25f }.CopyTo(other.AddNumbers(OnnxElement.Float, [3, 1]).Values<float>());
        shadow.Compare(one, other);
        Assert.Equal(new ShadowCounts(1, 3, 0, 0, 0.25, 0.25 / 3, 2), shadow.Counts);
        one.Release();
        other.Release();
    }
}
