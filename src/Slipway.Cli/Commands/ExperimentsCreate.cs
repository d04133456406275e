using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments create NAME`: prints the id alone, so that a script can keep it.</summary>
internal static class ExperimentsCreate
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Its name: unique on the server, deleted experiments included." };
        var location = new Option<string?>("--artifact-location") { Description = "A URI for the artifacts of its runs. Default: the server's own store.", HelpName = "URI" };
        var (tag, json) = (Listing.Tag(), ClientAction.Json());
        var command = new Command("create", "Create an experiment and print its id.") { name, location, tag, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var options = new ExperimentOptions { ArtifactLocation = parsed.GetValue(location), Tags = Listing.Tags(parsed.GetValue(tag)) };
            var created = await client.Experiments.CreateAsync(parsed.GetValue(name)!, options, ct);
            if (parsed.GetValue(json)) terminal.Json(new Created(created.Id), CliJson.Default.Created);
            else terminal.Line(created.Id);
        });
        return command;
    }
}
