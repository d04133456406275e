using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments restore EXPERIMENT...`</summary>
internal static class ExperimentsRestore
{
    public static Command Create(Terminal terminal)
    {
        var which = Experiments.Several();
        var command = new Command("restore", "Bring deleted experiments back, with their runs.") { which };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            foreach (var one in parsed.GetValue(which)!)
            {
                var experiment = await Experiments.Resolve(client, one, ct);
                await client.Experiments.RestoreAsync(experiment.Id, ct);
                terminal.Note($"Restored experiment {experiment.Id} '{experiment.Name}'.");
            }
        });
        return command;
    }
}
