namespace Slipway.Client;

/// <summary>One run with what was logged to it, as the server has it.</summary>
public sealed record Run
{
    /// <summary>32 hexadecimal digits; ids sort by creation.</summary>
    public required string Id { get; init; }

    /// <summary>The experiment it belongs to.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>Its name; not unique.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where it stands.</summary>
    public RunStatus Status { get; init; }

    /// <summary>When it started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where its artifacts lie.</summary>
    public string ArtifactUri { get; init; } = "";

    /// <summary>True after a delete that may still be taken back.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>The latest point of every metric: the largest (step, time, value).</summary>
    public IReadOnlyDictionary<string, MetricPoint> Metrics { get; init; } = new Dictionary<string, MetricPoint>();

    /// <summary>Its params.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    /// <summary>Its tags, MLflow's own (mlflow.*) included.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The data it read.</summary>
    public IReadOnlyList<UsedDataset> Datasets { get; init; } = [];

    internal static Run From(Tracking.Run wire)
    {
        var info = wire.Info ?? new Tracking.RunInfo();
        var (metrics, values, tags) = (new Dictionary<string, MetricPoint>(), new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var metric in wire.Data?.Metrics ?? []) metrics[metric.Key ?? ""] = MetricPoint.From(metric);
        foreach (var param in wire.Data?.Params ?? []) values[param.Key ?? ""] = param.Value ?? "";
        foreach (var tag in wire.Data?.Tags ?? []) tags[tag.Key ?? ""] = tag.Value ?? "";
        return new Run
        {
            Id = info.RunId ?? "",
            ExperimentId = info.ExperimentId ?? "",
            Name = info.RunName ?? "",
            Status = Words.Status(info.Status),
            StartedAt = Words.Time(info.StartTime),
            EndedAt = info.EndTime is { } end ? Words.Time(end) : null,
            ArtifactUri = info.ArtifactUri ?? "",
            IsDeleted = info.LifecycleStage is Words.DeletedStage,
            Metrics = metrics,
            Params = values,
            Tags = tags,
            Datasets = [.. (wire.Inputs?.DatasetInputs ?? []).Select(UsedDataset.From)],
        };
    }
}

/// <summary>One point of a metric.</summary>
/// <param name="Step">The training step.</param>
/// <param name="Value">May be NaN; MLflow's protocol reads infinities back as the largest doubles.</param>
/// <param name="At">When it was measured, to the millisecond.</param>
public readonly record struct MetricPoint(long Step, double Value, DateTimeOffset At)
{
    internal static MetricPoint From(Tracking.Metric wire) => new(wire.Step ?? 0, wire.Value ?? 0, Words.Time(wire.Timestamp));
}

/// <summary>How a run is started.</summary>
public sealed record RunOptions
{
    /// <summary>Its name; null for a random one.</summary>
    public string? Name { get; init; }

    /// <summary>Text for people, shown beside the run (the tag mlflow.note.content).</summary>
    public string? Description { get; init; }

    /// <summary>The run it is a part of (the tag mlflow.parentRunId).</summary>
    public string? ParentRunId { get; init; }

    /// <summary>Tags to begin with; they win over those that the client sets by itself.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>When it started; null for now.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>What the run notes about itself; null for <see cref="SlipwayClientOptions.Capture"/>, or nothing for a run inside another one.</summary>
    public Captures? Capture { get; init; }
}

/// <summary>Which runs to find, and in which order.</summary>
public sealed record RunQuery
{
    /// <summary>The experiments to search, by id; at most 1,000. None finds nothing.</summary>
    public IReadOnlyList<string> ExperimentIds { get; init; } = [];

    /// <summary>Clauses joined by AND, such as <c>metrics.auc > 0.7 AND params.depth = '6'</c>; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Keys with optional ASC or DESC, such as <c>metrics.auc DESC</c>; none for the newest first.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Active ones, deleted ones, or both.</summary>
    public Lifecycle View { get; init; }

    /// <summary>How many the server sends at a time: 1 to 50,000. A search goes on to the next page by itself.</summary>
    public int PageSize { get; init; } = 1_000;
}

/// <summary>What to change of a run; null leaves a field as it is.</summary>
public sealed record RunUpdate
{
    /// <summary>The new name.</summary>
    public string? Name { get; init; }

    /// <summary>The new status.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}
