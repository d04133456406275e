namespace Slipway.Registry;

/// <summary>What gates said of a version, as it was recorded, with the evidence they said it on.</summary>
public sealed record GateEvaluation
{
    /// <summary>How many evaluations are kept of a version besides those of moves that were made: the newest.</summary>
    public const int KeptMax = 200;

    /// <summary>Unique; null before it is recorded.</summary>
    public long? Id { get; init; }

    /// <summary>The model, by the name it had.</summary>
    public string? Model { get; init; }

    /// <summary>The version.</summary>
    public string? Version { get; init; }

    /// <summary>For which stage, or null.</summary>
    public string? Stage { get; init; }

    /// <summary>For which alias, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>For which endpoint, or null.</summary>
    public string? Endpoint { get; init; }

    /// <summary>`check` (asked for), `transition` (made), `blocked` (refused), `rollback` (made without gates) or `approval`.</summary>
    public string? Purpose { get; init; }

    /// <summary>Whether every check passed or was waived.</summary>
    public bool Passed { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long AtMs { get; init; }

    /// <summary>Who asked.</summary>
    public string? By { get; init; }

    /// <summary>The version that stood there.</summary>
    public string? StoodThere { get; init; }

    /// <summary>SHA-256 over what the checks looked at, approvals apart: approvals are given for it.</summary>
    public string? EvidenceDigest { get; init; }

    /// <summary>Which policies, in which versions.</summary>
    public GatePolicyUsed[]? Policies { get; init; }

    /// <summary>What each check said; in the answer to a blocked move those that did not pass.</summary>
    public GateCheckResult[]? Checks { get; init; }
}

/// <summary>A policy that counted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version that counted.</param>
public sealed record GatePolicyUsed(string? Name = null, long Version = 0);

/// <summary>What one check said.</summary>
public sealed record GateCheckResult
{
    /// <summary>Of which policy.</summary>
    public string? Policy { get; init; }

    /// <summary>Of which version of it.</summary>
    public long PolicyVersion { get; init; }

    /// <summary>Which check of it.</summary>
    public string? Id { get; init; }

    /// <summary>The check's kind.</summary>
    public string? Check { get; init; }

    /// <summary>What it asks for.</summary>
    public string? Title { get; init; }

    /// <summary>`passed`, `failed`, `pending` (under way or waiting for people: it does not pass) or `waived`.</summary>
    public string? Status { get; init; }

    /// <summary>True when it passed on a value that a client logged and Slipway did not compute.</summary>
    public bool Claimed { get; init; }

    /// <summary>Why.</summary>
    public string? Message { get; init; }

    /// <summary>What to do, where something is to be done.</summary>
    public string? Remedy { get; init; }

    /// <summary>What it looked at.</summary>
    public GateEvidence[]? Evidence { get; init; }

    /// <summary>Who waived it and why.</summary>
    public GateWaiver? Waiver { get; init; }

    /// <summary>Whether it can be waived.</summary>
    public bool Waivable { get; init; }
}

/// <summary>A fact that a check looked at.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">As text, numbers exactly.</param>
public sealed record GateEvidence(string? Name = null, string? Value = null);

/// <summary>Names a version and a slot: GET and POST models/{name}/versions/{version}/gates.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Stage">For this stage.</param>
/// <param name="Alias">For this alias.</param>
/// <param name="Endpoint">For this endpoint.</param>
public sealed record GateQuestion(string? Name = null, string? Version = null, string? Stage = null, string? Alias = null, string? Endpoint = null);

/// <summary>The gates of a version as they are now.</summary>
public sealed record VersionGates
{
    /// <summary>The most slots that are looked at when none is asked for.</summary>
    public const int SlotsMax = 20;

    /// <summary>Of the slot that was asked for, or of every slot that a policy is attached to.</summary>
    public GateChecklist[]? Checklists { get; init; }

    /// <summary>Every waiver of the version, revoked ones too.</summary>
    public GateWaiver[]? Waivers { get; init; }

    /// <summary>Its requests for approval, the newest first.</summary>
    public ApprovalRequest[]? Requests { get; init; }

    /// <summary>The newest 10.</summary>
    public GateEvaluation[]? Evaluations { get; init; }
}

/// <summary>What a version would need for a slot, as it is now.</summary>
public sealed record GateChecklist
{
    /// <summary>The stage, or null.</summary>
    public string? Stage { get; init; }

    /// <summary>The alias, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>The endpoint, or null.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Whether a move would pass; true where no policy is attached.</summary>
    public bool Passed { get; init; }

    /// <summary>The version that stands there.</summary>
    public string? StandsThere { get; init; }

    /// <summary>The role that alone may move it; `manage` for who may manage the model.</summary>
    public string? ProtectedBy { get; init; }

    /// <summary>SHA-256 over what the checks looked at.</summary>
    public string? EvidenceDigest { get; init; }

    /// <summary>Which policies count.</summary>
    public GatePolicyUsed[]? Policies { get; init; }

    /// <summary>What each check says now.</summary>
    public GateCheckResult[]? Checks { get; init; }
}

/// <summary>GET models/{name}/versions/{version}/gates/evaluations.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, 20 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListGateEvaluations(string? Name = null, string? Version = null, int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 100;
}

/// <summary>One page of evaluations.</summary>
/// <param name="Evaluations">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record GateEvaluationsPage(GateEvaluation[]? Evaluations = null, string? NextPageToken = null);

/// <summary>GET models/{name}/gates/evaluations/{id}.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Id">Required; part of the path.</param>
public sealed record GateEvaluationRef(string? Name = null, long? Id = null);

/// <summary>A check of a version that somebody lets pass, with a reason.</summary>
public sealed record GateWaiver
{
    /// <summary>The longest reason, in characters.</summary>
    public const int ReasonCharsMax = 5_000;

    /// <summary>The most waivers of a version.</summary>
    public const int WaiversMax = 1_000;

    /// <summary>Unique.</summary>
    public long Id { get; init; }

    /// <summary>Of which policy, in whatever version.</summary>
    public string? Policy { get; init; }

    /// <summary>Which check of it.</summary>
    public string? Check { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Who.</summary>
    public string? By { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long AtMs { get; init; }

    /// <summary>When it was taken back, or null.</summary>
    public long? RevokedMs { get; init; }

    /// <summary>By whom.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>Why.</summary>
    public string? RevokedReason { get; init; }
}

/// <summary>POST models/{name}/versions/{version}/waivers.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Policy">Required.</param>
/// <param name="Check">Required: the check's id.</param>
/// <param name="Reason">Required.</param>
public sealed record WaiveGateCheck(string? Name = null, string? Version = null, string? Policy = null, string? Check = null, string? Reason = null);

/// <summary>POST models/{name}/versions/{version}/waivers/{id}/revoke.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Id">Required; part of the path.</param>
/// <param name="Reason">Required.</param>
public sealed record RevokeGateWaiver(string? Name = null, string? Version = null, long? Id = null, string? Reason = null);
