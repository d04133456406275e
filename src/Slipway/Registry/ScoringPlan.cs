using System.Text.Json.Serialization;

namespace Slipway.Registry;

/// <summary>What the scoring program is told, as `in/plan.json` of its folder.</summary>
/// <param name="Model">The ONNX file, below its folder.</param>
/// <param name="Data">The dataset, below its folder.</param>
/// <param name="Format">csv, parquet or jsonl.</param>
/// <param name="Target">The column that predictions are compared with.</param>
/// <param name="IdColumn">A column that is no input, or null.</param>
/// <param name="WeightColumn">The column of weights, or null.</param>
/// <param name="Columns">The columns of a single tensor in their order, as the signature says them, or null.</param>
/// <param name="Metrics">Which metrics; none: all that fit.</param>
/// <param name="MemoryLimit">What DuckDB may use.</param>
/// <param name="Threads">How many threads each engine may use.</param>
internal sealed record ScoringPlan(string Model, string Data, string Format, string Target, string? IdColumn, string? WeightColumn, string[]? Columns, string[] Metrics, string MemoryLimit, int Threads)
{
    /// <summary>The plan in the program's folder.</summary>
    public const string File = "plan.json";
}

/// <summary>What the scoring program answers, as `out/result.json`: either a problem with the data or the model, or metrics.</summary>
internal sealed record ScoringResult(string? Problem = null, string? Task = null, ModelEvaluationMetric[]? Metrics = null, long Rows = 0, string? Engines = null, long DurationMs = 0)
{
    /// <summary>The answer in the program's folder.</summary>
    public const string File = "result.json";
}

/// <summary>How they are written.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScoringPlan))]
[JsonSerializable(typeof(ScoringResult))]
internal sealed partial class ScoringJson : JsonSerializerContext;

/// <summary>The data or the model is not what scoring needs; the message says what to do.</summary>
internal sealed class UnscorableException(string message) : Exception(message);
