using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Registry;

public sealed class RegistryAccessOnSqlite() : RegistryAccessTests(Dialect.Sqlite);

public sealed class RegistryAccessOnPostgres() : RegistryAccessTests(Dialect.Postgres);

/// <summary>Rights over models: by role, by grant, by denial, and none across workspaces.</summary>
public abstract class RegistryAccessTests(Dialect dialect)
{
    private const string Mlflow = "/api/2.0/mlflow";

    private static string Named(string name) => new JsonObject { ["name"] = name, ["source"] = "runs:/r/m" }.ToJsonString();

    private static async Task Model(AccessServer access, string by, string name, string? workspace = null)
    {
        AccessServer.Ok(await access.As(by, "POST", Mlflow + "/registered-models/create", Named(name), workspace));
        AccessServer.Ok(await access.As(by, "POST", Mlflow + "/model-versions/create", Named(name), workspace));
    }

    private static async Task<List<string>> Seen(AccessServer access, string by, string what) =>
        [.. (AccessServer.Ok(await access.As(by, "GET", $"{Mlflow}/{what}/search")).Json[what.Replace('-', '_')] as JsonArray ?? []).Select(one => (string)one!["name"]!).Order(StringComparer.Ordinal)];

    private static async Task<List<string>> Found(AccessServer access, string by, string text) =>
        [.. AccessServer.Ok(await access.As(by, "GET", "/api/slipway/v1/find?q=" + text)).Json["results"]!.AsArray().Where(static one => (string)one!["kind"]! == "registered_model").Select(static one => (string)one!["id"]!)];

    private static async Task Grant(AccessServer access, string name, string model, string level) => AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants",
        new JsonObject { ["name"] = name, ["kind"] = "registered-model", ["root"] = model, ["level"] = level }.ToJsonString()));

    [Fact]
    public async Task Maker_manages_and_grants_and_denials_count_in_every_call_and_search()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("maker", ["creator"]);
        await access.Person("reader", ["viewer"]);
        await access.Person("guest", []);
        await Model(access, "maker", "mine");
        await Model(access, "root", "other");
        Assert.Equal(["mine", "other"], await Seen(access, "reader", "registered-models"));
        Assert.Equal(403, (int)(await access.As("maker", "POST", Mlflow + "/model-versions/create", Named("other"))).Status);
        Assert.Equal(403, (int)(await access.As("reader", "POST", Mlflow + "/registered-models/alias", """{"name":"mine","alias":"a","version":"1"}""")).Status);
        AccessServer.Ok(await access.As("maker", "POST", Mlflow + "/registered-models/alias", """{"name":"mine","alias":"a","version":"1"}"""));
        AccessServer.Ok(await access.As("maker", "DELETE", Mlflow + "/model-versions/delete", """{"name":"mine","version":"1"}"""));

        Assert.Equal(["mine"], await Found(access, "reader", "MIN"));

        await Grant(access, "reader", "mine", "denied");
        await Grant(access, "guest", "other", "edit");
        Assert.Equal(["other"], await Seen(access, "reader", "registered-models"));
        Assert.Equal(["other"], await Seen(access, "reader", "model-versions"));
        Assert.Empty(await Found(access, "reader", "mine"));
        Assert.Equal(["other"], await Found(access, "reader", "othe"));
        Assert.Equal(["other"], await Seen(access, "guest", "registered-models"));
        Assert.Equal(["other"], await Seen(access, "guest", "model-versions"));
        foreach (var path in (string[])["/registered-models/get?name=mine", "/model-versions/get?name=mine&version=1", "/registered-models/alias?name=mine&alias=a", "/registered-models/get-latest-versions?name=mine", "/model-versions/get-download-uri?name=mine&version=1", "/model-versions/get-artifact?name=mine&version=1&path=x"])
            Assert.Equal(404, (int)(await access.As("reader", "GET", Mlflow + path)).Status);
        AccessServer.Ok(await access.As("guest", "POST", Mlflow + "/model-versions/create", Named("other")));
        Assert.Equal(403, (int)(await access.As("guest", "DELETE", Mlflow + "/registered-models/delete", """{"name":"other"}""")).Status);
        // A model that is denied is no source either.
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/model-versions/create", Named("mine")));
        Assert.Equal(404, (int)(await access.As("guest", "POST", Mlflow + "/model-versions/create", """{"name":"other","source":"models:/mine/2"}""")).Status);
        Assert.Contains("mine", AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/grants?kind=registered-model&root=mine")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_live_in_their_workspace()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("elsewhere");
        await Model(access, "root", "same");
        await Model(access, "root", "same", "elsewhere");
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/create", Named("theirs"), "elsewhere"));
        Assert.Equal(["same"], await Seen(access, "root", "registered-models"));
        Assert.Equal(["same"], await Seen(access, "root", "model-versions"));
        Assert.Equal(404, (int)(await access.As("root", "GET", Mlflow + "/registered-models/get?name=theirs")).Status);
        Assert.Equal(404, (int)(await access.As("root", "POST", Mlflow + "/model-versions/create", """{"name":"same","source":"models:/theirs/1"}""")).Status);
    }

    [Fact]
    public async Task Files_of_an_experiment_that_is_denied_are_no_source()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("writer", ["contributor"]);
        var experiment = await access.Experiment("root", "secret");
        var run = await access.Run("root", experiment);
        await access.Grant("writer", experiment, "denied");
        AccessServer.Ok(await access.As("writer", "POST", Mlflow + "/registered-models/create", Named("thief")));
        var source = new JsonObject { ["name"] = "thief", ["source"] = $"mlflow-artifacts:/{experiment}/{run}/artifacts/model", ["run_id"] = run }.ToJsonString();
        Assert.Equal(404, (int)(await access.As("writer", "POST", Mlflow + "/model-versions/create", source)).Status);
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/model-versions/create", source));
        // The version is seen, its files are not.
        AccessServer.Ok(await access.As("writer", "GET", Mlflow + "/model-versions/get?name=thief&version=1"));
        Assert.Equal(404, (int)(await access.As("writer", "GET", "/model-versions/get-artifact?name=thief&version=1&path=x")).Status);
    }

    [Fact]
    public async Task Webhooks_are_for_who_manages_every_model()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("maker", ["creator"]);
        await Model(access, "maker", "mine");
        Assert.Equal(403, (int)(await access.As("maker", "GET", Mlflow + "/webhooks")).Status);
        Assert.Equal(403, (int)(await access.As("maker", "POST", Mlflow + "/webhooks", """{"name":"x","url":"https://example.com","events":[{"entity":"PROMPT","action":"CREATED"}]}""")).Status);
    }

    [Fact]
    public async Task Name_of_a_person_who_registered_is_erased()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("gone", ["contributor"]);
        await Model(access, "gone", "kept");
        AccessServer.Ok(await access.As("gone", "POST", Mlflow + "/registered-models/alias", """{"name":"kept","alias":"best","version":"1"}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/set-tag", """{"name":"kept","key":"note","value":"ask gone about it"}"""));
        var report = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members/gone/personal-data")).Body;
        foreach (var place in (string[])["models that they registered", "versions that they registered", "stages and aliases that they gave", "registered model kept, tag note"]) Assert.Contains(place, report, StringComparison.Ordinal);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members/gone/erase", "{}"));
        var kept = AccessServer.Ok(await access.As("root", "GET", Mlflow + "/registered-models/get?name=kept")).Json["registered_model"]!;
        Assert.Equal(("erased", "erased"), ((string)kept["user_id"]!, (string)kept["latest_versions"]![0]!["user_id"]!));
        Assert.DoesNotContain("\"gone\"", AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/models/kept/history")).Body, StringComparison.Ordinal);
    }
}
