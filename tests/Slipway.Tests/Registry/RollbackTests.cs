using System.Text.Json.Nodes;

namespace Slipway.Tests.Registry;

public sealed class RollbackOnSqlite(RegistryOnSqlite server) : RollbackTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class RollbackOnPostgres(RegistryOnPostgres server) : RollbackTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class RollbackTests(RegistryServer server)
{
    private const string Own = "/api/slipway/v1/models/";

    private async Task<string> ModelOf(int versions)
    {
        var name = await server.Model();
        for (var i = 0; i < versions; i++) await server.Version(name);
        return name;
    }

    private Task<JsonNode> Alias(string name, int version, string alias = "champion") => server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"{{alias}}","version":"{{version}}"}""");

    private Task<JsonNode> Stage(string name, int version, string stage, bool archive = false) =>
        server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"{{version}}","stage":"{{stage}}","archive_existing_versions":{{(archive ? "true" : "false")}}}""");

    private async Task<string> Back(string name, string more = "")
    {
        var answer = await server.Send("POST", $"{Own}{name}/rollback", $$"""{"reason":"it is worse"{{more}}}""");
        return (int)answer.Status == 200 ? $"{answer.Json["from"]}>{answer.Json["to"]}" : $"{(int)answer.Status} {answer.Message}";
    }

    private async Task<List<string>> History(string name, string query = "")
    {
        var answer = await server.Send("GET", $"{Own}{name}/history{query}");
        Assert.Equal(200, (int)answer.Status);
        return [.. (answer.Json["stays"] as JsonArray ?? []).Select(stay => $"{stay!["stage"]}{stay["alias"]} {stay["version"]}{(stay["until_ms"] is null ? " now" : "")}{((bool)stay["rolled_back"]! ? " bad" : "")}")];
    }

    [Fact]
    public async Task Alias_goes_back_to_the_last_good_version_and_never_to_one_that_was_rolled_back()
    {
        var name = await ModelOf(4);
        foreach (var version in (int[])[1, 2, 3]) await Alias(name, version);
        Assert.Equal("3>2", await Back(name));
        Assert.Equal("2>1", await Back(name));
        Assert.StartsWith("400 No earlier version", await Back(name), StringComparison.Ordinal);
        await Alias(name, 4);
        Assert.Equal("4>1", await Back(name));
        await Alias(name, 3); // somebody gives it another chance
        await Alias(name, 4);
        Assert.Equal("4>3", await Back(name));
        Assert.Equal("champion 3 now", (await History(name))[0]);
        Assert.Equal("3", (string)(await server.Ok($"/registered-models/alias?name={name}&alias=champion"))["model_version"]!["version"]!);
    }

    [Fact]
    public async Task Stage_goes_back_and_archives_what_was_no_good()
    {
        var name = await ModelOf(3);
        await Stage(name, 1, "Production");
        await Stage(name, 2, "Production", archive: true);
        Assert.Equal("2>1", await Back(name));
        Assert.Equal(("Production", "Archived"), ((string)(await server.TheVersion(name, "1"))["current_stage"]!, (string)(await server.TheVersion(name, "2"))["current_stage"]!));
        Assert.Equal(["Production 1 now", "Production 2 bad", "Production 1"], await History(name, "?stage=production"));
    }

    [Fact]
    public async Task Deleted_version_is_passed_over()
    {
        var name = await ModelOf(3);
        foreach (var version in (int[])[1, 2, 3]) await Alias(name, version);
        await server.Done("DELETE", "/model-versions/delete", $$"""{"name":"{{name}}","version":"2"}""");
        Assert.Equal("3>1", await Back(name));
    }

    [Fact]
    public async Task Rollback_asks_for_a_reason_and_says_what_is_wrong()
    {
        var name = await ModelOf(1);
        Assert.StartsWith("400 Nothing stands in the stage Production", await Back(name), StringComparison.Ordinal);
        await Alias(name, 1, "best");
        Assert.StartsWith("400 No earlier version", await Back(name, ""","alias":"best" """), StringComparison.Ordinal);
        Assert.StartsWith("400 Expected a stage or an alias, not both", await Back(name, ""","alias":"best","stage":"Staging" """), StringComparison.Ordinal);
        Assert.StartsWith("400 Invalid Model Version stage", await Back(name, ""","stage":"Live" """), StringComparison.Ordinal);
        Assert.StartsWith("404", await Back("nobody"), StringComparison.Ordinal);
        var unsaid = await server.Send("POST", $"{Own}{name}/rollback", """{"alias":"best","reason":" "}""");
        Assert.Equal("Missing value for required parameter 'reason'. See the API docs for more information about request parameters.", unsaid.Message);
    }

    [Fact]
    public async Task Two_who_roll_back_at_once_go_back_once()
    {
        var name = await ModelOf(3);
        foreach (var version in (int[])[1, 2, 3]) await Alias(name, version);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Back(name, ""","from":"3" """)));
        Assert.Single(answers, answer => answer == "3>2");
        Assert.Equal(5, answers.Count(answer => answer.StartsWith("409 Version 2 stands behind the alias 'champion'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task History_answers_what_stood_there_at_a_time()
    {
        var name = await ModelOf(2);
        await Alias(name, 1);
        await Alias(name, 2);
        var stays = (await server.Send("GET", $"{Own}{name}/history?alias=champion")).Json["stays"]!.AsArray();
        var (from, until) = ((long)stays[1]!["from_ms"]!, (long)stays[1]!["until_ms"]!);
        Assert.Equal((long)stays[0]!["from_ms"]!, until);
        Assert.Equal(["champion 2 now"], await History(name, $"?at_ms={until}"));
        Assert.Empty(await History(name, $"?at_ms={from - 1}"));
        if (from < until) Assert.Equal(["champion 1"], await History(name, $"?at_ms={from}"));
        var page = (await server.Send("GET", $"{Own}{name}/history?max_results=1")).Json;
        Assert.Equal("2", (string)page["stays"]!.AsArray().Single()!["version"]!);
        Assert.Equal(["champion 1"], await History(name, $"?max_results=1&page_token={page["next_page_token"]}"));
    }

    [Fact]
    public async Task Several_moves_are_made_together_or_not_at_all()
    {
        var name = await ModelOf(3);
        await Alias(name, 1);
        await Alias(name, 2, "challenger");
        var swap = await server.Send("POST", $"{Own}{name}/moves", """{"moves":[{"alias":"champion","version":"2"},{"alias":"challenger","version":"1"},{"stage":"Production","version":"2"}],"reason":"swap"}""");
        Assert.Equal(200, (int)swap.Status);
        Assert.Equal("""[{"alias":"challenger","version":"1"},{"alias":"champion","version":"2"}]""", (await server.TheModel(name))["aliases"]!.ToJsonString());
        var half = await server.Send("POST", $"{Own}{name}/moves", """{"moves":[{"alias":"champion","version":"3"},{"alias":"challenger","version":"9"}]}""");
        Assert.Equal((404, $"Model Version (name={name}, version=9) not found"), ((int)half.Status, half.Message));
        Assert.Equal("""[{"alias":"challenger","version":"1"},{"alias":"champion","version":"2"}]""", (await server.TheModel(name))["aliases"]!.ToJsonString());
        foreach (var wrong in (string[])["{}", """{"moves":[]}""", """{"moves":[{"version":"1"}]}""", """{"moves":[{"alias":"a","version":"1"},{"alias":"a","version":"2"}]}""", """{"moves":[{"stage":"Staging","version":"1"},{"stage":"Archived","version":"1"}]}""", """{"moves":[{"alias":"latest","version":"1"}]}"""])
            Assert.Equal(400, (int)(await server.Send("POST", $"{Own}{name}/moves", wrong)).Status);
    }
}
