using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway artifacts ls RUN [PATH]`</summary>
internal static class ArtifactsLs
{
    public static Command Create(Terminal terminal)
    {
        var (run, path) = (Artifacts.Run(), Artifacts.Path("A folder among its artifacts. Default: the top."));
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Go down into folders." };
        var json = ClientAction.Json();
        var command = new Command("ls", "List files and folders of a run.") { run, path, recursive, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var files = await Listing.Take(client.Artifacts.ListAsync(parsed.GetValue(run)!, parsed.GetValue(path), parsed.GetValue(recursive), ct), 0, terminal, ct);
            if (parsed.GetValue(json)) terminal.Json(files, CliJson.Default.ListArtifactFile);
            else terminal.Table(["SIZE", "PATH"], [.. files.Select(file => (string[])[file.Bytes is { } bytes ? Listing.Bytes(bytes) : "", file.IsFolder ? file.Path + "/" : file.Path])], ..1);
        });
        return command;
    }
}
