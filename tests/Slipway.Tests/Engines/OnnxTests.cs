using Slipway.Engines.Onnx;
using static Slipway.Engines.Onnx.OnnxType;

namespace Slipway.Tests.Engines;

public sealed class OnnxTests
{
    private static OnnxModel Identity(OnnxElement element) => OnnxModel.Load(new OnnxGraph("identity")
        .Input("x", Tensor(element, "batch", 3)).Output("y", Tensor(element, "batch", 3)).Node("Identity", ["x"], ["y"]).ToArray());

    /// <summary>Keeps a core busy for a while: the matrix times itself again and again, kept small by a tanh.</summary>
    private static OnnxModel Slow(int products)
    {
        var graph = new OnnxGraph("slow").Input("x", Tensor(OnnxElement.Float, "n", "n")).Output($"x{products}", Tensor(OnnxElement.Float, "n", "n"));
        for (var i = 0; i < products; i++) graph.Node("MatMul", [i == 0 ? "x" : $"x{i}", "x"], [$"m{i}"]).Node("Tanh", [$"m{i}"], [$"x{i + 1}"]);
        return OnnxModel.Load(graph.ToArray());
    }

    private static void Comes_back<T>(params T[] values) where T : unmanaged
    {
        using var input = OnnxValue.Tensor<T>(values, values.Length / 3, 3);
        using var model = Identity(input.Element);
        using var outputs = model.Run(input);
        Assert.Equal(values, outputs["y"].ToArray<T>());
        Assert.Equal([values.Length / 3, 3], outputs[0].Shape.ToArray());
    }

    [Fact]
    public void Every_element_type_comes_back_as_it_went_in()
    {
        Comes_back(1.5f, float.NaN, float.PositiveInfinity, -0f, float.MaxValue, float.Epsilon);
        Comes_back(0.1, double.NaN, double.MinValue);
        Comes_back(long.MinValue, 0, long.MaxValue);
        Comes_back(int.MinValue, 0, int.MaxValue);
        Comes_back(true, false, true);
        Comes_back<byte>(0, 1, 255);
        Comes_back<sbyte>(-128, 0, 127);
        Comes_back<short>(short.MinValue, 0, short.MaxValue);
        Comes_back<ushort>(0, 1, ushort.MaxValue);
        Comes_back<uint>(0, 1, uint.MaxValue);
        Comes_back<ulong>(0, 1, ulong.MaxValue);
        Comes_back((Half)1.5f, Half.NaN, Half.MaxValue);
    }

    [Fact]
    public void Text_comes_back_as_it_went_in()
    {
        string[] texts = ["", "plain", "Grüße, 世界 🛫", new string('x', 10_000), "\n\t", "last"];
        using var input = OnnxValue.Strings(texts, 2, 3);
        using var model = Identity(OnnxElement.String);
        using var outputs = model.Run(input);
        Assert.Equal(texts, outputs["y"].ToStrings());
    }

    [Fact]
    public void A_batch_of_no_rows_gives_no_rows()
    {
        using var numbers = OnnxValue.Tensor<float>([], 0, 3);
        using var texts = OnnxValue.Strings([], 0, 3);
        using var ofNumbers = Identity(OnnxElement.Float);
        using var ofTexts = Identity(OnnxElement.String);
        using var a = ofNumbers.Run(numbers);
        using var b = ofTexts.Run(texts);
        Assert.Empty(a[0].ToArray<float>());
        Assert.Empty(b[0].ToStrings());
    }

    [Fact]
    public void Names_types_shapes_and_metadata_are_read()
    {
        using var model = OnnxModel.Load(new OnnxGraph("late-flights") { Producer = "tests", Description = "Says what it does.", Version = 7 }
            .Input("features", Tensor(OnnxElement.Float, "batch", 3)).Input("airport", Tensor(OnnxElement.String, "batch", 1))
            .Output("same", Tensor(OnnxElement.Float, "batch", 3)).Output("code", Tensor(OnnxElement.String, "batch", 1))
            .Node("Identity", ["features"], ["same"]).Node("Identity", ["airport"], ["code"])
            .Note("classes", "on time,late").Note("größe", "ü").ToArray());

        Assert.Equal(["features: Float[batch, 3]", "airport: String[batch, 1]"], model.Inputs.Select(input => $"{input.Name}: {input.Type}"));
        Assert.Equal(["same", "code"], model.Outputs.Select(output => output.Name));
        Assert.Equal([-1, 3], model.Inputs[0].Type.Shape);
        Assert.Equal(("tests", "late-flights", "Says what it does.", 7L), (model.Metadata.Producer, model.Metadata.Graph, model.Metadata.Description, model.Metadata.Version));
        Assert.Equal("on time,late", model.Metadata.Custom["classes"]);
        Assert.Equal("ü", model.Metadata.Custom["größe"]);
        Assert.Matches(@"^\d+\.\d+\.\d+", OnnxRuntime.Version);
    }

    [Fact]
    public void A_classifiers_sequence_of_maps_can_be_walked()
    {
        using var model = OnnxModel.Load(new OnnxGraph("zipmap").Input("scores", Tensor(OnnxElement.Float, "batch", 2))
            .Output("probabilities", Sequence(Map(OnnxElement.String, Tensor(OnnxElement.Float))))
            .MlNode("ZipMap", ["scores"], ["probabilities"], new OnnxAttribute("classlabels_strings", ["on time", "late"])).ToArray());
        Assert.Equal("Sequence(Map(String, Float[]))", model.Outputs[0].Type.ToString());

        using var scores = OnnxValue.Tensor<float>([0.9f, 0.1f, 0.2f, 0.8f], 2, 2);
        using var outputs = model.Run(scores);
        Assert.Equal(2, outputs[0].Length);
        using var second = outputs[0].Item(1);
        using var keys = second.Item(0);
        using var values = second.Item(1);
        Assert.Equal(new Dictionary<string, float> { ["on time"] = 0.2f, ["late"] = 0.8f }, keys.ToStrings().Zip(values.ToArray<float>()).ToDictionary());
    }

    [Fact]
    public void A_model_file_opens_like_its_bytes_and_a_missing_one_says_so()
    {
        var file = Path.Combine(Path.GetTempPath(), $"slipway-größe-{Guid.NewGuid():n}.onnx");
        File.WriteAllBytes(file, new OnnxGraph("g").Input("x", Tensor(OnnxElement.Float, 1)).Output("y", Tensor(OnnxElement.Float, 1)).Node("Neg", ["x"], ["y"]).ToArray());
        try
        {
            using var model = OnnxModel.Open(file);
            using var one = OnnxValue.Tensor<float>([1f], 1);
            using var outputs = model.Run(one);
            Assert.Equal([-1f], outputs[0].ToArray<float>());
        }
        finally
        {
            File.Delete(file);
        }
        Assert.Contains(file, Assert.Throws<FileNotFoundException>(() => OnnxModel.Open(file)).Message);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_runtimes_words()
    {
        using var model = Identity(OnnxElement.Float);
        using var seven = OnnxValue.Zeros<float>(2, 7);
        using var doubles = OnnxValue.Zeros<double>(2, 3);
        using var flat = OnnxValue.Zeros<float>(3);
        using var good = OnnxValue.Zeros<float>(2, 3);

        Assert.Contains("Got: 7 Expected: 3", Assert.Throws<OnnxException>(() => model.Run(seven)).Message);
        Assert.Contains("tensor(double)", Assert.Throws<OnnxException>(() => model.Run(doubles)).Message);
        Assert.Contains("Invalid rank", Assert.Throws<OnnxException>(() => model.Run(flat)).Message);
        Assert.Contains("x: Float[batch, 3]", Assert.Throws<ArgumentException>(() => model.Run([good, good])).Message);
        using (model.Run(good)) { }      // a refused run leaves the model usable

        Assert.Throws<OnnxException>(() => OnnxModel.Load(new byte[] { 1, 2, 3 }));
        Assert.Contains("NoSuchOperator", Assert.Throws<OnnxException>(() => OnnxModel.Load(
            new OnnxGraph("g").Input("x", Tensor(OnnxElement.Float, 1)).Output("y", Tensor(OnnxElement.Float, 1)).Node("NoSuchOperator", ["x"], ["y"]).ToArray())).Message);
    }

    [Fact]
    public void A_value_is_read_as_what_it_is_and_made_only_in_a_shape_it_fills()
    {
        using var floats = OnnxValue.Zeros<float>(2, 3);
        Assert.Contains("Float[2, 3]", Assert.Throws<InvalidOperationException>(() => { floats.Span<double>(); }).Message);
        Assert.Contains("cannot be read as text", Assert.Throws<InvalidOperationException>(floats.ToStrings).Message);
        Assert.Contains("has no items", Assert.Throws<InvalidOperationException>(() => floats.Item(0)).Message);
        Assert.Contains("has 6 elements, got 5", Assert.Throws<ArgumentException>(() => OnnxValue.Tensor<int>([1, 2, 3, 4, 5], 2, 3)).Message);
        Assert.Contains("negative", Assert.Throws<ArgumentException>(() => OnnxValue.Zeros<int>(2, -3)).Message);
        Assert.Contains("too large", Assert.Throws<ArgumentException>(() => OnnxValue.Zeros<double>(long.MaxValue / 4, 2)).Message);
        Assert.Contains("too large", Assert.Throws<ArgumentException>(() => OnnxValue.Zeros<double>(1L << 40)).Message);
    }

    [Fact]
    public async Task Disposing_model_and_inputs_during_a_run_lets_it_finish()
    {
        const int size = 256;
        using var reference = Slow(60);
        var data = Enumerable.Range(0, size * size).Select(i => MathF.Sin(i) / size).ToArray();
        float[] expected;
        using (var input = OnnxValue.Tensor<float>(data, size, size))
        using (var outputs = reference.Run(input)) expected = outputs[0].ToArray<float>();

        for (var round = 0; round < 5; round++)
        {
            var model = Slow(60);
            var input = OnnxValue.Tensor<float>(data, size, size);
            using var started = new ManualResetEventSlim();
            var run = Task.Run(() =>
            {
                started.Set();
                try
                {
                    using var outputs = model.Run(input);
                    return outputs[0].ToArray<float>();
                }
                catch (ObjectDisposedException)
                {
                    return null;      // disposed before the run began: refused, not crashed
                }
            });
            started.Wait();
            Thread.Yield();
            model.Dispose();
            input.Dispose();
            // Whatever the freed memory would be used for next: had the run still been reading it, the results would differ.
            using var overwrite = OnnxValue.Tensor<float>(new float[size * size], size, size);
            if (await run is { } results) Assert.Equal(expected, results);
            Assert.Throws<ObjectDisposedException>(() => model.Run(overwrite));
        }
    }

    [Fact]
    public async Task A_run_can_be_cancelled_on_the_way()
    {
        using var model = Slow(100_000 / 50);
        using var input = OnnxValue.Zeros<float>(384, 384);
        using var cancel = new CancellationTokenSource();
        var run = Task.Run(() => model.Run(input, cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        using var small = OnnxValue.Zeros<float>(2, 2);
        using (model.Run(small)) { }      // the flag was the run's own
    }

    [Fact]
    public async Task Many_threads_may_run_one_model_at_once()
    {
        using var model = Identity(OnnxElement.Int64);
        await Parallel.ForAsync(0, 64, (thread, ct) =>
        {
            for (var i = 0; i < 200; i++)
            {
                long[] values = [thread, i, thread * i];
                using var input = OnnxValue.Tensor<long>(values, 1, 3);
                using var outputs = model.Run(input, ct);
                Assert.Equal(values, outputs[0].ToArray<long>());
            }
            return ValueTask.CompletedTask;
        });
    }
}
