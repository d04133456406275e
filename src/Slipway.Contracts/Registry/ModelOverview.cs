namespace Slipway.Registry;

/// <summary>POST models/overview: what lists show of models, in one request.</summary>
/// <param name="Names">Required: 1 to <see cref="NamesMax"/> names.</param>
public sealed record AskModelOverviews(string[]? Names = null)
{
    /// <summary>The most models of a request.</summary>
    public const int NamesMax = 200;
}

/// <summary>What lists show of models.</summary>
/// <param name="Models">In the order asked; those that are not there, not for the caller, or prompts, are left out.</param>
public sealed record ModelOverviews(ModelOverview[]? Models = null);

/// <summary>What a list shows of a model.</summary>
public sealed record ModelOverview
{
    /// <summary>Of how many versions the scans are looked at: the newest, and those that stand somewhere, the newest first.</summary>
    public const int VersionsMax = 20;

    /// <summary>The model.</summary>
    public string? Name { get; init; }

    /// <summary>Who answers for it.</summary>
    public string? Owner { get; init; }

    /// <summary>Their team.</summary>
    public string? Team { get; init; }

    /// <summary>When it is to be looked at again, `YYYY-MM-DD`.</summary>
    public string? ReviewDate { get; init; }

    /// <summary>When it is to go out of use, `YYYY-MM-DD`.</summary>
    public string? RetirementDate { get; init; }

    /// <summary>The version in production: behind the alias champion, else in the stage that is or shows as Production.</summary>
    public string? Champion { get; init; }

    /// <summary>The newest version.</summary>
    public string? Newest { get; init; }

    /// <summary>The worst status of the scans that were looked at: `unsafe`, `suspicious`, `not-scanned`, `pending` or `clean`; null without versions.</summary>
    public string? Scan { get; init; }

    /// <summary>Those that are unsafe or suspicious, the newest version first.</summary>
    public ModelOverviewScan[]? Findings { get; init; }
}

/// <summary>What the scan of a version said.</summary>
/// <param name="Version">The version.</param>
/// <param name="Status">`unsafe` or `suspicious`.</param>
/// <param name="Findings">How many.</param>
public sealed record ModelOverviewScan(string Version, string Status, long Findings);
