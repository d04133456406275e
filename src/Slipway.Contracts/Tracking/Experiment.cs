namespace Slipway.Tracking;

/// <summary>A named collection of runs.</summary>
/// <param name="ExperimentId">Decimal digits; "0" is the Default experiment. Never reused.</param>
/// <param name="Name">Unique in its workspace, deleted experiments included; 1 to <see cref="NameCharsMax"/> characters.</param>
/// <param name="ArtifactLocation">Where artifacts of its runs lie: a URI, by default `mlflow-artifacts:/ID`.</param>
/// <param name="LifecycleStage">"active" or "deleted".</param>
/// <param name="LastUpdateTime">Unix milliseconds.</param>
/// <param name="CreationTime">Unix milliseconds.</param>
/// <param name="Tags">Its tags, or null when there are none.</param>
public sealed record Experiment(string? ExperimentId = null, string? Name = null, string? ArtifactLocation = null, string? LifecycleStage = null,
    long? LastUpdateTime = null, long? CreationTime = null, ExperimentTag[]? Tags = null)
{
    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 500;

    /// <summary>The longest artifact location, in characters.</summary>
    public const int ArtifactLocationCharsMax = 2048;

    /// <summary>The id of the experiment that exists from the start.</summary>
    public const string DefaultId = "0";

    /// <summary>The name of the experiment that exists from the start.</summary>
    public const string DefaultName = "Default";
}

/// <summary>A tag of an experiment.</summary>
/// <param name="Key">1 to <see cref="KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="ValueCharsMax"/> characters.</param>
public sealed record ExperimentTag(string? Key = null, string? Value = null)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyCharsMax = 250;

    /// <summary>The longest value, in characters.</summary>
    public const int ValueCharsMax = 5_000;
}

/// <summary>POST experiments/create.</summary>
/// <param name="Name">Required; unique in the workspace.</param>
/// <param name="ArtifactLocation">A URI, or null for the server's own store.</param>
/// <param name="Tags">Tags to begin with, at most <see cref="TagsMax"/>.</param>
public sealed record CreateExperiment(string? Name = null, string? ArtifactLocation = null, ExperimentTag[]? Tags = null)
{
    /// <summary>The most tags in one request.</summary>
    public const int TagsMax = 1_000;
}

/// <summary>The answer of experiments/create.</summary>
/// <param name="ExperimentId">The id of the new experiment.</param>
public sealed record ExperimentCreated(string? ExperimentId = null);

/// <summary>Names one experiment: experiments/get, delete and restore.</summary>
/// <param name="ExperimentId">Required.</param>
public sealed record ExperimentRef(string? ExperimentId = null);

/// <summary>GET experiments/get-by-name.</summary>
/// <param name="ExperimentName">Required; deleted experiments are found too.</param>
public sealed record GetExperimentByName(string? ExperimentName = null);

/// <summary>The answer of experiments/get and get-by-name.</summary>
/// <param name="Experiment">The experiment with its tags.</param>
public sealed record ExperimentAnswer(Experiment? Experiment = null);

/// <summary>POST experiments/update: renames an active experiment.</summary>
/// <param name="ExperimentId">Required.</param>
/// <param name="NewName">The new name; null changes nothing.</param>
public sealed record UpdateExperiment(string? ExperimentId = null, string? NewName = null);

/// <summary>POST experiments/set-experiment-tag: sets or overwrites one tag.</summary>
/// <param name="ExperimentId">Required.</param>
/// <param name="Key">Required.</param>
/// <param name="Value">Required; may be empty.</param>
public sealed record SetExperimentTag(string? ExperimentId = null, string? Key = null, string? Value = null);

/// <summary>POST experiments/delete-experiment-tag: 404 when the experiment has no such tag.</summary>
/// <param name="ExperimentId">Required.</param>
/// <param name="Key">Required.</param>
public sealed record DeleteExperimentTag(string? ExperimentId = null, string? Key = null);

/// <summary>POST or GET experiments/search.</summary>
/// <param name="MaxResults">Required: 1 to <see cref="MaxResultsMax"/>.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
/// <param name="Filter">Clauses joined by AND over name, creation_time, last_update_time and tags.KEY.</param>
/// <param name="OrderBy">Keys with optional ASC or DESC; by default the newest first.</param>
/// <param name="ViewType">ACTIVE_ONLY (default), DELETED_ONLY or ALL.</param>
public sealed record SearchExperiments(long? MaxResults = null, string? PageToken = null, string? Filter = null, string[]? OrderBy = null, string? ViewType = null)
{
    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 50_000;
}

/// <summary>One page of experiments.</summary>
/// <param name="Experiments">The page, or null when nothing matches.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ExperimentsPage(Experiment[]? Experiments = null, string? NextPageToken = null);
