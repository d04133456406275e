using System.CommandLine;
using Slipway.Client;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Cli.Commands;

/// <summary>`slipway backup FILE`: from the running server, or from a data folder that no server holds.</summary>
internal static class BackupCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "The backup to write; must not exist." };
        var (json, config) = (ClientAction.Json(), ServerFlags.Config());
        var command = new Command("backup", "Write everything, artifacts included, into one checksummed file. With --data the folder is opened, else the server at --url is asked.") { file, ClientAction.Options(), json, config };
        var flags = ServerFlags.AddTo(command, ServerFlags.OfStores);
        command.SetAction(async (parsed, ct) =>
        {
            var path = Path.GetFullPath(parsed.GetValue(file)!);
            if (File.Exists(path)) throw new CommandFailure(ExitCode.Refused, $"{path} exists.", "Name another file or remove it first.");
            var done = Offline.Wanted(parsed, flags, config)
                ? await FromFolder(ServerFlags.Read(parsed, flags, parsed.GetValue(config)), path, terminal, ct)
                : await ClientAction.Call(parsed, client => FromServer(client, path, terminal, ct));
            if (parsed.GetValue(json)) terminal.Json(done, CliJson.Default.BackupDone);
            else terminal.Line($"{done.File}: {done.Bytes:N0} bytes{(done.Rows is { } rows ? $", {rows:N0} rows, {done.Blobs:N0} artifacts' contents" : "")}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<BackupDone> FromFolder(ServerOptions options, string path, Terminal terminal, CancellationToken ct)
    {
        await using var installation = Offline.Value(await Installation.Open(options, ct));
        var size = Offline.Value(await Offline.Show(terminal, progress => installation.Backup(path, progress, ct)));
        return new BackupDone(path, size.Bytes, size.Rows, size.Blobs);
    }

    private static async Task<BackupDone> FromServer(SlipwayClient client, string path, Terminal terminal, CancellationToken ct)
    {
        var part = path + ".part";
        try
        {
            long bytes;
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                bytes = await Offline.Show(terminal, progress => client.Installation.BackupAsync(file, Offline.Bytes(progress), ct));
                file.Flush(flushToDisk: true);
            }
            Offline.Value(Restore.Check(part));
            File.Move(part, path);
            return new BackupDone(path, bytes, null, null);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
