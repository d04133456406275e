using System.Reflection;
using Slipway.Client;
using Slipway.Serving;

namespace Slipway.Cli.Export;

/// <summary>Writes an endpoint into a folder that serves it without any server.</summary>
internal sealed class BundleFolder(string folder, Action<string> tell)
{
    /// <summary>The most files of the program: a folder with more is not one of its own.</summary>
    public const int ProgramFilesMax = 2_000;

    /// <summary>Fetches the versions, copies the program, writes the description last: a folder without one is no bundle.</summary>
    /// <param name="client">The server that has them.</param>
    /// <param name="endpoint">As the server exported it.</param>
    /// <param name="workspace">The workspace's name, or null.</param>
    /// <param name="program">Whether the program goes along.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<BundleManifest> Write(SlipwayClient client, Endpoint endpoint, string? workspace, bool program, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var (arms, paths) = (new List<BundleArm>(), new List<string>());
        foreach (var arm in (endpoint.Arms ?? []).Where(static arm => !arm.Shadow))
        {
            var below = $"{Bundle.Models}/{Safe(arm.Model!)}/{arm.Version}";
            if (!arms.Exists(one => one.Folder == below))
            {
                tell($"Version {arm.Version} of '{arm.Model}'");
                foreach (var file in await client.Models.DownloadAsync(arm.Model!, arm.Version!, Path.Combine(folder, below.Replace('/', Path.DirectorySeparatorChar)), ct)) paths.Add($"{below}/{file.Path}");
            }
            arms.Add(new BundleArm(arm.Name!, arm.Model!, arm.Version!, arm.Alias ?? arm.Stage, arm.Weight, below));
        }
        if (program)
        {
            tell("The program");
            paths.AddRange(CopyProgram());
        }
        var files = new BundleFile[paths.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, files.Length), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct }, async (i, stop) => files[i] = await Bundle.Describe(folder, paths[i], stop));
        var manifest = new BundleManifest(BundleManifest.FormatNow, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), $"slipway {typeof(BundleFolder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}",
            client.Url.GetLeftPart(UriPartial.Authority), null, new BundleEndpoint(endpoint.Name!, workspace, endpoint.Detail, endpoint.TimeoutMs, endpoint.Sticky, endpoint.InputRules, endpoint.Revision), [.. arms], [.. files.OrderBy(static file => file.Path, StringComparer.Ordinal)]);
        Bundle.Write(folder, manifest);
        return manifest;
    }

    /// <summary>What makes an image of it.</summary>
    /// <param name="dependsOnRuntime">True when the program needs .NET from its image.</param>
    public void WriteImageContext(bool dependsOnRuntime)
    {
        File.WriteAllText(Path.Combine(folder, "Dockerfile"), $"""
            # Serves this bundle. Nothing is fetched when it is built, but the base image.
            FROM {(dependsOnRuntime ? "mcr.microsoft.com/dotnet/aspnet:10.0" : "mcr.microsoft.com/dotnet/runtime-deps:10.0")}
            COPY --chown=65532:65532 . /bundle
            RUN mkdir -p /data && chown 65532:65532 /data && chmod 0755 /bundle/bin/slipway
            USER 65532:65532
            ENV SLIPWAY_BUNDLE=/bundle SLIPWAY_BUNDLE_DATA=/data
            EXPOSE 8080
            # SageMaker runs the image with the argument serve.
            ENTRYPOINT ["/bundle/bin/slipway"]
            CMD ["serve"]

            """.ReplaceLineEndings("\n"));
        File.WriteAllText(Path.Combine(folder, ".dockerignore"), "data\n");
    }

    private List<string> CopyProgram()
    {
        var from = AppContext.BaseDirectory;
        if (!File.Exists(Path.Combine(from, OperatingSystem.IsWindows() ? "slipway.exe" : "slipway"))) throw new CommandFailure(ExitCode.Failed, $"The program does not lie in a folder of its own: there is no slipway in {from}.", "Leave it out with --no-binary, and run the bundle with an installed slipway.");
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(from, path).Replace(Path.DirectorySeparatorChar, '/');
            // What only builders and debuggers read.
            if (Path.GetExtension(relative) is ".pdb" or ".xml") continue;
            if (found.Count == ProgramFilesMax) throw new CommandFailure(ExitCode.Failed, $"{from} holds more than {ProgramFilesMax:N0} files, so it is not the program's own folder.", "Leave it out with --no-binary, and run the bundle with an installed slipway.");
            var to = Path.Combine(folder, Bundle.Program, relative.Replace('/', Path.DirectorySeparatorChar));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(path, to, overwrite: true); // with its mode
            found.Add($"{Bundle.Program}/{relative}");
        }
        return found;
    }

    private static string Safe(string name) => Uri.EscapeDataString(name).Replace(".", "%2E", StringComparison.Ordinal);
}
