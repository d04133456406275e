using Microsoft.Extensions.Logging;
using Slipway.Server;

namespace Slipway.Faults.Processes;

/// <summary>A server inside the test's process, for what needs speed or its parts and no kill.</summary>
internal sealed class InProcessServer : IAsyncDisposable
{
    private readonly SlipwayServer server;
    private readonly string folder;

    private InProcessServer(SlipwayServer server, string folder, IReadOnlyList<Route> routes, CapturedFailures failures) =>
        (this.server, this.folder, Routes, Failures) = (server, folder, routes, failures);

    public Uri Url => new(server.Urls[0]);

    public string Folder => folder;

    public string Data => Path.Combine(folder, "data");

    /// <summary>Every route that it offers.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>What it logged as errors.</summary>
    public CapturedFailures Failures { get; }

    public static async Task<InProcessServer> Start(Func<ServerOptions, ServerOptions>? change = null)
    {
        // In memory where there is such a place: these tests do not ask what a sync costs.
        var folder = Directory.Exists("/dev/shm") ? Directory.CreateDirectory($"/dev/shm/slipway-{Guid.NewGuid():N}").FullName : Directory.CreateTempSubdirectory("slipway-faults-").FullName;
        var failures = new CapturedFailures();
        var options = new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = Path.Combine(folder, "data") };
        IReadOnlyList<Route> routes = [];
        var server = await SlipwayServer.Start(change?.Invoke(options) ?? options, TimeProvider.System, log => log.AddProvider(failures), parts => routes = [.. parts.Routes.All], Right.All, CancellationToken.None);
        return new InProcessServer(server, folder, routes, failures);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
