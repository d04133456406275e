using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class RunsEditOnSqlite(TrackingOnSqlite server) : RunsEditTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class RunsEditOnPostgres(TrackingOnPostgres server) : RunsEditTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>Edits of many runs at once.</summary>
public abstract class RunsEditTests(TrackingServer server)
{
    private const string Path = "/api/slipway/v1/runs/edit";

    [Fact]
    public async Task Tags_are_set_and_deleted_on_all_runs_and_again_changes_nothing()
    {
        var (experiment, runs) = await World(3);
        await server.Ok("/runs/set-tag", $$"""{"run_id":"{{runs[0]}}","key":"old","value":"1"}""");
        var body = Body(runs, """ "set_tags":[{"key":"team","value":"first"},{"key":"team","value":"blue"},{"key":"mlflow.runName","value":"same"}],"delete_tags":["old","never"] """);
        for (var again = 0; again < 2; again++)
        {
            Assert.Equal("""{"edited":3,"refused":[]}""", (await Ok(body)).ToJsonString());
            foreach (var run in runs)
            {
                var now = await server.TheRun(run);
                Assert.Equal(("same", "blue", null, "same"), ((string)now["info"]!["run_name"]!, Tag(now, "team"), Tag(now, "old"), Tag(now, "mlflow.runName")));
            }
            var event1 = Assert.Single(await Events("experiment/" + experiment));
            Assert.Equal(("run.edited", 3, 3), ((string)event1["kind"]!, (int)event1["data"]!["runs"]!, event1["data"]!["run_ids"]!.AsArray().Count));
            Assert.Equal("""{"mlflow.runName":"same","team":"blue"}""", event1["data"]!["set_tags"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Runs_are_deleted_and_restored_together()
    {
        var (_, runs) = await World(2);
        var (_, elsewhere) = await World(1);
        string[] all = [.. runs, .. elsewhere];
        var nobody = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++)
        {
            var deleted = await Ok(Body([.. all, nobody], """ "lifecycle":"delete","set_tags":[{"key":"why","value":"bad"}] """));
            Assert.Equal((3, nobody), ((int)deleted["edited"]!, (string)deleted["refused"]!.AsArray().Single()!["run_id"]!));
            Assert.Contains("not found", (string)deleted["refused"]![0]!["message"]!, StringComparison.Ordinal);
        }
        foreach (var run in all) Assert.Equal(("deleted", "bad"), ((string)(await server.TheRun(run))["info"]!["lifecycle_stage"]!, Tag(await server.TheRun(run), "why")));
        var tagged = await Ok(Body(all, """ "set_tags":[{"key":"why","value":"worse"}] """));
        Assert.Equal((0, 3), ((int)tagged["edited"]!, tagged["refused"]!.AsArray().Count));
        Assert.Contains("must be in the 'active' state", (string)tagged["refused"]![0]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(3, (int)(await Ok(Body(all, """ "lifecycle":"restore" """)))["edited"]!);
        Assert.Equal("active", (string)(await server.TheRun(all[2]))["info"]!["lifecycle_stage"]!);
        var news = Assert.Single(await Events("experiments", runs[0]), static one => (string?)one["data"]!["lifecycle"] == "restore");
        Assert.Equal(2, news["data"]!["experiment_ids"]!.AsArray().Count);
    }

    [Fact]
    public async Task Runs_of_a_deleted_experiment_are_not_restored()
    {
        var (experiment, runs) = await World(1);
        await server.Ok("/experiments/delete", $$"""{"experiment_id":"{{experiment}}"}""");
        var answer = await Ok(Body(runs, """ "lifecycle":"restore" """));
        Assert.Equal((0, $"The experiment {experiment} must be in the 'active' state. Current state is deleted."), ((int)answer["edited"]!, (string)answer["refused"]![0]!["message"]!));
    }

    [Fact]
    public async Task The_event_of_a_large_edit_is_cut_and_counted()
    {
        var (experiment, runs) = await World(30);
        var tags = string.Join(',', Enumerable.Range(0, 20).Select(static i => $$"""{"key":"{{new string('k', 200)}}{{i}}","value":"{{new string('ü', 5_000)}}"}"""));
        Assert.Equal(30, (int)(await Ok(Body(runs, $"\"set_tags\":[{tags}]")))["edited"]!);
        var data = Assert.Single(await Events("experiment/" + experiment))["data"]!;
        Assert.Equal((30, 20, 20), ((int)data["runs"]!, (int)data["set_tags_count"]!, data["run_ids"]!.AsArray().Count));
        Assert.True(Encoding.UTF8.GetByteCount(data.ToJsonString()) < 4_096);
    }

    [Theory]
    [InlineData("""{"run_ids":[]}""", "run_ids")]
    [InlineData("""{"run_ids":["a"]}""", "Nothing to change: give set_tags, delete_tags or lifecycle.")]
    [InlineData("""{"run_ids":["a"],"lifecycle":"explode"}""", "must be delete, restore or null")]
    [InlineData("""{"run_ids":["a"],"set_tags":[null]}""", "set_tags[0].key")]
    [InlineData("""{"run_ids":["a"],"set_tags":[{"key":"k"}]}""", "set_tags[0].value")]
    [InlineData("""{"run_ids":["a"],"set_tags":[{"key":"mlflow.runName","value":""}]}""", "it has 1 to 250 characters")]
    [InlineData("""{"run_ids":["a"],"delete_tags":["mlflow.runName"]}""", "is the run's name, which it always has")]
    [InlineData("""{"run_ids":["a"],"delete_tags":["k"],"set_tags":[{"key":"k","value":"v"}]}""", "is set by the same request")]
    [InlineData("""{"run_ids":["a"],"delete_tags":[null]}""", "delete_tags[0]")]
    public async Task Wrong_request_is_400_and_says_why(string body, string says)
    {
        var answer = await server.Send("POST", Path, body);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_over_a_limit_are_refused()
    {
        async Task Refused(string body, string says)
        {
            var answer = await server.Send("POST", Path, body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        }
        await Refused(Body([.. Enumerable.Range(0, 1_001).Select(static i => $"a{i}")], """ "lifecycle":"delete" """), "'run_ids' holds at most 1000 entries in one request, got 1001");
        await Refused(Body(["a"], $"\"delete_tags\":[{string.Join(',', Enumerable.Range(0, 21).Select(static i => $"\"{i}\""))}]"), "'delete_tags' holds at most 20");
        await Refused(Body([.. Enumerable.Range(0, 1_000).Select(static i => $"a{i}")], $$""" "set_tags":[{"key":"k","value":"{{new string('v', 8_000)}}"}] """), "An edit writes at most 8,000,000 characters of tags, this one 8,001,000 (1,000 runs).");
    }

    [Fact]
    public async Task Two_who_edit_the_same_runs_in_opposite_orders_both_succeed()
    {
        var (_, runs) = await World(40);
        string[] backwards = [.. runs.Reverse()];
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async n => Assert.Equal(40, (int)(await Ok(Body(n % 2 == 0 ? runs : backwards, $$""" "set_tags":[{"key":"k","value":"{{n}}"}],"lifecycle":"{{(n % 3 == 0 ? "delete" : "restore")}}" """)))["edited"]!)));
        var values = new HashSet<string?>();
        foreach (var run in runs) values.Add(Tag(await server.TheRun(run), "k"));
        Assert.Single(values);
    }

    private async Task<(string Experiment, string[] Runs)> World(int count)
    {
        var experiment = await server.Experiment();
        var runs = new string[count];
        for (var i = 0; i < count; i++) runs[i] = await server.Run(experiment);
        return (experiment, runs);
    }

    private static string Body(string[] runs, string rest) => $$"""{"run_ids":[{{string.Join(',', runs.Select(static id => $"\"{id}\""))}}],{{rest}}}""";

    private async Task<JsonNode> Ok(string body)
    {
        var answer = await server.Send("POST", Path, body);
        Assert.True(answer.Status is HttpStatusCode.OK, answer.Body);
        return answer.Json;
    }

    private static string? Tag(JsonNode run, string key) => (string?)run["data"]!["tags"]!.AsArray().FirstOrDefault(tag => (string)tag!["key"]! == key)?["value"];

    /// <summary>The edits of a subject, all of those that name a run if one is given, once they are sealed.</summary>
    private async Task<List<JsonNode>> Events(string subject, string? run = null)
    {
        while (true)
        {
            var page = (await server.Send("GET", $"/api/slipway/v1/events?kind=run.edited&subject={Uri.EscapeDataString(subject)}&max_results=100")).Json;
            var found = page["events"]!.AsArray().Select(static one => (JsonNode)new JsonObject { ["kind"] = (string)one!["kind"]!, ["data"] = JsonNode.Parse((string)one["data"]!) }).Where(one => run is null || one["data"]!["run_ids"]!.AsArray().Any(id => (string)id! == run)).ToList();
            if (found.Count > 0) return found;
        }
    }
}
