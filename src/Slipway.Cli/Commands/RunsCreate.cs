using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs create EXPERIMENT`: prints the id alone, so that a script can log to it with any MLflow client.</summary>
internal static class RunsCreate
{
    public static Command Create(Terminal terminal)
    {
        var which = Experiments.One();
        var name = new Option<string?>("--name") { Description = "Its name. Default: a random one.", HelpName = "NAME" };
        var (tag, json) = (Listing.Tag(), ClientAction.Json());
        var command = new Command("create", "Create a run, RUNNING, and print its id.") { which, name, tag, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var experiment = await Experiments.Resolve(client, parsed.GetValue(which)!, ct);
            var run = await client.Runs.CreateAsync(experiment.Id, new RunOptions { Name = parsed.GetValue(name), Tags = Listing.Tags(parsed.GetValue(tag)) }, ct);
            if (parsed.GetValue(json)) terminal.Json(new Created(run.Id), CliJson.Default.Created);
            else terminal.Line(run.Id);
        });
        return command;
    }
}
