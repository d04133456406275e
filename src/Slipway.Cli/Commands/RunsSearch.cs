using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs search FILTER`</summary>
internal static class RunsSearch
{
    public static Command Create(Terminal terminal)
    {
        var filter = new Argument<string>("filter") { Description = "Clauses joined by AND, OR, NOT, such as \"metrics.auc > 0.7 AND params.depth = '6'\" or \"first_step(metrics.loss < 0.1) < 1000\"." };
        var where = new Option<string[]>("--experiment") { Description = "Search only here, by id or name; repeat for more. Default: every active experiment.", HelpName = "EXPERIMENT", DefaultValueFactory = _ => [] };
        var (order, columns, view, limit, json) = (Listing.OrderBy("metrics.auc DESC"), Runs.Columns(), Listing.View(), Listing.Limit(), ClientAction.Json());
        var command = new Command("search", "Find runs by metrics, params, tags and attributes.") { filter, where, order, columns, view, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var query = new RunQuery
            {
                ExperimentIds = await Ids(client, parsed.GetValue(where) ?? [], ct),
                Filter = parsed.GetValue(filter),
                OrderBy = parsed.GetValue(order) ?? [],
                View = Listing.ViewOf(parsed.GetValue(view)),
                PageSize = Listing.PageSize(most),
            };
            Runs.Print(terminal, await Listing.Take(client.Runs.SearchAsync(query, ct), most, terminal, ct), parsed.GetValue(columns), parsed.GetValue(json));
        });
        return command;
    }

    private static async Task<List<string>> Ids(SlipwayClient client, string[] named, CancellationToken ct)
    {
        var ids = new List<string>();
        foreach (var one in named) ids.Add((await Experiments.Resolve(client, one, ct)).Id);
        if (named.Length > 0) return ids;
        await foreach (var experiment in client.Experiments.SearchAsync(ct: ct)) ids.Add(experiment.Id);
        return ids.Count <= Tracking.SearchRuns.ExperimentsMax
            ? ids
            : throw new CommandFailure(ExitCode.Usage, $"There are {ids.Count} experiments; one search covers at most {Tracking.SearchRuns.ExperimentsMax}.", "Name some with --experiment.");
    }
}
