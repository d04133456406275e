namespace Slipway.Tracking;

/// <summary>One run of an experiment.</summary>
/// <param name="Info">What it is.</param>
/// <param name="Data">What was logged to it.</param>
/// <param name="Inputs">The data sets and models it read.</param>
/// <param name="Outputs">The models it wrote.</param>
public sealed record Run(RunInfo? Info = null, RunData? Data = null, RunInputs? Inputs = null, RunOutputs? Outputs = null);

/// <summary>What a run is.</summary>
/// <param name="RunId">32 hexadecimal digits, a UUID: of version 7, which sorts by creation, unless the client chose it.</param>
/// <param name="RunUuid">The same, under its old name.</param>
/// <param name="RunName">1 to <see cref="NameCharsMax"/> characters; not unique.</param>
/// <param name="ExperimentId">The experiment it belongs to.</param>
/// <param name="UserId">Who started it; the tag `mlflow.user` is the newer place.</param>
/// <param name="Status">RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.</param>
/// <param name="StartTime">Unix milliseconds.</param>
/// <param name="EndTime">Unix milliseconds, or null while it runs.</param>
/// <param name="ArtifactUri">Where its artifacts lie.</param>
/// <param name="LifecycleStage">"active" or "deleted".</param>
public sealed record RunInfo(string? RunId = null, string? RunUuid = null, string? RunName = null, string? ExperimentId = null, string? UserId = null,
    string? Status = null, long? StartTime = null, long? EndTime = null, string? ArtifactUri = null, string? LifecycleStage = null)
{
    /// <summary>The longest run name, in characters.</summary>
    public const int NameCharsMax = 250;

    /// <summary>The longest user id, in characters.</summary>
    public const int UserIdCharsMax = 256;
}

/// <summary>What was logged to a run.</summary>
/// <param name="Metrics">The latest point of every metric: the largest (step, timestamp, value).</param>
/// <param name="Params">Every param.</param>
/// <param name="Tags">Every tag.</param>
public sealed record RunData(Metric[]? Metrics = null, Param[]? Params = null, RunTag[]? Tags = null);

/// <summary>What a run read.</summary>
/// <param name="DatasetInputs">Data sets, each with the tags of this use.</param>
/// <param name="ModelInputs">Logged models.</param>
public sealed record RunInputs(DatasetInput[]? DatasetInputs = null, ModelInput[]? ModelInputs = null);

/// <summary>What a run wrote.</summary>
/// <param name="ModelOutputs">Logged models with the step they were written at.</param>
public sealed record RunOutputs(ModelOutput[]? ModelOutputs = null);

/// <summary>A param of a run: written once, never changed.</summary>
/// <param name="Key">1 to <see cref="KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="ValueCharsMax"/> characters; longer ones are cut or refused, as the server is configured.</param>
public sealed record Param(string? Key = null, string? Value = null)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyCharsMax = 250;

    /// <summary>The longest value, in characters.</summary>
    public const int ValueCharsMax = 6_000;
}

/// <summary>A tag of a run: may be overwritten and deleted.</summary>
/// <param name="Key">1 to <see cref="KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="ValueCharsMax"/> characters; longer ones are cut or refused, as the server is configured.</param>
public sealed record RunTag(string? Key = null, string? Value = null)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyCharsMax = 250;

    /// <summary>The longest value, in characters.</summary>
    public const int ValueCharsMax = 8_000;
}

/// <summary>POST runs/create.</summary>
/// <param name="ExperimentId">The experiment, which must be active; null is the Default experiment.</param>
/// <param name="UserId">Who starts it; the tag `mlflow.user` is the newer place.</param>
/// <param name="RunName">Null for a random name. Must agree with a tag `mlflow.runName` if both are given.</param>
/// <param name="StartTime">Unix milliseconds; null is now.</param>
/// <param name="Tags">Tags to begin with, at most <see cref="TagsMax"/>.</param>
/// <param name="RunId">
/// The client's own choice of an id, 32 lowercase hexadecimal digits; null for the server's. The same request again answers the run that is there, unchanged. Only Slipway servers know this.
/// </param>
public sealed record CreateRun(string? ExperimentId = null, string? UserId = null, string? RunName = null, long? StartTime = null, RunTag[]? Tags = null, string? RunId = null)
{
    /// <summary>The most tags in one request.</summary>
    public const int TagsMax = 1_000;
}

/// <summary>The answer of runs/create and runs/get.</summary>
/// <param name="Run">The run.</param>
public sealed record RunAnswer(Run? Run = null);

/// <summary>POST runs/update: null fields stay as they are.</summary>
/// <param name="RunId">Required (or run_uuid).</param>
/// <param name="RunUuid">The old name of run_id.</param>
/// <param name="Status">RUNNING, SCHEDULED, FINISHED, FAILED or KILLED; anything else is answered 400.</param>
/// <param name="EndTime">Unix milliseconds.</param>
/// <param name="RunName">The new name; sets the tag `mlflow.runName` too.</param>
public sealed record UpdateRun(string? RunId = null, string? RunUuid = null, string? Status = null, long? EndTime = null, string? RunName = null);

/// <summary>The answer of runs/update.</summary>
/// <param name="RunInfo">The run as it is now.</param>
public sealed record RunUpdated(RunInfo? RunInfo = null);

/// <summary>Names one run: runs/get, delete and restore.</summary>
/// <param name="RunId">Required (or run_uuid).</param>
/// <param name="RunUuid">The old name of run_id.</param>
public sealed record RunRef(string? RunId = null, string? RunUuid = null);

/// <summary>DELETE of a run under Slipway's own API.</summary>
/// <param name="RunId">Required; part of the path.</param>
/// <param name="Hard">True removes the run and everything logged to it for good; otherwise it is deleted as runs/delete does.</param>
public sealed record DeleteRun(string? RunId = null, bool? Hard = null);

/// <summary>POST runs/search.</summary>
/// <param name="ExperimentIds">The experiments to search; none finds nothing.</param>
/// <param name="Filter">Clauses joined by AND over metrics.KEY, params.KEY, tags.KEY, datasets.FIELD and attributes.</param>
/// <param name="RunViewType">ACTIVE_ONLY (default), DELETED_ONLY or ALL.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null.</param>
/// <param name="OrderBy">Keys with optional ASC or DESC; ties end by start_time DESC, run_id ASC.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record SearchRuns(string[]? ExperimentIds = null, string? Filter = null, string? RunViewType = null, int? MaxResults = null,
    string[]? OrderBy = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 1_000;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 50_000;

    /// <summary>The most experiments in one search.</summary>
    public const int ExperimentsMax = 1_000;

    /// <summary>Stands for every active experiment that the caller sees, in the place of ids.</summary>
    public const string AllExperiments = "*";

    /// <summary>The most experiments that <see cref="AllExperiments"/> stands for: the newest ones.</summary>
    public const int AllExperimentsMax = 10_000;
}

/// <summary>One page of runs.</summary>
/// <param name="Runs">The page, or null when nothing matches.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record RunsPage(Run[]? Runs = null, string? NextPageToken = null);
