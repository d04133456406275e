namespace Slipway.Tracking;

/// <summary>A version of data that runs read, identified by (experiment, name, digest).</summary>
/// <param name="Name">Required; at most <see cref="NameCharsMax"/> characters.</param>
/// <param name="Digest">Required; at most <see cref="DigestCharsMax"/> characters.</param>
/// <param name="SourceType">Required: "local", "http", "code" and so on.</param>
/// <param name="Source">Required; at most <see cref="SourceCharsMax"/> characters.</param>
/// <param name="Schema">JSON; at most <see cref="SchemaCharsMax"/> characters.</param>
/// <param name="Profile">JSON; at most <see cref="ProfileCharsMax"/> characters.</param>
public sealed record Dataset(string? Name = null, string? Digest = null, string? SourceType = null, string? Source = null, string? Schema = null, string? Profile = null)
{
    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 500;

    /// <summary>The longest digest, in characters.</summary>
    public const int DigestCharsMax = 36;

    /// <summary>The longest source type, in characters.</summary>
    public const int SourceTypeCharsMax = 36;

    /// <summary>The longest source, in characters.</summary>
    public const int SourceCharsMax = 65_535;

    /// <summary>The longest schema, in characters.</summary>
    public const int SchemaCharsMax = 1_048_575;

    /// <summary>The longest profile, in characters.</summary>
    public const int ProfileCharsMax = 16_777_215;
}

/// <summary>A data set as one run read it.</summary>
/// <param name="Tags">Tags of this use; `mlflow.data.context` says what for.</param>
/// <param name="Dataset">Required.</param>
public sealed record DatasetInput(InputTag[]? Tags = null, Dataset? Dataset = null)
{
    /// <summary>The tag that says what the data was used for: training, eval...</summary>
    public const string ContextTag = "mlflow.data.context";

    /// <summary>The most tags of one use.</summary>
    public const int TagsMax = 100;
}

/// <summary>A tag of one use of a data set.</summary>
/// <param name="Key">Required; at most <see cref="KeyCharsMax"/> characters.</param>
/// <param name="Value">Required; at most <see cref="ValueCharsMax"/> characters.</param>
public sealed record InputTag(string? Key = null, string? Value = null)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyCharsMax = 255;

    /// <summary>The longest value, in characters.</summary>
    public const int ValueCharsMax = 500;
}

/// <summary>POST experiments/search-datasets: which data the runs of some experiments used.</summary>
/// <param name="ExperimentIds">1 to <see cref="ExperimentsMax"/> experiments.</param>
public sealed record SearchDatasets(string[]? ExperimentIds = null)
{
    /// <summary>The most experiments in one request.</summary>
    public const int ExperimentsMax = 20;

    /// <summary>The most summaries in one answer.</summary>
    public const int SummariesMax = 1_000;
}

/// <summary>The answer of experiments/search-datasets.</summary>
/// <param name="DatasetSummaries">Distinct (experiment, name, digest, context), at most <see cref="SearchDatasets.SummariesMax"/>.</param>
public sealed record SearchDatasetsAnswer(DatasetSummary[]? DatasetSummaries = null);

/// <summary>A data set and what it was used for.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="Name">Its name.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Context">What it was used for, or null.</param>
public sealed record DatasetSummary(string? ExperimentId = null, string? Name = null, string? Digest = null, string? Context = null);
