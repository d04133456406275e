using System.Text.Json.Nodes;

namespace Slipway.Tests.Registry;

public sealed class StageSetsOnSqlite(RegistryOnSqlite server) : StageSetTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class StageSetsOnPostgres(RegistryOnPostgres server) : StageSetTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>Stages of a model's own, which MLflow's clients see as theirs.</summary>
public abstract class StageSetTests(RegistryServer server)
{
    private const string Set = """{"stages":[{"stage":"shadow","shows":"Staging"},{"stage":"canary","shows":"Production"},{"stage":"live","shows":"Production"},{"stage":"retired","shows":"Archived"}]}""";

    private Task<JsonNode> Move(string model, int version, string stage, string more = "") => server.Ok("/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"{{version}}","stage":"{{stage}}"{{more}}}""");

    private async Task<string> Seen(string model, int version) => (string)(await server.TheVersion(model, version.ToString(System.Globalization.CultureInfo.InvariantCulture)))["current_stage"]!;

    private async Task<string[]> Standing(string model) => [.. (await server.Own200("GET", $"/models/{model}/stages"))["stages"]!.AsArray().Where(stage => stage!["versions"] is not null).Select(stage => $"{stage!["stage"]} {string.Join(',', stage["versions"]!.AsArray())}")];

    [Fact]
    public async Task Clients_see_valid_stages_and_the_history_our_own()
    {
        var model = await server.Model();
        for (var i = 0; i < 3; i++) await server.Version(model);
        Assert.False((bool)(await server.Own200("GET", $"/models/{model}/stages"))["custom"]!);
        var set = await server.Own200("PUT", $"/models/{model}/stages", Set);
        Assert.Equal(["None", "shadow", "canary", "live", "retired", "Archived"], set["stages"]!.AsArray().Select(stage => (string)stage!["stage"]!));
        await Move(model, 1, "live");
        await Move(model, 2, "Production"); // what a client says: the first that shows as it
        Assert.Equal(["canary 2", "live 1"], await Standing(model));
        Assert.Equal(("Production", "Production"), (await Seen(model, 1), await Seen(model, 2)));
        // From canary to live, and who was live is archived, who is in canary is not.
        await Move(model, 3, "canary");
        await Move(model, 2, "LIVE", ""","archive_existing_versions":true""");
        Assert.Equal(["canary 3", "live 2"], await Standing(model));
        Assert.Equal("Archived", await Seen(model, 1));
        var latest = await server.Ok($"/registered-models/get-latest-versions?name={model}&stages=Production");
        Assert.Equal("3", (string)latest["model_versions"]!.AsArray().Single()!["version"]!);
        var back = await server.Own200("POST", $"/models/{model}/rollback", """{"stage":"live","reason":"late"}""");
        Assert.Equal(("live", "2", "1"), ((string)back["stage"]!, (string)back["from"]!, (string)back["to"]!));
        var history = (await server.Own200("GET", $"/models/{model}/history?stage=live"))["stays"]!.AsArray();
        Assert.Equal(["1 live", "2 live", "1 live"], history.Select(stay => $"{stay!["version"]} {stay["stage"]}"));
        await server.Own400(400, "Value must be one of None, shadow, canary, live, retired, Archived", "GET", $"/models/{model}/history?stage=elsewhere");
        // Out of all of them.
        await Move(model, 1, "None");
        Assert.Equal(["canary 3"], await Standing(model));
    }

    [Fact]
    public async Task Gates_are_those_of_the_own_stage()
    {
        var model = await server.Model();
        await server.Version(model);
        await server.Own200("PUT", $"/models/{model}/stages", Set);
        await server.Policy(model, "checks: [{check: tags, required: [a]}]", ""","stage":"live" """);
        await Move(model, 1, "canary");
        Assert.Equal(409, (int)(await server.Post("/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"1","stage":"live"}""")).Status);
        await server.Tag(model, "1", "a");
        await Move(model, 1, "live");
        Assert.Equal(["live 1"], await Standing(model));
    }

    [Fact]
    public async Task Stage_that_a_version_is_in_does_not_go()
    {
        var model = await server.Model();
        await server.Version(model);
        await Move(model, 1, "Production");
        await server.Own400(409, "is in the stage Production", "PUT", $"/models/{model}/stages", Set);
        await server.Own200("PUT", $"/models/{model}/stages", """{"stages":[{"stage":"Production","shows":"Production"},{"stage":"canary","shows":"Staging"}]}""");
        await Move(model, 1, "canary");
        await server.Own400(409, "is in the stage canary", "PUT", $"/models/{model}/stages", """{"stages":[]}""");
        await server.Own400(409, "keep 'canary' showing as Staging", "PUT", $"/models/{model}/stages", """{"stages":[{"stage":"canary","shows":"Production"}]}""");
        await Move(model, 1, "Production");
        Assert.False((bool)(await server.Own200("PUT", $"/models/{model}/stages", """{"stages":[]}"""))["custom"]!);
        Assert.Equal(["Production 1"], await Standing(model));
    }

    [Theory]
    [InlineData("""{"stages":[{"stage":"a","shows":"Live"}]}""", "stages[0].shows: expected Staging, Production or Archived, got 'Live'")]
    [InlineData("""{"stages":[{"stage":"a","shows":"None"}]}""", "stages[0].shows")]
    [InlineData("""{"stages":[{"shows":"Staging"}]}""", "stages[0]: Missing value")]
    [InlineData("""{"stages":[{"stage":"../x","shows":"Staging"}]}""", "stages[0]: stage: expected 1 to 40")]
    [InlineData("""{"stages":[{"stage":"Staging","shows":"Production"}]}""", "Staging shows as Staging")]
    [InlineData("""{"stages":[{"stage":"archived","shows":"Archived"}]}""", "is in every set")]
    [InlineData("""{"stages":[{"stage":"a","shows":"Staging"},{"stage":"A","shows":"Staging"}]}""", "'A' stands there twice")]
    public async Task Bad_sets_are_refused(string json, string says) => await server.Own400(400, says, "PUT", $"/models/{await server.Model()}/stages", json);
}
