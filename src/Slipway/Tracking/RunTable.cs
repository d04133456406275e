using Microsoft.AspNetCore.Http;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// What a table of many runs is made of: all ids in order at once, so that a page has a scrollbar over 100,000 rows, and then the columns of those rows that are seen.
/// </summary>
internal sealed partial class RunTable(Database db, Metrics metrics)
{
    /// <summary>POST runs/order.</summary>
    public async Task<Problem?> Order(HttpContext context, Caller caller, OrderRuns request)
    {
        if (Query(request, out var query) is { } bad) return bad;
        var found = await Find(caller, query, context.RequestAborted);
        if (found.Problem is { } problem) return problem;
        var order = found.Value;
        var response = context.Response;
        response.ContentType = RunOrderFormat.ContentType;
        response.ContentLength = RunOrderFormat.HeadBytes + order.Ids.Length;
        order.WriteHead(response.BodyWriter.GetSpan(RunOrderFormat.HeadBytes));
        response.BodyWriter.Advance(RunOrderFormat.HeadBytes);
        await response.BodyWriter.WriteAsync(order.Ids, context.RequestAborted);
        return null;
    }

    private async Task<Outcome<RunOrder>> Find(Caller caller, RunQuery query, CancellationToken ct)
    {
        if (await metrics.EnsureSettled(ct) is { } problem) return problem;
        return await db.Read(session => RunSearch.Order(session, caller, query, null, metrics), ct);
    }

    private static Problem? Query(OrderRuns request, out RunQuery query)
    {
        query = new RunQuery([]);
        if (WireNames.Deleted(request.RunViewType, "run_view_type", out var deleted) is { } badView) return badView;
        if (ExperimentIds(request.ExperimentIds, out var experiments) is { } badIds) return badIds;
        if (request.Max is < 1 or > OrderRuns.RunsMax) return Problem.Invalid($"Invalid value {request.Max} for parameter 'max' supplied: it must be from 1 to {OrderRuns.RunsMax}.");
        query = new RunQuery(experiments, request.Filter, request.OrderBy, deleted, request.Max ?? OrderRuns.RunsMax);
        return null;
    }

    private static Problem? ExperimentIds(string?[]? sent, out List<string> ids)
    {
        ids = [.. (sent ?? []).OfType<string>()];
        return WireCheck.Count(ids.Count, OrderRuns.ExperimentsMax, "experiment_ids");
    }
}
