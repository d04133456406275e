namespace Slipway.Tracking;

/// <summary>A model as a thing of its own, logged beside runs.</summary>
/// <param name="Info">What it is.</param>
/// <param name="Data">Its params and metrics.</param>
public sealed record LoggedModel(LoggedModelInfo? Info = null, LoggedModelData? Data = null);

/// <summary>What a logged model is.</summary>
/// <param name="ModelId">`m-` and 32 hexadecimal digits.</param>
/// <param name="ExperimentId">The experiment it belongs to.</param>
/// <param name="Name">Not unique; at most <see cref="NameCharsMax"/> characters, none of `/ : . % " '`.</param>
/// <param name="CreationTimestampMs">Unix milliseconds.</param>
/// <param name="LastUpdatedTimestampMs">Unix milliseconds.</param>
/// <param name="ArtifactUri">Where its files lie.</param>
/// <param name="Status">LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.</param>
/// <param name="ModelType">A free word such as "Agent".</param>
/// <param name="SourceRunId">The run that wrote it.</param>
/// <param name="StatusMessage">More about the status.</param>
/// <param name="Tags">Its tags.</param>
public sealed record LoggedModelInfo(string? ModelId = null, string? ExperimentId = null, string? Name = null, long? CreationTimestampMs = null,
    long? LastUpdatedTimestampMs = null, string? ArtifactUri = null, string? Status = null, string? ModelType = null, string? SourceRunId = null,
    string? StatusMessage = null, LoggedModelTag[]? Tags = null)
{
    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 500;

    /// <summary>The longest model type, in characters.</summary>
    public const int ModelTypeCharsMax = 500;
}

/// <summary>The params and metrics of a logged model.</summary>
/// <param name="Params">Written once, never changed.</param>
/// <param name="Metrics">The latest point of every (metric, data set, run) logged with this model's id.</param>
public sealed record LoggedModelData(LoggedModelParameter[]? Params = null, Metric[]? Metrics = null);

/// <summary>A param of a logged model.</summary>
/// <param name="Key">1 to <see cref="Param.KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="Param.ValueCharsMax"/> characters.</param>
public sealed record LoggedModelParameter(string? Key = null, string? Value = null);

/// <summary>A tag of a logged model.</summary>
/// <param name="Key">1 to <see cref="RunTag.KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="RunTag.ValueCharsMax"/> characters.</param>
public sealed record LoggedModelTag(string? Key = null, string? Value = null);

/// <summary>POST logged-models.</summary>
/// <param name="ExperimentId">Required; must be active.</param>
/// <param name="Name">Null for a random name.</param>
/// <param name="ModelType">A free word such as "Agent".</param>
/// <param name="SourceRunId">The run that writes it.</param>
/// <param name="Params">At most <see cref="ItemsMax"/>.</param>
/// <param name="Tags">At most <see cref="ItemsMax"/>.</param>
/// <param name="ModelId">
/// The client's own choice of an id, "m-" and 32 lowercase hexadecimal digits; null for the server's. The same request again answers the model that is there, unchanged. Only Slipway servers know this.
/// </param>
public sealed record CreateLoggedModel(string? ExperimentId = null, string? Name = null, string? ModelType = null, string? SourceRunId = null,
    LoggedModelParameter[]? Params = null, LoggedModelTag[]? Tags = null, string? ModelId = null)
{
    /// <summary>The most params, and the most tags, in one request.</summary>
    public const int ItemsMax = 1_000;
}

/// <summary>The answer of most logged-models routes.</summary>
/// <param name="Model">The model as it is now.</param>
public sealed record LoggedModelAnswer(LoggedModel? Model = null);

/// <summary>PATCH logged-models/{model_id}.</summary>
/// <param name="ModelId">Required; part of the path.</param>
/// <param name="Status">Required: LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED (LOGGED_MODEL_PENDING is accepted too).</param>
/// <param name="StatusMessage">More about the status.</param>
public sealed record FinalizeLoggedModel(string? ModelId = null, string? Status = null, string? StatusMessage = null);

/// <summary>Names one logged model: GET and DELETE logged-models/{model_id}.</summary>
/// <param name="ModelId">Required; part of the path.</param>
public sealed record LoggedModelRef(string? ModelId = null);

/// <summary>PATCH logged-models/{model_id}/tags.</summary>
/// <param name="ModelId">Required; part of the path.</param>
/// <param name="Tags">Set or overwritten; at most <see cref="CreateLoggedModel.ItemsMax"/>.</param>
public sealed record SetLoggedModelTags(string? ModelId = null, LoggedModelTag[]? Tags = null);

/// <summary>DELETE logged-models/{model_id}/tags/{tag_key}.</summary>
/// <param name="ModelId">Required; part of the path.</param>
/// <param name="TagKey">Required; part of the path.</param>
public sealed record DeleteLoggedModelTag(string? ModelId = null, string? TagKey = null);

/// <summary>POST logged-models/{model_id}/params.</summary>
/// <param name="ModelId">Required; part of the path.</param>
/// <param name="Params">At most <see cref="CreateLoggedModel.ItemsMax"/>; a key keeps its value: another one is answered 400.</param>
public sealed record LogLoggedModelParams(string? ModelId = null, LoggedModelParameter[]? Params = null);

/// <summary>POST logged-models/search.</summary>
/// <param name="ExperimentIds">At least one.</param>
/// <param name="Filter">Clauses joined by AND over metrics.KEY, params.KEY, tags.KEY and attributes.</param>
/// <param name="Datasets">Restricts metric clauses to values measured on one of these.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null.</param>
/// <param name="OrderBy">By default the newest first.</param>
/// <param name="PageToken">The last answer's next_page_token; refused when the query changed.</param>
public sealed record SearchLoggedModels(string[]? ExperimentIds = null, string? Filter = null, LoggedModelDataset[]? Datasets = null, int? MaxResults = null,
    LoggedModelOrder[]? OrderBy = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 100;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 10_000;

    /// <summary>The most experiments in one search.</summary>
    public const int ExperimentsMax = 1_000;
}

/// <summary>A data set that metric clauses are restricted to.</summary>
/// <param name="DatasetName">Required.</param>
/// <param name="DatasetDigest">Null for every digest.</param>
public sealed record LoggedModelDataset(string? DatasetName = null, string? DatasetDigest = null);

/// <summary>One key of the order of logged-models/search.</summary>
/// <param name="FieldName">Required: an attribute or metrics.KEY.</param>
/// <param name="Ascending">True if null.</param>
/// <param name="DatasetName">Of a metric: measured on this data set.</param>
/// <param name="DatasetDigest">Of a metric: measured on this digest.</param>
public sealed record LoggedModelOrder(string? FieldName = null, bool? Ascending = null, string? DatasetName = null, string? DatasetDigest = null);

/// <summary>One page of logged models.</summary>
/// <param name="Models">The page, or null when nothing matches.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record LoggedModelsPage(LoggedModel[]? Models = null, string? NextPageToken = null);
