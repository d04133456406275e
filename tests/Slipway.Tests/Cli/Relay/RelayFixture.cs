using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Cli.Relay;
using Slipway.Server;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli.Relay;

/// <summary>A relay and a server that comes and goes, on the same port and with the same data.</summary>
internal sealed class RelayFixture : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-relay-").FullName;
    private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false });
    private SlipwayServer? server;
    private RelayServer? relay;

    public RelayFixture()
    {
        // Kept for this test by being the kernel's choice; the server takes and leaves it.
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        ServerUrl = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        listener.Stop();
    }

    public Uri ServerUrl { get; }

    public string Data => Path.Combine(folder, "relay");

    public RelayServer Relay => relay!;

    public RelayOptions Options { get; set; } = null!;

    public async Task StartServer() => server = await SlipwayServer.Start(new ServerOptions { Urls = [ServerUrl.ToString()], Data = Path.Combine(folder, "data") }, CancellationToken.None);

    public async Task StopServer()
    {
        if (server is null) return;
        await server.DisposeAsync();
        server = null;
    }

    public async Task StartRelay(Func<RelayOptions, RelayOptions>? change = null)
    {
        var options = new RelayOptions(ServerUrl, new Uri("http://127.0.0.1:0"), Data) { PauseMin = TimeSpan.FromMilliseconds(20), PauseMax = TimeSpan.FromMilliseconds(100) };
        Options = change?.Invoke(options) ?? options;
        relay = await RelayServer.Start(Options, TimeProvider.System, logging => logging.SetMinimumLevel(LogLevel.None), CancellationToken.None);
    }

    public async Task StopRelay()
    {
        if (relay is null) return;
        await relay.DisposeAsync();
        relay = null;
    }

    /// <summary>Ends when everything has been delivered.</summary>
    public async Task Delivered()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Relay.Pending > 0) await Task.Delay(5, deadline.Token);
    }

    public Task<Answer> Post(string path, string json) => Send(HttpMethod.Post, Relay.Url, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<Answer> Patch(string path, string json) => Send(HttpMethod.Patch, Relay.Url, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, Relay.Url, path, null);

    public Task<Answer> Put(string path, byte[] content) => Send(HttpMethod.Put, Relay.Url, path, new ByteArrayContent(content));

    /// <summary>Asks the server itself.</summary>
    public Task<Answer> Direct(string path) => Send(HttpMethod.Get, ServerUrl, path, null);

    public Task<Answer> DirectPost(string path, string json) => Send(HttpMethod.Post, ServerUrl, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<Answer> Send(HttpMethod method, Uri to, string path, HttpContent? content, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(to.ToString().TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Content = content };
        change?.Invoke(request);
        using var response = await http.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    /// <summary>A new run through the relay.</summary>
    public async Task<(string Id, string ArtifactUri)> NewRun(string experiment = "0")
    {
        var made = await Post(Api + "runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":1000,"tags":[{"key":"mlflow.runName","value":"r"}]}""");
        Assert.Equal(HttpStatusCode.OK, made.Status);
        var info = made.Json["run"]!["info"]!;
        return ((string)info["run_id"]!, (string)info["artifact_uri"]!);
    }

    public const string Api = "/api/2.0/mlflow/";

    public static JsonNode? Value(JsonNode run, string list, string key) => run["run"]!["data"]![list]!.AsArray().FirstOrDefault(one => (string)one!["key"]! == key)?["value"];

    public async ValueTask DisposeAsync()
    {
        await StopRelay();
        await StopServer();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
