using System.Text.Json.Serialization;

namespace Slipway.Access;

/// <summary>Asks what is weak in an installation; without fields.</summary>
public sealed record ReviewInstallation;

/// <summary>What was looked at in an installation, the gravest weakness first.</summary>
/// <param name="Items">Sound ones too, so that it shows what was looked at.</param>
public sealed record InstallationReview(IReadOnlyList<ReviewItem> Items);

/// <summary>One thing that was looked at. `slipway doctor` and the security page show the same.</summary>
/// <param name="Id">A word for it that stays: access, https, administrator, accounts, token-life, unused-tokens, audit-key, secrets-key, tls-key, configuration, secrets, permissions, anchor.</param>
/// <param name="Severity">`high`, `medium`, `low`, or `ok` for what is sound.</param>
/// <param name="Title">What it is about, in a few words.</param>
/// <param name="What">What was seen.</param>
/// <param name="Why">Why it matters; absent when it is sound.</param>
/// <param name="Mend">What to do about it; absent when there is nothing to do.</param>
/// <param name="Docs">The page of docs/ that tells more.</param>
public sealed record ReviewItem(string Id, string Severity, string Title, string What, string? Why = null, string? Mend = null, string? Docs = null)
{
    /// <summary>Whoever comes may do what they want.</summary>
    public const string High = "high";

    /// <summary>A second mistake opens the door.</summary>
    public const string Medium = "medium";

    /// <summary>Untidy: nobody gets in by it alone.</summary>
    public const string Low = "low";

    /// <summary>Sound.</summary>
    public const string Ok = "ok";

    /// <summary>True for what is weak.</summary>
    [JsonIgnore]
    public bool IsWeak => Severity != Ok;
}
