using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;
using Slipway.Registry;
using static Slipway.Engines.Onnx.OnnxType;

namespace Slipway.Tests.Registry;

/// <summary>Models that pass a column through, so that every metric can be compared with scikit-learn's on the same numbers; and data that cannot be scored.</summary>
public sealed class ScoringTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-scoring-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>A model whose output is its input: a column, or several.</summary>
    public static byte[] Through(string input, string output, int width = 1, OnnxElement element = OnnxElement.Float) => new OnnxGraph("through")
        .Input(input, Tensor(element, "batch", width)).Output(output, Tensor(element, "batch", width)).Node("Identity", [input], [output]).ToArray();

    private static byte[] Mapped(params long[] classes) => new OnnxGraph("mapped")
        .Input("scores", Tensor(OnnxElement.Float, "batch", classes.Length)).Output("probabilities", Sequence(Map(OnnxElement.Int64, Tensor(OnnxElement.Float))))
        .MlNode("ZipMap", ["scores"], ["probabilities"], new OnnxAttribute("classlabels_int64s", classes)).ToArray();

    private ScoringResult Score(byte[] model, string csv, string target = "y", string? weight = null, string[]? columns = null, params string[] metrics)
    {
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), model);
        File.WriteAllText(Path.Combine(folder, "data.csv"), csv);
        return ScoringProgram.Score(new ScoringPlan("model.onnx", "data.csv", "csv", target, null, weight, columns, metrics, "256MB", 1), folder, folder);
    }

    private Dictionary<string, double> Values(ScoringResult result)
    {
        Assert.Null(result.Problem);
        return result.Metrics!.ToDictionary(static metric => metric.Metric, static metric => metric.Value);
    }

    /// <summary>What scikit-learn says: a script that prints a JSON object, given the data as `d`.</summary>
    private async Task<Dictionary<string, double>> Sklearn(string script)
    {
        const string Begin = """
            import csv, json, sys, warnings
            warnings.filterwarnings('ignore')
            import numpy as np
            from sklearn import metrics as m
            rows = list(csv.DictReader(open(sys.argv[1])))
            d = {k: np.array([r[k] for r in rows]) for k in rows[0]}
            n = lambda k: d[k].astype(float)
            """;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", Begin + "\n" + script, Path.Combine(folder, "data.csv")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, complaints) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await complaints);
        return JsonNode.Parse(await said)!.AsObject().ToDictionary(static one => one.Key, static one => (double)one.Value!);
    }

    private static bool HasSklearn { get; } = File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/sklearn");

    private static void Same(Dictionary<string, double> expected, Dictionary<string, double> got)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), got.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, one => Assert.True(Math.Abs(one.Value - got[one.Key]) <= 1e-6 * Math.Max(1, Math.Abs(one.Value)), $"{one.Key}: scikit-learn {one.Value:R}, here {got[one.Key]:R}"));
    }

    private static string Number(double value) => ((float)value).ToString("R", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Binary_metrics_are_scikit_learns(bool weighted)
    {
        Assert.SkipUnless(HasSklearn, "scikit-learn is not on this machine.");
        var random = new Random(3);
        var csv = new StringBuilder("p,y,w\n");
        // Probabilities with many ties, among them the edge of the classes.
        for (var i = 0; i < 5_000; i++)
        {
            var p = random.Next(0, 41) / 40.0;
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Number(p)},{(random.NextDouble() < 0.2 + 0.6 * p ? 1 : 0)},{Number(random.NextDouble() * 3)}");
        }
        var got = Values(Score(Through("p", "probability"), csv.ToString(), weight: weighted ? "w" : null, columns: weighted ? null : ["p"]));
        Assert.True(got.Remove("ece", out var ece) && ece is >= 0 and < 0.5);
        Same(await Sklearn($$"""
            y, p, w = n('y').astype(int), np.float32(n('p')).astype(float), {{(weighted ? "np.float32(n('w')).astype(float)" : "None")}}
            c = (p > 0.5).astype(int)
            k = dict(sample_weight=w)
            print(json.dumps({'accuracy': m.accuracy_score(y, c, **k), 'balanced_accuracy': m.balanced_accuracy_score(y, c, **k), 'precision': m.precision_score(y, c, **k), 'recall': m.recall_score(y, c, **k), 'f1': m.f1_score(y, c, **k),
              'precision_macro': m.precision_score(y, c, average='macro', **k), 'recall_macro': m.recall_score(y, c, average='macro', **k), 'f1_macro': m.f1_score(y, c, average='macro', **k),
              'roc_auc': m.roc_auc_score(y, p, **k), 'pr_auc': m.average_precision_score(y, p, **k), 'log_loss': m.log_loss(y, p, **k), 'brier': m.brier_score_loss(y, p, **k)}))
            """), got);
    }

    [Fact]
    public async Task Metrics_of_several_classes_are_scikit_learns()
    {
        Assert.SkipUnless(HasSklearn, "scikit-learn is not on this machine.");
        var random = new Random(4);
        var csv = new StringBuilder("a,b,c,y\n");
        for (var i = 0; i < 3_000; i++)
        {
            double[] raw = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
            var sum = raw.Sum();
            // Tenths that add up to one in floats, so that both divide by the same sum.
            var (a, b) = (Math.Round(raw[0] / sum * 8) / 8, Math.Round(raw[1] / sum * 8) / 8);
            if (a + b > 1) b = 1 - a;
            var draw = random.NextDouble();
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Number(a)},{Number(b)},{Number(1 - a - b)},{(draw < a ? 3 : draw < a + b ? 5 : 10)}");
        }
        var got = Values(Score(Mapped(3, 5, 10), csv.ToString()));
        Assert.True(got.Remove("ece"));
        Same(await Sklearn("""
            y, p = n('y').astype(int), np.stack([n('a'), n('b'), n('c')], axis=1)
            c = np.array([3, 5, 10])[p.argmax(axis=1)]
            print(json.dumps({'accuracy': m.accuracy_score(y, c), 'balanced_accuracy': m.balanced_accuracy_score(y, c), 'precision_macro': m.precision_score(y, c, average='macro'), 'recall_macro': m.recall_score(y, c, average='macro'),
              'f1_macro': m.f1_score(y, c, average='macro'), 'roc_auc': m.roc_auc_score(y, p, multi_class='ovr'), 'log_loss': m.log_loss(y, p, eps=2.220446049250313e-16)}))
            """), got);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Metrics_of_numbers_are_scikit_learns(bool weighted)
    {
        Assert.SkipUnless(HasSklearn, "scikit-learn is not on this machine.");
        var random = new Random(5);
        var csv = new StringBuilder("x,y,w\n");
        for (var i = 0; i < 4_000; i++)
        {
            var y = random.NextDouble() * 1_000 - 200;
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Number(y + random.NextDouble() * 50)},{Number(y)},{Number(random.NextDouble())}");
        }
        Same(await Sklearn2(weighted, csv.ToString()), Values(Score(Through("x", "predicted"), csv.ToString(), weight: weighted ? "w" : null)));
    }

    private Task<Dictionary<string, double>> Sklearn2(bool weighted, string csv)
    {
        File.WriteAllText(Path.Combine(folder, "data.csv"), csv);
        return Sklearn($$"""
            y, x, w = n('y'), np.float32(n('x')).astype(float), {{(weighted ? "n('w')" : "None")}}
            k = dict(sample_weight=w)
            print(json.dumps({'mae': m.mean_absolute_error(y, x, **k), 'rmse': m.mean_squared_error(y, x, **k) ** 0.5, 'r2': m.r2_score(y, x, **k), 'mape': m.mean_absolute_percentage_error(y, x, **k)}))
            """);
    }

    [Fact]
    public void Labels_alone_give_the_metrics_of_classes()
    {
        var values = Values(Score(Through("guess", "label", element: OnnxElement.Int64), "guess,y\n1,1\n0,1\n0,0\n2,0\n"));
        Assert.Equal(0.5, values["accuracy"]);
        Assert.False(values.ContainsKey("roc_auc"));
    }

    [Fact]
    public void Areas_of_binned_rows_say_how_far_they_may_be_off()
    {
        var random = new Random(8);
        var (exact, binned) = (new RankCurve(), new RankCurve(exactMax: 100));
        for (var i = 0; i < 20_000; i++)
        {
            var (score, positive) = (random.NextDouble(), random.Next(3) == 0);
            if (positive) score = Math.Sqrt(score);
            exact.Add(score, positive, 1);
            binned.Add(score, positive, 1);
        }
        Assert.Equal((0, 0), (exact.Roc().Error, exact.Precision().Error));
        foreach (var (whole, rough) in ((RankCurve.Area, RankCurve.Area)[])[(exact.Roc(), binned.Roc()), (exact.Precision(), binned.Precision())])
        {
            Assert.InRange(rough.Error, 1e-12, 0.01);
            Assert.True(Math.Abs(whole.Value - rough.Value) <= rough.Error, $"{whole.Value} against {rough.Value} ± {rough.Error}");
        }
    }

    [Fact]
    public void Intervals_hold_what_they_are_of()
    {
        var result = Score(Through("p", "probability"), "p,y\n" + string.Concat(Enumerable.Range(0, 400).Select(static i => $"{i % 10 / 10.0},{(i % 10 > 4 ? 1 : i % 7 == 0 ? 1 : 0)}\n")));
        Assert.All(result.Metrics!.Where(static metric => metric.Low is not null), static metric => Assert.True(metric.Low <= metric.Value && metric.Value <= metric.High && metric.High - metric.Low < 1, metric.Metric));
        Assert.NotNull(result.Metrics!.Single(static metric => metric.Metric == "roc_auc").Low);
    }

    [Theory]
    [InlineData("p,z\n0.1,1\n", "no column 'y', its target")]
    [InlineData("p,y\n", "no rows")]
    [InlineData("p,y\n0.1,1\n0.2,\n", "empty in 1 of 2 rows")]
    [InlineData("p,y\n0.1,1.5\n0.2,nan\n", "NaN or infinite in 1 of 2 rows")]
    [InlineData("p,y\n0.1,1\n0.2,1\n", "in every row")]
    [InlineData("q,r,y\n0.1,2,1\n0.2,3,0\n", "the dataset has 2 columns")]
    [InlineData("p,y\nlow,1\nhigh,0\n", "needs numbers in 'p'")]
    [InlineData("p,y\n1.5,1\n0.2,0\n", "a probability from 0 to 1 is expected")]
    [InlineData("p,y\n,1\n0.2,0\n", "predicts NaN in row")]
    public void Data_that_cannot_be_scored_is_said(string csv, string says)
    {
        var result = Score(Through("p", "probability"), csv);
        Assert.Contains(says, result.Problem, StringComparison.Ordinal);
        Assert.Null(result.Metrics);
    }

    private ScoringResult ScoreFile(byte[] content, string format, string target = "y", string? weight = null)
    {
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), Through("p", "probability"));
        File.WriteAllBytes(Path.Combine(folder, "data." + format), content);
        return ScoringProgram.Score(new ScoringPlan("model.onnx", "data." + format, format, target, null, weight, null, [], "256MB", 1), folder, folder);
    }

    /// <summary>A Parquet file of what a query answers, as DuckDB writes it.</summary>
    public static byte[] Parquet(string query, string more = "")
    {
        var path = Path.Combine(Path.GetTempPath(), $"slipway-{Guid.NewGuid():N}.parquet");
        using (var database = DuckDatabase.InMemory(new DuckOptions { Threads = 1 }))
        using (var connection = database.Connect()) connection.Execute($"COPY ({query}) TO '{path}' (FORMAT parquet{more})");
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    private const string Rows = "SELECT * FROM (VALUES (0.9::FLOAT, 1), (0.8, 1), (0.3, 0), (0.4, 1), (0.1, 0)) t(p, y)";

    [Fact]
    public void Parquet_and_JSON_lines_give_what_CSV_gives()
    {
        var csv = Values(Score(Through("p", "probability"), "p,y\n0.9,1\n0.8,1\n0.3,0\n0.4,1\n0.1,0\n"));
        var lines = "{\"p\":0.9,\"y\":1}\n{\"p\":0.8,\"y\":1}\n{\"y\":0,\"p\":0.3}\n\n{\"p\":0.4,\"y\":1}\n{\"p\":0.1,\"y\":0}"u8.ToArray();
        foreach (var (content, format) in ((byte[], string)[])
            [(Parquet(Rows), "parquet"), (Parquet(Rows, ", COMPRESSION zstd, ROW_GROUP_SIZE 2048"), "parquet"), (Parquet(Rows.Replace("0.9::FLOAT, 1)", "0.9::DOUBLE, 1::TINYINT)", StringComparison.Ordinal)), "parquet"), (lines, "jsonl")])
        {
            var got = Values(ScoreFile(content, format));
            Assert.Equal(csv.Keys.Order(StringComparer.Ordinal), got.Keys.Order(StringComparer.Ordinal));
            Assert.All(csv, one => Assert.Equal(one.Value, got[one.Key], 1e-6));
        }
        // Many row groups, and a target of text.
        var many = ScoreFile(Parquet("SELECT (i % 10 / 10.0)::FLOAT AS p, CASE WHEN i % 10 > 4 THEN 'true' ELSE 'false' END AS y FROM range(20000) r(i)", ", ROW_GROUP_SIZE 2048"), "parquet");
        Assert.Equal((20_000L, 0.9), (many.Rows, Math.Round(Values(many)["accuracy"], 1)));
    }

    [Fact]
    public void Parquet_that_cannot_be_scored_is_said()
    {
        var whole = Parquet(Rows);
        void Says(byte[] content, string says, string target = "y", string? weight = null)
        {
            var result = ScoreFile(content, "parquet", target, weight);
            Assert.Null(result.Metrics);
            Assert.Contains(says, result.Problem ?? "", StringComparison.OrdinalIgnoreCase);
        }
        Says([], "parquet");
        Says("p,y\n0.1,1\n"u8.ToArray(), "parquet");
        Says(whole[..^1], "parquet");
        Says(whole[..(whole.Length / 2)], "parquet");
        Says([.. whole[..^8], 0xff, 0xff, 0xff, 0x7f, .. "PAR1"u8], "parquet");
        Says(whole, "no column 'late'", "late");
        Says(Parquet(Rows + " WHERE p > 2"), "no rows");
        Says(Parquet("SELECT 0.5::FLOAT AS p, NULL::INTEGER AS y UNION ALL SELECT 0.5, 1"), "empty in 1 of 2 rows");
        Says(Parquet("SELECT 0.5::FLOAT AS p, 'nan'::DOUBLE AS y UNION ALL SELECT 0.5, 1"), "NaN or infinite in 1 of 2 rows");
        Says(Parquet("SELECT 'nan'::FLOAT AS p, 1 AS y UNION ALL SELECT 0.5, 0"), "predicts NaN in row");
        Says(Parquet("SELECT 'high' AS p, 1 AS y UNION ALL SELECT 'low', 0"), "needs numbers in 'p'");
        Says(Parquet("SELECT [0.5] AS p, 1 AS y UNION ALL SELECT [0.1], 0"), "needs numbers in 'p'");
        Says(Parquet("SELECT 0.5::FLOAT AS q, 0.1 AS r, 1 AS y UNION ALL SELECT 0.1, 0.2, 0"), "the dataset has 2 columns");
        Says(Parquet("SELECT 0.5::FLOAT AS p, 1 AS y, 'nan'::DOUBLE AS w UNION ALL SELECT 0.1, 0, 1"), "weight 'w'", weight: "w");
        // A byte changed anywhere ends in an answer, never in a crash; what is no longer compressed as it says is an error of the reader.
        var random = new Random(23);
        for (var i = 0; i < 60; i++)
        {
            var odd = (byte[])[.. whole];
            odd[random.Next(odd.Length)] ^= (byte)random.Next(1, 256);
            var result = ScoreFile(odd, "parquet");
            Assert.True(result.Problem is null == result.Metrics is not null);
        }
    }

    [Theory]
    [InlineData("", "no column 'y'")]
    [InlineData("{\"p\":0.5}\n", "no column 'y'")]
    [InlineData("{\"p\":0.5,\"y\":1}\n{\"p\":0.1}\n", "empty in 1 of 2 rows")]
    [InlineData("{\"p\":0.5,\"y\":1}\n{\"p\":", "JSON")]
    [InlineData("{\"p\":0.5,\"y\":1}\nnonsense\n", "JSON")]
    [InlineData("{\"p\":\"high\",\"y\":1}\n{\"p\":\"low\",\"y\":0}\n", "needs numbers in 'p'")]
    [InlineData("{\"p\":{\"a\":1},\"y\":1}\n{\"p\":{\"a\":2},\"y\":0}\n", "needs numbers in 'p'")]
    [InlineData("{\"p\":null,\"y\":1}\n{\"p\":0.2,\"y\":0}\n", "predicts NaN in row")]
    public void JSON_lines_that_cannot_be_scored_are_said(string text, string says)
    {
        var result = ScoreFile(Encoding.UTF8.GetBytes(text), "jsonl");
        Assert.Null(result.Metrics);
        Assert.Contains(says, result.Problem ?? "", StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Weights_columns_and_metrics_that_do_not_fit_are_said()
    {
        Assert.Contains("negative", Score(Through("p", "probability"), "p,y,w\n0.1,1,-1\n0.3,0,1\n", weight: "w").Problem, StringComparison.Ordinal);
        Assert.Contains("all 0", Score(Through("p", "probability"), "p,y,w\n0.1,1,0\n0.3,0,0\n", weight: "w").Problem, StringComparison.Ordinal);
        Assert.Contains("'gone'", Score(Through("x", "probability", width: 2), "a,b,y\n0.1,1,1\n0.3,0,0\n", columns: ["a", "gone"]).Problem, StringComparison.Ordinal);
        Assert.Contains("'rmse' is not defined here", Score(Through("p", "probability"), "p,y\n0.1,1\n0.3,0\n", metrics: "rmse").Problem, StringComparison.Ordinal);
        Assert.StartsWith("ONNX Runtime:", Score("no model"u8.ToArray(), "p,y\n0.1,1\n").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_signature_says_the_order_of_the_columns()
    {
        // The second column is the probability of 1.
        var values = Values(Score(Through("x", "probabilities", width: 2), "b,a,y,other\n0.9,0.1,1,text\n0.2,0.8,0,text\n", columns: ["a", "b"]));
        Assert.Equal(1, values["accuracy"]);
        Assert.Equal(1, values["roc_auc"]);
    }
}
