using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

public sealed class PromotionsOnSqlite(RegistryOnSqlite server) : PromotionsTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class PromotionsOnPostgres(RegistryOnPostgres server) : PromotionsTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>A version goes to another workspace with its files and what is known about it.</summary>
public abstract class PromotionsTests(RegistryServer server)
{
    private async Task<Answer> In(string workspace, string method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-MLFLOW-WORKSPACE", workspace);
        return await server.Server.Send(request);
    }

    private async Task<string> Workspace()
    {
        var name = server.Name("prod");
        var made = await server.Send("POST", "/api/3.0/mlflow/workspaces", $$"""{"name":"{{name}}"}""");
        Assert.True((int)made.Status is 200 or 201, made.Body);
        return name;
    }

    private async Task<(string Name, string Run, string Root)> Model()
    {
        var (name, run) = (await server.Model(), await server.Run());
        var root = ((string)(await server.TheRun(run))["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        foreach (var (path, text) in ((string, string)[])[("model/model.txt", "weights"), ("model/a/b.txt", "deep"), ("model/empty.txt", "")])
            Assert.Equal(HttpStatusCode.OK, (await server.Send("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{root}/{path}", text)).Status);
        await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}","tags":[{"key":"team","value":"red"}],"description":"The first." """);
        return (name, run, root);
    }

    private async Task<JsonNode> Promoted(string name, string workspace, string more = "")
    {
        var asked = await server.Send("POST", $"/api/slipway/v1/models/{name}/versions/1/promote", $$"""{"workspace":"{{workspace}}","reason":"It is ready."{{more}}}""");
        Assert.True(asked.Status == HttpStatusCode.OK, asked.Body);
        var promotion = asked.Json["promotion"]!;
        for (var looks = 0; (string)promotion["status"]! is "WAITING" or "RUNNING"; looks++)
        {
            Assert.True(looks < 3_000, promotion.ToJsonString());
            await Task.Delay(20);
            promotion = (await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/promotions")).Json["promotions"]!.AsArray().Single(one => (string)one!["id"]! == (string)promotion["id"]!)!;
        }
        return promotion;
    }

    [Fact]
    public async Task The_same_files_are_a_version_there_with_their_origin()
    {
        var (workspace, (name, run, _)) = (await Workspace(), await Model());
        var promotion = await Promoted(name, workspace);
        Assert.True((string)promotion["status"]! == "DONE", promotion.ToJsonString());
        Assert.Equal(("1", 3L, 11L), ((string)promotion["to_version"]!, (long)promotion["files"]!, (long)promotion["copied_bytes"]!));
        var (here, there) = ((await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/package")).Json, (await In(workspace, "GET", $"/api/slipway/v1/models/{name}/versions/1/package")).Json);
        Assert.Equal((string)here["digest"]!, (string)there["digest"]!);
        Assert.Equal("weights", (await In(workspace, "GET", $"/model-versions/get-artifact?name={name}&version=1&path=model.txt")).Body);
        var version = (await In(workspace, "GET", $"/api/2.0/mlflow/model-versions/get?name={name}&version=1")).Json["model_version"]!;
        Assert.Equal(("None", "The first.", "red"), ((string)version["current_stage"]!, (string)version["description"]!, (string)version["tags"]![0]!["value"]!));
        var origin = (await In(workspace, "GET", $"/api/slipway/v1/models/{name}/versions/1/origin")).Json;
        Assert.Equal(("default", name, "1", run, (string)here["digest"]!, "It is ready."), ((string)origin["workspace"]!, (string)origin["name"]!, (string)origin["version"]!, (string)origin["run_id"]!, (string)origin["digest"]!, (string)origin["reason"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/origin")).Status);
        // Again, under another name: a version of its own.
        Assert.Equal("other", (string)(await Promoted(name, workspace, ",\"model\":\"other\""))["to_name"]!);
    }

    [Fact]
    public async Task A_file_that_changed_since_makes_no_version_there()
    {
        var (workspace, (name, _, root)) = (await Workspace(), await Model());
        Assert.Equal(HttpStatusCode.OK, (await server.Send("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{root}/model/a/b.txt", "changed")).Status);
        var promotion = await Promoted(name, workspace);
        Assert.Equal("FAILED", (string)promotion["status"]!);
        Assert.Contains("'a/b.txt' is not what it was", (string)promotion["problem"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await In(workspace, "GET", $"/api/2.0/mlflow/registered-models/get?name={name}")).Status);
    }

    [Theory]
    [InlineData("""{"workspace":"nowhere","reason":"x"}""", 404)]
    [InlineData("""{"workspace":"default","reason":"x"}""", 400)]
    [InlineData("""{"reason":"x"}""", 400)]
    [InlineData("""{"workspace":"nowhere"}""", 400)]
    [InlineData("""{"workspace":"nowhere","reason":"x","model":"a/b"}""", 400)]
    public async Task What_cannot_be_promoted_is_refused(string body, int status)
    {
        var (name, _, _) = await Model();
        Assert.Equal(status, (int)(await server.Send("POST", $"/api/slipway/v1/models/{name}/versions/1/promote", body)).Status);
        Assert.Equal(404, (int)(await server.Send("POST", $"/api/slipway/v1/models/{name}/versions/9/promote", """{"workspace":"nowhere","reason":"x"}""")).Status);
    }

    [Fact]
    public async Task A_version_whose_files_lie_elsewhere_is_refused()
    {
        var (workspace, name) = (await Workspace(), await server.Model());
        await server.Version(name, "s3://bucket/model");
        var refused = await server.Send("POST", $"/api/slipway/v1/models/{name}/versions/1/promote", $$"""{"workspace":"{{workspace}}","reason":"x"}""");
        Assert.Equal(400, (int)refused.Status);
        Assert.Contains("only files on this server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_promotes()
    {
        var (workspace, (name, _, _)) = (await Workspace(), await Model());
        string[] url = ["--url", server.Server.Http.BaseAddress!.AbsoluteUri];
        var done = await Shell.Run(["models", "promote", name, "1", "--to-workspace", workspace, "--reason", "ready", .. url]);
        Assert.True(done.Code == ExitCode.Ok, done.Error);
        Assert.Contains($"version 1 of '{name}' in '{workspace}'", done.Error, StringComparison.Ordinal);
    }
}
