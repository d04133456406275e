namespace Slipway.Registry;

/// <summary>A policy: what a version must show before it gets into a stage or behind an alias.</summary>
public sealed record GatePolicy
{
    /// <summary>The longest name, in characters: letters, digits, `_`, `-` and `.`.</summary>
    public const int NameCharsMax = 100;

    /// <summary>The longest text, in characters.</summary>
    public const int YamlCharsMax = 65_536;

    /// <summary>The most checks of one policy.</summary>
    public const int ChecksMax = 50;

    /// <summary>The most policies of a workspace.</summary>
    public const int PoliciesMax = 200;

    /// <summary>The most versions of a policy.</summary>
    public const int VersionsMax = 1_000;

    /// <summary>The most attachments, and the most protections, of a workspace.</summary>
    public const int AttachmentsMax = 1_000;

    /// <summary>The longest note, in characters.</summary>
    public const int NoteCharsMax = 1_000;

    /// <summary>Unique in its workspace.</summary>
    public string? Name { get; init; }

    /// <summary>Which version of it this is, from 1.</summary>
    public long Version { get; init; }

    /// <summary>The version that counts.</summary>
    public long NewestVersion { get; init; }

    /// <summary>What it says it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The text; in lists it is left out.</summary>
    public string? Yaml { get; init; }

    /// <summary>Why this version was made.</summary>
    public string? Note { get; init; }

    /// <summary>When, Unix milliseconds.</summary>
    public long MadeMs { get; init; }

    /// <summary>By whom.</summary>
    public string? MadeBy { get; init; }

    /// <summary>`free`: going back needs no gates; `gated`: it does.</summary>
    public string? Rollback { get; init; }

    /// <summary>Whether the move is made when the last approval comes.</summary>
    public bool Auto { get; init; }

    /// <summary>How long a request for approval waits, in days.</summary>
    public int ExpireDays { get; init; }

    /// <summary>The role that may waive checks.</summary>
    public string? Waivers { get; init; }

    /// <summary>Its checks; in lists they are left out.</summary>
    public GatePolicyCheck[]? Checks { get; init; }

    /// <summary>Where it counts.</summary>
    public GateAttachment[]? Attachments { get; init; }

    /// <summary>All its versions, the newest first, at most 100; in lists they are left out.</summary>
    public GatePolicyVersion[]? Versions { get; init; }
}

/// <summary>A check of a policy.</summary>
/// <param name="Id">Unique in the policy.</param>
/// <param name="Check">Its kind.</param>
/// <param name="Title">What it asks for.</param>
/// <param name="Waivable">Whether it can be waived.</param>
public sealed record GatePolicyCheck(string? Id = null, string? Check = null, string? Title = null, bool Waivable = false);

/// <summary>A version of a policy.</summary>
/// <param name="Version">From 1.</param>
/// <param name="MadeMs">Unix milliseconds.</param>
/// <param name="MadeBy">By whom.</param>
/// <param name="Note">Why.</param>
/// <param name="Sha256">Of its text.</param>
public sealed record GatePolicyVersion(long Version = 0, long MadeMs = 0, string? MadeBy = null, string? Note = null, string? Sha256 = null);

/// <summary>Where a policy counts; also the body of POST and DELETE gates/attachments, of which the first four count.</summary>
/// <param name="Policy">Required.</param>
/// <param name="Model">For this model; null: for every model of the workspace.</param>
/// <param name="Stage">For this stage.</param>
/// <param name="Alias">Or for this alias. Without both: for every alias, and for every stage but None and Archived.</param>
/// <param name="MadeMs">Unix milliseconds.</param>
/// <param name="MadeBy">By whom.</param>
/// <param name="Endpoint">Or for this endpoint, or one of the uses `:score`, `:export`, `:serve`.</param>
public sealed record GateAttachment(string? Policy = null, string? Model = null, string? Stage = null, string? Alias = null, long MadeMs = 0, string? MadeBy = null, string? Endpoint = null);

/// <summary>GET gates/attachments and gates/protections.</summary>
/// <param name="Model">What counts for this model; null: all.</param>
public sealed record ListGateRules(string? Model = null);

/// <summary>Attachments.</summary>
/// <param name="Attachments">By policy, model and slot.</param>
public sealed record GateAttachments(GateAttachment[]? Attachments = null);

/// <summary>GET gates/policies.</summary>
public sealed record ListGatePolicies;

/// <summary>The policies of a workspace.</summary>
/// <param name="Policies">By name.</param>
public sealed record GatePolicies(GatePolicy[]? Policies = null);

/// <summary>GET and DELETE gates/policies/{name}.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">This version of it; null: the newest.</param>
public sealed record GatePolicyRef(string? Name = null, long? Version = null);

/// <summary>PUT gates/policies/{name}: a new version, unless the text is the newest one's.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Yaml">Required; at most <see cref="GatePolicy.YamlCharsMax"/> characters.</param>
/// <param name="Note">Why.</param>
/// <param name="FromVersion">The version that was edited, 0 for none; when another one is the newest by now, nothing is saved and the answer is 409.</param>
public sealed record SaveGatePolicy(string? Name = null, string? Yaml = null, string? Note = null, long? FromVersion = null);

/// <summary>POST gates/policies/check.</summary>
/// <param name="Yaml">Required.</param>
/// <param name="Name">As which it would be saved: a policy must not include itself.</param>
public sealed record CheckGatePolicy(string? Yaml = null, string? Name = null);

/// <summary>Whether a text is a policy.</summary>
/// <param name="Valid">True without errors.</param>
/// <param name="Errors">At most 20.</param>
/// <param name="Checks">What it would check.</param>
public sealed record GatePolicyChecked(bool Valid = false, GatePolicyError[]? Errors = null, GatePolicyCheck[]? Checks = null);

/// <summary>POST gates/policies/try: what a text would say of a version if it were saved and the only policy there.</summary>
/// <param name="Yaml">Required.</param>
/// <param name="Model">Required.</param>
/// <param name="Version">Required.</param>
/// <param name="Stage">For this stage.</param>
/// <param name="Alias">Or for this alias. Without both: `champion` if it is set, else Production.</param>
/// <param name="Name">Of which policy it is a draft; its waivers count.</param>
public sealed record TryGatePolicy(string? Yaml = null, string? Model = null, string? Version = null, string? Stage = null, string? Alias = null, string? Name = null);

/// <summary>What a draft of a policy says of a version. Nothing of it is kept.</summary>
public sealed record GatePolicyTried
{
    /// <summary>Whether the text is a policy.</summary>
    public bool Valid { get; init; }

    /// <summary>What is wrong with it, at most 20.</summary>
    public GatePolicyError[]? Errors { get; init; }

    /// <summary>Whether every check passes.</summary>
    public bool Passed { get; init; }

    /// <summary>For which stage.</summary>
    public string? Stage { get; init; }

    /// <summary>Or for which alias.</summary>
    public string? Alias { get; init; }

    /// <summary>The version that stands there.</summary>
    public string? StandsThere { get; init; }

    /// <summary>What approvals would be for.</summary>
    public string? EvidenceDigest { get; init; }

    /// <summary>All checks.</summary>
    public GateCheckResult[]? Checks { get; init; }
}

/// <summary>What is wrong in a policy.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">A sentence.</param>
public sealed record GatePolicyError(long Line = 1, long Column = 1, string? Message = null);

/// <summary>A stage or alias that only a role may move; also the body of POST and DELETE gates/protections, of which the first four count.</summary>
/// <param name="Model">Of this model; null: of every model.</param>
/// <param name="Stage">This stage.</param>
/// <param name="Alias">Or this alias.</param>
/// <param name="Role">Who may; null: who may manage the model.</param>
/// <param name="MadeMs">Unix milliseconds.</param>
/// <param name="MadeBy">By whom.</param>
public sealed record SlotProtection(string? Model = null, string? Stage = null, string? Alias = null, string? Role = null, long MadeMs = 0, string? MadeBy = null);

/// <summary>Protections.</summary>
/// <param name="Protections">By model and slot.</param>
public sealed record SlotProtections(SlotProtection[]? Protections = null);
