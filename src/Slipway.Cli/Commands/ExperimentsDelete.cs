using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments delete EXPERIMENT...`</summary>
internal static class ExperimentsDelete
{
    public static Command Create(Terminal terminal)
    {
        var which = Experiments.Several();
        var command = new Command("delete", "Delete experiments and their runs; restore takes it back.") { which };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            foreach (var one in parsed.GetValue(which)!)
            {
                var experiment = await Experiments.Resolve(client, one, ct);
                await client.Experiments.DeleteAsync(experiment.Id, ct);
                terminal.Note($"Deleted experiment {experiment.Id} '{experiment.Name}'. Take it back with: slipway experiments restore {experiment.Id}");
            }
        });
        return command;
    }
}
