using System.Text.Json.Nodes;

namespace Slipway.Tests.Registry;

public sealed class ModelCardOnSqlite(RegistryOnSqlite server) : ModelCardTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class ModelCardOnPostgres(RegistryOnPostgres server) : ModelCardTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>Ownership and cards through the API.</summary>
public abstract class ModelCardTests(RegistryServer server)
{
    private const string Own = "/api/slipway/v1/models/";

    private async Task<JsonNode> Done(string method, string path, string? json = null)
    {
        var answer = await server.Send(method, path, json);
        Assert.True((int)answer.Status == 200, $"{method} {path} {json}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    private async Task Refused(string method, string path, string json, int status, string says)
    {
        var answer = await server.Send(method, path, json);
        Assert.True((int)answer.Status == status, answer.Body);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profile_keeps_what_is_not_sent_and_empties_what_is_empty()
    {
        var name = await server.Model();
        var none = await Done("GET", $"{Own}{name}/profile");
        Assert.Equal((0L, null), ((long)none["updated_ms"]!, none["owner"]));
        await Done("PATCH", $"{Own}{name}/profile", """{"owner":"ada","team":"delays","review_date":"2027-01-31","license":"apache-2.0","sections":[{"title":"Ethics","text":"None."}]}""");
        var changed = await Done("PATCH", $"{Own}{name}/profile", """{"team":"","intended_use":"Planning"}""");
        Assert.Equal(("ada", null, "Planning", "2027-01-31", "Ethics"), ((string?)changed["owner"], changed["team"], (string?)changed["intended_use"], (string?)changed["review_date"], (string?)changed["sections"]![0]!["title"]));
        Assert.Null((await Done("PATCH", $"{Own}{name}/profile", """{"sections":[]}"""))["sections"]);
        var history = (await Done("GET", "/api/slipway/v1/history?subject=registered_model/" + name))["changes"]!.AsArray();
        Assert.Equal(3, history.Count(one => (string)one!["kind"]! == "registered_model.described"));
        Assert.Contains("\\u0022team.before\\u0022:\\u0022delays\\u0022", history.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profile_that_somebody_changed_meanwhile_is_not_overwritten()
    {
        var name = await server.Model();
        var seen = (long)(await Done("PATCH", $"{Own}{name}/profile", """{"owner":"ada","expected_updated_ms":0}"""))["updated_ms"]!;
        await Refused("PATCH", $"{Own}{name}/profile", """{"owner":"bob","expected_updated_ms":0}""", 409, "Look again");
        // At once: exactly one of those who saw the same goes through.
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.Send("PATCH", $"{Own}{name}/profile", $$"""{"owner":"o{{i}}","expected_updated_ms":{{seen}}}""")));
        Assert.Single(answers, static answer => (int)answer.Status == 200);
        Assert.All(answers, static answer => Assert.Contains((int)answer.Status, (int[])[200, 409]));
    }

    [Theory]
    [InlineData("""{"review_date":"31.1.2027"}""", "YYYY-MM-DD")]
    [InlineData("""{"review_date":"2027-02-30"}""", "YYYY-MM-DD")]
    [InlineData("""{"retirement_date":"0000-00-00"}""", "YYYY-MM-DD")]
    [InlineData("""{"owner":"a\nb"}""", "one line")]
    [InlineData("""{"purpose":"\u0000"}""", "NUL")]
    [InlineData("""{"sections":[{"text":"x"}]}""", "sections[0].title")]
    [InlineData("""{"sections":[null]}""", "sections[0].title")]
    [InlineData("""{"sections":[{"title":"A","text":"x"},{"title":"a ","text":"y"}]}""", "stands there twice")]
    public async Task Profile_refuses_what_it_cannot_keep(string json, string says)
    {
        var name = await server.Model();
        await Refused("PATCH", $"{Own}{name}/profile", json, 400, says);
        Assert.Equal(0L, (long)(await Done("GET", $"{Own}{name}/profile"))["updated_ms"]!);
    }

    [Fact]
    public async Task Profile_has_its_limits()
    {
        var name = await server.Model();
        await Refused("PATCH", $"{Own}{name}/profile", $$"""{"owner":"{{new string('x', 251)}}"}""", 400, "250");
        await Refused("PATCH", $"{Own}{name}/profile", $$"""{"purpose":"{{new string('x', 5_001)}}"}""", 400, "5000");
        await Refused("PATCH", $"{Own}{name}/profile", new JsonObject { ["sections"] = new JsonArray([.. Enumerable.Range(0, 21).Select(i => new JsonObject { ["title"] = $"t{i}" })]) }.ToJsonString(), 400, "at most 20");
        await Refused("PATCH", $"{Own}{name}/profile", new JsonObject { ["sections"] = new JsonArray([.. Enumerable.Range(0, 6).Select(i => new JsonObject { ["title"] = $"t{i}", ["text"] = new string('x', 19_000) })]) }.ToJsonString(), 400, "100,000");
        await Refused("GET", $"{Own}nobody/profile", "", 404, "not found");
    }

    [Fact]
    public async Task Card_gathers_run_model_data_and_what_authors_wrote()
    {
        var (name, experiment) = (await server.Model(), await server.Experiment());
        var run = await server.Run(experiment);
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","params":[{"key":"depth","value":"6"}],"metrics":[{"key":"rmse","value":11.5,"timestamp":5,"step":2},{"key":"odd","value":"NaN","timestamp":5,"step":2}],"tags":[{"key":"mlflow.source.git.commit","value":"abc"},{"key":"slipway.git.dirty","value":"true"}]}""");
        await server.Ok("/runs/log-inputs", $$$"""{"run_id":"{{{run}}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"flights-2026","digest":"9f","source_type":"http","source":"{}"}}]}""");
        var model = (string)(await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"net","source_run_id":"{{run}}"}"""))["model"]!["info"]!["model_id"]!;
        await server.Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","model_id":"{{model}}","dataset_name":"flights-2026","dataset_digest":"9f","key":"mae","value":3,"timestamp":7,"step":1}""");
        var version = await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}","model_id":"{{model}}","description":"The third try" """);
        await Done("PATCH", $"{Own}{name}/profile", """{"owner":"ada","purpose":"Delays","sections":[{"title":"Ethics","text":"Of the model"},{"title":"Data","text":"Kept"}]}""");
        await Done("PUT", $"{Own}{name}/versions/{version}/sections", """{"sections":[{"title":"ethics","text":"Of the version"},{"title":"Extra","text":"*own*"}]}""");
        var card = await Done("GET", $"{Own}{name}/versions/{version}/card");
        Assert.Equal(("ada", run, "abc", true, "net"), ((string?)card["profile"]!["owner"], (string?)card["run"]!["run_id"], (string?)card["run"]!["commit"], (bool)card["run"]!["dirty"]!, (string?)card["logged_model"]!["name"]));
        Assert.Equal("""[{"key":"depth","value":"6"}]""", card["params"]!.ToJsonString());
        Assert.Equal(["mae flights-2026 claimed", "odd  claimed", "rmse  claimed"], card["metrics"]!.AsArray().Select(one => $"{one!["key"]} {one["dataset_name"]} {one["origin"]}"));
        Assert.Equal("NaN", (string)card["metrics"]![1]!["value"]!);
        Assert.Equal(("flights-2026", "9f", "training"), ((string?)card["datasets"]![0]!["name"], (string?)card["datasets"]![0]!["digest"], (string?)card["datasets"]![0]!["context"]));
        Assert.Equal(["ethics True", "Data False", "Extra True"], card["sections"]!.AsArray().Select(one => $"{one!["title"]} {(bool)one["own"]!}"));
        Assert.Contains("intended_use", card["lacking"]!.AsArray().Select(one => (string?)one));
        Assert.Null(card["hidden"]);
        var markdown = await server.Send("GET", $"{Own}{name}/versions/{version}/card/markdown");
        Assert.StartsWith("---\n", markdown.Body, StringComparison.Ordinal);
        Assert.Contains("*own*", markdown.Body, StringComparison.Ordinal);
        var html = await server.Send("GET", $"{Own}{name}/versions/{version}/card/html");
        Assert.Contains("<em>own</em>", html.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Card_of_a_version_without_a_run_says_what_is_lacking()
    {
        var name = await server.Model();
        await server.Version(name, "s3://bucket/model");
        var card = await Done("GET", $"{Own}{name}/versions/1/card");
        Assert.Equal("The files do not lie on this server.", (string)card["package"]!["remark"]!);
        Assert.Equal(["owner", "team", "contact", "purpose", "intended_use", "limitations", "license", "review_date", "retirement_date", "description", "signature", "datasets"], card["lacking"]!.AsArray().Select(one => (string)one!));
        await server.Version(name, "s3://bucket/model", ""","run_id":"0123456789abcdef0123456789abcdef" """);
        Assert.Equal("""["run"]""", (await Done("GET", $"{Own}{name}/versions/2/card"))["hidden"]!.ToJsonString());
        await Refused("GET", $"{Own}{name}/versions/9/card", "", 404, "not found");
        await Refused("GET", $"{Own}{name}/versions/x/card", "", 400, "integer");
    }

    [Fact]
    public async Task Deleted_version_and_model_leave_nothing_of_their_cards()
    {
        var name = await server.Model();
        await server.Version(name);
        await server.Version(name);
        await Done("PUT", $"{Own}{name}/versions/1/sections", """{"sections":[{"title":"A","text":"x"}]}""");
        await Done("PATCH", $"{Own}{name}/profile", """{"owner":"ada"}""");
        await server.Done("DELETE", "/model-versions/delete", $$"""{"name":"{{name}}","version":"1"}""");
        await server.Done("DELETE", "/registered-models/delete", $$"""{"name":"{{name}}"}""");
        await server.Ok("/registered-models/create", $$"""{"name":"{{name}}"}""");
        Assert.Null((await Done("GET", $"{Own}{name}/profile"))["owner"]);
    }

    [Fact]
    public async Task Day_that_has_come_is_raised_on_home()
    {
        var (due, later) = (await server.Model("due"), await server.Model("later"));
        await Done("PATCH", $"{Own}{due}/profile", """{"owner":"ada","review_date":"2001-02-03","retirement_date":"2001-02-04"}""");
        await Done("PATCH", $"{Own}{later}/profile", """{"review_date":"9999-12-31"}""");
        var notices = (await Done("GET", "/api/slipway/v1/attention"))["notices"]!.AsArray().Where(one => (string)one!["name"]! == due || (string)one["name"]! == later).ToList();
        Assert.Equal([$"model.review {due} ada", $"model.retirement {due} ada"], notices.Select(one => $"{one!["kind"]} {one["name"]} {one["owner"]}"));
        Assert.Contains("2001-02-03", (string)notices[0]!["message"]!, StringComparison.Ordinal);
    }
}
