namespace Slipway.Registry;

/// <summary>A policy as it was read: what has to be met, and what goes with it.</summary>
internal sealed record Policy(string? Description, bool RollbackGated, bool Auto, int ExpireDays, string Waivers, IReadOnlyList<PolicyCheck> Checks)
{
    public const int ExpireDaysDefault = 14;

    public const string WaiversDefault = "admin";
}

/// <summary>One thing that has to be met.</summary>
internal abstract record PolicyCheck(string Kind)
{
    /// <summary>Unique in its policy.</summary>
    public string Id { get; init; } = "";

    /// <summary>What it asks for, for people.</summary>
    public string Title { get; init; } = "";

    /// <summary>Whether a waiver can stand for it.</summary>
    public bool Waivable { get; init; } = true;

    /// <summary>For the wire.</summary>
    public GatePolicyCheck Wire => new(Id, Kind, Title, Waivable);
}

/// <summary>A metric against bounds, or against whoever stands somewhere.</summary>
internal sealed record MetricPolicyCheck(string Metric, string? Dataset, double? Min, double? Max, SlotRef? Against, double Tolerance, double TolerancePercent, bool HigherIsBetter, bool ClaimedCounts)
    : PolicyCheck("metric");

/// <summary>A signature, compatible with that of whoever stands somewhere.</summary>
internal sealed record SignaturePolicyCheck(SlotRef? CompatibleWith) : PolicyCheck("signature");

/// <summary>Tags of the version or of its model; a null value means any but empty.</summary>
internal sealed record TagsPolicyCheck(IReadOnlyList<KeyValuePair<string, string?>> Required) : PolicyCheck("tags");

/// <summary>What the model has to say about itself.</summary>
internal sealed record FieldsPolicyCheck(IReadOnlyList<string> Required) : PolicyCheck("fields")
{
    /// <summary>What can be asked for.</summary>
    public static IReadOnlyList<string> Known { get; } = ["description", "owner", "team", "purpose", "intended_use", "limitations", "contact", "license", "review_date", "retirement_date"];
}

/// <summary>Files scanned for unsafe content.</summary>
internal sealed record ScanPolicyCheck(bool SuspiciousCounts) : PolicyCheck("scan");

/// <summary>Files signed with a key that is trusted.</summary>
internal sealed record SignedPolicyCheck() : PolicyCheck("signed");

/// <summary>A run that noted its data.</summary>
internal sealed record DatasetPolicyCheck(string? Context) : PolicyCheck("dataset");

/// <summary>A run that ended well, from code that is known.</summary>
internal sealed record RunPolicyCheck(bool Finished, bool CleanCommit) : PolicyCheck("run");

/// <summary>A program of the policy's own.</summary>
internal sealed record CommandPolicyCheck(IReadOnlyList<string> Run, int TimeoutSeconds, bool Network) : PolicyCheck("command")
{
    public const int TimeoutSecondsMax = 900;

    public const int WordsMax = 100;

    public const int WordCharsMax = 4_000;
}

/// <summary>So many people of a role.</summary>
internal sealed record ApprovalsPolicyCheck(int Count, string Role) : PolicyCheck("approvals")
{
    public const int CountMax = 20;
}

/// <summary>All checks of another policy.</summary>
internal sealed record IncludePolicyCheck(string Policy) : PolicyCheck("policy");

/// <summary>Whoever stands somewhere: in the slot that the move is about, behind an alias, or in a stage.</summary>
/// <param name="Alias">The alias, or null.</param>
/// <param name="Stage">The stage, or null; both null: the slot of the move.</param>
internal readonly record struct SlotRef(string? Alias, string? Stage)
{
    /// <summary>`slot`, `@ALIAS` or a stage; null when it is none of them.</summary>
    public static SlotRef? Parse(string text) =>
        text == "slot" ? new SlotRef(null, null)
        : text.StartsWith('@') ? RegistryCheck.Alias(text[1..]) is null ? new SlotRef(text[1..], null) : null
        : text.Length is > 0 and <= ModelStages.NameCharsMax && !text.Any(char.IsControl) ? new SlotRef(null, ModelStage.Parse(text) ?? text) : null;

    public override string ToString() => Alias is not null ? "@" + Alias : Stage ?? "slot";
}
