using Slipway.Client;

namespace Slipway.Cli.Import;

/// <summary>A run of another tool, as it is to stand here. What was logged to it follows through <see cref="RunWriter"/>.</summary>
internal sealed record ImportedRun
{
    /// <summary>32 lowercase hexadecimal digits: the source's own, or <see cref="ImportId"/>.</summary>
    public required string Id { get; init; }

    /// <summary>What the source calls it, for the report and for a tag.</summary>
    public required string SourceId { get; init; }

    /// <summary>The tool: "mlflow", "tensorboard", "wandb".</summary>
    public required string Tool { get; init; }

    public string Name { get; init; } = "";

    public string UserId { get; init; } = "";

    public RunStatus Status { get; init; } = RunStatus.Finished;

    /// <summary>Unix milliseconds.</summary>
    public long StartMs { get; init; }

    /// <summary>Unix milliseconds; null while it runs.</summary>
    public long? EndMs { get; init; }

    public bool IsDeleted { get; init; }

    /// <summary>It was deleted because its experiment was: it goes with the experiment here too, and comes back with it.</summary>
    public bool IsDeletedWithExperiment { get; init; }

    /// <summary>
    /// A fingerprint of everything that could have changed since the last import. A run that ended and carries the same one is not read again. Null: always read.
    /// </summary>
    public string? State { get; init; }

    /// <summary>Tags that the run is made with; more may follow.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];
}

/// <summary>The tags by which an import knows its own.</summary>
internal static class ImportTags
{
    public const string Tool = "slipway.import.tool", SourceId = "slipway.import.id", State = "slipway.import.state";
}
