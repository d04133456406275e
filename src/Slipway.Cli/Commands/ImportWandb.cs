using System.CommandLine;
using Slipway.Cli.Import.Wandb;

namespace Slipway.Cli.Commands;

/// <summary>`slipway import wandb PATH`</summary>
internal static class ImportWandb
{
    public static Command Create(Terminal terminal)
    {
        var from = new Argument<string>("path") { Description = "A .wandb file, a run's folder, or the wandb folder that holds them." };
        var experiment = ImportCommand.Experiment("each run's project");
        var json = ClientAction.Json();
        var command = new Command("wandb", "Import W&B runs that were logged offline: numbers, config, summary, system statistics and files.") { from, experiment, json };
        command.SetImport(terminal, json, async (parsed, target, ct) =>
        {
            var path = parsed.GetValue(from)!;
            if (!File.Exists(path) && !Directory.Exists(path)) throw new CommandFailure(ExitCode.NotFound, $"There is no file or folder '{path}' on this machine.");
            var import = new WandbImport(parsed.GetValue(experiment), target, TimeProvider.System);
            var logs = 0;
            foreach (var log in WandbImport.Logs(path))
            {
                await import.Import(log, ct);
                logs++;
            }
            return logs > 0 ? $"{path} ({logs} W&B {(logs == 1 ? "log" : "logs")})" : throw new CommandFailure(ExitCode.NotFound, $"There is no .wandb file in '{path}'.", "Name the wandb folder, or a run's folder in it.");
        });
        return command;
    }
}
