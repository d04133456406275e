using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tests.Cli;

namespace Slipway.Tests.Registry;

public sealed class ModelsOverviewOnSqlite(RegistryOnSqlite server) : ModelsOverviewTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class ModelsOverviewOnPostgres(RegistryOnPostgres server) : ModelsOverviewTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>What lists show of models, in one request for a page.</summary>
public abstract class ModelsOverviewTests(RegistryServer server)
{
    private Task<JsonNode> Ask(params string[] names) => server.Own200("POST", "/models/overview", new JsonObject { ["names"] = new JsonArray([.. names.Select(static name => (JsonNode)name)]) }.ToJsonString());

    private async Task<string> Files(string model, string content)
    {
        var run = await server.Run();
        var root = ((string)(await server.TheRun(run))["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        Assert.Equal(200, (int)(await server.Send("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{root}/model/model.pkl", content)).Status);
        var version = await server.Version(model, $"runs:/{run}/model");
        await server.Server.Ends.Until(async () => (await server.Own200("GET", $"/models/{model}/versions/{version}/package"))["scan"] is { } scan && (string)scan["status"]! != "pending" ? scan : null);
        return version;
    }

    [Fact]
    public async Task Owners_production_and_findings_come_together_in_the_order_asked()
    {
        var (one, bare, prompt) = (await server.Model("zebra"), await server.Model("ant"), await server.Model("prompt", """[{"key":"mlflow.prompt.is_prompt","value":"true"}]"""));
        await server.Send("PATCH", $"/api/slipway/v1/models/{one}/profile", """{"owner":"ada","team":"delays","review_date":"2027-01-31"}""");
        var bad = await Files(one, "cposix\nsystem\n(S'true'\ntR.");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{one}}","alias":"champion","version":"{{bad}}"}""");
        var good = await Files(one, "I1\n.");
        var said = (await Ask(one, "nobody", bare, prompt, one))["models"]!.AsArray();
        Assert.Equal([one, bare, one], said.Select(static model => (string)model!["name"]!));
        var model = said[0]!;
        Assert.Equal(("ada", "delays", "2027-01-31", bad, good, "unsafe"), ((string)model["owner"]!, (string)model["team"]!, (string)model["review_date"]!, (string)model["champion"]!, (string)model["newest"]!, (string)model["scan"]!));
        Assert.Equal($$"""[{"version":"{{bad}}","status":"unsafe","findings":1}]""", model["findings"]!.ToJsonString());
        Assert.Equal($$"""{"name":"{{bare}}"}""", said[1]!.ToJsonString());
        // What stands nowhere any more is not looked at.
        await server.Done("DELETE", "/registered-models/alias", $$"""{"name":"{{one}}","alias":"champion"}""");
        Assert.Equal("clean", (string)(await Ask(one))["models"]![0]!["scan"]!);
    }

    [Fact]
    public async Task Production_is_a_stage_that_shows_as_it_where_nobody_set_champion()
    {
        var model = await server.Model();
        foreach (var _ in (int[])[1, 2, 3]) await server.Version(model, "s3://bucket/model");
        Assert.Equal(("3", "not-scanned", null), await Said());
        await server.Own200("PUT", $"/models/{model}/stages", """{"stages":[{"stage":"live","shows":"Production"},{"stage":"canary","shows":"Production"}]}""");
        foreach (var (version, stage) in ((string, string)[])[("1", "live"), ("3", "canary"), ("2", "live")]) await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"{{version}}","stage":"{{stage}}"}""");
        Assert.Equal(("3", "not-scanned", "2"), await Said());
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}""");
        Assert.Equal("1", (await Said()).Champion);

        async Task<(string Newest, string Scan, string? Champion)> Said() => (await Ask(model))["models"]![0] is { } said ? ((string)said["newest"]!, (string)said["scan"]!, (string?)said["champion"]) : default;
    }

    [Fact]
    public async Task Too_many_none_and_names_that_trick_are_refused()
    {
        await server.Own400(400, "names", "POST", "/models/overview", "{}");
        await server.Own400(400, "at most 200", "POST", "/models/overview", new JsonObject { ["names"] = new JsonArray([.. Enumerable.Range(0, 201).Select(static n => (JsonNode)$"m{n}")]) }.ToJsonString());
        await server.Own400(400, "", "POST", "/models/overview", """{"names":["a/b"]}""");
        await server.Own400(400, "", "POST", "/models/overview", """{"names":[null]}""");
    }

    [Fact]
    public async Task The_command_line_lists_owners_and_scans()
    {
        var model = await server.Model("owned");
        await server.Send("PATCH", $"/api/slipway/v1/models/{model}/profile", """{"owner":"grace"}""");
        var list = await Shell.Run(["models", "list", "--filter", $"name = '{model}'", "--url", server.Server.Http.BaseAddress!.AbsoluteUri]);
        Assert.True(list.Code == ExitCode.Ok, list.Error);
        Assert.Contains("grace", list.Output, StringComparison.Ordinal);
    }
}

/// <summary>The same, for who may not see all models.</summary>
public sealed class ModelsOverviewAccessTests
{
    [Fact]
    public async Task A_model_that_is_denied_is_left_out()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("reader", ["viewer"]);
        foreach (var name in (string[])["open", "closed"]) AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/registered-models/create", $$"""{"name":"{{name}}"}"""));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants", """{"name":"reader","kind":"registered-model","root":"closed","level":"denied"}"""));
        var said = AccessServer.Ok(await access.As("reader", "POST", "/api/slipway/v1/models/overview", """{"names":["closed","open"]}""")).Json["models"]!.AsArray();
        Assert.Equal(["open"], said.Select(static model => (string)model!["name"]!));
    }
}
