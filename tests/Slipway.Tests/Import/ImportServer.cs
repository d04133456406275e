using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Cli.Import;
using Slipway.Client;
using Slipway.Tests.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Import;

/// <summary>A server to import into, a folder to import from, and looks at what arrived.</summary>
internal sealed class ImportServer : IAsyncDisposable
{
    private readonly TestServer server;

    private ImportServer(TestServer server)
    {
        this.server = server;
        Client = new SlipwayClient(new SlipwayClientOptions { Url = server.Http.BaseAddress! });
        Target = new ImportTarget(Client, Report);
    }

    public static async Task<ImportServer> Start() => new(await TestServer.Start());

    public TestServer Server => server;

    public SlipwayClient Client { get; }

    public ImportReport Report { get; } = new();

    public ImportTarget Target { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("slipway-import-").FullName;

    /// <summary>Writes a file below the folder.</summary>
    public string Put(string path, params byte[][] parts)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, [.. parts.SelectMany(part => part)]);
        return file;
    }

    /// <summary>Runs the command and expects it to succeed; answers its report.</summary>
    public async Task<JsonNode> Import(params string[] args)
    {
        var said = await Shell.Run(["import", .. args, "--json", "--url", server.Http.BaseAddress!.AbsoluteUri]);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return JsonNode.Parse(said.Output)!;
    }

    public async Task<Run> Run(string experiment, string name)
    {
        var found = (await Client.Experiments.FindAsync(experiment))!;
        await foreach (var run in Client.Runs.SearchAsync(new RunQuery { ExperimentIds = [found.Id], View = Lifecycle.All }))
            if (run.Name == name) return run;
        throw new InvalidOperationException($"No run {name}.");
    }

    public async Task<List<(long Step, double Value, long TimeMs)>> Points(string run, string key)
    {
        var points = new List<(long, double, long)>();
        await foreach (var point in Client.Runs.HistoryAsync(run, key)) points.Add((point.Step, point.Value, point.At.ToUnixTimeMilliseconds()));
        return points;
    }

    public async Task<List<string>> Files(string run)
    {
        var files = new List<string>();
        await foreach (var file in Client.Artifacts.ListAsync(run, null, recursive: true)) files.Add(file.Path);
        return [.. files.Order(StringComparer.Ordinal)];
    }

    public static List<(string What, long Count, string Why)> LeftOut(JsonNode report) =>
        [.. report["left_out"]!.AsArray().Select(one => ((string)one!["what"]!, (long)one["count"]!, (string)one["why"]!))];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
