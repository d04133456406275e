using Slipway.Cli;
using Slipway.Tests.Cli;

namespace Slipway.Tests.Registry;

public sealed class GateRoadsOnSqlite(RegistryOnSqlite server) : GateRoadsTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class GateRoadsOnPostgres(RegistryOnPostgres server) : GateRoadsTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>Every way by which a version gets into a stage or behind an alias, walked with one that its gates do not let in.</summary>
public abstract class GateRoadsTests(RegistryServer server)
{
    private const string NeedsTag = "checks:\n- {check: tags, required: [ticket], id: ticket}";

    [Fact]
    public async Task No_road_leads_past_the_gates()
    {
        var model = await server.Model();
        for (var i = 0; i < 3; i++) await server.Version(model);
        await server.Policy(model, NeedsTag);
        var url = server.Server.Http.BaseAddress!.AbsoluteUri;
        var own = $"/api/slipway/v1/models/{model}";
        async Task<string> Cli(params string[] args)
        {
            var said = await Shell.Run([.. args, "--url", url]);
            return said.Code == ExitCode.Refused ? said.Error : $"got through with {said.Code}: {said.Output}{said.Error}";
        }
        async Task<string> Http(string method, string path, string json)
        {
            var answer = await server.Send(method, path, json);
            return (int)answer.Status == 409 && answer.ErrorCode == "RESOURCE_CONFLICT" ? answer.Message : $"got through with {(int)answer.Status}: {answer.Body}";
        }
        foreach (var prefix in (string[])["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"])
        {
            foreach (var stage in (string[])["Staging", "production", "PRODUCTION"])
            {
                Blocked(await Http("POST", prefix + "/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"1","stage":"{{stage}}"}"""));
                Blocked(await Http("POST", prefix + "/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"1","stage":"{{stage}}","archive_existing_versions":true}"""));
            }
            Blocked(await Http("POST", prefix + "/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}"""));
        }
        Blocked(await Http("POST", own + "/moves", """{"moves":[{"alias":"champion","version":"1"}]}"""));
        Blocked(await Http("POST", own + "/moves", """{"moves":[{"stage":"Staging","version":"1"}],"reason":"in a hurry"}"""));
        Blocked(await Cli("models", "move", model, "1", "--alias", "champion"));
        Blocked(await Cli("models", "move", model, "1", "--stage", "Production", "--alias", "x"));

        // Of several moves one that is not let in keeps all of them back.
        await server.Tag(model, "2", "ticket");
        Blocked(await Http("POST", own + "/moves", """{"moves":[{"alias":"champion","version":"2"},{"alias":"challenger","version":"1"}]}"""));
        // A copy is a version of its own: what its original showed is not its own.
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"2"}""");
        var copy = await server.Version(model, $"models:/{model}@champion");
        Blocked(await Http("POST", own + "/moves", $$"""{"moves":[{"alias":"champion","version":"{{copy}}"}]}"""));
        // Under another name the model keeps its gates.
        var renamed = server.Name("renamed");
        await server.Done("POST", "/registered-models/rename", $$"""{"name":"{{model}}","new_name":"{{renamed}}"}""");
        Blocked(await Http("POST", "/api/2.0/mlflow/registered-models/alias", $$"""{"name":"{{renamed}}","alias":"champion","version":"1"}"""));
        // What left cannot come back by the ordinary way; a rollback returns to nobody who never stood there.
        Blocked(await Http("POST", $"/api/slipway/v1/models/{renamed}/moves", """{"moves":[{"stage":"Production","version":"3"}]}"""));
        var rollback = await server.Send("POST", $"/api/slipway/v1/models/{renamed}/rollback", """{"alias":"champion","reason":"x"}""");
        Assert.Contains("No earlier version", rollback.Message, StringComparison.Ordinal);
        Assert.Equal(("2", true), ((string)(await server.Ok($"/registered-models/alias?name={renamed}&alias=champion"))["model_version"]!["version"]!, (await server.TheModel(renamed))["aliases"]!.AsArray().Count == 1));
        foreach (var version in (string[])["1", "2", "3", copy]) Assert.Equal("None", (string)(await server.TheVersion(renamed, version))["current_stage"]!);

        // Leaving is free, and None and Archived are no places to get into.
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{renamed}}","version":"1","stage":"Archived"}""");
        await server.Done("DELETE", "/registered-models/alias", $$"""{"name":"{{renamed}}","alias":"champion"}""");
    }

    [Fact]
    public async Task Rollback_is_the_way_out_and_is_recorded_unless_a_policy_says_otherwise()
    {
        async Task<string> Failing(string yaml)
        {
            var model = await server.Model();
            for (var i = 0; i < 2; i++)
            {
                await server.Version(model);
                await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"{{i + 1}}"}""");
            }
            await server.Policy(model, yaml, ""","alias":"champion" """); // neither version meets it
            return model;
        }
        var free = await Failing(NeedsTag);
        await server.Own200("POST", $"/models/{free}/rollback", """{"reason":"it is late"}""");
        var noted = (await server.Own200("GET", $"/models/{free}/versions/1/gates/evaluations"))["evaluations"]!.AsArray().Single()!;
        Assert.Equal(("rollback", "champion", "2", 0), ((string)noted["purpose"]!, (string)noted["alias"]!, (string)noted["stood_there"]!, noted["checks"]!.AsArray().Count));
        var gated = await Failing("rollback: gated\n" + NeedsTag);
        Blocked((await server.Own400(409, "ticket", "POST", $"/models/{gated}/rollback", """{"reason":"it is late"}""")).Message);
        await server.Tag(gated, "1", "ticket");
        await server.Own200("POST", $"/models/{gated}/rollback", """{"reason":"it is late"}""");
    }

    [Fact]
    public async Task Archived_is_gated_only_where_a_policy_names_it_also_for_who_is_pushed_out()
    {
        var model = await server.Model();
        for (var i = 0; i < 2; i++) await server.Version(model);
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"1","stage":"Production"}""");
        await server.Policy(model, NeedsTag, ""","stage":"Archived" """);
        var pushed = await server.Post("/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"2","stage":"Production","archive_existing_versions":true}""");
        Blocked(pushed.Message);
        Assert.Equal(("Production", "None"), ((string)(await server.TheVersion(model, "1"))["current_stage"]!, (string)(await server.TheVersion(model, "2"))["current_stage"]!));
        await server.Tag(model, "1", "ticket");
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{model}}","version":"2","stage":"Production","archive_existing_versions":true}""");
    }

    private static void Blocked(string message) => Assert.Contains("[policy-", message, StringComparison.Ordinal);
}
