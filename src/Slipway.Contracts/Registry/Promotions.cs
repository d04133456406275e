namespace Slipway.Registry;

/// <summary>POST models/{name}/versions/{version}/promote.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Workspace">Required: where to.</param>
/// <param name="Model">Under which model's name there; the same if null.</param>
/// <param name="Reason">Required; at most <see cref="TransitionModelVersion.ReasonCharsMax"/> characters.</param>
public sealed record PromoteModelVersion(string? Name = null, string? Version = null, string? Workspace = null, string? Model = null, string? Reason = null);

/// <summary>GET models/{name}/versions/{version}/promotions: the newest 100.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
public sealed record ListModelPromotions(string? Name = null, string? Version = null);

/// <summary>One promotion.</summary>
/// <param name="Promotion">As far as it is.</param>
public sealed record ModelPromotionAnswer(ModelPromotion? Promotion = null);

/// <summary>Where a version went.</summary>
/// <param name="Promotions">The newest first.</param>
public sealed record ModelPromotionsAnswer(ModelPromotion[]? Promotions = null);

/// <summary>A version on its way to another workspace.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Status">WAITING, RUNNING, DONE or FAILED.</param>
/// <param name="Name">Of which model.</param>
/// <param name="Version">Of which version.</param>
/// <param name="Workspace">Where to.</param>
/// <param name="ToName">Under which name there.</param>
/// <param name="ToVersion">The version there, when it is done.</param>
/// <param name="Reason">Why.</param>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">How large they are together.</param>
/// <param name="CopiedBytes">How much of it is there.</param>
/// <param name="Problem">Why it failed.</param>
/// <param name="CreatedBy">Who asked for it.</param>
/// <param name="CreatedMs">When, Unix milliseconds.</param>
/// <param name="EndedMs">When it ended.</param>
public sealed record ModelPromotion(string Id, string Status, string Name, string Version, string Workspace, string ToName, string? ToVersion, string Reason, long Files, long Bytes, long CopiedBytes, string? Problem, string CreatedBy, long CreatedMs, long? EndedMs);

/// <summary>Where a promoted version came from, as it was known then.</summary>
public sealed record ModelOrigin
{
    /// <summary>The workspace that it came from.</summary>
    public string? Workspace { get; init; }

    /// <summary>The model there.</summary>
    public string? Name { get; init; }

    /// <summary>The version there.</summary>
    public string? Version { get; init; }

    /// <summary>The run that made it.</summary>
    public string? RunId { get; init; }

    /// <summary>The source as it was registered there.</summary>
    public string? Source { get; init; }

    /// <summary>The digest of all its files.</summary>
    public string? Digest { get; init; }

    /// <summary>Its evaluations that were done, the newest first, at most 100.</summary>
    public ModelEvaluation[]? Evaluations { get; init; }

    /// <summary>What its gates said for each place: of the last move that was made, else of the newest look; at most 20.</summary>
    public GateEvaluation[]? Gates { get; init; }

    /// <summary>Who approved or rejected it, the newest first, at most 100.</summary>
    public EvidenceApproval[]? Approvals { get; init; }

    /// <summary>What was waived for it, the newest first, at most 100.</summary>
    public GateWaiver[]? Waivers { get; init; }

    /// <summary>The SHA-256 of digest, evaluations, gates, approvals and waivers, as the event `model_version.promoted_from` names it; null for what was promoted before evidence was pinned.</summary>
    public string? EvidenceSha256 { get; init; }

    /// <summary>The origin of the origin, at most four in all.</summary>
    public ModelOrigin? Before { get; init; }

    /// <summary>True when there was more than is kept.</summary>
    public bool Cut { get; init; }

    /// <summary>True when the caller may not see the origin there: workspace, run, source and lineage are left out.</summary>
    public bool Hidden { get; init; }

    /// <summary>How lineage names the origin.</summary>
    public string? Lineage { get; init; }

    /// <summary>Who promoted it.</summary>
    public string? PromotedBy { get; init; }

    /// <summary>When, Unix milliseconds.</summary>
    public long PromotedMs { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }
}
