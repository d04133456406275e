using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Tracking;

public sealed class TrackingOnSqlite() : TrackingServer(Dialect.Sqlite);

public sealed class TrackingOnPostgres() : TrackingServer(Dialect.Postgres);

/// <summary>A server that a class's tests share, each with experiments and runs of its own; requests are the wire's own texts.</summary>
public abstract class TrackingServer(Dialect dialect, TimeProvider? clock = null) : IAsyncLifetime
{
    private int names;

    /// <summary>The clock of a server that has one of its own.</summary>
    internal ManualClock Clock => (ManualClock)clock!;

    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.Start(dialect, clock: clock, compose: Compose);

    /// <summary>Changes what the server is composed of.</summary>
    private protected virtual void Compose(Slipway.Server.Parts parts) { }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A name that no other test of the class has.</summary>
    public string Name(string stem = "e") => $"{stem}-{Interlocked.Increment(ref names)}";

    public Task<Answer> Post(string path, string json) => Server.Post("/api/2.0/mlflow" + path, json);

    public Task<Answer> Get(string path) => Server.Get("/api/2.0/mlflow" + path);

    public Task<Answer> Send(string method, string path, string? json = null) => Server.Send(new HttpRequestMessage(new HttpMethod(method), path)
    {
        Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
    });

    /// <summary>POSTs and expects 200; answers the body.</summary>
    public async Task<JsonNode> Ok(string path, string json)
    {
        var answer = await Post(path, json);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path} {json}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    /// <summary>GETs and expects 200; answers the body.</summary>
    public async Task<JsonNode> Ok(string path)
    {
        var answer = await Get(path);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    /// <summary>POSTs and expects this refusal.</summary>
    public async Task Refused(string path, string json, int status, string code, string says)
    {
        var answer = await Post(path, json);
        Assert.Equal((status, code), ((int)answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    /// <summary>POSTs and expects 400 INVALID_PARAMETER_VALUE.</summary>
    public Task Invalid(string path, string json, string says) => Refused(path, json, 400, "INVALID_PARAMETER_VALUE", says);

    /// <summary>A new experiment's id.</summary>
    public async Task<string> Experiment() => (string)(await Ok("/experiments/create", $$"""{"name":"{{Name()}}"}"""))["experiment_id"]!;

    /// <summary>A new run's id.</summary>
    public async Task<string> Run(string? experiment = null) =>
        (string)(await Ok("/runs/create", $$"""{"experiment_id":"{{experiment ?? await Experiment()}}","start_time":1}"""))["run"]!["info"]!["run_id"]!;

    /// <summary>A run as runs/get answers it.</summary>
    public async Task<JsonNode> TheRun(string run) => (await Ok("/runs/get?run_id=" + run))["run"]!;
}
