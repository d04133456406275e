using System.Diagnostics;
using System.Globalization;
using System.Text;
using Slipway.Client;
using Slipway.Engines.Onnx;
using Slipway.Quickstart.Learner;

namespace Slipway.Quickstart;

/// <summary>
/// Will this flight be more than 15 minutes late, asked an hour before it departs? Learned from January 2001, tested on the first week of February, tracked all the way.
/// </summary>
/// <remarks>
/// Reads top-down, as a program of your own would: load, compute features, try some settings (each a nested run, judged on January's last week), train the best again on
/// all of January, judge it once on February, and log the model with everything needed to believe it.
/// </remarks>
public static class LateFlights
{
    /// <summary>How far the exported model's answers may be from the trainer's own.</summary>
    public const double OnnxDifferenceMax = 1e-5;

    /// <summary>Runs it all against a server that is up.</summary>
    /// <param name="options">Where the server and the data are.</param>
    /// <param name="progress">Told what is going on, often; called on the working thread, so it should be quick.</param>
    /// <param name="ct">Stops it; runs that are open end as failed.</param>
    /// <exception cref="FileNotFoundException">The flights are not there.</exception>
    /// <exception cref="SlipwayException">The server cannot be reached or refused something.</exception>
    public static async Task<QuickstartSummary> Run(QuickstartOptions options, Action<QuickstartProgress>? progress = null, CancellationToken ct = default)
    {
        var clock = new Stages(progress);

        clock.Start("data", "reading flights");
        var flights = Flights.Load(options.Parquet, options.TrainFrom, options.TestTo);
        var (trained, january) = (flights.FirstAt(options.ValidateFrom), flights.FirstAt(options.TestFrom));
        var late = Enumerable.Range(0, flights.Count).Select(flights.Late).ToArray();

        clock.Start("features", $"{flights.Count:N0} flights, each as it was known an hour before it departed");
        var columns = FlightFeatures.Build(flights);
        var baseRate = Slice.Of("", HourByOrigin.Predict(flights, january), late, january, flights.Count);

        using var client = new SlipwayClient(options.Client);
        await using var parent = await client.StartRunAsync(options.Experiment, new() { Name = "late-flights", Description = Description }, ct);
        var data = await options.Dataset(flights.Count, ct);
        await parent.LogDatasetAsync(data with { Name = "flights-train" }, "training", ct);
        await parent.LogDatasetAsync(data with { Name = "flights-test" }, "evaluation", ct);
        parent.LogParams(options.Params(trained, january, flights.Count));

        clock.Start("grid", $"{options.Grid.Count} settings on {trained:N0} flights, judged on the {january - trained:N0} after them");
        var bins = Bins.Of(columns, trained);
        var trials = new List<QuickstartTrial>();
        foreach (var setting in options.Grid)
        {
            await using var run = await parent.StartChildAsync(new() { Name = Name(setting) }, ct);
            run.LogParams(Params(setting));
            var took = Stopwatch.StartNew();
            var trial = Fit(bins, late, trained, january, setting, run, "valid_", clock, ct);
            run.LogMetric("train_seconds", took.Elapsed.TotalSeconds);
            await Curves.Log(run, trial.Slice, trial.Model.Importance(), ct);
            await run.FinishAsync(ct: ct);
            trials.Add(new(run.Id, run.Name, setting.Leaves, setting.LearningRate, setting.Rounds, trial.Slice.Metrics, took.Elapsed.TotalSeconds));
        }
        var best = options.Grid[trials.Index().MinBy(trial => trial.Item.Metrics["valid_log_loss"]).Index];

        clock.Start("final", $"{Name(best)} on all {january:N0} flights, judged on the {flights.Count - january:N0} of the week after");
        parent.LogParams(Params(best));
        var allBins = Bins.Of(columns, january);
        var final = Fit(allBins, late, january, flights.Count, best, parent, "test_", clock, ct);
        parent.LogMetrics(baseRate.Metrics.Select(metric => KeyValuePair.Create("base_rate_" + metric.Key, metric.Value)));

        clock.Start("model", "exporting as ONNX and checking its answers against the trainer's");
        var onnx = TreesToOnnx.Write(final.Model, FlightFeatures.Names, "late-flights");
        var difference = LargestDifference(onnx, columns, january, final.Slice.Probabilities);
        parent.LogMetric("onnx_max_difference", difference);
        if (!(difference <= OnnxDifferenceMax))
            throw new InvalidOperationException($"The exported model's answers differ from the trainer's by up to {difference:g3}; at most {OnnxDifferenceMax:g3} is rounding.");

        clock.Start("upload", "logging the model and its curves");
        await Curves.Log(parent, final.Slice, final.Model.Importance(), ct);
        await ModelFolder.Log(parent, onnx, columns, january, ct);
        await parent.LogTextAsync(TestWeek(columns, late, january), TestWeekPath, ct);
        await parent.FinishAsync(ct: ct);
        return new()
        {
            ExperimentId = parent.ExperimentId,
            RunId = parent.Id,
            ModelUri = $"runs:/{parent.Id}/{ModelFolder.Path}",
            TrainRows = january,
            TestRows = flights.Count - january,
            DatasetDigest = data.Digest,
            Best = Name(best),
            Trials = trials,
            Metrics = final.Slice.Metrics,
            BaseRate = baseRate.Metrics,
            OnnxMaxDifference = difference,
            Seconds = clock.Finish(),
        };
    }

    /// <summary>Among the run's artifacts: rows of the test week as the model takes them, with the answer.</summary>
    public const string TestWeekPath = "data/test-week.csv";

    /// <summary>Its column with the answer, 1 for late.</summary>
    public const string Target = "late";

    private const int TestWeekRows = 20_000;

    private static string TestWeek(float[][] columns, bool[] late, int start)
    {
        var text = new StringBuilder(string.Join(',', FlightFeatures.Names) + ',' + Target + '\n');
        var step = Math.Max(1, (late.Length - start + TestWeekRows - 1) / TestWeekRows);
        for (var row = start; row < late.Length; row += step)
        {
            foreach (var column in columns) text.Append(CultureInfo.InvariantCulture, $"{column[row]:R},");
            text.Append(late[row] ? "1\n" : "0\n");
        }
        return text.ToString();
    }

    private const string Description = "Will this flight be more than 15 minutes late, asked an hour before departure? Nested runs tried the settings; this one is the best, trained on all of January.";

    /// <summary>Trains on the rows before <paramref name="start"/> and judges on those up to <paramref name="end"/>, logging every round as it goes.</summary>
    private static (BoostedTrees Model, Slice Slice) Fit(Bins bins, bool[] late, int start, int end, BoostOptions setting, ActiveRun run, string prefix, Stages clock, CancellationToken ct)
    {
        var scores = new double[end - start];
        Array.Fill(scores, BoostedTrees.BaseScoreOf(late.AsSpan(0, start)));
        var answers = late[start..end];
        var model = BoostedTrees.Train(bins, late[..start], setting, (round, tree) =>
        {
            Parallel.For(0, scores.Length, i => scores[i] += tree.Score(bins.Columns, start + i));
            var loss = Scores.LogLoss(Array.ConvertAll(scores, BoostedTrees.Probability), answers);
            run.LogMetric(prefix + "log_loss", loss, round);
            clock.Tell($"{Name(setting)}: round {round} of {setting.Rounds}, log-loss {loss:F4}", (double)round / setting.Rounds);
        }, ct);

        var slice = Slice.Of(prefix, model.Predict(bins, start, end - start), late, start, end);
        run.LogMetrics(slice.Metrics, setting.Rounds);
        return (model, slice);
    }

    private static double LargestDifference(byte[] onnx, float[][] columns, int start, double[] probabilities)
    {
        using var model = OnnxModel.Load(onnx, new() { Threads = Environment.ProcessorCount });
        using var rows = OnnxValue.Zeros<float>(probabilities.Length, columns.Length);
        var features = rows.Span<float>();
        for (var i = 0; i < probabilities.Length; i++)
            for (var column = 0; column < columns.Length; column++) features[i * columns.Length + column] = columns[column][start + i];
        using var outputs = model.Run(rows);
        var answers = outputs[TreesToOnnx.Output].Span<float>();
        double largest = 0;
        for (var i = 0; i < answers.Length; i++) largest = Math.Max(largest, Math.Abs(answers[i] - probabilities[i]));
        return largest;
    }

    private static string Name(BoostOptions setting) => $"leaves={setting.Leaves} rate={setting.LearningRate} rounds={setting.Rounds}";

    private static Dictionary<string, object?> Params(BoostOptions setting) => new()
    {
        ["learner"] = "boosted trees",
        ["rounds"] = setting.Rounds,
        ["leaves"] = setting.Leaves,
        ["learning_rate"] = setting.LearningRate,
        ["min_leaf_rows"] = setting.MinLeafRows,
        ["l2"] = setting.L2,
        ["seed"] = setting.Seed,
    };
}

/// <summary>Predictions for consecutive rows, what came true, and how good they were.</summary>
internal sealed record Slice(double[] Probabilities, bool[] Labels, IReadOnlyDictionary<string, double> Metrics)
{
    public static Slice Of(string prefix, double[] probabilities, bool[] labels, int start, int end)
    {
        var answers = labels[start..end];
        return new(probabilities, answers, new Dictionary<string, double>
        {
            [prefix + "auc"] = Scores.Auc(probabilities, answers),
            [prefix + "log_loss"] = Scores.LogLoss(probabilities, answers),
            [prefix + "brier"] = Scores.Brier(probabilities, answers),
        });
    }
}
