using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>A server whose people sign in, with `root` as its administrator.</summary>
internal sealed class AccessServer : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private AccessServer(TestServer server, ManualClock clock, Database database) => (Server, Clock, Database) = (server, clock, database);

    public TestServer Server { get; }

    /// <summary>What the server keeps everything in.</summary>
    public Database Database { get; }

    /// <summary>The server's clock: far enough from its start that nothing is new any more.</summary>
    public ManualClock Clock { get; }

    public static async Task<AccessServer> Start(Dialect dialect, ManualClock? clock = null, Func<AccessOptions, AccessOptions>? change = null, Func<ServerOptions, ServerOptions>? more = null, Action<Parts>? compose = null)
    {
        var access = await WithoutAdministrator(dialect, clock, change, more: more, compose: compose);
        var made = await access.Server.Post("/api/slipway/v1/access/set-up", $$"""{"code":"{{access.Server.Server.SetUpCode}}","name":"root","password":"{{Password}}"}""");
        Assert.Equal("root", (string?)made.Json["name"]);
        return access;
    }

    public static async Task<AccessServer> WithoutAdministrator(Dialect dialect, ManualClock? clock = null, Func<AccessOptions, AccessOptions>? change = null, LimitOptions? limits = null, Func<ServerOptions, ServerOptions>? more = null, Action<Parts>? compose = null)
    {
        clock ??= new ManualClock();
        var people = new AccessOptions { Mode = AccessMode.People, PasswordRounds = 10 };
        Database database = null!;
        var server = await TestServer.Start(dialect, options =>
        {
            var own = options with { Access = change?.Invoke(people) ?? people, Limits = limits ?? options.Limits };
            return more?.Invoke(own) ?? own;
        }, parts =>
        {
            database = parts.Database;
            compose?.Invoke(parts);
        }, clock);
        return new AccessServer(server, clock, database);
    }

    /// <summary>Sends as somebody: by password, or without credentials when the name is null.</summary>
    public Task<Answer> As(string? name, string method, string path, string? body = null, string? workspace = null) =>
        Send(method, path, body, name is null ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{Password}"))), workspace);

    /// <summary>Sends with a token.</summary>
    public Task<Answer> With(string token, string method, string path, string? body = null, string? workspace = null) =>
        Send(method, path, body, new AuthenticationHeaderValue("Bearer", token), workspace);

    /// <summary>Makes a person, with roles in a workspace.</summary>
    public async Task Person(string name, string[] roles, string? workspace = null)
    {
        Ok(await As("root", "POST", "/api/slipway/v1/access/members", $$"""{"name":"{{name}}","password":"{{Password}}"}"""));
        foreach (var role in roles) Ok(await As("root", "PUT", "/api/slipway/v1/access/roles", $$"""{"name":"{{name}}","role":"{{role}}"}""", workspace));
    }

    public async Task Workspace(string name) => Ok(await As("root", "POST", "/api/3.0/mlflow/workspaces", $$"""{"name":"{{name}}"}"""));

    /// <summary>Makes an experiment; answers its id.</summary>
    public async Task<string> Experiment(string? by, string name, string? workspace = null) =>
        (string)Ok(await As(by, "POST", "/api/2.0/mlflow/experiments/create", $$"""{"name":"{{name}}"}""", workspace)).Json["experiment_id"]!;

    /// <summary>Makes a run; answers its id.</summary>
    public async Task<string> Run(string? by, string experiment, string? workspace = null, long? startMs = null) =>
        (string)Ok(await As(by, "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{startMs?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}}}""", workspace)).Json["run"]!["info"]!["run_id"]!;

    /// <summary>Grants, denies, or takes back.</summary>
    public async Task Grant(string name, string experiment, string? level) =>
        Ok(await As("root", "PUT", "/api/slipway/v1/access/grants", new JsonObject { ["name"] = name, ["kind"] = "experiment", ["root"] = experiment, ["level"] = level }.ToJsonString()));

    /// <summary>Lets the clock go on until every event so far is sealed and every seal's head is in the anchor file; answers those of the default workspace.</summary>
    public async Task<JsonArray> Sealed()
    {
        JsonNode report;
        do
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            report = Ok(await As("root", "GET", "/api/slipway/v1/audit/verify")).Json;
        }
        while ((long)report["unsealed"]! > 0 || (long)report["heads"]! < (long)report["seals"]!);
        return Ok(await As("root", "GET", "/api/slipway/v1/events?max_results=10000")).Json["events"]!.AsArray();
    }

    public static Answer Ok(Answer answer)
    {
        Assert.True((int)answer.Status == 200, $"{(int)answer.Status} {answer.Body}");
        return answer;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private async Task<Answer> Send(string method, string path, string? body, AuthenticationHeaderValue? credentials, string? workspace)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = credentials;
        if (workspace is not null) request.Headers.Add(CallerSource.WorkspaceHeader, workspace);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Server.Send(request);
    }
}
