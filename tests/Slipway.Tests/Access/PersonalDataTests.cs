using System.Net;
using System.Text.Json.Nodes;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Tests.Access;

public sealed class PersonalDataOnSqlite() : PersonalDataTests(Dialect.Sqlite);

public sealed class PersonalDataOnPostgres() : PersonalDataTests(Dialect.Postgres);

/// <summary>One person's data: found everywhere, erased everywhere, and the event log stays whole.</summary>
public abstract class PersonalDataTests(Dialect dialect)
{
    [Fact]
    public async Task Nothing_that_the_server_answers_names_an_erased_person()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann+x", ["contributor", "admin"]);
        AccessServer.Ok(await access.As("ann+x", "PUT", "/api/slipway/v1/secrets/key", """{"value":"s"}"""));
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"team","kind":"group"}"""));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/groups/team/members/ann+x"));
        AccessServer.Ok(await access.As("ann+x", "POST", "/api/slipway/v1/access/tokens", """{"name":"laptop"}"""));
        var experiment = await access.Experiment("ann+x", "flights");
        for (var n = 0; n < 3; n++)
            AccessServer.Ok(await access.As("ann+x", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}","user_id":"ann+x","tags":[{"key":"mlflow.user","value":"ann+x"}]}"""));
        await access.As("ann+x", "GET", "/metrics"); // refused
        await access.Person("ann", ["viewer"]);
        await access.Sealed();

        var before = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members/ann+x/personal-data")).Json;
        Assert.False((bool)before["erased"]!);
        Assert.Equal((1, 1, 3, 3), (Found(before, "account"), Found(before, "tokens"), Found(before, "runs whose user it is"), Found(before, "run tags mlflow.user")));
        Assert.True(Found(before, "events") > 8);
        var untouched = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members/ann+x/personal-data")).Json;
        Assert.Equal(before.ToJsonString(), untouched.ToJsonString());

        var report = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members/ann+x/erase", "{}")).Json;
        Assert.True((bool)report["erased"]!);
        Assert.Equal(Found(before, "events"), Found(report, "events"));
        var after = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members/ann+x/personal-data")).Json;
        Assert.All(after["places"]!.AsArray(), place => Assert.Equal(0, (long)place!["found"]!));

        var events = await access.Sealed();
        Assert.DoesNotContain(events, e => e!.ToJsonString().Contains("ann+x", StringComparison.Ordinal) || e.ToJsonString().Contains("ann\\u002Bx", StringComparison.Ordinal) || ((string?)e["data"])?.Contains("ann\\u002Bx", StringComparison.Ordinal) is true);
        var erasure = Assert.Single(events, e => (string?)e!["kind"] == "person.erased")!;
        Assert.Equal(("person/erased", "root"), ((string?)erasure["subject"], (string?)erasure["actor"]));
        // Whose name begins like hers keeps everything.
        Assert.Contains(events, e => (string?)e!["subject"] == "person/ann");
        var verified = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/audit/verify")).Json;
        Assert.True((bool)verified["whole"]!, verified.ToJsonString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As("ann+x", "GET", "/api/slipway/v1/access/me")).Status);
        var runs = AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/search", $$"""{"experiment_ids":["{{experiment}}"]}""")).Body;
        Assert.DoesNotContain("ann+x", runs, StringComparison.Ordinal);
        Assert.Empty(await Holding(access.Database, "ann+x"));
        Assert.NotEmpty(await Holding(access.Database, "flights"));
        Assert.Contains("\"user_id\":\"erased\"", runs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_a_person_can_judge_is_listed_and_left()
    {
        await using var access = await AccessServer.Start(dialect);
        var experiment = await access.Experiment("root", "models of zoe");
        var run = (string)AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}","user_id":"zoe"}""")).Json["run"]!["info"]!["run_id"]!;
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"path","value":"/home/zoe/data"}"""));
        var report = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members/zoe/erase", "{}")).Json;
        var texts = Place(report, "texts that hold the name");
        Assert.False((bool)texts["erasable"]!);
        Assert.Equal([$"experiment {experiment}, name", $"run {run}, param path"], texts["examples"]!.AsArray().Select(one => (string?)one));
        Assert.Contains(run, (string?)Place(report, "artifacts of their runs")["examples"]![0]);
        Assert.Equal(2, Found(AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members/zoe/personal-data")).Json, "texts that hold the name"));
    }

    [Fact]
    public async Task Texts_and_artifacts_that_hold_the_name_as_a_word_go_when_that_is_asked_for()
    {
        await using var access = await AccessServer.Start(dialect);
        var experiment = await access.Experiment("root", "models of zoe");
        await access.Experiment("root", "models of erased");
        var run = (string)AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}","run_name":"zoe's first","user_id":"zoe"}""")).Json["run"]!["info"]!["run_id"]!;
        // More texts than one page, of which only the word counts.
        for (var page = 0; page < 12; page++)
            AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/log-batch", $$"""{"run_id":"{{run}}","params":[{{string.Join(',', Enumerable.Range(100 * page, 100).Select(n => $$"""{"key":"p{{n}}","value":"{{(n % 2 == 0 ? "/home/zoe/" : "zoology ")}}{{n}}"}"""))}}]}"""));
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/set-tag", $$"""{"run_id":"{{run}}","key":"note","value":"asked zoe@example.org, Zoe and zoe; azoe, zoe1"}"""));
        foreach (var path in (string[])["zoe/notes.txt", "data/zoe.csv", "zoology.csv"])
            AccessServer.Ok(await access.As("root", "PUT", $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{path}", "x"));
        await access.Sealed();

        var before = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members/zoe/personal-data")).Json;
        Assert.Equal("texts", (string?)Place(before, "texts that hold the name")["option"]);
        var report = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members/zoe/erase", """{"texts":true,"artifacts":true}""")).Json;
        Assert.True((bool)Place(report, "texts that hold the name")["erasable"]!);
        Assert.True((bool)Place(report, "artifacts whose path holds the name")["erasable"]!);

        var found = AccessServer.Ok(await access.As("root", "GET", $"/api/2.0/mlflow/runs/get?run_id={run}")).Json["run"]!;
        var values = found["data"]!["params"]!.AsArray().ToDictionary(param => (string)param!["key"]!, param => (string)param!["value"]!);
        Assert.Equal(1_200, values.Count);
        Assert.All(values, value => Assert.Equal((int.Parse(value.Key[1..], System.Globalization.CultureInfo.InvariantCulture) % 2 == 0 ? "/home/erased/" : "zoology ") + value.Key[1..], value.Value));
        Assert.Equal("erased's first", (string?)found["info"]!["run_name"]);
        Assert.Contains(found["data"]!["tags"]!.AsArray(), tag => (string?)tag!["value"] == "asked erased@example.org, Zoe and erased; azoe, zoe1");
        Assert.Equal("models of erased-" + experiment, (string?)AccessServer.Ok(await access.As("root", "GET", $"/api/2.0/mlflow/experiments/get?experiment_id={experiment}")).Json["experiment"]!["name"]);
        var files = AccessServer.Ok(await access.As("root", "GET", $"/api/2.0/mlflow/artifacts/list?run_id={run}")).Json["files"]!.AsArray().Select(file => (string?)file!["path"]);
        Assert.Equal(["data", "zoology.csv"], files);
        var events = await access.Sealed();
        Assert.DoesNotContain(events, e => Slipway.Events.WholeWords.HasInJson((string?)e!["data"] ?? "null", "zoe") || Slipway.Events.WholeWords.Has((string)e["subject"]!, "zoe"));
        Assert.Equal(2, events.Count(e => (string?)e!["subject"] == "artifact//erased"));
        Assert.Contains(events, e => ((string)e!["subject"]!).EndsWith("zoology.csv", StringComparison.Ordinal));
        Assert.True((bool)AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/audit/verify")).Json["whole"]!);
    }

    [Theory]
    [InlineData("ann", "ann", "erased")]
    [InlineData("planning ann, ann. anna", "ann", "planning erased, erased. anna")]
    [InlineData("annann ann-ann", "ann", "annann erased-erased")]
    [InlineData("a+b a+bc (a+b)", "a+b", "erased a+bc (erased)")]
    [InlineData("größe öann", "ann", "größe öann")]
    [InlineData("", "ann", "")]
    public void A_name_is_replaced_where_it_is_a_word(string text, string name, string expected) =>
        Assert.Equal(expected, Slipway.Events.WholeWords.Replace(text, name, "erased"));

    [Fact]
    public async Task The_last_administrator_stays_and_so_does_what_is_kept_about_him()
    {
        await using var access = await AccessServer.Start(dialect);
        var refused = await access.As("root", "POST", "/api/slipway/v1/access/members/root/erase", "{}");
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains(await access.Sealed(), e => (string?)e!["actor"] == "root");
    }

    [Theory]
    [InlineData("system:retention")]
    [InlineData("anonymous")]
    [InlineData("erased")]
    public async Task Nobody_is_not_erased(string name)
    {
        await using var access = await AccessServer.Start(dialect);
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", $"/api/slipway/v1/access/members/{name}/erase", "{}")).Status);
    }

    /// <summary>Every column of every table that holds a name: a new table that keeps names must say so to the erasure.</summary>
    private static Task<List<string>> Holding(Database database, string name) => database.Read(session =>
    {
        var found = new List<string>();
        foreach (var table in Schemas.InLayerOrder().SelectMany(schema => schema.TablesAt(schema.Steps.Count)))
            session.Each($"SELECT * FROM {table.Name}", row =>
            {
                for (var column = 0; column < row.Count; column++)
                    if (row.Value(column) is { Type: Arg.Kind.Text } value && (value.Text.Contains(name, StringComparison.Ordinal) || value.Text.Contains(name.Replace("+", "\\u002B", StringComparison.Ordinal), StringComparison.Ordinal)))
                        found.Add($"{table.Name}, column {column}: {value.Text}");
                return true;
            });
        return found;
    }, default);

    private static JsonNode Place(JsonNode report, string name) => report["places"]!.AsArray().Single(place => (string?)place!["place"] == name)!;

    private static long Found(JsonNode report, string name) => (long)Place(report, name)["found"]!;
}
