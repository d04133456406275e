namespace Slipway.Registry;

/// <summary>What was found in a version's files.</summary>
public sealed record ModelScan
{
    /// <summary>Not looked into yet.</summary>
    public const string Pending = "pending";

    /// <summary>Every file was read to its end, and nothing was found.</summary>
    public const string Clean = "clean";

    /// <summary>Something unknown or unreadable was found.</summary>
    public const string Suspicious = "suspicious";

    /// <summary>Something that runs code when it is loaded was found.</summary>
    public const string Unsafe = "unsafe";

    /// <summary>Nobody looked; the remark says why.</summary>
    public const string NotScanned = "not-scanned";

    /// <summary>The most findings that are kept of a version; more are counted.</summary>
    public const int FindingsMax = 1_000;

    /// <summary>One of the five above.</summary>
    public required string Status { get; init; }

    /// <summary>When the scan ended, in milliseconds since 1970.</summary>
    public long? FinishedMs { get; init; }

    /// <summary>How many files were looked into.</summary>
    public long? Files { get; init; }

    /// <summary>How large they are together, in bytes.</summary>
    public long? Bytes { get; init; }

    /// <summary>What confined the scan: bubblewrap, user or limits.</summary>
    public string? Mechanism { get; init; }

    /// <summary>What was found, by file; at most <see cref="FindingsMax"/>.</summary>
    public ModelFinding[]? Findings { get; init; }

    /// <summary>How many more there are.</summary>
    public long? LeftOut { get; init; }

    /// <summary>Why it was not scanned.</summary>
    public string? Remark { get; init; }

    /// <summary>The status that findings come down to.</summary>
    public static string StatusOf(IEnumerable<ModelFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var status = Clean;
        foreach (var finding in findings)
        {
            if (finding.Severity == Unsafe) return Unsafe;
            status = Suspicious;
        }
        return status;
    }
}

/// <summary>Something that a scan found.</summary>
/// <param name="File">The version's file.</param>
/// <param name="Inside">Where in it, when it is an archive: names joined with `!`.</param>
/// <param name="Offset">The byte at which it begins, in the innermost file.</param>
/// <param name="Severity">`suspicious` or `unsafe`.</param>
/// <param name="What">A sentence.</param>
/// <param name="Name">The module and name that is imported, if it is an import.</param>
public sealed record ModelFinding(string File, string? Inside, long? Offset, string Severity, string What, string? Name = null);

/// <summary>What a scan says of one file: a line of its report.</summary>
/// <param name="File">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Findings">What was found.</param>
/// <param name="LeftOut">How many more there are.</param>
public sealed record ScannedFile(string File, long Bytes, ModelFinding[]? Findings, long LeftOut);
