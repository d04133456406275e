namespace Slipway.Registry;

/// <summary>A model as a series of versions under one name.</summary>
/// <param name="Name">Unique in its workspace; at most <see cref="NameCharsMax"/> characters, no `/` or `:` and nothing that a path could hide in.</param>
/// <param name="CreationTimestamp">Unix milliseconds.</param>
/// <param name="LastUpdatedTimestamp">Unix milliseconds; of its name, description, versions and stages.</param>
/// <param name="UserId">Who registered it.</param>
/// <param name="Description">Free text.</param>
/// <param name="LatestVersions">The newest version of each stage.</param>
/// <param name="Tags">Its tags by key.</param>
/// <param name="Aliases">Its aliases by name.</param>
public sealed record RegisteredModel(string? Name = null, long? CreationTimestamp = null, long? LastUpdatedTimestamp = null, string? UserId = null, string? Description = null,
    ModelVersion[]? LatestVersions = null, RegisteredModelTag[]? Tags = null, RegisteredModelAlias[]? Aliases = null)
{
    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 256;

    /// <summary>The longest description of a model or a version, in characters.</summary>
    public const int DescriptionCharsMax = 5_000;

    /// <summary>The most aliases of a model.</summary>
    public const int AliasesMax = 1_000;
}

/// <summary>A tag of a registered model.</summary>
/// <param name="Key">1 to <see cref="KeyCharsMax"/> characters.</param>
/// <param name="Value">At most <see cref="ValueCharsMax"/> characters; an absent one is empty.</param>
public sealed record RegisteredModelTag(string? Key = null, string? Value = null)
{
    /// <summary>The longest key of a tag of a model or a version, in characters.</summary>
    public const int KeyCharsMax = 250;

    /// <summary>The longest value, in characters.</summary>
    public const int ValueCharsMax = 100_000;

    /// <summary>The most tags in one request, and of one model or version.</summary>
    public const int TagsMax = 1_000;
}

/// <summary>A name for one version that can be moved.</summary>
/// <param name="Alias">1 to <see cref="CharsMax"/> letters, digits, `_` or `-`; not `latest`, not `v` and a number.</param>
/// <param name="Version">The version it stands for.</param>
public sealed record RegisteredModelAlias(string? Alias = null, string? Version = null)
{
    /// <summary>The longest alias, in characters.</summary>
    public const int CharsMax = 255;
}

/// <summary>POST registered-models/create.</summary>
/// <param name="Name">Required, free in the workspace.</param>
/// <param name="Tags">At most <see cref="RegisteredModelTag.TagsMax"/>; `mlflow.prompt.is_prompt` makes it a prompt.</param>
/// <param name="Description">Free text.</param>
public sealed record CreateRegisteredModel(string? Name = null, RegisteredModelTag[]? Tags = null, string? Description = null);

/// <summary>The answer of most registered-models routes.</summary>
/// <param name="RegisteredModel">The model as it is now.</param>
public sealed record RegisteredModelAnswer(RegisteredModel? RegisteredModel = null);

/// <summary>Names one model: registered-models/get and delete.</summary>
/// <param name="Name">Required.</param>
public sealed record RegisteredModelRef(string? Name = null);

/// <summary>POST registered-models/rename.</summary>
/// <param name="Name">Required.</param>
/// <param name="NewName">Required, free in the workspace.</param>
public sealed record RenameRegisteredModel(string? Name = null, string? NewName = null);

/// <summary>PATCH registered-models/update.</summary>
/// <param name="Name">Required.</param>
/// <param name="Description">The new description; an absent one empties it, as in the reference.</param>
public sealed record UpdateRegisteredModel(string? Name = null, string? Description = null);

/// <summary>GET registered-models/search.</summary>
/// <param name="Filter">Clauses over name, tags.KEY and times; prompts are found only when the filter asks for them.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null.</param>
/// <param name="OrderBy">`name`, `last_updated_timestamp` or `creation_timestamp`, with ASC or DESC; by name if null.</param>
/// <param name="PageToken">The last answer's next_page_token; refused when the query changed.</param>
public sealed record SearchRegisteredModels(string? Filter = null, long? MaxResults = null, string[]? OrderBy = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 100;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 1_000;
}

/// <summary>One page of models.</summary>
/// <param name="RegisteredModels">In order.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record RegisteredModelsPage(RegisteredModel[]? RegisteredModels = null, string? NextPageToken = null);

/// <summary>POST registered-models/set-tag.</summary>
/// <param name="Name">Required.</param>
/// <param name="Key">Required.</param>
/// <param name="Value">An absent one is empty.</param>
public sealed record SetRegisteredModelTag(string? Name = null, string? Key = null, string? Value = null);

/// <summary>DELETE registered-models/delete-tag.</summary>
/// <param name="Name">Required.</param>
/// <param name="Key">Required; a tag that is not there is no error.</param>
public sealed record DeleteRegisteredModelTag(string? Name = null, string? Key = null);

/// <summary>POST registered-models/alias.</summary>
/// <param name="Name">Required.</param>
/// <param name="Alias">Required; moves if it is there.</param>
/// <param name="Version">Required.</param>
public sealed record SetRegisteredModelAlias(string? Name = null, string? Alias = null, string? Version = null);

/// <summary>GET and DELETE registered-models/alias.</summary>
/// <param name="Name">Required.</param>
/// <param name="Alias">Required.</param>
public sealed record RegisteredModelAliasRef(string? Name = null, string? Alias = null);

/// <summary>POST and GET registered-models/get-latest-versions.</summary>
/// <param name="Name">Required.</param>
/// <param name="Stages">Of these stages; of all if null or empty.</param>
public sealed record GetLatestVersions(string? Name = null, string[]? Stages = null);

/// <summary>The newest version of each stage that was asked for.</summary>
/// <param name="ModelVersions">By version, the newest first.</param>
public sealed record LatestVersions(ModelVersion[]? ModelVersions = null);
