using System.CommandLine;
using Slipway.Cli.Export;
using Slipway.Serving;

namespace Slipway.Cli.Commands;

/// <summary>`slipway export`: an endpoint as a folder, or as what an image is made of.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var endpoint = new Argument<string>("endpoint") { Description = "The endpoint." };
        var to = new Option<string?>("--to") { Description = "The folder. It must not be there, or be empty.", HelpName = "DIR" };
        var image = new Option<string?>("--image-context") { Description = "The same, with a Dockerfile.", HelpName = "DIR" };
        var noBinary = new Option<bool>("--no-binary") { Description = "Leave the program out." };
        var reason = new Option<string?>("--reason") { Description = "Why; it is kept in the event log.", HelpName = "TEXT" };
        var json = ClientAction.Json();
        var command = new Command("export", "Write an endpoint into a folder that serves it without any server.") { endpoint, to, image, noBinary, reason, json };
        command.Add(ClientAction.Options());
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var folder = (parsed.GetValue(to), parsed.GetValue(image)) switch
            {
                ({ } plain, null) => plain,
                (null, { } context) => context,
                _ => throw new CommandFailure(ExitCode.Usage, "Expected one of --to DIR and --image-context DIR."),
            };
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new CommandFailure(ExitCode.Refused, $"{folder} is not empty.", "Give another folder, or remove it.");
            var exported = await client.Endpoints.ExportAsync(parsed.GetValue(endpoint)!, parsed.GetValue(reason), ct);
            var writer = new BundleFolder(folder, terminal.Note);
            var manifest = await writer.Write(client, exported, null, !parsed.GetValue(noBinary), ct);
            if (parsed.GetValue(image) is not null) writer.WriteImageContext(dependsOnRuntime: !File.Exists(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "coreclr.dll" : "libcoreclr.so")));
            if (parsed.GetValue(json)) terminal.Json(manifest, BundleJson.Default.BundleManifest);
            else terminal.Line($"{exported.Name} in {folder}: {manifest.Arms.Length} {(manifest.Arms.Length == 1 ? "version" : "versions")}, {manifest.Files.Length:N0} files, {manifest.Files.Sum(static file => file.Bytes):N0} bytes. Serve it: {(parsed.GetValue(noBinary) ? "slipway" : Path.Combine(folder, Bundle.Program, "slipway"))} serve --bundle {folder}");
        });
        return command;
    }
}
