using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs restore RUN...`</summary>
internal static class RunsRestore
{
    public static Command Create(Terminal terminal)
    {
        var which = Runs.Several();
        var command = new Command("restore", "Bring deleted runs back.") { which };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            foreach (var run in parsed.GetValue(which)!)
            {
                await client.Runs.RestoreAsync(run, ct);
                terminal.Note($"Restored run {run}.");
            }
        });
        return command;
    }
}
