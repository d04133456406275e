using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Faults.Processes;
using Slipway.Faults.Stores;
using Slipway.Storage;

namespace Slipway.Faults.Kills;

/// <summary>kill -9 of a server that promotes a version to another workspace, at named places: nothing half-made is ever seen, the job goes on, and one version of the same files results.</summary>
public sealed class PromotionKillTests : IDisposable
{
    private const int Files = 6;

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-promotions-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(FailPoint.PromotionFileCopied, 1)]
    [InlineData(FailPoint.PromotionFileCopied, 4)]
    [InlineData(FailPoint.BlobStoredNotNamed, 3)]
    [InlineData(FailPoint.BlobRenamedNotSynced, 2)]
    [InlineData(FailPoint.PromotionAllCopied, 1)]
    [InlineData(FailPoint.PromotionPublished, 1)]
    public Task Killed_on_SQLite_it_goes_on_and_makes_one_version(string point, int passing) => Check(point, passing, null);

    [Theory]
    [InlineData(FailPoint.PromotionFileCopied, 3)]
    [InlineData(FailPoint.PromotionAllCopied, 1)]
    public async Task Killed_on_PostgreSQL_it_goes_on_and_makes_one_version(string point, int passing)
    {
        await using var postgres = await PostgresCluster.Start();
        await postgres.CreateDatabase("promotions");
        await Check(point, passing, postgres.Database("promotions"));
    }

    private Task<RealServer> Start(string? database, string? failPoint = null) => RealServer.Start(Path.Combine(folder, "data"), failPoint, change: start =>
    {
        if (database is null) return;
        start.ArgumentList.Add("--database");
        start.ArgumentList.Add(database);
    });

    private async Task Check(string point, int passing, string? database)
    {
        var files = await Fill(database);
        await using (var dying = await Start(database, $"{point}:{passing}"))
        {
            using var http = new HttpClient { BaseAddress = dying.Url };
            await Ask(http);
            await dying.Ended(TimeSpan.FromSeconds(60));
            Assert.Equal(137, dying.ExitCode);
        }
        await using var server = await Start(database);
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(2) };
        await Done(client, server);
        var versions = await Versions(client);
        Assert.Single(versions);
        Assert.Equal("1", (string)versions[0]!["version"]!);
        var (here, there) = (await Json(client, "api/slipway/v1/models/flights/versions/1/package"), await Json(client, "api/slipway/v1/models/flights/versions/1/package", "prod"));
        Assert.Equal((string)here["digest"]!, (string)there["digest"]!);
        Assert.True((bool)(await Json(client, "api/slipway/v1/models/flights/versions/1/verify", "prod"))["whole"]!);
        foreach (var (path, content) in files) Assert.Equal(content, await Bytes(client, $"model-versions/get-artifact?name=flights&version=1&path={path}", "prod"));
        Assert.Equal("default", (string)(await Json(client, "api/slipway/v1/models/flights/versions/1/origin", "prod"))["workspace"]!);
        var promotion = Assert.Single((await Json(client, "api/slipway/v1/models/flights/versions/1/promotions"))["promotions"]!.AsArray())!;
        Assert.Equal(((long)Files, files.Values.Sum(static one => (long)one.Length)), ((long)promotion["files"]!, (long)promotion["copied_bytes"]!));
    }

    // Whether the answer still comes is the kill's choice.
    private static async Task Ask(HttpClient http)
    {
        try
        {
            await Send(http, HttpMethod.Post, "api/slipway/v1/models/flights/versions/1/promote", """{"workspace":"prod","reason":"It is ready."}""");
        }
        catch (HttpRequestException)
        {
            return;
        }
    }

    /// <summary>Looks until it is done; before that there is nothing to be seen there.</summary>
    private static async Task Done(HttpClient http, RealServer server)
    {
        // On PostgreSQL the lease of the server that died runs out first.
        for (var deadline = DateTime.UtcNow.AddSeconds(90); ;)
        {
            var seen = await Versions(http);
            var status = (string)(await Json(http, "api/slipway/v1/models/flights/versions/1/promotions"))["promotions"]![0]!["status"]!;
            if (status == "DONE") return;
            Assert.True(seen.Count == 0, $"A version is there while its promotion is {status}: {seen.ToJsonString()}");
            Assert.True(status is "WAITING" or "RUNNING" && DateTime.UtcNow < deadline, $"{status}\n{server.LastWords}");
            await Task.Delay(20);
        }
    }

    private static async Task<JsonArray> Versions(HttpClient http) => (await Json(http, "api/2.0/mlflow/model-versions/search?filter=name%3D%27flights%27", "prod"))["model_versions"] as JsonArray ?? [];

    private async Task<Dictionary<string, byte[]>> Fill(string? database)
    {
        await using var server = await Start(database);
        using var http = new HttpClient { BaseAddress = server.Url };
        await Send(http, HttpMethod.Post, "api/3.0/mlflow/workspaces", """{"name":"prod"}""");
        var run = (await Send(http, HttpMethod.Post, "api/2.0/mlflow/runs/create", """{"experiment_id":"0","start_time":1}"""))["run"]!["info"]!;
        var random = new Random(31);
        var files = new Dictionary<string, byte[]>();
        for (var i = 0; i < Files; i++)
        {
            var content = new byte[i == 3 ? 0 : random.Next(1, 300_000)];
            random.NextBytes(content);
            files[i % 2 == 0 ? $"part{i}.bin" : $"deep/er/part{i}.bin"] = content;
        }
        foreach (var (path, content) in files)
            using (var sent = await http.PutAsync($"api/2.0/mlflow-artifacts/artifacts/{((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..]}/model/{path}", new ByteArrayContent(content))) sent.EnsureSuccessStatusCode();
        await Send(http, HttpMethod.Post, "api/2.0/mlflow/registered-models/create", """{"name":"flights"}""");
        await Send(http, HttpMethod.Post, "api/2.0/mlflow/model-versions/create", $$"""{"name":"flights","source":"runs:/{{run["run_id"]}}/model"}""");
        // Its inspection ends before the fail point is armed: nothing else passes the places where blobs are stored.
        for (var looks = 0; (string)(await Json(http, "api/slipway/v1/models/flights/versions/1/package"))["scan"]!["status"]! == "pending"; looks++)
        {
            Assert.True(looks < 3_000, server.LastWords);
            await Task.Delay(20);
        }
        return files;
    }

    private static async Task<JsonNode> Json(HttpClient http, string path, string? workspace = null) => JsonNode.Parse(await Bytes(http, path, workspace))!;

    private static async Task<byte[]> Bytes(HttpClient http, string path, string? workspace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (workspace is not null) request.Headers.Add("X-MLFLOW-WORKSPACE", workspace);
        using var answer = await http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(bytes)}");
        return bytes;
    }

    private static async Task<JsonNode> Send(HttpClient http, HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
