using System.Text.Json.Serialization;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What is known about a version, gathered from everywhere.</summary>
public sealed record ModelCard
{
    /// <summary>The model's name.</summary>
    public string? Name { get; init; }

    /// <summary>The version's number.</summary>
    public string? Version { get; init; }

    /// <summary>The stage it is in.</summary>
    public string? Stage { get; init; }

    /// <summary>The aliases that stand for it.</summary>
    public string[]? Aliases { get; init; }

    /// <summary>The version's description.</summary>
    public string? Description { get; init; }

    /// <summary>The model's description.</summary>
    public string? ModelDescription { get; init; }

    /// <summary>When it was registered, Unix milliseconds.</summary>
    public long RegisteredMs { get; init; }

    /// <summary>Who registered it.</summary>
    public string? RegisteredBy { get; init; }

    /// <summary>Where its files came from.</summary>
    public string? Source { get; init; }

    /// <summary>Its tags by key.</summary>
    public ModelVersionTag[]? Tags { get; init; }

    /// <summary>Who answers for the model and what it is for.</summary>
    public ModelProfile? Profile { get; init; }

    /// <summary>The run that made it.</summary>
    public CardRun? Run { get; init; }

    /// <summary>The logged model that it was made of.</summary>
    public CardLoggedModel? LoggedModel { get; init; }

    /// <summary>Params of the run and of the logged model, by key; at most <see cref="ParamsMax"/>.</summary>
    public Param[]? Params { get; init; }

    /// <summary>How many there are.</summary>
    public int ParamsTotal { get; init; }

    /// <summary>The latest values, computed ones first, then by key; at most <see cref="MetricsMax"/>.</summary>
    public CardMetric[]? Metrics { get; init; }

    /// <summary>How many there are.</summary>
    public int MetricsTotal { get; init; }

    /// <summary>The data that the run read; at most <see cref="DatasetsMax"/>.</summary>
    public CardDataset[]? Datasets { get; init; }

    /// <summary>How many there are.</summary>
    public int DatasetsTotal { get; init; }

    /// <summary>What it is made of.</summary>
    public CardPackage? Package { get; init; }

    /// <summary>What the gates said when they were last asked.</summary>
    public CardCheck[]? Checks { get; init; }

    /// <summary>Who approved or rejected it.</summary>
    public CardApproval[]? Approvals { get; init; }

    /// <summary>Where a promoted version came from, with the evidence of then.</summary>
    public CardOrigin? Origin { get; init; }

    /// <summary>What the authors added: the model's sections, then the version's own.</summary>
    public CardSection[]? Sections { get; init; }

    /// <summary>What nobody filled in.</summary>
    public string[]? Lacking { get; init; }

    /// <summary>What there is and the caller may not see.</summary>
    public string[]? Hidden { get; init; }

    /// <summary>The most params of a card.</summary>
    public const int ParamsMax = 500;

    /// <summary>The most metrics of a card.</summary>
    public const int MetricsMax = 500;

    /// <summary>The most data sets of a card.</summary>
    public const int DatasetsMax = 100;
}

/// <summary>The run that made a version.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="ExperimentId">Its experiment.</param>
/// <param name="ExperimentName">The experiment's name.</param>
/// <param name="Status">FINISHED and so on.</param>
/// <param name="UserId">Whose it is, as its client said.</param>
/// <param name="StartMs">Unix milliseconds.</param>
/// <param name="EndMs">Unix milliseconds.</param>
/// <param name="Commit">The git commit of its code.</param>
/// <param name="Branch">The git branch.</param>
/// <param name="Repository">The git remote.</param>
/// <param name="Dirty">True when the code differed from the commit; absent when its client did not say.</param>
/// <param name="Program">What ran.</param>
public sealed record CardRun(string RunId, string Name, string ExperimentId, string? ExperimentName, string Status, string? UserId, long? StartMs, long? EndMs,
    string? Commit = null, string? Branch = null, string? Repository = null, bool? Dirty = null, string? Program = null);

/// <summary>The logged model that a version was made of.</summary>
/// <param name="ModelId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="ModelType">Its type, as its client said.</param>
public sealed record CardLoggedModel(string ModelId, string? Name, string? ModelType);

/// <summary>A value of a metric.</summary>
/// <param name="Key">The metric.</param>
/// <param name="Value">Its latest value.</param>
/// <param name="Step">At this step.</param>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="Origin">`claimed` when a client logged it, `computed` when Slipway scored the model itself.</param>
/// <param name="DatasetName">On this data, where that is known.</param>
/// <param name="DatasetDigest">The data's digest.</param>
public sealed record CardMetric(string Key, double Value, long Step, long TimestampMs, string Origin, string? DatasetName = null, string? DatasetDigest = null)
{
    /// <summary>The origin of what a client logged.</summary>
    public const string Claimed = "claimed";

    /// <summary>The origin of what Slipway computed.</summary>
    public const string Computed = "computed";
}

/// <summary>Data that the run read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">The digest of its content.</param>
/// <param name="Context">What for: training, eval and so on.</param>
/// <param name="SourceType">The kind of its source.</param>
/// <param name="Source">Where it came from, as its client said.</param>
public sealed record CardDataset(string Name, string Digest, string? Context, string? SourceType, string? Source);

/// <summary>What a version is made of, in short.</summary>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">How large they are together.</param>
/// <param name="Digest">SHA-256 over all of them; see <see cref="ModelPackage.Digest"/>.</param>
/// <param name="Flavors">How it can be loaded.</param>
/// <param name="PythonVersion">The Python that made it.</param>
/// <param name="MlflowVersion">The MLflow that made it.</param>
/// <param name="Inputs">What goes in.</param>
/// <param name="Outputs">What comes out.</param>
/// <param name="Remark">Why there is less here than there could be.</param>
public sealed record CardPackage(int Files, long? Bytes, string? Digest, string[]? Flavors, string? PythonVersion, string? MlflowVersion, ModelColumnInfo[]? Inputs, ModelColumnInfo[]? Outputs, string? Remark);

/// <summary>What one check of a gate said.</summary>
/// <param name="Name">The check.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Outcome">`passed`, `failed`, `waived` and so on.</param>
/// <param name="Detail">Why.</param>
/// <param name="Policy">The policy that asks for it.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
public sealed record CardCheck(string Name, string? Kind, string Outcome, string? Detail, string? Policy, long AtMs);

/// <summary>What one person decided.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Decision">`approved` or `rejected`.</param>
/// <param name="Comment">Why.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
public sealed record CardApproval(string? Actor, string Decision, string? Comment, long AtMs);

/// <summary>Where a promoted version came from.</summary>
/// <param name="Workspace">From which workspace; absent for who may not see it there.</param>
/// <param name="Name">The model there.</param>
/// <param name="Version">The version there.</param>
/// <param name="PromotedBy">Who promoted it.</param>
/// <param name="PromotedMs">When, Unix milliseconds.</param>
/// <param name="Reason">Why.</param>
/// <param name="EvidenceSha256">What pins the evidence; see <see cref="ModelOrigin.EvidenceSha256"/>.</param>
/// <param name="Metrics">What Slipway measured there.</param>
/// <param name="Checks">What the gates said there.</param>
/// <param name="Approvals">Who decided there.</param>
public sealed record CardOrigin(string? Workspace, string? Name, string? Version, string? PromotedBy, long PromotedMs, string? Reason, string? EvidenceSha256, CardMetric[]? Metrics, CardCheck[]? Checks, CardApproval[]? Approvals);

/// <summary>How profiles and cards are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(GetModelProfile))]
[JsonSerializable(typeof(ModelProfile))]
[JsonSerializable(typeof(DescribeModel))]
[JsonSerializable(typeof(PutCardSections))]
[JsonSerializable(typeof(OwnCardSections))]
[JsonSerializable(typeof(ModelVersionRef))]
[JsonSerializable(typeof(ModelCard))]
public sealed partial class ModelCardJson : JsonSerializerContext;
