namespace Slipway.Pages;

/// <summary>A saved view of the runs of one or several experiments: what a page shows, under a name, to be shared by its id.</summary>
/// <param name="Id">12 letters and digits, the same for ever.</param>
/// <param name="Name">For people; need not be unique.</param>
/// <param name="ExperimentIds">The experiments it looks at, by number.</param>
/// <param name="Owner">Who made it; `erased` once that person was erased.</param>
/// <param name="CreatedMs">When it was made, Unix milliseconds.</param>
/// <param name="UpdatedMs">When it last changed, Unix milliseconds.</param>
/// <param name="MayChange">True when the caller may change and delete it.</param>
/// <param name="State">What the page keeps in it, as it was sent; absent in lists.</param>
public sealed record SavedView(string? Id, string? Name, string[]? ExperimentIds, string? Owner, long CreatedMs, long UpdatedMs, bool MayChange, string? State = null)
{
    /// <summary>The most characters of a name.</summary>
    public const int NameCharsMax = 250;

    /// <summary>The most experiments of a view, and that a report draws on.</summary>
    public const int ExperimentsMax = 100;

    /// <summary>The largest state, in bytes of UTF-8.</summary>
    public const int StateBytesMax = 64 * 1024;

    /// <summary>The most views of one owner in a workspace.</summary>
    public const int PerOwnerMax = 1_000;
}

/// <summary>A new view.</summary>
/// <param name="Name">1 to <see cref="SavedView.NameCharsMax"/> characters.</param>
/// <param name="ExperimentIds">1 to <see cref="SavedView.ExperimentsMax"/> experiments that the caller may read.</param>
/// <param name="State">JSON of the page's own, at most <see cref="SavedView.StateBytesMax"/> bytes. The server does not look into it.</param>
public sealed record CreateView(string? Name, string?[]? ExperimentIds, string? State);

/// <summary>Changes a view; what is absent stays.</summary>
/// <param name="Id">The view, from the path.</param>
/// <param name="Name">As in <see cref="CreateView"/>.</param>
/// <param name="ExperimentIds">As in <see cref="CreateView"/>.</param>
/// <param name="State">As in <see cref="CreateView"/>.</param>
public sealed record UpdateView(string? Id, string? Name = null, string?[]? ExperimentIds = null, string? State = null);

/// <summary>A view by its id.</summary>
/// <param name="Id">The view, from the path.</param>
public sealed record ViewRef(string? Id);

/// <summary>Which views to list: the last changed first.</summary>
/// <param name="ExperimentId">Only those that look at this experiment.</param>
/// <param name="Max">1 to <see cref="MaxMax"/>; 100 when absent.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListViews(string? ExperimentId = null, int? Max = null, string? PageToken = null)
{
    /// <summary>The most views of one page.</summary>
    public const int MaxMax = 1_000;
}

/// <summary>A page of views.</summary>
/// <param name="Views">Without their states.</param>
/// <param name="NextPageToken">Absent on the last page.</param>
public sealed record ViewsPage(IReadOnlyList<SavedView> Views, string? NextPageToken = null);
