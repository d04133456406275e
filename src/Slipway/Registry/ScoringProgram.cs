using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;

namespace Slipway.Registry;

/// <summary>
/// Scores an ONNX model on a dataset: a program of its own in the sandbox, because a model's file and a dataset may be made to crash their readers. DuckDB streams the rows,
/// ONNX Runtime scores them batch by batch, so memory does not grow with the file.
/// </summary>
internal static class ScoringProgram
{
    /// <summary>The hidden command of the binary that runs it.</summary>
    public const string Command = "score-model";

    /// <summary>Scores what `in/plan.json` of the folder says, and leaves `out/result.json`.</summary>
    public static void Run(string folder)
    {
        var plan = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, "in", ScoringPlan.File)), ScoringJson.Default.ScoringPlan)!;
        var result = Score(plan, Path.Combine(folder, "in"), Path.GetTempPath());
        File.WriteAllBytes(Path.Combine(folder, "out", ScoringResult.File), JsonSerializer.SerializeToUtf8Bytes(result, ScoringJson.Default.ScoringResult));
    }

    /// <summary>Scores; what is wrong with the data or the model is the answer's problem.</summary>
    /// <param name="plan">What on what.</param>
    /// <param name="folder">Where the plan's files lie.</param>
    /// <param name="scratch">Where DuckDB may put what does not fit into its memory.</param>
    public static ScoringResult Score(ScoringPlan plan, string folder, string scratch)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var model = OnnxModel.Open(Path.Combine(folder, plan.Model), new OnnxOptions { Threads = plan.Threads });
            using var database = DuckDatabase.InMemory(new DuckOptions { Threads = plan.Threads, MemoryLimit = plan.MemoryLimit, TempFolder = scratch });
            using var connection = database.Connect();
            using var data = ScoredData.Open(connection, plan, Path.Combine(folder, plan.Data));
            var inputs = ModelInputs.Map(model, data, plan);
            var (task, metrics, rows) = new Scorer(model, inputs, data).Run();
            var wanted = plan.Metrics.Length == 0 ? metrics : [.. metrics.Where(metric => plan.Metrics.Contains(metric.Metric))];
            if (plan.Metrics.FirstOrDefault(name => wanted.All(metric => metric.Metric != name)) is { } absent)
                throw new UnscorableException($"'{absent}' is not defined here: the model is a {task} model that gives {string.Join(", ", metrics.Select(static metric => metric.Metric))}.");
            return new ScoringResult(null, task, [.. wanted], rows, Engines(), (long)clock.Elapsed.TotalMilliseconds);
        }
        catch (Exception failure) when (failure is UnscorableException or OnnxException or DuckException)
        {
            return new ScoringResult((failure is DuckException ? "DuckDB: " : failure is OnnxException ? "ONNX Runtime: " : "") + failure.Message, Engines: Engines(), DurationMs: (long)clock.Elapsed.TotalMilliseconds);
        }
    }

    private static string Engines() => $"onnxruntime {OnnxRuntime.Version}, duckdb {DuckDatabase.Version.TrimStart('v')}, slipway {typeof(ScoringProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";
}
