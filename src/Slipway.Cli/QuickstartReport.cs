using Slipway.Quickstart;

namespace Slipway.Cli;

/// <summary>What came out of the quickstart, and where to look at it.</summary>
internal static class QuickstartReport
{
    public static void Print(Terminal terminal, QuickstartSummary summary, string url)
    {
        terminal.Line();
        terminal.Line($"Will this flight be late? {summary.TrainRows:N0} flights to learn from, {summary.TestRows:N0} of the week after to be judged on.");
        terminal.Table(["SETTING", "AUC", "LOG-LOSS", "BRIER", "SECONDS"],
            [.. summary.Trials.Select(trial => (string[])
            [
                trial.Name == summary.Best ? trial.Name + " *" : trial.Name,
                Value(trial.Metrics, "valid_auc"), Value(trial.Metrics, "valid_log_loss"), Value(trial.Metrics, "valid_brier"), $"{trial.Seconds:0.0}",
            ])], 1..5);
        terminal.Table(["ON THE TEST WEEK", "AUC", "LOG-LOSS", "BRIER"],
        [
            ["the best, trained again (*)", Value(summary.Metrics, "test_auc"), Value(summary.Metrics, "test_log_loss"), Value(summary.Metrics, "test_brier")],
            ["guessing by hour and origin", Value(summary.BaseRate, "auc"), Value(summary.BaseRate, "log_loss"), Value(summary.BaseRate, "brier")],
        ], 1..4);
        terminal.Line($"As ONNX the model answers within {summary.OnnxMaxDifference:0.0e0} of the trainer. All of it took {summary.Seconds.GetValueOrDefault("total"):0.0} s.");
        if (summary.Release is { } release) Release(terminal, release);
        terminal.Line();
        terminal.Line("Look at it:");
        terminal.Line($"  {url}");
        if (summary.Release is { } there)
        {
            terminal.Line($"  {url}/models/{there.Model}/versions/{there.Version}");
            terminal.Line($"  slipway models card {there.Model} {there.Version} --url {url}");
        }
        terminal.Line($"  slipway runs show {summary.RunId} --url {url}");
        terminal.Line($"  slipway runs list {summary.ExperimentId} --order-by \"metrics.valid_auc DESC\" --url {url}");
        terminal.Line($"  slipway artifacts ls {summary.RunId} --recursive --url {url}");
        terminal.Line("From Python:");
        terminal.Line($"  MLFLOW_TRACKING_URI={url} python -c \"import mlflow; print(mlflow.pyfunc.load_model('{summary.ModelUri}'))\"");
    }

    private static void Release(Terminal terminal, QuickstartRelease release)
    {
        terminal.Line();
        terminal.Table([$"WHAT VERSION {release.Version} OF {release.Model.ToUpperInvariant()} HAS TO SHOW", "", ""], [.. release.Gates.Select(gate => (string[])[gate.Title, gate.Status, gate.Message])]);
        terminal.Line(release.Promoted ? $"It stands behind {ModelRelease.Alias} now: models:/{release.Model}@{ModelRelease.Alias}." : $"It was not promoted to {ModelRelease.Alias}.");
    }

    private static string Value(IReadOnlyDictionary<string, double> metrics, string key) => metrics.TryGetValue(key, out var value) ? $"{value:0.0000}" : "";
}
