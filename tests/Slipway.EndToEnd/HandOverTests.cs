using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Slipway.EndToEnd;

/// <summary>What is handed over works where it arrives: the packages, the tool that is installed from them, the folder that needs no .NET.</summary>
public sealed class HandOverTests : IDisposable
{
    private static readonly string Root = FindRoot();

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-hand-over-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_tool_is_packed_installed_from_a_folder_and_serves()
    {
        var packages = Path.Combine(folder, "packages");
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        foreach (var project in (string[])["Slipway.Contracts", "Slipway.Client", "Slipway.Cli"])
            await Dotnet("pack", Path.Combine(Root, "src", project), "--no-build", "-c", configuration, "-o", packages, "-v", "q");
        Assert.Equal(["Slipway.Cli", "Slipway.Client", "Slipway.Contracts"], Directory.GetFiles(packages, "*.nupkg").Select(file => Path.GetFileName(file).Split(".0.")[0]).Order(StringComparer.Ordinal));
        using (var sdk = ZipFile.OpenRead(Directory.GetFiles(packages, "Slipway.Client.*.nupkg").Single()))
            Assert.All((string[])["lib/net10.0/Slipway.Client.dll", "lib/net10.0/Slipway.Client.xml", "README.md"], name => Assert.NotNull(sdk.GetEntry(name)));

        // Only that folder is asked: the test needs no network, and finds no other package of the name.
        var config = Path.Combine(folder, "nuget.config");
        await File.WriteAllTextAsync(config, $"<configuration><packageSources><clear /><add key=\"here\" value=\"{packages}\" /></packageSources></configuration>");
        var tools = Path.Combine(folder, "tools");
        await Dotnet("tool", "install", "Slipway.Cli", "--tool-path", tools, "--configfile", config, "--version", "*");
        await Serves(Path.Combine(tools, OperatingSystem.IsWindows() ? "slipway.exe" : "slipway"));
    }

    [Fact]
    public async Task The_published_folder_and_its_archive_serve_without_dotnet()
    {
        var rid = $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        if (rid is not "linux-x64") Assert.Skip($"This platform's profile ({RuntimeInformation.RuntimeIdentifier}) is not tried by a test.");
        // An output of its own, so that the build under test stays as it is; compiled ahead of time it takes minutes and works the same.
        var artifacts = Path.Combine(folder, "artifacts");
        await Dotnet("publish", Path.Combine(Root, "src", "Slipway.Cli"), $"-p:PublishProfile={rid}", "-p:PublishReadyToRun=false", $"-p:ArtifactsPath={artifacts}", "-v", "q");
        var published = Assert.Single(Directory.GetDirectories(Path.Combine(artifacts, "publish"), $"slipway-*-{rid}"));
        Assert.All((string[])["slipway", $"runtimes/{rid}/native/libduckdb.so", $"runtimes/{rid}/native/libonnxruntime.so.1", "LICENSE", "deploy/slipway.service", "deploy/Containerfile"],
            name => Assert.True(File.Exists(Path.Combine(published, name)), name));
        Assert.False(Directory.Exists(Path.Combine(published, "runtimes", "win-x64")), "Only this platform's engines are inside.");

        var archive = Assert.Single(Directory.GetFiles(Path.Combine(artifacts, "publish"), "*.tar.gz"));
        var name = Path.GetFileName(published);
        var unpacked = Directory.CreateDirectory(Path.Combine(folder, "unpacked")).FullName;
        await Run("sha256sum", Path.GetDirectoryName(archive)!, "-c", Path.GetFileName(archive) + ".sha256");
        await Run("tar", unpacked, "-xzf", archive);
        await Serves(Path.Combine(unpacked, name, "slipway"));
    }

    /// <summary>It says its version, starts a server that answers, and runs a program as a run there.</summary>
    private async Task Serves(string executable)
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", await Run(executable, folder, "--version"));
        using var server = Process.Start(Start(executable, folder, "server", "--urls", "http://127.0.0.1:0", "--data", Path.Combine(folder, "data"), "--log-level", "warning"))!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await server.StandardError.ReadToEndAsync());
            var url = line["Listening on ".Length..];
            Assert.Equal("hello\n", await Run(executable, folder, "run", "--url", url, "--", "echo", "hello"));
            Assert.Contains("FINISHED", await Run(executable, folder, "runs", "list", "Default", "--url", url), StringComparison.Ordinal);
            var doctor = await Run(executable, folder, "doctor", "--data", Path.Combine(folder, "data"), "--urls", url, "--json");
            Assert.Contains("ONNX Runtime", doctor, StringComparison.OrdinalIgnoreCase);
            using var ask = Process.Start("kill", ["-TERM", server.Id.ToString()]);
            await server.WaitForExitAsync();
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    private Task<string> Dotnet(params string[] args) => Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Root, args);

    private async Task<string> Run(string program, string at, params string[] args)
    {
        using var process = Process.Start(Start(program, at, args))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', args)}: {process.ExitCode}\n{await output}\n{await error}");
        return await output;
    }

    private ProcessStartInfo Start(string program, string at, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = at, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLIPWAY_", StringComparison.Ordinal) || name.StartsWith("MLFLOW_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["SLIPWAY_LOG_DIR"] = Path.Combine(folder, "logs");
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // What `dotnet test` sets for itself means nothing to another build.
        foreach (var name in (string[])["MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath"]) start.Environment.Remove(name);
        return start;
    }

    private static string FindRoot()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Slipway.slnx"))) at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("Slipway.slnx is in no folder above the tests.");
        return at;
    }
}
