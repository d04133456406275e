using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Quickstart;

/// <summary>One setting that was tried.</summary>
/// <param name="RunId">Its nested run.</param>
/// <param name="Name">The run's name.</param>
/// <param name="Leaves">Leaves a tree.</param>
/// <param name="LearningRate">Shrinkage.</param>
/// <param name="Rounds">Trees.</param>
/// <param name="Metrics">valid_auc, valid_log_loss, valid_brier.</param>
/// <param name="Seconds">How long it trained.</param>
public sealed record QuickstartTrial(string RunId, string Name, int Leaves, double LearningRate, int Rounds, IReadOnlyDictionary<string, double> Metrics, double Seconds);

/// <summary>What came out, for <c>--json</c> and for whoever goes on from here.</summary>
public sealed record QuickstartSummary
{
    /// <summary>The experiment.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>The run that holds the model; the settings' runs are nested in it.</summary>
    public required string RunId { get; init; }

    /// <summary>The model as MLflow names it: <c>runs:/ID/model</c>.</summary>
    public required string ModelUri { get; init; }

    /// <summary>Flights trained on.</summary>
    public required int TrainRows { get; init; }

    /// <summary>Flights tested on.</summary>
    public required int TestRows { get; init; }

    /// <summary>The data file's fingerprint.</summary>
    public required string DatasetDigest { get; init; }

    /// <summary>The name of the setting that was chosen.</summary>
    public required string Best { get; init; }

    /// <summary>Every setting that was tried, in order.</summary>
    public required IReadOnlyList<QuickstartTrial> Trials { get; init; }

    /// <summary>test_auc, test_log_loss, test_brier of the final model.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>auc, log_loss, brier of guessing by hour and origin.</summary>
    public required IReadOnlyDictionary<string, double> BaseRate { get; init; }

    /// <summary>The largest difference between the ONNX model's answers and the trainer's.</summary>
    public required double OnnxMaxDifference { get; init; }

    /// <summary>What became of the model; null before it was registered.</summary>
    public QuickstartRelease? Release { get; init; }

    /// <summary>Seconds by stage (data, features, grid, final, model, upload) and in all (total).</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>As indented JSON with snake_case names.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QuickstartJson.Default.QuickstartSummary);
}

[JsonSerializable(typeof(QuickstartSummary))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class QuickstartJson : JsonSerializerContext;
