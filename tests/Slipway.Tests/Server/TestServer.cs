using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Server;

/// <summary>A real server on a port of the kernel's choice with a data folder of its own; both go away with it.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly string folder;

    private TestServer(SlipwayServer server, IReadOnlyList<Route> routes, string folder)
    {
        (Server, Routes, this.folder) = (server, routes, folder);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(server.Urls[0]) };
    }

    /// <summary>The server itself.</summary>
    public SlipwayServer Server { get; }

    /// <summary>What it is composed of.</summary>
    internal Parts Parts { get; private set; } = null!;

    /// <summary>Every route that it answers.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>Its own folder.</summary>
    public string Data => Path.Combine(folder, "data");

    /// <summary>Tells when jobs end.</summary>
    internal JobEnds Ends { get; private init; } = new();

    /// <summary>A client at its address.</summary>
    public HttpClient Http { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => new(IPAddress.Loopback, Http.BaseAddress!.Port);

    /// <summary>Starts one; <paramref name="change"/> changes its options.</summary>
    public static Task<TestServer> Start(Func<ServerOptions, ServerOptions>? change = null) => Start(Dialect.Sqlite, change);

    /// <summary>Starts one on either database. <paramref name="compose"/> adds routes or jobs beside the product's.</summary>
    internal static async Task<TestServer> Start(Dialect dialect, Func<ServerOptions, ServerOptions>? change = null, Action<Parts>? compose = null,
        TimeProvider? clock = null, Right rights = Right.All, ILoggerProvider? log = null)
    {
        var database = dialect is Dialect.Postgres ? "postgres:" + await PostgresServer.Shared().CreateDatabase() : null;
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        var options = new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = Path.Combine(folder, "data"), Database = database };
        IReadOnlyList<Route> routes = [];
        var ends = new JobEnds();
        Parts composed = null!;
        var server = await SlipwayServer.Start(change?.Invoke(options) ?? options, clock ?? TimeProvider.System,
            logging => { if (log is not null) logging.AddProvider(log); }, parts =>
            {
                compose?.Invoke(parts);
                ends.Watch(parts.JobHandlers);
                routes = parts.Routes.All;
                composed = parts;
            }, rights, CancellationToken.None);
        return new TestServer(server, routes, folder) { Ends = ends, Parts = composed };
    }

    /// <summary>POSTs JSON text as it is.</summary>
    public Task<Answer> Post(string path, string json, string type = "application/json") =>
        Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, type) });

    /// <summary>GETs.</summary>
    public Task<Answer> Get(string path) => Send(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Sends anything.</summary>
    public async Task<Answer> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    /// <summary>Stops, and removes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>An answer with its body as text.</summary>
public sealed record Answer(HttpStatusCode Status, string Body, HttpResponseMessage Response)
{
    /// <summary>The body as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>The wire's error code.</summary>
    public string? ErrorCode => (string?)Json["error_code"];

    /// <summary>The wire's message.</summary>
    public string Message => (string?)Json["message"] ?? "";
}
