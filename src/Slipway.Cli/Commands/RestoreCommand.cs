using System.CommandLine;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway restore FILE --data DIR`</summary>
internal static class RestoreCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "The backup." };
        var (json, config) = (ClientAction.Json(), ServerFlags.Config());
        var command = new Command("restore", "Read a backup into an empty data folder and database, of either kind. The file is checked whole before anything is written.") { file, json, config };
        var flags = ServerFlags.AddTo(command, ServerFlags.OfStores);
        command.SetAction(async (parsed, ct) =>
        {
            var options = ServerFlags.Read(parsed, flags, parsed.GetValue(config));
            var path = Path.GetFullPath(parsed.GetValue(file)!);
            var size = Offline.Value(await Offline.Show(terminal, progress => Installation.Restore(options, path, progress, ct)));
            var done = new BackupDone(path, size.Bytes, size.Rows, size.Blobs);
            if (parsed.GetValue(json)) terminal.Json(done, CliJson.Default.BackupDone);
            else terminal.Line($"Restored {size.Rows:N0} rows and {size.Blobs:N0} artifacts' contents into {Path.GetFullPath(options.Data)}.");
            return ExitCode.Ok;
        });
        return command;
    }
}
