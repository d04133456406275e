namespace Slipway.Pages;

/// <summary>A report: Markdown in which fenced blocks `slipway-panel` stand for live panels. The server keeps the text as it is.</summary>
/// <param name="Id">12 letters and digits, the same for ever.</param>
/// <param name="Title">For people; need not be unique.</param>
/// <param name="ExperimentIds">The experiments it draws on, by number. Whoever may read all of them may read the report; of none: whoever may read the whole workspace.</param>
/// <param name="Version">Counts up from 1 with every change; a change says which version it is of.</param>
/// <param name="Author">Who made it.</param>
/// <param name="ChangedBy">Who made the newest version.</param>
/// <param name="CreatedMs">When it was made, Unix milliseconds.</param>
/// <param name="UpdatedMs">When the newest version was made, Unix milliseconds.</param>
/// <param name="MayChange">True when the caller may change it: its author, and whoever may write to all its experiments.</param>
/// <param name="MayDelete">True when the caller may delete and restore it: its author, and whoever manages all its experiments.</param>
/// <param name="DeletedMs">When it was deleted; absent while it is not.</param>
/// <param name="Text">The Markdown of the newest version; absent in lists.</param>
public sealed record Report(string? Id, string? Title, string[]? ExperimentIds, long Version, string? Author, string? ChangedBy, long CreatedMs, long UpdatedMs,
    bool MayChange, bool MayDelete, long? DeletedMs = null, string? Text = null)
{
    /// <summary>The most characters of a title.</summary>
    public const int TitleCharsMax = 250;

    /// <summary>The largest text, in bytes of UTF-8.</summary>
    public const int TextBytesMax = 1024 * 1024;

    /// <summary>How many versions are kept of a report: the newest.</summary>
    public const int VersionsMax = 100;

    /// <summary>The most reports of a workspace, deleted ones too.</summary>
    public const int PerWorkspaceMax = 10_000;

    /// <summary>The largest body of a request that carries a text: JSON may take six bytes for one.</summary>
    public const int BodyBytesMax = 8 * 1024 * 1024;
}

/// <summary>A new report.</summary>
/// <param name="Title">1 to <see cref="Report.TitleCharsMax"/> characters.</param>
/// <param name="Text">Markdown, at most <see cref="Report.TextBytesMax"/> bytes; absent is empty.</param>
/// <param name="ExperimentIds">At most <see cref="SavedView.ExperimentsMax"/> experiments that the caller may read; may be empty.</param>
public sealed record CreateReport(string? Title, string? Text = null, string?[]? ExperimentIds = null);

/// <summary>Changes a report; what is absent stays.</summary>
/// <param name="Id">The report, from the path.</param>
/// <param name="Version">The version that was read: when it is not the newest any more, the answer is 409 and says who changed it when.</param>
/// <param name="Title">As in <see cref="CreateReport"/>.</param>
/// <param name="Text">As in <see cref="CreateReport"/>.</param>
/// <param name="ExperimentIds">As in <see cref="CreateReport"/>.</param>
public sealed record UpdateReport(string? Id, long? Version, string? Title = null, string? Text = null, string?[]? ExperimentIds = null);

/// <summary>A report by its id.</summary>
/// <param name="Id">The report, from the path.</param>
public sealed record ReportRef(string? Id);

/// <summary>Which reports to list: the last changed first.</summary>
/// <param name="Q">Only those whose title holds this, whatever its case.</param>
/// <param name="ExperimentId">Only those that draw on this experiment.</param>
/// <param name="Deleted">True: only deleted ones that the caller may restore.</param>
/// <param name="Max">1 to <see cref="MaxMax"/>; 100 when absent.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListReports(string? Q = null, string? ExperimentId = null, bool? Deleted = null, int? Max = null, string? PageToken = null)
{
    /// <summary>The most reports of one page.</summary>
    public const int MaxMax = 1_000;
}

/// <summary>A page of reports.</summary>
/// <param name="Reports">Without their texts.</param>
/// <param name="NextPageToken">Absent on the last page.</param>
public sealed record ReportsPage(IReadOnlyList<Report> Reports, string? NextPageToken = null);

/// <summary>One version of a report.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Title">The title that it had.</param>
/// <param name="Author">Who made this version.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Bytes">How large its text is, in bytes of UTF-8.</param>
/// <param name="Text">The Markdown; absent in lists.</param>
public sealed record ReportVersion(long Version, string? Title, string? Author, long AtMs, long Bytes, string? Text = null);

/// <summary>The versions that are kept of a report, the newest first, at most <see cref="Report.VersionsMax"/>.</summary>
/// <param name="Versions">Without their texts.</param>
public sealed record ReportVersions(IReadOnlyList<ReportVersion> Versions);

/// <summary>One version of a report.</summary>
/// <param name="Id">The report, from the path.</param>
/// <param name="Version">The version's number, from the path.</param>
public sealed record ReportVersionRef(string? Id, long? Version);
