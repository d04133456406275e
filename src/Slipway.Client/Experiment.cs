namespace Slipway.Client;

/// <summary>A named collection of runs, as the server has it.</summary>
public sealed record Experiment
{
    /// <summary>Decimal digits; never reused.</summary>
    public required string Id { get; init; }

    /// <summary>Unique on the server, deleted experiments included.</summary>
    public required string Name { get; init; }

    /// <summary>Where artifacts of its runs lie.</summary>
    public string ArtifactLocation { get; init; } = "";

    /// <summary>True after a delete that may still be taken back.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    internal static Experiment From(Tracking.Experiment wire)
    {
        var tags = new Dictionary<string, string>();
        foreach (var tag in wire.Tags ?? []) tags[tag.Key ?? ""] = tag.Value ?? "";
        return new Experiment
        {
            Id = wire.ExperimentId ?? "",
            Name = wire.Name ?? "",
            ArtifactLocation = wire.ArtifactLocation ?? "",
            IsDeleted = wire.LifecycleStage is Words.DeletedStage,
            CreatedAt = Words.Time(wire.CreationTime),
            UpdatedAt = Words.Time(wire.LastUpdateTime),
            Tags = tags,
        };
    }
}

/// <summary>How an experiment is created.</summary>
public sealed record ExperimentOptions
{
    /// <summary>A URI for the artifacts of its runs; null for the server's own store.</summary>
    public string? ArtifactLocation { get; init; }

    /// <summary>Tags to begin with; at most 1,000.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>Which experiments to find, and in which order.</summary>
public sealed record ExperimentQuery
{
    /// <summary>Clauses joined by AND over name, creation_time, last_update_time and tags.KEY, such as <c>name LIKE 'flights%'</c>; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Keys with optional ASC or DESC; none for the newest first.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Active ones, deleted ones, or both.</summary>
    public Lifecycle View { get; init; }

    /// <summary>How many the server sends at a time: 1 to 50,000. A search goes on to the next page by itself.</summary>
    public int PageSize { get; init; } = 1_000;
}
