using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Slipway.Prediction;
using Slipway.Serving;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Serving;

public sealed class PredictionLogOnSqlite() : PredictionLogStoreTests(Dialect.Sqlite);

public sealed class PredictionLogOnPostgres() : PredictionLogStoreTests(Dialect.Postgres);

/// <summary>The log as people see it: search, one prediction with what hangs on it, outcomes in any order, settings, live numbers.</summary>
public abstract class PredictionLogStoreTests(Dialect dialect) : IAsyncLifetime
{
    private TestServer server = null!;
    private Parts parts = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, compose: built => parts = built);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private void Tell(PredictionScene scene, string id, float[]? x = null, string? key = null, Problem? problem = null)
    {
        var call = PredictionScene.Call(id, x ?? [1, 2], ["basic"], [0.25f], key);
        foreach (var listener in parts.Serving.Predictor.Told) listener(scene.Endpoint, scene.Arm, call, problem);
        call.Dispose();
    }

    private async Task<JsonNode> Do(string method, string path, string? json = null, int status = 200)
    {
        var answer = await server.Send(new HttpRequestMessage(new HttpMethod(method), path) { Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json") });
        Assert.True((int)answer.Status == status, $"{method} {path}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    private Task<JsonNode> Get(string path) => Do("GET", "/api/slipway/v1" + path);

    private Task<JsonNode> Feedback(string json) => Do("POST", "/api/feedback", json);

    private static (int Accepted, int Duplicates, int Replaced, int Unknown) Counts(JsonNode answer) => ((int)answer["accepted"]!, (int)answer["duplicates"]!, (int)answer["replaced"]!, (int)answer["unknown"]!);

    private async Task<List<string>> Ids(string query)
    {
        var (ids, token) = (new List<string>(), "");
        do
        {
            var page = await Get($"/endpoints/churn/predictions?{query}&page_token={token}");
            ids.AddRange(page["predictions"]!.AsArray().Select(static one => (string)one!["id"]!));
            token = (string?)page["next_page_token"] ?? "";
        }
        while (token.Length > 0);
        return ids;
    }

    [Fact]
    public async Task Predictions_are_found_at_once_by_filter_and_page()
    {
        var (champion, canary, other) = (new PredictionScene(), new PredictionScene(arm: "canary", version: "4"), new PredictionScene("other"));
        for (var i = 0; i < 30; i++) Tell(i % 3 == 0 ? canary : champion, "r" + i, key: "k" + i % 5, problem: i % 10 == 9 ? Problem.Invalid("bad") : null);
        Tell(other, "elsewhere");
        Assert.Equal(Enumerable.Range(0, 30).Select(static i => "r" + i).Order(StringComparer.Ordinal), (await Ids("max_results=7")).Order(StringComparer.Ordinal));
        Assert.Equal(10, (await Ids("arm=canary&max_results=3")).Count);
        Assert.Equal(10, (await Ids("version=4")).Count);
        Assert.Equal(["r19", "r29", "r9"], (await Ids("status=error")).Order(StringComparer.Ordinal));
        Assert.Equal(3, (await Ids("status=400")).Count);
        Assert.Equal(6, (await Ids("key=k2")).Count);
        Assert.Equal(["r7"], await Ids("id=r7"));
        Assert.Empty(await Ids("to_ms=5"));
        var one = (await Get("/endpoints/churn/predictions?id=r1&payload=true"))["predictions"]![0]!;
        Assert.Equal("[1,2]", one["inputs"]![0]!["values"]!.ToJsonString());
        Assert.Equal("[1,2]", one["inputs"]![0]!["shape"]!.ToJsonString());
        Assert.Equal("[\"basic\"]", one["inputs"]![1]!["values"]!.ToJsonString());
        await Do("GET", "/api/slipway/v1/endpoints/churn/predictions?max_results=0", status: 400);
        await Do("GET", "/api/slipway/v1/endpoints/churn/predictions?page_token=x", status: 400);
    }

    [Fact]
    public async Task One_prediction_leads_to_its_outcomes_its_version_and_its_run()
    {
        var run = (string)(await Do("POST", "/api/2.0/mlflow/runs/create", """{"experiment_id":"0","start_time":1}"""))["run"]!["info"]!["run_id"]!;
        await Do("POST", "/api/2.0/mlflow/registered-models/create", """{"name":"churn-model"}""");
        for (var i = 0; i < 3; i++) await Do("POST", "/api/2.0/mlflow/model-versions/create", $$"""{"name":"churn-model","source":"runs:/{{run}}/model","run_id":"{{run}}"}""");
        Tell(new PredictionScene(), "the-one", key: "customer-17");
        await Feedback("""{"request_id":"the-one","value":1,"label":"left"}""");
        var detail = await Get("/predictions/the-one");
        Assert.Equal(("the-one", "customer-17", true), ((string)detail["prediction"]!["id"]!, (string)detail["prediction"]!["key"]!, (bool)detail["logged"]!));
        Assert.Equal(("churn-model", "3", run), ((string)detail["model"]!["name"]!, (string)detail["model"]!["version"]!, (string)detail["model"]!["run_id"]!));
        Assert.Equal("left", (string)detail["outcomes"]![0]!["label"]!);
        await Do("GET", "/api/slipway/v1/predictions/no-such", status: 404);
    }

    [Fact]
    public async Task Outcomes_may_come_early_late_twice_and_for_nothing()
    {
        var scene = new PredictionScene();
        Assert.Equal((1, 0, 0, 1), Counts(await Feedback("""{"request_id":"early","value":1,"at_ms":1000}""")));
        Tell(scene, "early");
        Tell(scene, "late");
        Assert.Equal((1, 0, 0, 0), Counts(await Feedback("""{"request_id":"late","value":0,"at_ms":1000}""")));
        Assert.Equal((0, 1, 0, 0), Counts(await Feedback("""{"request_id":"late","value":0,"at_ms":1000}""")));
        Assert.Equal((0, 0, 1, 0), Counts(await Feedback("""{"request_id":"late","value":1,"at_ms":2000}""")));
        Assert.Equal((0, 1, 0, 0), Counts(await Feedback("""{"request_id":"late","value":0,"at_ms":1500}""")));
        Assert.Equal((3, 0, 0, 1), Counts(await Feedback("""{"outcomes":[{"request_id":"late","row":1,"value":3},{"request_id":"late","name":"amount","value":9.5},{"request_id":"nobody","label":"x"}]}""")));
        Assert.Equal((0, 0, 1, 0), Counts(await Feedback("""{"request_id":"early","value":2,"at_ms":3000}""")));
        Assert.Equal([2.0], (await Get("/predictions/early"))["outcomes"]!.AsArray().Select(static one => (double)one!["value"]!));
        Assert.Equal([9.5, 1.0, 3.0], (await Get("/predictions/late"))["outcomes"]!.AsArray().Select(static one => (double)one!["value"]!));
    }

    [Theory]
    [InlineData("{}", "request_id")]
    [InlineData("""{"request_id":"a"}""", "a value, a label or a reward")]
    [InlineData("""{"request_id":"a","value":"NaN"}""", "finite")]
    [InlineData("""{"request_id":"a","value":1,"row":-1}""", "row")]
    [InlineData("""{"request_id":"a","value":1,"at_ms":99999999999999}""", "at_ms")]
    [InlineData("""{"outcomes":[{"request_id":"a","value":1},{"value":1}]}""", "outcomes[1].request_id")]
    [InlineData("""{"outcomes":[null]}""", "outcomes[0]")]
    public async Task Outcomes_that_say_nothing_are_refused_with_their_place(string json, string says) => Assert.Contains(says, (string)(await Do("POST", "/api/feedback", json, status: 400))["message"]!, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_logged_is_set_at_once_and_survives_a_look_at_the_rows()
    {
        var scene = new PredictionScene();
        Tell(scene, "before");
        var set = await Do("PUT", "/api/slipway/v1/endpoints/churn/prediction-log", """{"columns":{"plan":"mask"},"keep_days":7}""");
        Assert.Equal((true, 7, 1.0), ((bool)set["enabled"]!, (int)set["keep_days"]!, (double)set["sample"]!));
        Tell(scene, "masked");
        Assert.Equal("[\"***\"]", (await Get("/predictions/masked"))["prediction"]!["inputs"]![1]!["values"]!.ToJsonString());
        await Do("PUT", "/api/slipway/v1/endpoints/churn/prediction-log", """{"enabled":false}""");
        Tell(scene, "unseen");
        await Do("GET", "/api/slipway/v1/predictions/unseen", status: 404);
        var got = await Get("/endpoints/churn/prediction-log");
        Assert.Equal((false, 7, "mask", 2), ((bool)got["enabled"]!, (int)got["keep_days"]!, (string)got["columns"]!["plan"]!, (int)got["counts"]!["logged"]!));
        foreach (var bad in (string[])["""{"sample":2}""", """{"keep_days":0}""", """{"columns":{"a":"burn"}}""", """{"cloud_events_url":"http://127.0.0.1:1/"}"""]) await Do("PUT", "/api/slipway/v1/endpoints/churn/prediction-log", bad, status: 400);
    }

    [Fact]
    public async Task Live_numbers_and_metrics_show_what_happened()
    {
        var scene = new PredictionScene();
        for (var i = 0; i < 20; i++) Tell(scene, "r" + i, problem: i == 0 ? Problem.Invalid("bad") : null);
        // The second that is not over yet does not count.
        JsonNode arm;
        do arm = (await Get("/endpoints/churn/live"))["arms"]!.AsArray() is [{ } first, ..] ? first : new JsonObject { ["requests"] = 0 };
        while ((int)arm["requests"]! < 20);
        Assert.Equal(("champion", "3", 1, 300), ((string)arm["arm"]!, (string)arm["version"]!, (int)arm["errors"]!, arm["rates"]!.AsArray().Count));
        Assert.InRange((double)arm["run_p50_us"]!, 11, 15);
        Assert.Contains("slipway_predictions_total{endpoint=\"churn\",arm=\"champion\",version=\"3\",status=\"200\"} 19", (await server.Get("/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_streams_everything_with_outcomes()
    {
        var scene = new PredictionScene();
        for (var i = 0; i < 5; i++) Tell(scene, "r" + i);
        await Feedback("""{"request_id":"r2","value":1}""");
        var lines = (await server.Get("/api/slipway/v1/endpoints/churn/predictions/export")).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["r0", "r1", "r2", "r3", "r4"], lines.Select(static line => (string)line["id"]!).Order(StringComparer.Ordinal));
        Assert.Equal(1.0, (double)lines.Single(static line => (string)line["id"]! == "r2")["outcomes"]![0]!["value"]!);
        var csv = (await server.Get("/api/slipway/v1/endpoints/churn/predictions/export?format=csv")).Body.Split('\n');
        Assert.StartsWith("id,at_ms,arm", csv[0], StringComparison.Ordinal);
        Assert.Equal(7, csv.Length);
    }

    [Fact]
    public async Task A_segment_from_elsewhere_is_taken_once_and_a_damaged_one_never()
    {
        PredictionBatch? batch = null;
        await using (var log = new PredictionLog(TimeProvider.System, (made, _) =>
        {
            batch = made;
            return Task.FromResult<Problem?>(null);
        }))
        {
            new PredictionScene("in-process/churn-model").Tell(log, PredictionScene.Call("far-away", [1, 2]));
            await log.Flush(default);
        }
        Assert.Equal((1, false), await Send(batch!.Bytes));
        Assert.Equal((0, true), await Send(batch.Bytes));
        Assert.Equal("in-process/churn-model", (string)(await Get("/predictions/far-away"))["prediction"]!["endpoint"]!);
        var damaged = (byte[])batch.Bytes.Clone();
        damaged[^1] ^= 1;
        using var content = Content(damaged);
        using var answer = await server.Http.PostAsync(new Uri("/api/slipway/v1/prediction-log", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);

        async Task<(int, bool)> Send(byte[] bytes)
        {
            using var body = Content(bytes);
            using var taken = await server.Http.PostAsync(new Uri("/api/slipway/v1/prediction-log", UriKind.Relative), body);
            var json = JsonNode.Parse(await taken.Content.ReadAsStringAsync())!;
            Assert.True(taken.IsSuccessStatusCode, json.ToJsonString());
            return ((int)json["logged"]!, (bool)json["duplicate"]!);
        }

        static ByteArrayContent Content(byte[] bytes) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(PredictionLogApi.SegmentType) } };
    }
}
