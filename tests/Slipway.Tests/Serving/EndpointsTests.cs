using Slipway.Tests.Registry;

namespace Slipway.Tests.Serving;

public sealed class EndpointsOnSqlite(ServingOnSqlite server) : EndpointsTests(server), IClassFixture<ServingOnSqlite>;

public sealed class EndpointsOnPostgres(ServingOnPostgres server) : EndpointsTests(server), IClassFixture<ServingOnPostgres>;

/// <summary>Endpoints over HTTP: what they route to, how that changes, and what stays as it was.</summary>
public abstract class EndpointsTests(ServingServer server)
{
    private async Task<string> Made(string model, string arms, string more = "")
    {
        var name = server.Name("endpoint");
        await server.Endpoint("POST", "", $$"""{"name":"{{name}}","arms":{{arms.Replace("MODEL", model, StringComparison.Ordinal)}}{{more}}}""");
        return name;
    }

    [Fact]
    public async Task Endpoint_is_made_loaded_and_answered_as_it_is()
    {
        var model = await server.Served(2);
        var name = await Made(model, """[{"model":"MODEL","version":"1","weight":90},{"name":"b","model":"MODEL","version":"2","weight":10}]""", ""","sticky":{"header":"x-user"},"detail":"shape","timeout_ms":500,"reason":"first"}"""[..^1]);
        var endpoint = await server.Ready(name);
        Assert.Equal(["v1=1 90", "b=2 10"], ServingServer.Arms(endpoint));
        Assert.Equal(("serving", 1L, "shape", 500L, "x-user", 0.9), ((string)endpoint["state"]!, (long)endpoint["revision"]!, (string)endpoint["detail"]!, (long)endpoint["timeout_ms"]!, (string)endpoint["sticky"]!["header"]!, (double)endpoint["arms"]![0]!["share"]!));
        Assert.Equal("""["read","invoke","write","manage"]""", endpoint["rights"]!.ToJsonString());
        Assert.Contains(name, (await server.Endpoint("GET", "?model=" + model))["endpoints"]!.AsArray().Select(static one => (string)one!["name"]!));
        await server.Refuses(400, "already", "POST", "", $$"""{"name":"{{name}}","arms":[{"model":"{{model}}","version":"1"}]}""");
        var served = server.Server.Parts.Serving.Table.Find(0, name)!;
        Assert.Equal(["v1 1 90", "b 2 10"], served.Arms.Select(static arm => $"{arm.Name} {arm.Model.Version} {arm.Weight}"));
        await server.Endpoint("DELETE", "/" + name);
        await server.Refuses(404, "There is no endpoint", "GET", "/" + name);
    }

    [Theory]
    [InlineData("""{"arms":[{"model":"MODEL","version":"1"}]}""", "name")]
    [InlineData("""{"name":"../x","arms":[{"model":"MODEL","version":"1"}]}""", "letter or digit")]
    [InlineData("""{"name":"a/b","arms":[{"model":"MODEL","version":"1"}]}""", "letters, digits")]
    [InlineData("""{"name":"live","arms":[{"model":"MODEL","version":"1"}]}""", "part of another address")]
    [InlineData("""{"name":"NEW"}""", "at least one arm")]
    [InlineData("""{"name":"NEW","arms":[null]}""", "arms[0]")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL"}]}""", "one of version, alias and stage")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1","alias":"a"}]}""", "one of version, alias and stage")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1","weight":-1}]}""", "weight")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1","weight":"NaN"}]}""", "weight")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1","weight":0}]}""", "weight above 0")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1","weight":1},{"model":"MODEL","version":"1","weight":1}]}""", "two arms are called 'v1'")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1","weight":1},{"model":"MODEL","version":"1","name":"s","shadow":true,"weight":5}]}""", "a shadow answers nobody")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","stage":"None"}]}""", "not for use")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1"}],"detail":"all"}""", "detail")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1"}],"sticky":{"json":"user"}}""", "JSON pointer")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1"}],"sticky":{"json":"/a","header":"b"}}""", "one of header, json and column")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1"}],"bandit":{"reward":"stars"}}""", "bandit.reward")]
    [InlineData("""{"name":"NEW","arms":[{"model":"MODEL","version":"1"}],"input_rules":[{"column":"a","min":2,"max":1,"action":"clip"}]}""", "input_rules[0]")]
    public async Task What_is_wrong_is_said_and_nothing_is_made(string body, string says)
    {
        var model = await server.Served(1);
        var name = server.Name("endpoint");
        await server.Refuses(400, says, "POST", "", body.Replace("MODEL", model, StringComparison.Ordinal).Replace("NEW", name, StringComparison.Ordinal));
        await server.Refuses(404, "", "GET", "/" + name);
    }

    [Fact]
    public async Task Versions_that_are_not_there_or_have_no_files_here_are_refused()
    {
        var model = await server.Served(1);
        var elsewhere = await server.Version(model, "s3://bucket/model");
        await server.Refuses(404, "version=9) not found", "POST", "", $$"""{"name":"{{server.Name()}}","arms":[{"model":"{{model}}","version":"9"}]}""");
        await server.Refuses(404, "nothing stands behind the alias 'champion'", "POST", "", $$"""{"name":"{{server.Name()}}","arms":[{"model":"{{model}}","alias":"champion"}]}""");
        await server.Refuses(400, "do not lie on this server", "POST", "", $$"""{"name":"{{server.Name()}}","arms":[{"model":"{{model}}","version":"{{elsewhere}}"}]}""");
        await server.Refuses(404, "not found", "POST", "", $$"""{"name":"{{server.Name()}}","arms":[{"model":"nowhere","version":"1"}]}""");
    }

    [Fact]
    public async Task Arm_follows_its_alias_and_a_rollback_does_not_let_it_come_back()
    {
        var model = await server.Served(3);
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}""");
        var name = await Made(model, """[{"model":"MODEL","alias":"champion"}]""");
        await server.Ready(name);
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"2"}""");
        var moved = await server.When(name, static one => (string)one["arms"]![0]!["version"]! == "2" && (string)one["arms"]![0]!["state"]! == "ready");
        Assert.Equal(["champion=2 100"], ServingServer.Arms(moved));
        Assert.Equal("2", server.Server.Parts.Serving.Table.Find(0, name)!.Arms[0].Model.Version);
        var back = await server.Endpoint("POST", $"/{name}/rollback", """{"reason":"late flights"}""");
        Assert.Equal(("1", "2", "Rolled back: late flights"), ((string)back["arms"]![0]!["version"]!, (string)back["arms"]![0]!["held"]!["version"]!, (string)back["arms"]![0]!["held"]!["reason"]!));
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"3"}""");
        await server.When(name, static one => (string)one["arms"]![0]!["version"]! == "3" && one["arms"]![0]!["held"] is null);
        var history = (await server.Endpoint("GET", $"/{name}/history"))["revisions"]!.AsArray();
        Assert.Equal(["followed", "rolled_back", "followed", "created"], history.Select(static one => (string)one!["kind"]!));
        Assert.Contains("moved from version 1 to 2", (string)history[2]!["reason"]!, StringComparison.Ordinal);
        // The registry's own history says where versions stood too.
        var stays = (await server.Own200("GET", $"/models/{model}/history"))["stays"]!.AsArray();
        Assert.Contains(stays, one => (string?)one!["endpoint"] == name && (string)one["version"]! == "3" && one["until_ms"] is null);
    }

    [Fact]
    public async Task Gates_keep_a_version_out_on_every_road_and_an_alias_that_moved_keeps_the_old_one()
    {
        var model = await server.Served(3);
        await server.Tag(model, "1", "ticket");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}""");
        var name = await Made(model, """[{"model":"MODEL","alias":"champion"}]""");
        await server.Policy(model, "checks:\n- {check: tags, required: [ticket], id: ticket}", $",\"endpoint\":\"{name}\"");
        const string Arm = """{"model":"MODEL","version":"2","weight":5}""", Kept = """{"model":"MODEL","alias":"champion","weight":95}""";
        foreach (var (method, path, body) in ((string, string, string)[])
        [
            ("PUT", "/arms", $$"""{"arms":[{{Arm}}]}"""),
            ("PUT", "/arms", $$"""{"arms":[{{Kept}},{{Arm}}]}"""),
            ("PUT", "/arms", $$"""{"arms":[{{Kept}},{"model":"MODEL","version":"2","shadow":true}]}"""),
            ("PUT", "/arms", $$"""{"arms":[{{Kept}},{"model":"MODEL","version":"2","weight":0}]}"""),
            ("POST", "/deploy", """{"model":"MODEL","version":"2"}"""),
            ("POST", "/deploy", """{"model":"MODEL","version":"2","weight":5}"""),
            ("POST", "/deploy", """{"model":"MODEL","version":"2","shadow":true}"""),
            ("POST", "/deploy", """{"model":"MODEL","version":"2","canary":{}}"""),
        ])
        {
            var refused = await server.Refuses(409, "does not come to the endpoint", method, $"/{name}{path}", body.Replace("MODEL", model, StringComparison.Ordinal));
            Assert.Contains("ticket", refused.Message, StringComparison.Ordinal);
            Assert.Equal(name, (string)refused.Json["gates"]!["endpoint"]!);
        }
        Assert.Equal(1L, (long)(await server.Endpoint("GET", "/" + name))["revision"]!);
        // The alias itself is free: the endpoint keeps what it has, and says why.
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"2"}""");
        var held = await server.When(name, static one => one["arms"]![0]!["held"] is not null);
        Assert.Equal(("1", "2"), ((string)held["arms"]![0]!["version"]!, (string)held["arms"]![0]!["held"]!["version"]!));
        Assert.Contains("ticket", (string)held["arms"]![0]!["held"]!["reason"]!, StringComparison.Ordinal);
        // Another one that passes comes in by itself.
        await server.Tag(model, "3", "ticket");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"3"}""");
        await server.When(name, static one => (string)one["arms"]![0]!["version"]! == "3" && one["arms"]![0]!["held"] is null);
    }

    [Fact]
    public async Task Policy_of_all_places_counts_for_endpoints_too()
    {
        var model = await server.Served(1);
        await server.Policy(model, "checks:\n- {check: tags, required: [ticket], id: ticket}");
        await server.Refuses(409, "does not come to the endpoint", "POST", "", $$"""{"name":"{{server.Name("endpoint")}}","arms":[{"model":"{{model}}","version":"1"}]}""");
    }

    [Fact]
    public async Task Failed_load_leaves_the_old_version_and_says_why()
    {
        var model = await server.Served(1);
        var broken = await server.Onnx(model, "no model at all"u8.ToArray());
        var name = await Made(model, """[{"name":"main","model":"MODEL","version":"1"}]""");
        await server.Ready(name);
        await server.Endpoint("POST", $"/{name}/deploy", $$"""{"model":"{{model}}","version":"{{broken}}","arm":"main"}""");
        var endpoint = await server.When(name, static one => (string)one["arms"]![0]!["state"]! == "failed");
        Assert.Equal(("serving", "1"), ((string)endpoint["state"]!, (string)endpoint["arms"]![0]!["serving_version"]!));
        Assert.Contains("model.onnx", (string)endpoint["arms"]![0]!["problem"]!, StringComparison.Ordinal);
        Assert.Equal("1", server.Server.Parts.Serving.Table.Find(0, name)!.Arms[0].Model.Version);
    }

    [Fact]
    public async Task Revision_that_was_not_looked_at_is_not_overwritten()
    {
        var model = await server.Served(1);
        var name = await Made(model, """[{"model":"MODEL","version":"1"}]""");
        await server.Endpoint("PATCH", "/" + name, """{"description":"flights"}""");
        await server.Refuses(409, "Revision 2", "PUT", $"/{name}/arms", $$"""{"arms":[{"model":"{{model}}","version":"1","weight":5}],"from_revision":1}""");
        Assert.Equal("paused", (string)(await server.Endpoint("POST", $"/{name}/pause", """{"reason":"repairs"}"""))["state"]!);
        await server.When(name, one => server.Server.Parts.Serving.Table.Find(0, name)!.Paused == "repairs");
        Assert.NotEqual("paused", (string)(await server.Endpoint("POST", $"/{name}/resume", "{}"))["state"]!);
    }

    [Fact]
    public async Task Canary_is_steered_up_and_down()
    {
        var model = await server.Served(3);
        var name = await Made(model, """[{"model":"MODEL","version":"1"}]""");
        var started = await server.Endpoint("POST", $"/{name}/deploy", $$$"""{"model":"{{{model}}}","version":"2","canary":{"steps":[10,50,100],"requests":5,"hold_seconds":0}}""");
        Assert.Equal(["v1=1 90", "canary=2 10"], ServingServer.Arms(started));
        Assert.Equal(("running", 0L, 0.1), ((string)started["canary"]!["state"]!, (long)started["canary"]!["step"]!, (double)started["canary"]!["share"]!));
        await server.Refuses(409, "is under way", "POST", $"/{name}/deploy", $$"""{"model":"{{model}}","version":"3"}""");
        await server.Refuses(409, "is under way", "PUT", $"/{name}/arms", $$"""{"arms":[{"model":"{{model}}","version":"1"}]}""");
        await server.Refuses(409, "canary", "PATCH", "/" + name, """{"bandit":{"reward":"binary"}}""");
        Assert.Equal("held", (string)(await server.Endpoint("POST", $"/{name}/canary", """{"action":"hold","reason":"lunch"}"""))["canary"]!["state"]!);
        var aborted = await server.Endpoint("POST", $"/{name}/canary", """{"action":"abort","reason":"no"}""");
        Assert.Equal((["v1=1 100"], "aborted", "no"), (ServingServer.Arms(aborted), (string)aborted["canary"]!["state"]!, (string)aborted["canary"]!["reason"]!), Same);
        await server.Endpoint("POST", $"/{name}/deploy", $$$"""{"model":"{{{model}}}","version":"3","canary":{}}""");
        var promoted = await server.Endpoint("POST", $"/{name}/canary", """{"action":"promote"}""");
        Assert.Equal((["v3=3 100"], "promoted", ""), (ServingServer.Arms(promoted), (string)promoted["canary"]!["state"]!, ""), Same);
        await server.Refuses(409, "No canary", "POST", $"/{name}/canary", """{"action":"promote"}""");
        Assert.Equal(["canary_promoted", "canary_started", "canary_aborted", "canary_started", "created"], (await server.Endpoint("GET", $"/{name}/history"))["revisions"]!.AsArray().Select(static one => (string)one!["kind"]!));
    }

    private static bool Same((string[], string, string) one, (string[], string, string) other) => one.Item1.SequenceEqual(other.Item1) && one.Item2 == other.Item2 && one.Item3 == other.Item3;

    [Fact]
    public async Task Rewards_of_arms_are_counted_and_move_shares()
    {
        var model = await server.Served(2);
        var name = await Made(model, """[{"name":"a","model":"MODEL","version":"1","weight":50},{"name":"b","model":"MODEL","version":"2","weight":50}]""", ""","bandit":{"reward":"binary","floor_percent":5}""");
        var rewards = string.Join(',', Enumerable.Range(0, 400).Select(static i => $$"""{"arm":"{{(i % 2 == 0 ? "a" : "b")}}","reward":{{(i % 2 == 0 ? i % 10 == 0 ? 1 : 0 : i % 10 < 8 ? 1 : 0)}}}"""));
        var taken = await server.Endpoint("POST", $"/{name}/rewards", $$"""{"rewards":[{{rewards}},{"arm":"nobody","reward":1},{"request_id":"r","reward":1}]}""");
        Assert.Equal((400L, 2L), ((long)taken["accepted"]!, (long)taken["unknown"]!));
        await server.Refuses(400, "rewards[0].reward: expected 0 to 1", "POST", $"/{name}/rewards", """{"rewards":[{"arm":"a","reward":3}]}""");
        await server.Server.Parts.Serving.Endpoints.Draw(server.Server.Parts.Serving.Table.Find(0, name)!.Id, new Random(1), TestContext.Current.CancellationToken);
        var endpoint = await server.Endpoint("GET", "/" + name);
        Assert.Equal(["a=1 5", "b=2 95"], ServingServer.Arms(endpoint));
        Assert.Equal((200L, 0.2), ((long)endpoint["bandit"]!["arms"]![0]!["rewards"]!, (double)endpoint["bandit"]!["arms"]![0]!["mean"]!));
    }
}
