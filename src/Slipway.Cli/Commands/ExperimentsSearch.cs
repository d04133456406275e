using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments search FILTER`</summary>
internal static class ExperimentsSearch
{
    public static Command Create(Terminal terminal)
    {
        var filter = new Argument<string>("filter") { Description = "Clauses joined by AND over name, creation_time, last_update_time and tags.KEY, such as \"name LIKE 'flights%'\"." };
        var (order, view, limit, json) = (Listing.OrderBy("name ASC"), Listing.View(), Listing.Limit(), ClientAction.Json());
        var command = new Command("search", "Find experiments by name, time and tags.") { filter, order, view, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var query = new ExperimentQuery
            {
                Filter = parsed.GetValue(filter),
                OrderBy = parsed.GetValue(order) ?? [],
                View = Listing.ViewOf(parsed.GetValue(view)),
                PageSize = Listing.PageSize(most),
            };
            Experiments.Print(terminal, await Listing.Take(client.Experiments.SearchAsync(query, ct), most, terminal, ct), parsed.GetValue(json));
        });
        return command;
    }
}
