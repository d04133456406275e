using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>
/// A log-batch request as it is read: points go straight into the encoded batch that the store appends, so that no object per point is made
/// between the socket and the log. What is wrong with it is a value, not an exception.
/// </summary>
[JsonConverter(typeof(LoggedBatchConverter))]
internal sealed class LoggedBatch
{
    /// <summary>The run, or null when the request names none.</summary>
    public string? RunId { get; init; }

    /// <summary>What was wrong with the request, found while reading it.</summary>
    public Problem? Problem { get; init; }

    /// <summary>The points, or null when there are none.</summary>
    public MetricBatch? Metrics { get; init; }

    /// <summary>The points that belong to a logged model.</summary>
    public IReadOnlyList<ModelPoint> ModelPoints { get; init; } = [];

    /// <summary>Params as sent.</summary>
    public IReadOnlyList<(string? Key, string? Value)> Params { get; init; } = [];

    /// <summary>Tags as sent.</summary>
    public IReadOnlyList<(string? Key, string? Value)> Tags { get; init; } = [];
}

/// <summary>A point that belongs to a logged model; the data set is '' when none was named.</summary>
internal readonly record struct ModelPoint(string Key, SeriesPoint Point, string ModelId, string DatasetName, string DatasetDigest);
