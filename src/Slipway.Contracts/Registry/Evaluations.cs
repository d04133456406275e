namespace Slipway.Registry;

/// <summary>An evaluation dataset: data that models are scored on.</summary>
/// <param name="Name">Its name in the workspace.</param>
/// <param name="Versions">The newest first.</param>
public sealed record EvalDataset(string? Name = null, EvalDatasetVersion[]? Versions = null)
{
    /// <summary>The most versions of a name.</summary>
    public const int VersionsMax = 10_000;

    /// <summary>The largest file in bytes.</summary>
    public const long BytesMax = 64L << 30;

    /// <summary>The longest name of a column, in characters.</summary>
    public const int ColumnCharsMax = 256;
}

/// <summary>One version: a file by its digest, and what its columns mean. It never changes.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Digest">The file's SHA-256 in hexadecimal.</param>
/// <param name="Format">csv, parquet or jsonl.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Source">Where it was taken from.</param>
/// <param name="Target">The column that predictions are compared with.</param>
/// <param name="IdColumn">A column that names rows; no input.</param>
/// <param name="WeightColumn">A column that says how much rows count; no input.</param>
/// <param name="Description">Free text.</param>
/// <param name="CreatedBy">Who added it.</param>
/// <param name="CreatedMs">When, Unix milliseconds.</param>
public sealed record EvalDatasetVersion(long Version, string Digest, string Format, long Size, string Source, string Target, string? IdColumn, string? WeightColumn, string? Description, string CreatedBy, long CreatedMs);

/// <summary>POST eval-datasets/{name}/versions.</summary>
/// <param name="Name">Required; part of the path. As a model's name.</param>
/// <param name="Source">Required: `runs:/RUN/PATH`, or `mlflow-artifacts:/PATH`, which an upload answers. Its name ends in .csv, .parquet, .jsonl or .ndjson.</param>
/// <param name="Target">Required.</param>
/// <param name="IdColumn">A column that names rows.</param>
/// <param name="WeightColumn">A column that says how much rows count.</param>
/// <param name="Description">Free text.</param>
public sealed record AddEvalDataset(string? Name = null, string? Source = null, string? Target = null, string? IdColumn = null, string? WeightColumn = null, string? Description = null);

/// <summary>Names one evaluation dataset.</summary>
/// <param name="Name">Required; part of the path.</param>
public sealed record EvalDatasetRef(string? Name = null);

/// <summary>One evaluation dataset.</summary>
/// <param name="Dataset">The dataset; of an addition with the added version alone.</param>
public sealed record EvalDatasetAnswer(EvalDataset? Dataset = null);

/// <summary>GET eval-datasets: by name.</summary>
/// <param name="MaxResults">1 to 1,000; 100 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListEvalDatasets(int? MaxResults = null, string? PageToken = null);

/// <summary>One page of evaluation datasets.</summary>
/// <param name="Datasets">Each with its newest version.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record EvalDatasetsPage(EvalDataset[]? Datasets = null, string? NextPageToken = null);

/// <summary>What an upload answers.</summary>
/// <param name="Source">For the request that adds the version.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="Size">In bytes.</param>
public sealed record EvalDatasetUploaded(string? Source = null, string? Sha256 = null, long? Size = null);

/// <summary>POST models/{name}/versions/{version}/evaluations.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Dataset">Required: an evaluation dataset's name.</param>
/// <param name="Digest">Which of its versions; the newest if null.</param>
/// <param name="Metrics">Which metrics; null or none: all that fit the model.</param>
public sealed record EvaluateModelVersion(string? Name = null, string? Version = null, string? Dataset = null, string? Digest = null, string[]? Metrics = null);

/// <summary>GET models/{name}/versions/{version}/evaluations: the newest first.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Dataset">On this dataset only.</param>
/// <param name="MaxResults">1 to 1,000; 100 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListModelEvaluations(string? Name = null, string? Version = null, string? Dataset = null, int? MaxResults = null, string? PageToken = null);

/// <summary>Names one evaluation.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Id">Required; part of the path.</param>
public sealed record ModelEvaluationRef(string? Name = null, string? Version = null, string? Id = null);

/// <summary>One evaluation.</summary>
/// <param name="Evaluation">As far as it is.</param>
public sealed record ModelEvaluationAnswer(ModelEvaluation? Evaluation = null);

/// <summary>One page of evaluations.</summary>
/// <param name="Evaluations">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ModelEvaluationsPage(ModelEvaluation[]? Evaluations = null, string? NextPageToken = null);

/// <summary>A measurement: a version scored by the server on data that is pinned by its digest.</summary>
public sealed record ModelEvaluation
{
    /// <summary>Its number.</summary>
    public required string Id { get; init; }

    /// <summary>Of which model.</summary>
    public required string Name { get; init; }

    /// <summary>Of which version.</summary>
    public required string Version { get; init; }

    /// <summary>WAITING, RUNNING, DONE or FAILED.</summary>
    public required string Status { get; init; }

    /// <summary>On which dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>On which version of it.</summary>
    public long DatasetVersion { get; init; }

    /// <summary>The data's SHA-256.</summary>
    public required string DatasetDigest { get; init; }

    /// <summary>The digest of all files of the version, as its package says it.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>binary, multiclass or regression.</summary>
    public string? Task { get; init; }

    /// <summary>What was computed, by name.</summary>
    public ModelEvaluationMetric[]? Metrics { get; init; }

    /// <summary>How many rows were scored.</summary>
    public long? Rows { get; init; }

    /// <summary>What computed it, with versions.</summary>
    public string? Engines { get; init; }

    /// <summary>How long scoring took.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Problem { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When, Unix milliseconds.</summary>
    public long CreatedMs { get; init; }

    /// <summary>When it ended.</summary>
    public long? ComputedMs { get; init; }
}

/// <summary>A metric that the server computed.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Low">The lower end of a 95 % confidence interval, where there is a closed form.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Error">How far the value may be off because rows were binned; 0: it is exact.</param>
public sealed record ModelEvaluationMetric(string Metric, double Value, double? Low = null, double? High = null, double Error = 0);
