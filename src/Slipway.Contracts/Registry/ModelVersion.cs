namespace Slipway.Registry;

/// <summary>One version of a registered model.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">A whole number from 1, as text; never used twice in one model.</param>
/// <param name="CreationTimestamp">Unix milliseconds.</param>
/// <param name="LastUpdatedTimestamp">Unix milliseconds; of its description and stage.</param>
/// <param name="UserId">Who registered it.</param>
/// <param name="CurrentStage">None, Staging, Production or Archived.</param>
/// <param name="Description">Free text.</param>
/// <param name="Source">Where its files came from, as it was registered.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Status">READY.</param>
/// <param name="StatusMessage">More about the status.</param>
/// <param name="Tags">Its tags by key.</param>
/// <param name="RunLink">A link to the run on another server.</param>
/// <param name="Aliases">The aliases that stand for it.</param>
/// <param name="ModelId">The logged model that it was made of.</param>
public sealed record ModelVersion(string? Name = null, string? Version = null, long? CreationTimestamp = null, long? LastUpdatedTimestamp = null, string? UserId = null,
    string? CurrentStage = null, string? Description = null, string? Source = null, string? RunId = null, string? Status = null, string? StatusMessage = null,
    ModelVersionTag[]? Tags = null, string? RunLink = null, string[]? Aliases = null, string? ModelId = null)
{
    /// <summary>The longest source, in characters.</summary>
    public const int SourceCharsMax = 2_048;

    /// <summary>The longest run link, in characters.</summary>
    public const int RunLinkCharsMax = 500;
}

/// <summary>A tag of a version.</summary>
/// <param name="Key">1 to <see cref="RegisteredModelTag.KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="RegisteredModelTag.ValueCharsMax"/> characters.</param>
public sealed record ModelVersionTag(string? Key = null, string? Value = null);

/// <summary>POST model-versions/create.</summary>
/// <param name="Name">Required; the model must be there.</param>
/// <param name="Source">Required: `runs:/`, `models:/`, `mlflow-artifacts:` or a remote URI. A local path must lie in the artifacts of the run or logged model.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Tags">At most <see cref="RegisteredModelTag.TagsMax"/>.</param>
/// <param name="RunLink">A link to the run on another server.</param>
/// <param name="Description">Free text.</param>
/// <param name="ModelId">The logged model that it is made of.</param>
public sealed record CreateModelVersion(string? Name = null, string? Source = null, string? RunId = null, ModelVersionTag[]? Tags = null, string? RunLink = null,
    string? Description = null, string? ModelId = null);

/// <summary>The answer of most model-versions routes.</summary>
/// <param name="ModelVersion">The version as it is now.</param>
public sealed record ModelVersionAnswer(ModelVersion? ModelVersion = null);

/// <summary>Names one version: model-versions/get, get-download-uri and delete.</summary>
/// <param name="Name">Required.</param>
/// <param name="Version">Required.</param>
public sealed record ModelVersionRef(string? Name = null, string? Version = null);

/// <summary>PATCH model-versions/update.</summary>
/// <param name="Name">Required.</param>
/// <param name="Version">Required.</param>
/// <param name="Description">The new description; an absent one empties it, as in the reference.</param>
public sealed record UpdateModelVersion(string? Name = null, string? Version = null, string? Description = null);

/// <summary>POST model-versions/transition-stage.</summary>
/// <param name="Name">Required.</param>
/// <param name="Version">Required.</param>
/// <param name="Stage">Required, in any case of letters.</param>
/// <param name="ArchiveExistingVersions">Moves other versions of the stage to Archived in the same transaction; for Staging and Production only.</param>
/// <param name="Reason">Why, for the history; at most <see cref="ReasonCharsMax"/> characters. Only Slipway servers know this.</param>
public sealed record TransitionModelVersion(string? Name = null, string? Version = null, string? Stage = null, bool? ArchiveExistingVersions = null, string? Reason = null)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int ReasonCharsMax = 1_000;
}

/// <summary>GET model-versions/search.</summary>
/// <param name="Filter">Clauses over name, run_id, source_path, version_number, current_stage, alias, times and tags.KEY; prompts are found only when the filter asks for them.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null.</param>
/// <param name="OrderBy">`name`, `version_number`, `creation_timestamp` or `last_updated_timestamp`, with ASC or DESC; the newest first if null.</param>
/// <param name="PageToken">The last answer's next_page_token; refused when the query changed.</param>
public sealed record SearchModelVersions(string? Filter = null, long? MaxResults = null, string[]? OrderBy = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 10_000;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 200_000;
}

/// <summary>One page of versions.</summary>
/// <param name="ModelVersions">In order.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ModelVersionsPage(ModelVersion[]? ModelVersions = null, string? NextPageToken = null);

/// <summary>Where a version's files are to be had.</summary>
/// <param name="ArtifactUri">As the source says it, or for `models:/` what that one says.</param>
public sealed record ModelVersionDownloadUri(string? ArtifactUri = null);

/// <summary>POST model-versions/set-tag.</summary>
/// <param name="Name">Required.</param>
/// <param name="Version">Required.</param>
/// <param name="Key">Required.</param>
/// <param name="Value">An absent one is empty.</param>
public sealed record SetModelVersionTag(string? Name = null, string? Version = null, string? Key = null, string? Value = null);

/// <summary>DELETE model-versions/delete-tag.</summary>
/// <param name="Name">Required.</param>
/// <param name="Version">Required.</param>
/// <param name="Key">Required; a tag that is not there is no error.</param>
public sealed record DeleteModelVersionTag(string? Name = null, string? Version = null, string? Key = null);
