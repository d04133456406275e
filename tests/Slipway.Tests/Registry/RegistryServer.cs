using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Tracking;

namespace Slipway.Tests.Registry;

public sealed class RegistryOnSqlite() : RegistryServer(Dialect.Sqlite);

public sealed class RegistryOnPostgres() : RegistryServer(Dialect.Postgres);

/// <summary>Servers whose clock the tests turn, so that what happens every second happens when they want it.</summary>
public sealed class ClockedRegistryOnSqlite() : RegistryServer(Dialect.Sqlite, new ManualClock());

public sealed class ClockedRegistryOnPostgres() : RegistryServer(Dialect.Postgres, new ManualClock());

/// <summary>A server that a class's tests share; each test has models of its own.</summary>
public abstract class RegistryServer(Dialect dialect, TimeProvider? clock = null) : TrackingServer(dialect, clock)
{
    /// <summary>PATCHes or DELETEs and so on, as the Python client does: fields in a JSON body.</summary>
    public Task<Server.Answer> Do(string method, string path, string json) => Send(method, "/api/2.0/mlflow" + path, json);

    /// <summary>Expects 200; answers the body.</summary>
    public async Task<JsonNode> Done(string method, string path, string json)
    {
        var answer = await Do(method, path, json);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path} {json}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    /// <summary>Expects this refusal.</summary>
    public async Task Refused(string method, string path, string json, int status, string code, string says)
    {
        var answer = await Do(method, path, json);
        Assert.Equal((status, code), ((int)answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    /// <summary>A new model's name.</summary>
    public async Task<string> Model(string stem = "model", string tags = "[]")
    {
        var name = Name(stem);
        await Ok("/registered-models/create", $$"""{"name":"{{name}}","tags":{{tags}}}""");
        return name;
    }

    /// <summary>A new version's number.</summary>
    public async Task<string> Version(string model, string source = "runs:/run/model", string more = "") =>
        (string)(await Ok("/model-versions/create", $$"""{"name":"{{model}}","source":{{JsonSerializer.Serialize(source)}}{{more}}}"""))["model_version"]!["version"]!;

    /// <summary>A model as registered-models/get answers it.</summary>
    public async Task<JsonNode> TheModel(string name) => (await Ok("/registered-models/get?name=" + Uri.EscapeDataString(name)))["registered_model"]!;

    /// <summary>A version as model-versions/get answers it.</summary>
    public async Task<JsonNode> TheVersion(string name, string version) => (await Ok($"/model-versions/get?name={Uri.EscapeDataString(name)}&version={version}"))["model_version"]!;

    /// <summary>What a search finds, as `name/version` or `name`, through all pages of a size.</summary>
    public async Task<List<string>> Find(string what, string filter, int size = 100, params string[] orderBy)
    {
        var (found, token) = (new List<string>(), "");
        do
        {
            var page = await Ok($"/{what}/search?max_results={size}&filter={Uri.EscapeDataString(filter)}&page_token={token}" + string.Concat(orderBy.Select(key => "&order_by=" + Uri.EscapeDataString(key))));
            var rows = page[what is "model-versions" ? "model_versions" : "registered_models"] as JsonArray ?? [];
            Assert.True(rows.Count <= size);
            found.AddRange(rows.Select(row => row!["version"] is { } version ? $"{row["name"]}/{version}" : (string)row["name"]!));
            token = (string?)page["next_page_token"];
        }
        while (!string.IsNullOrEmpty(token));
        return found;
    }
}
