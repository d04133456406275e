using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs list EXPERIMENT`</summary>
internal static class RunsList
{
    public static Command Create(Terminal terminal)
    {
        var which = Experiments.One();
        var (order, columns, view, limit, json) = (Listing.OrderBy("metrics.auc DESC"), Runs.Columns(), Listing.View(), Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List the runs of an experiment, the newest first.") { which, order, columns, view, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var query = new RunQuery
            {
                ExperimentIds = [(await Experiments.Resolve(client, parsed.GetValue(which)!, ct)).Id],
                OrderBy = parsed.GetValue(order) ?? [],
                View = Listing.ViewOf(parsed.GetValue(view)),
                PageSize = Listing.PageSize(most),
            };
            Runs.Print(terminal, await Listing.Take(client.Runs.SearchAsync(query, ct), most, terminal, ct), parsed.GetValue(columns), parsed.GetValue(json));
        });
        return command;
    }
}
