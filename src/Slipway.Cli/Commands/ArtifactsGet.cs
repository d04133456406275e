using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway artifacts get RUN [PATH]`: a file or a whole folder.</summary>
internal static class ArtifactsGet
{
    public static Command Create(Terminal terminal)
    {
        var (run, path) = (Artifacts.Run(), Artifacts.Path("A file or folder among its artifacts. Default: everything."));
        var to = new Option<string?>("--to") { Description = "Where to put it: a file for a file, a folder for a folder. Default: its name in the current folder.", HelpName = "PATH" };
        var command = new Command("get", "Download a file or a folder of a run.") { run, path, to };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (id, name) = (parsed.GetValue(run)!, parsed.GetValue(path)?.Trim('/'));
            var target = parsed.GetValue(to) ?? (string.IsNullOrEmpty(name) ? "." : Path.GetFileName(name));
            if (string.IsNullOrEmpty(name) || await IsFolder(client, id, name, ct))
            {
                var files = await client.Artifacts.DownloadFolderAsync(id, name, target, ct);
                terminal.Note($"Downloaded {files} {(files == 1 ? "file" : "files")} to {Path.GetFullPath(target)}");
                return;
            }
            if (Directory.Exists(target)) target = Path.Combine(target, Path.GetFileName(name));
            await client.Artifacts.DownloadAsync(id, name, target, ct);
            terminal.Note($"Downloaded {Path.GetFullPath(target)} ({Listing.Bytes(new FileInfo(target).Length)})");
        });
        return command;
    }

    /// <summary>Only a folder lists anything.</summary>
    private static async Task<bool> IsFolder(SlipwayClient client, string run, string path, CancellationToken ct)
    {
        await foreach (var file in client.Artifacts.ListAsync(run, path, false, ct)) return file.Path != path;
        return false;
    }
}
