using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>What must hold of Shapley values, whatever the model is.</summary>
public sealed class ShapleyTests
{
    private static ShapleyValues.Ask Model(double[] row, double[][] background, Func<double[], double> predict, int[]? asked = null) => (picks, own) =>
    {
        if (asked is not null) asked[0] += picks.Count;
        Assert.InRange(picks.Count, 1, ShapleyValues.BatchRows);
        var answers = new double[picks.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var mixed = (double[])background[picks[i]].Clone();
            for (var column = 0; column < row.Length; column++)
                if (own[i][column]) mixed[column] = row[column];
            answers[i] = predict(mixed);
        }
        return Task.FromResult<Outcome<double[]>>(answers);
    };

    private static (double[] Row, double[][] Background) Data(Random random, int columns, int rows) =>
        ([.. Enumerable.Range(0, columns).Select(_ => random.NextDouble())], [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => random.NextDouble()).ToArray())]);

    [Theory]
    [InlineData(1, 1, 2_048)]
    [InlineData(3, 5, 2_048)]
    [InlineData(8, 4, 2_048)]
    [InlineData(12, 7, 2_048)]
    [InlineData(40, 10, 900)]
    [InlineData(600, 3, 500)]
    public async Task Base_and_attributions_sum_to_the_prediction(int columns, int rows, int samples)
    {
        var random = new Random(columns);
        var (row, background) = Data(random, columns, rows);
        double Predict(double[] x) => Math.Sin(x.Sum()) + (columns > 1 ? x[0] * x[^1] * 3 : 0) + (x[0] > 0.5 ? 2 : 0);
        var found = (await ShapleyValues.Explain(columns, rows, samples, 1, Model(row, background, Predict))).Value;
        Assert.Equal(Predict(row), found.Prediction, 1e-9);
        Assert.Equal(found.Prediction, found.Base + found.Values.Sum(), 1e-9);
        if (found.Exact) Assert.Equal(background.Average(Predict), found.Base, 1e-9);
    }

    [Fact]
    public async Task Of_a_linear_model_each_column_gets_its_weight_times_its_distance_from_the_mean()
    {
        var random = new Random(2);
        foreach (var columns in (int[])[5, 30])
        {
            var (row, background) = Data(random, columns, 6);
            var found = (await ShapleyValues.Explain(columns, 6, 4_000, 1, Model(row, background, static x => x.Select(static (value, i) => value * (i - 3)).Sum()))).Value;
            Assert.Equal(columns == 5, found.Exact);
            for (var i = 0; i < columns; i++) Assert.Equal((i - 3) * (row[i] - background.Average(other => other[i])), found.Values[i], 1e-9);
        }
    }

    [Fact]
    public async Task Columns_that_do_nothing_get_nothing_and_columns_that_do_the_same_get_the_same()
    {
        var (row, background) = (new double[] { 1, 1, 1, 9 }, new double[][] { [0, 0, 0, 4] });
        var found = (await ShapleyValues.Explain(4, 1, 2_048, 1, Model(row, background, static x => x[0] * x[1] + x[2]))).Value;
        Assert.Equal([0.5, 0.5, 1.0, 0.0], found.Values.Select(static value => Math.Round(value, 12)));
    }

    [Fact]
    public async Task Samples_come_near_the_exact_values_and_say_how_near()
    {
        var random = new Random(5);
        var (row, background) = Data(random, 11, 4);
        double Predict(double[] x) => x[0] * x[1] + Math.Max(x[2], x[3]) + x[4] * x[5] * x[6] + x[7];
        var exact = (await ShapleyValues.Explain(11, 4, 20_000, 1, Model(row, background, Predict))).Value;
        var sampled = (await ShapleyValues.Explain(11, 4, 8_000, 1, Model(row, background, Predict))).Value;
        Assert.Equal((true, false), (exact.Exact, sampled.Exact));
        for (var i = 0; i < 11; i++) Assert.InRange(Math.Abs(exact.Values[i] - sampled.Values[i]), 0, 5 * sampled.Errors[i] + 1e-9);
        Assert.Equal(sampled.Values, (await ShapleyValues.Explain(11, 4, 8_000, 1, Model(row, background, Predict))).Value.Values);
    }

    [Fact]
    public async Task The_model_is_asked_about_as_often_as_was_allowed()
    {
        var random = new Random(6);
        var (row, background) = Data(random, 50, 100);
        var asked = new int[1];
        var found = (await ShapleyValues.Explain(50, 100, 3_000, 1, Model(row, background, static x => x[0], asked))).Value;
        Assert.InRange(asked[0], 1_000, 3_000);
        Assert.InRange(found.Evaluations, asked[0] - 100, asked[0] + 100);
    }

    [Fact]
    public async Task A_model_that_fails_is_said_so()
    {
        var found = await ShapleyValues.Explain(3, 1, 2_048, 1, static (_, _) => Task.FromResult<Outcome<double[]>>(Problem.Busy("full")));
        Assert.Equal(503, found.Problem!.Status);
    }
}
