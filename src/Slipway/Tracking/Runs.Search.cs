namespace Slipway.Tracking;

/// <summary>runs/search: the page's numbers from <see cref="RunSearch"/>, the runs themselves written straight from their rows, on one snapshot.</summary>
internal sealed partial class Runs
{
    /// <summary>One page of runs.</summary>
    public async Task<Outcome<WrittenJson>> Search(Caller caller, SearchRuns request, CancellationToken ct)
    {
        if (WireNames.Deleted(request.RunViewType, "run_view_type", out var deleted) is { } badView) return badView;
        var query = new RunQuery([.. (request.ExperimentIds ?? []).OfType<string>()], request.Filter, request.OrderBy, deleted, request.MaxResults, request.PageToken);
        if (await metrics.EnsureSettled(ct) is { } problem) return problem;
        return await db.Read<Outcome<WrittenJson>>(session =>
        {
            var page = RunSearch.Page(session, caller, query, null, metrics);
            return page.Problem is { } refused ? refused : answers.Page(session, page.Value.Numbers, page.Value.NextPageToken);
        }, ct);
    }
}
