namespace Slipway.Tracking;

/// <summary>POST runs/log-batch: everything in it is logged, or nothing.</summary>
/// <param name="RunId">Required.</param>
/// <param name="Metrics">At most <see cref="MetricsMax"/> points.</param>
/// <param name="Params">At most <see cref="ParamsMax"/>, each key once.</param>
/// <param name="Tags">At most <see cref="TagsMax"/>; the last of equal keys wins.</param>
public sealed record LogBatch(string? RunId = null, Metric[]? Metrics = null, Param[]? Params = null, RunTag[]? Tags = null)
{
    /// <summary>The most metric points in one batch.</summary>
    public const int MetricsMax = 1_000;

    /// <summary>The most params in one batch.</summary>
    public const int ParamsMax = 100;

    /// <summary>The most tags in one batch.</summary>
    public const int TagsMax = 100;

    /// <summary>The most metrics, params and tags together in one batch.</summary>
    public const int ItemsMax = 1_000;

    /// <summary>The largest body, in bytes.</summary>
    public const int BytesMax = 1_000_000;
}

/// <summary>POST runs/log-metric: one point of a series. An exact repeat changes nothing.</summary>
/// <param name="RunId">Required (or run_uuid).</param>
/// <param name="RunUuid">The old name of run_id.</param>
/// <param name="Key">Required.</param>
/// <param name="Value">Required; NaN and infinities are the strings "NaN", "Infinity", "-Infinity".</param>
/// <param name="Timestamp">Required; Unix milliseconds.</param>
/// <param name="Step">0 if null.</param>
/// <param name="ModelId">The logged model the value belongs to.</param>
/// <param name="DatasetName">The data set it was measured on.</param>
/// <param name="DatasetDigest">The digest of that data set.</param>
public sealed record LogMetric(string? RunId = null, string? RunUuid = null, string? Key = null, double? Value = null, long? Timestamp = null, long? Step = null,
    string? ModelId = null, string? DatasetName = null, string? DatasetDigest = null);

/// <summary>POST runs/log-parameter. The same value again is fine, another value is answered 400.</summary>
/// <param name="RunId">Required (or run_uuid).</param>
/// <param name="RunUuid">The old name of run_id.</param>
/// <param name="Key">Required.</param>
/// <param name="Value">Required; may be empty.</param>
public sealed record LogParam(string? RunId = null, string? RunUuid = null, string? Key = null, string? Value = null);

/// <summary>POST runs/set-tag: sets or overwrites one tag.</summary>
/// <param name="RunId">Required (or run_uuid).</param>
/// <param name="RunUuid">The old name of run_id.</param>
/// <param name="Key">Required.</param>
/// <param name="Value">Required; may be empty.</param>
public sealed record SetTag(string? RunId = null, string? RunUuid = null, string? Key = null, string? Value = null);

/// <summary>POST runs/delete-tag: 404 when the run has no such tag.</summary>
/// <param name="RunId">Required.</param>
/// <param name="Key">Required.</param>
public sealed record DeleteTag(string? RunId = null, string? Key = null);

/// <summary>POST runs/log-model, the older way: appends the model's description to the tag `mlflow.log-model.history`.</summary>
/// <param name="RunId">Required.</param>
/// <param name="ModelJson">Required: a JSON object with at least artifact_path, flavors, utc_time_created and run_id, at most <see cref="JsonCharsMax"/> characters.</param>
public sealed record LogModel(string? RunId = null, string? ModelJson = null)
{
    /// <summary>The longest description, in characters.</summary>
    public const int JsonCharsMax = 1_000_000;

    /// <summary>The most descriptions that the tag keeps for one run.</summary>
    public const int HistoryMax = 1_000;
}

/// <summary>POST runs/log-inputs.</summary>
/// <param name="RunId">Required.</param>
/// <param name="Datasets">At most <see cref="DatasetsMax"/>.</param>
/// <param name="Models">At most <see cref="ModelsMax"/>.</param>
public sealed record LogInputs(string? RunId = null, DatasetInput[]? Datasets = null, ModelInput[]? Models = null)
{
    /// <summary>The most data sets in one request.</summary>
    public const int DatasetsMax = 1_000;

    /// <summary>The most models in one request.</summary>
    public const int ModelsMax = 1_000;
}

/// <summary>POST runs/outputs.</summary>
/// <param name="RunId">Required.</param>
/// <param name="Models">At most <see cref="LogInputs.ModelsMax"/>.</param>
public sealed record LogOutputs(string? RunId = null, ModelOutput[]? Models = null);

/// <summary>A model that a run read.</summary>
/// <param name="ModelId">`m-` and 32 hexadecimal digits.</param>
public sealed record ModelInput(string? ModelId = null);

/// <summary>A model that a run wrote.</summary>
/// <param name="ModelId">`m-` and 32 hexadecimal digits.</param>
/// <param name="Step">The training step it was written at; 0 if null.</param>
public sealed record ModelOutput(string? ModelId = null, long? Step = null);
