using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments show EXPERIMENT`</summary>
internal static class ExperimentsShow
{
    public static Command Create(Terminal terminal)
    {
        var (which, json) = (Experiments.One(), ClientAction.Json());
        var command = new Command("show", "Show one experiment with its tags.") { which, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var experiment = await Experiments.Resolve(client, parsed.GetValue(which)!, ct);
            if (parsed.GetValue(json))
            {
                terminal.Json(experiment, CliJson.Default.Experiment);
                return;
            }
            terminal.Table(["FIELD", "VALUE"],
            [
                ["id", experiment.Id],
                ["name", experiment.Name],
                ["state", experiment.IsDeleted ? "deleted" : "active"],
                ["created", Listing.Time(experiment.CreatedAt)],
                ["updated", Listing.Time(experiment.UpdatedAt)],
                ["artifacts", experiment.ArtifactLocation],
                .. experiment.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => (string[])[$"tags.{tag.Key}", tag.Value]),
            ]);
        });
        return command;
    }
}
