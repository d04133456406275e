using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>From logged rows back to tensors, and through a model to attributions.</summary>
public sealed class ExplainerTests
{
    private static ServedModel Model(bool packed, Func<float[], string, float> predict) => new("m", "1", new Rows(packed, predict),
        new ModelColumns(packed ? [new ModelColumn("a", "float"), new ModelColumn("b", "float"), new ModelColumn("c", "float")] : [], [], []));

    private static LoggedRows Logged(bool packed, params float[][] rows)
    {
        LoggedRows? all = null;
        foreach (var row in rows)
        {
            var one = new LoggedPrediction
            {
                Id = "x",
                AtMs = 0,
                Endpoint = "e",
                Arm = "a",
                Model = "m",
                Version = "1",
                Protocol = "",
                Status = 200,
                Error = "",
                Key = "",
                TraceId = "",
                Rows = 1,
                ParseUs = 0,
                QueueUs = 0,
                RunUs = 0,
                Cut = false,
                Outputs = [],
                Inputs = packed ? [new LoggedColumn("a", [1], new[] { row[0] }), new LoggedColumn("b", [1], new[] { row[1] }), new LoggedColumn("c", [1], new[] { row[2] })]
                    : [new LoggedColumn("x", [1, 3], row), new LoggedColumn("word", [1], new[] { row[0] > 5 ? "big" : "small" })],
            };
            (all ??= LoggedRows.Like(one)).Add(one, 100);
        }
        return all!;
    }

    [Fact]
    public async Task Columns_side_by_side_in_one_tensor_are_explained_one_by_one()
    {
        var model = Model(packed: true, static (x, _) => 2 * x[0] - x[1]);
        var (row, background) = (Logged(true, [10f, 1f, 7f]), Logged(true, [0f, 0f, 7f], [2f, 4f, 7f]));
        var output = (await Explainer.Output(model, row, null, default)).Value;
        Assert.Equal("y", output.Name);
        var found = (await Explainer.Explain(model, row, 0, background, output, 2_048, 1, default)).Value;
        Assert.Equal([18.0, 1.0, 0.0], found.Values.Select(static value => Math.Round(value, 5)));
        Assert.Equal((0.0, 19.0, true), (Math.Round(found.Base, 5), found.Prediction, found.Exact));
        model.Release();
    }

    [Fact]
    public async Task A_tensor_and_a_text_are_a_column_each()
    {
        var model = Model(packed: false, static (x, word) => x.Sum() + (word == "big" ? 100 : 0));
        var (row, background) = (Logged(false, [6f, 0f, 0f]), Logged(false, [1f, 1f, 1f]));
        var found = (await Explainer.Explain(model, row, 0, background, (await Explainer.Output(model, row, "y", default)).Value, 2_048, 1, default)).Value;
        Assert.Equal([3.0, 100.0], found.Values.Select(static value => Math.Round(value, 4)));
        model.Release();
    }

    [Fact]
    public async Task Equal_rows_ask_once_and_wrong_outputs_and_redacted_columns_are_said()
    {
        var model = Model(packed: true, static (x, _) => x[0]);
        var same = Logged(true, [1f, 2f, 3f]);
        var found = (await Explainer.Explain(model, same, 0, same, new ExplainedOutput(0, 0, "y"), 2_048, 1, default)).Value;
        Assert.Equal((1, 1.0, 1.0), (found.Evaluations, found.Base, found.Prediction));
        Assert.Contains("no output 'z'", (await Explainer.Output(model, same, "z", default)).Problem!.Message, StringComparison.Ordinal);
        model.Release();
        var other = Model(packed: false, static (x, _) => x[0]);
        Assert.Contains("no column 'x'", (await Explainer.Output(other, same, null, default)).Problem!.Message, StringComparison.Ordinal);
        other.Release();
    }

    /// <summary>A model that is a function of a row.</summary>
    private sealed class Rows(bool packed, Func<float[], string, float> predict) : ModelRuntime
    {
        public override string Platform => "rows";

        public override IReadOnlyList<TensorSpec> Inputs { get; } = packed ? [new TensorSpec("input", OnnxElement.Float, [-1, 3])] : [new TensorSpec("x", OnnxElement.Float, [-1, 3]), new TensorSpec("word", OnnxElement.String, [-1])];

        public override IReadOnlyList<TensorSpec> Outputs { get; } = [new TensorSpec("y", OnnxElement.Float, [-1])];

        public override bool Inline => true;

        public override ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
        {
            var rows = (int)inputs.Rows;
            outputs.AddNumbers(OnnxElement.Float, [rows], 0);
            for (var i = 0; i < rows; i++)
                outputs[0].Values<float>()[i] = predict(inputs[0].Values<float>().Slice(i * 3, 3).ToArray(), inputs.Count > 1 ? System.Text.Encoding.UTF8.GetString(inputs[1].Text(i)) : "");
            return ValueTask.FromResult<Problem?>(null);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
