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
        return await server.Server.Ends.Until(async () =>
            (await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/promotions")).Json["promotions"]!.AsArray().Single(one => (string)one!["id"]! == (string)promotion["id"]!) is { } now && (string)now["status"]! is not ("WAITING" or "RUNNING") ? now : null);
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

    private async Task<JsonNode> Lineage(string workspace, string of, string more = "")
    {
        var answer = await In(workspace, "GET", $"/api/slipway/v1/lineage?of={Uri.EscapeDataString(of)}{more}");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
        return answer.Json;
    }

    private static string[] Nodes(JsonNode answer) => [.. answer["nodes"]!.AsArray().Select(static node => (string)node!["id"]!)];

    private static string[] Edges(JsonNode answer) => [.. answer["edges"]!.AsArray().Select(static edge => $"{edge!["from"]} {edge["kind"]} {edge["to"]}")];

    [Fact]
    public async Task Lineage_leads_from_the_promoted_version_to_the_data_of_the_other_workspace_and_back()
    {
        var (workspace, (name, run, _)) = (await Workspace(), await Model());
        await server.Ok("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"flights-{{name}}","digest":"d1","source_type":"s3","source":"x"} }]}""");
        Assert.Equal("DONE", (string)(await Promoted(name, workspace, ",\"model\":\"live ü\""))["status"]!);
        var (origin, there) = ($"@default/model-version/{name}/1", "model-version/live%20%C3%BC/1");
        var up = await Lineage(workspace, there);
        Assert.Equal([there, origin, "@default/run/" + run, $"@default/dataset/flights-{name}/d1"], Nodes(up));
        Assert.Equal([$"{origin} promoted {there}", $"@default/run/{run} registered {origin}", $"@default/dataset/flights-{name}/d1 read @default/run/{run}"], Edges(up));
        Assert.Equal([null, "default", "default", "default"], up["nodes"]!.AsArray().Select(static node => (string?)node!["workspace"]));
        Assert.Equal(0, (int)up["hidden"]!);
        // From the data on to where it went, and the same thing has the same name from wherever it is asked.
        Assert.Contains($"@{workspace}/{there}", Nodes(await Lineage("default", $"dataset/flights-{name}/d1", "&direction=down")));
        Assert.Equal(Nodes(up)[1..], Nodes(await Lineage(workspace, origin, "&direction=up")));
        Assert.Equal(up.ToJsonString(), (await Lineage(workspace, $"@{workspace}/{there}")).ToJsonString());
        Assert.Equal([$"@{workspace}/{there}", $"model-version/{name}/1", "run/" + run, $"dataset/flights-{name}/d1"], Nodes(await Lineage("default", $"@{workspace}/{there}")));
        // Whoever is gone leaves no trace.
        Assert.Equal(HttpStatusCode.OK, (await server.Do("DELETE", "/model-versions/delete", $$"""{"name":"{{name}}","version":"1"}""")).Status);
        var alone = await Lineage(workspace, there);
        Assert.Equal([there], Nodes(alone));
        Assert.Equal(0, (int)alone["hidden"]!);
    }

    [Theory]
    [InlineData("@/run/1", 400)]
    [InlineData("@nowhere", 400)]
    [InlineData("@nowhere/run/1", 404)]
    [InlineData("@nowhere/model/m", 404)]
    [InlineData("@default/model-version/none/1", 404)]
    [InlineData("@default/@default/run/1", 400)]
    [InlineData("@%00/run/1", 400)]
    public async Task Lineage_of_workspaces_that_are_not_there_is_refused(string of, int status) => Assert.Equal(status, (int)(await In("default", "GET", "/api/slipway/v1/lineage?of=" + Uri.EscapeDataString(of))).Status);

    [Fact]
    public async Task Evidence_travels_pinned_and_passes_no_gate_of_the_target()
    {
        var (workspace, (name, _, _)) = (await Workspace(), await Model());
        await server.Policy(name, "checks:\n- {check: tags, required: [ticket]}\n- {check: tags, id: audit, required: [audited]}\n", ""","alias":"champion" """);
        await server.Tag(name, "1", "ticket");
        var policy = (string)(await server.Own200("GET", $"/models/{name}/versions/1/gates?alias=champion"))["checklists"]![0]!["policies"]![0]!["name"]!;
        await server.Own200("POST", $"/models/{name}/versions/1/waivers", $$"""{"policy":"{{policy}}","check":"audit","reason":"The auditor is ill."}""");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"1"}""");
        Assert.Equal("DONE", (string)(await Promoted(name, workspace))["status"]!);
        var path = $"/api/slipway/v1/models/{name}/versions/1";
        var origin = (await In(workspace, "GET", path + "/origin")).Json;
        var said = origin["gates"]!.AsArray().Single()!;
        Assert.Equal(("transition", true, "champion"), ((string)said["purpose"]!, (bool)said["passed"]!, (string)said["alias"]!));
        Assert.Equal(["tags-1 passed", "audit waived"], GatesServer.Statuses(said));
        Assert.Equal("The auditor is ill.", (string)origin["waivers"]![0]!["reason"]!);
        Assert.Equal(($"@default/model-version/{name}/1", null), ((string)origin["lineage"]!, (bool?)origin["hidden"] is true ? "hidden" : null));
        var history = (await In(workspace, "GET", $"/api/slipway/v1/history?subject=model_version/{name}/1")).Body;
        Assert.Contains((string)origin["evidence_sha256"]!, history, StringComparison.Ordinal);
        Assert.DoesNotContain("from_workspace", history, StringComparison.Ordinal);
        // What spoke for it there is on the card here, and is no key to a place here.
        var card = (await In(workspace, "GET", path + "/card")).Json;
        Assert.Equal(("waived", "default"), ((string)card["origin"]!["checks"]![1]!["outcome"]!, (string)card["origin"]!["workspace"]!));
        Assert.Null(card["checks"]);
        Assert.Contains("Gates of the origin", (await In(workspace, "GET", path + "/card/markdown")).Body, StringComparison.Ordinal);
        Assert.Contains("The auditor is ill.", (await In(workspace, "GET", path + "/card/html")).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await In(workspace, "PUT", "/api/slipway/v1/gates/policies/live", """{"yaml":"checks:\n- {check: tags, required: [released]}"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await In(workspace, "POST", "/api/slipway/v1/gates/attachments", """{"policy":"live"}""")).Status);
        var blocked = await In(workspace, "POST", "/api/2.0/mlflow/registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"1"}""");
        Assert.Equal(409, (int)blocked.Status);
        Assert.Contains("[live/tags-1]", blocked.Message, StringComparison.Ordinal);
        Assert.Equal("None", (string)(await In(workspace, "GET", $"/api/2.0/mlflow/model-versions/get?name={name}&version=1")).Json["model_version"]!["current_stage"]!);
        // On to a third one: the way behind the origin goes along.
        var last = await Workspace();
        var on = await In(workspace, "POST", path + "/promote", $$"""{"workspace":"{{last}}","reason":"on"}""");
        Assert.True(on.Status == HttpStatusCode.OK, on.Body);
        var third = await server.Server.Ends.Until(async () => (await In(last, "GET", path + "/origin")) is { Status: HttpStatusCode.OK } answer ? answer.Json : null);
        Assert.Equal((workspace, "default"), ((string)third["workspace"]!, (string)third["before"]!["workspace"]!));
        Assert.Equal((string)origin["evidence_sha256"]!, (string)third["before"]!["evidence_sha256"]!);
        Assert.Equal([$"model-version/{name}/1", $"@{workspace}/model-version/{name}/1", $"@default/model-version/{name}/1"], Nodes(await Lineage(last, $"model-version/{name}/1", "&direction=up&depth=2")));
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
