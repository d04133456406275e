using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments list`</summary>
internal static class ExperimentsList
{
    public static Command Create(Terminal terminal)
    {
        var (view, limit, json) = (Listing.View(), Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List experiments, the newest first.") { view, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var query = new ExperimentQuery { View = Listing.ViewOf(parsed.GetValue(view)), PageSize = Listing.PageSize(most) };
            Experiments.Print(terminal, await Listing.Take(client.Experiments.SearchAsync(query, ct), most, terminal, ct), parsed.GetValue(json));
        });
        return command;
    }
}
