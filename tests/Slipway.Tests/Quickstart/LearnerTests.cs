using Slipway.Engines.Onnx;
using Slipway.Quickstart.Learner;

namespace Slipway.Tests.Quickstart;

public sealed class LearnerTests
{
    private const int Rows = 20_000, Train = 15_000;

    /// <summary>Yes is likelier when a is large unless b is too; c is a category, d is noise.</summary>
    private static (float[][] Columns, bool[] Labels) Made(int seed)
    {
        var random = new Random(seed);
        var columns = new[] { new float[Rows], new float[Rows], new float[Rows], new float[Rows] };
        var labels = new bool[Rows];
        for (var i = 0; i < Rows; i++)
        {
            columns[0][i] = (float)random.NextDouble();
            columns[1][i] = (float)random.NextDouble() * 1e6f;
            columns[2][i] = random.Next(12);
            columns[3][i] = (float)random.NextDouble() - 0.5f;
            var score = 4 * (columns[0][i] - 0.5) * (columns[1][i] > 5e5f ? -1 : 1) + (columns[2][i] is 3 or 7 ? 1.5 : -0.5);
            labels[i] = random.NextDouble() < BoostedTrees.Probability(score);
        }
        return (columns, labels);
    }

    [Fact]
    public void It_finds_what_no_single_column_shows()
    {
        var (columns, labels) = Made(1);
        var bins = Bins.Of(columns, Train);
        var model = BoostedTrees.Train(bins, labels[..Train], new() { Rounds = 60, Leaves = 15, MinLeafRows = 20 });
        var probabilities = model.Predict(bins, Train, Rows - Train);
        Assert.True(Scores.Auc(probabilities, labels.AsSpan(Train)) > 0.75, "The interaction of a and b is worth an AUC of about 0.79.");
        Assert.True(Scores.LogLoss(probabilities, labels.AsSpan(Train)) < 0.57);
        Assert.All(Scores.Calibration(probabilities, labels.AsSpan(Train), 5), bin => Assert.InRange(bin.Predicted - bin.Observed, -0.06, 0.06));
        var importance = model.Importance();
        Assert.Equal(1, importance.Sum(), 1e-9);
        Assert.True(importance[3] < importance.Take(3).Min(), "Noise must matter least.");
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    public void The_same_seed_gives_the_same_trees(double rowShare)
    {
        var (columns, labels) = Made(2);
        var bins = Bins.Of(columns, Train);
        var options = new BoostOptions { Rounds = 20, Leaves = 31, MinLeafRows = 20, RowShare = rowShare, Seed = 5 };
        var first = BoostedTrees.Train(bins, labels[..Train], options);
        var second = BoostedTrees.Train(bins, labels[..Train], options);
        Assert.Equal(first.Trees.SelectMany(tree => tree.Nodes), second.Trees.SelectMany(tree => tree.Nodes));
        var other = BoostedTrees.Train(bins, labels[..Train], options with { Seed = 6 });
        Assert.Equal(rowShare == 1, first.Trees.SelectMany(tree => tree.Nodes).SequenceEqual(other.Trees.SelectMany(tree => tree.Nodes)));
    }

    [Theory]
    [InlineData(2, 1, 1.0)]
    [InlineData(31, 40, 0.7)]
    [InlineData(255, 10, 1.0)]
    public void The_exported_model_answers_as_the_trainer_does(int leaves, int rounds, double rowShare)
    {
        var (columns, labels) = Made(3);
        var bins = Bins.Of(columns, Train);
        var model = BoostedTrees.Train(bins, labels[..Train], new() { Rounds = rounds, Leaves = leaves, MinLeafRows = 5, RowShare = rowShare });
        using var exported = OnnxModel.Load(TreesToOnnx.Write(model, ["a", "b", "c", "d"], "made"));
        Assert.Equal("features: Float[batch, 4]", $"{exported.Inputs[0].Name}: {exported.Inputs[0].Type}");
        Assert.Equal("a,b,c,d", exported.Metadata.Custom["features"]);

        // Beside the rows themselves: values exactly on every edge, and the next float on either side, where a rounded threshold would take the other branch.
        var rows = Enumerable.Range(0, Rows).Select(i => columns.Select(column => column[i]).ToArray()).ToList();
        for (var feature = 0; feature < 4; feature++)
            foreach (var edge in bins.Edges[feature])
                foreach (var value in new[] { edge, MathF.BitIncrement(edge), MathF.BitDecrement(edge) })
                {
                    var row = (float[])rows[feature].Clone();
                    row[feature] = value;
                    rows.Add(row);
                }
        using var input = OnnxValue.Tensor<float>(rows.SelectMany(row => row).ToArray(), rows.Count, 4);
        using var outputs = exported.Run(input);
        var answers = outputs[TreesToOnnx.Output].ToArray<float>();
        Assert.Equal([rows.Count, 1], outputs[0].Shape.ToArray());
        for (var i = 0; i < rows.Count; i++) Assert.Equal(model.Predict(rows[i]), answers[i], 1e-5);

        var binned = model.Predict(bins, 0, Rows);
        for (var i = 0; i < Rows; i++) Assert.Equal(binned[i], model.Predict(rows[i]));
    }

    [Fact]
    public void Edges_come_from_the_training_rows_alone()
    {
        var (columns, _) = Made(4);
        var before = Bins.Of(columns, Train).Edges;
        foreach (var column in columns) Array.Fill(column, 1e9f, Train, Rows - Train);
        Assert.Equal(before, Bins.Of(columns, Train).Edges);
    }

    [Fact]
    public void A_bin_holds_what_its_edges_say()
    {
        var (columns, _) = Made(5);
        var bins = Bins.Of(columns, Train);
        for (var feature = 0; feature < columns.Length; feature++)
        {
            var edges = bins.Edges[feature];
            Assert.True(edges.Length < Bins.Max);
            Assert.Equal(edges.Order().Distinct(), edges);
            for (var i = 0; i < Rows; i++)
            {
                var bin = bins.Columns[feature][i];
                Assert.True((bin == edges.Length || columns[feature][i] <= edges[bin]) && (bin == 0 || columns[feature][i] > edges[bin - 1]));
            }
        }
        Assert.Equal(11, bins.Edges[2].Length);      // twelve categories, a bin each
    }

    [Fact]
    public void Neighbouring_floats_stay_apart()
    {
        var low = 16_777_216f;
        var bins = Bins.Of([[low, MathF.BitIncrement(low), low]], 3);
        Assert.Equal([0, 1, 0], bins.Columns[0]);
    }

    [Fact]
    public void What_cannot_be_learned_is_refused()
    {
        Assert.Contains("not a finite number", Assert.ThrowsAny<Exception>(() => Bins.Of([[1, float.NaN]], 2)).ToString());
        var bins = Bins.Of([[1, 2]], 2);
        Assert.Contains("Both answers must occur", Assert.Throws<ArgumentException>(() => BoostedTrees.Train(bins, [true, true], new())).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoostOptions { Leaves = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoostOptions { LearningRate = 0 });
    }

    [Fact]
    public void Scores_agree_with_their_definitions()
    {
        double[] probabilities = [0.1, 0.4, 0.4, 0.8];
        bool[] labels = [false, true, false, true];
        Assert.Equal(3.5 / 4, Scores.Auc(probabilities, labels));      // three pairs won, one tied
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.4) + Math.Log(0.6) + Math.Log(0.8)) / 4, Scores.LogLoss(probabilities, labels), 1e-12);
        Assert.Equal((0.01 + 0.36 + 0.16 + 0.04) / 4, Scores.Brier(probabilities, labels), 1e-12);
        var roc = Scores.Roc(probabilities, labels);
        Assert.Equal([(0, 0), (0, 0.5), (0.5, 1), (1, 1)], roc.Select(point => (point.FalsePositiveRate, point.TruePositiveRate)));
        Assert.Equal([(0.25, 0.5), (0.6, 0.5)], Scores.Calibration(probabilities, labels, 2).Select(bin => (Math.Round(bin.Predicted, 12), bin.Observed)));
    }
}
