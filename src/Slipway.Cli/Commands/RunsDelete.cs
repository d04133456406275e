using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs delete RUN...`</summary>
internal static class RunsDelete
{
    public static Command Create(Terminal terminal)
    {
        var which = Runs.Several();
        var forever = new Option<bool>("--forever") { Description = "Remove the run and everything logged to it for good. There is no way back." };
        var command = new Command("delete", "Delete runs; restore takes it back.") { which, forever };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            foreach (var run in parsed.GetValue(which)!)
                if (parsed.GetValue(forever))
                {
                    await client.Runs.DeleteForeverAsync(run, ct);
                    terminal.Note($"Removed run {run} for good.");
                }
                else
                {
                    await client.Runs.DeleteAsync(run, ct);
                    terminal.Note($"Deleted run {run}. Take it back with: slipway runs restore {run}");
                }
        });
        return command;
    }
}
