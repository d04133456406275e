using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway artifacts put RUN FILE`: a file or a whole folder.</summary>
internal static class ArtifactsPut
{
    public static Command Create(Terminal terminal)
    {
        var run = Artifacts.Run();
        var source = new Argument<string>("source") { Description = "A file or folder on this machine." };
        var path = new Option<string?>("--path") { Description = "Its name among the artifacts. Default: a file keeps its name, a folder's files go to the top.", HelpName = "PATH" };
        var command = new Command("put", "Upload a file or a folder to a run.") { run, source, path };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (id, from, name) = (parsed.GetValue(run)!, parsed.GetValue(source)!, parsed.GetValue(path));
            if (Directory.Exists(from))
            {
                var files = await client.Artifacts.UploadFolderAsync(id, from, name, ct);
                terminal.Note($"Uploaded {files} {(files == 1 ? "file" : "files")} to run {id}.");
            }
            else if (File.Exists(from))
            {
                await client.Artifacts.UploadAsync(id, from, name, ct);
                terminal.Note($"Uploaded {name ?? Path.GetFileName(from)} ({Listing.Bytes(new FileInfo(from).Length)}) to run {id}.");
            }
            else
            {
                throw new CommandFailure(ExitCode.NotFound, $"There is no file or folder '{from}' on this machine.");
            }
        });
        return command;
    }
}
