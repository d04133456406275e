using System.Text;
using System.Text.Json.Nodes;
using Slipway.Artifacts;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Tracking;

public sealed class GarbageOnSqlite() : GarbageTests(Dialect.Sqlite);

public sealed class GarbageOnPostgres() : GarbageTests(Dialect.Postgres);

/// <summary>What was deleted long enough ago goes for good, and nothing else does.</summary>
public abstract class GarbageTests(Dialect dialect) : IAsyncLifetime
{
    private TestServer server = null!;
    private Parts parts = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, compose: all => parts = all);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_look_lists_runs_with_bytes_and_references_and_changes_nothing()
    {
        var experiment = await Experiment("e");
        var (gone, child, kept) = (await Run(experiment), await Run(experiment), await Run(experiment));
        for (var n = 0; n < 3; n++) await Ok("/runs/log-metric", $$"""{"run_id":"{{gone}}","key":"m","value":1,"timestamp":{{n}}}""");
        await Upload($"{experiment}/{gone}/artifacts/a/b.txt", "12345");
        await Upload($"{experiment}/{gone}/artifacts/c.txt", "678");
        await Ok("/runs/set-tag", $$"""{"run_id":"{{child}}","key":"mlflow.parentRunId","value":"{{gone}}"}""");
        var model = (string)(await Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"n","source_run_id":"{{gone}}"}"""))["model"]!["info"]!["model_id"]!;
        await Ok("/runs/delete", $$"""{"run_id":"{{gone}}"}""");

        var page = (await Gc("GET", "?older_than_seconds=0"))["runs"]!.AsArray();
        var run = Assert.Single(page)!;
        Assert.Equal((gone, experiment, 3L, 2L, 8L), ((string)run["run_id"]!, (string)run["experiment_id"]!, (long)run["points"]!, (long)run["files"]!, (long)run["artifact_bytes"]!));
        Assert.True((long)run["metric_bytes"]! > 0);
        Assert.Equal([$"logged_model/{model}", $"run/{child}"], run["references"]!.AsArray().Select(static name => (string)name!));
        Assert.Equal("deleted", await Stage(gone));
        Assert.Equal("active", await Stage(kept));
        // Within the retention nothing is listed, and nothing collected.
        Assert.Null((await Gc("GET", ""))["runs"]);
        Assert.Equal(0, (long)(await Gc("POST", "", "{}"))["runs"]!);
        Assert.Equal("deleted", await Stage(gone));
    }

    [Fact]
    public async Task A_collection_deletes_what_is_due_and_keeps_the_rest()
    {
        var experiment = await Experiment("e");
        var (old, restored, young, active) = (await Run(experiment), await Run(experiment), await Run(experiment), await Run(experiment));
        foreach (var run in (string[])[old, restored, young, active])
        {
            await Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":1,"timestamp":1}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"1"}]}""");
            await Upload($"{experiment}/{run}/artifacts/f.txt", "12345");
        }
        foreach (var run in (string[])[old, restored, young]) await Ok("/runs/delete", $$"""{"run_id":"{{run}}"}""");
        await Ok("/runs/restore", $$"""{"run_id":"{{restored}}"}""");
        await LongAgo(old, TimeSpan.FromDays(31));
        await LongAgo(young, TimeSpan.FromDays(29));
        var done = await Gc("POST", "", "{}");
        Assert.Equal((1L, 0L, 1L, 1L), ((long)done["runs"]!, (long)done["experiments"]!, (long)done["points"]!, (long)done["files"]!));
        Assert.Equal(404, (int)(await server.Get("/api/2.0/mlflow/runs/get?run_id=" + old)).Status);
        Assert.Equal(("active", "deleted", "active"), (await Stage(restored), await Stage(young), await Stage(active)));
        Assert.Equal(3, (await parts.Database.Read(static session => session.Long("SELECT count(*) FROM params"), default)));
        // The blob goes through the sweep, when it is a day old.
        Assert.Equal(1, await parts.Database.Read(static session => session.Long("SELECT count(*) FROM blobs WHERE orphaned_ms IS NOT NULL"), default));
        var sweep = new ArtifactSweep(parts.Database, parts.Blobs, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<ArtifactSweep>.Instance);
        Assert.Equal(1, (await sweep.Sweep(TimeProvider.System.GetUtcNow().AddHours(25), default)).Value.Unnamed);
        var events = await parts.Events.Of(Caller.Local(), "run/" + old, default);
        Assert.Equal(("run.removed", "local"), (events[^1].Kind, events[^1].Actor));
        Assert.Contains(await parts.Events.Of(Caller.Local(), "installation", default), static change => change.Kind == "garbage.collected" && change.Data!.Contains("\"runs\":\"1\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_of_experiments_become_free_again()
    {
        var (first, other) = (await Experiment("name"), await Experiment("other"));
        var run = await Run(first);
        await Ok("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"d","digest":"1","source_type":"s","source":"s"} }]}""");
        var model = (string)(await Ok("/logged-models", $$"""{"experiment_id":"{{first}}","name":"n"}"""))["model"]!["info"]!["model_id"]!;
        await Ok("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{first}}","key":"k","value":"v"}""");
        await Ok("/experiments/delete", $$"""{"experiment_id":"{{first}}"}""");
        Assert.Equal(400, (int)(await Post("/experiments/create", """{"name":"name"}""")).Status);
        var listed = (await Gc("GET", "?older_than_seconds=0"))["experiments"]!.AsArray();
        Assert.Equal(("name", 1L), ((string)listed[0]!["name"]!, (long)listed[0]!["runs"]!));

        var done = await Gc("POST", "", """{"older_than_seconds":0}""");
        Assert.Equal((1L, 1L, 1L), ((long)done["runs"]!, (long)done["experiments"]!, (long)done["models"]!));
        Assert.Equal(404, (int)(await server.Get("/api/2.0/mlflow/logged-models/" + model)).Status);
        var again = await Experiment("name");
        Assert.NotEqual(first, again); // ids are never given twice
        Assert.Equal(200, (int)(await server.Get("/api/2.0/mlflow/experiments/get?experiment_id=" + other)).Status);
        foreach (var table in (string[])["experiment_tags", "datasets", "logged_models", "run_datasets"])
            Assert.Equal((table, 0L), (table, await parts.Database.Read(session => session.Long($"SELECT count(*) FROM {table}"), default)));
        Assert.Contains(await parts.Events.Of(Caller.Local(), "experiment/" + first, default), static change => change.Kind == "experiment.removed");
    }

    [Fact]
    public async Task The_default_experiment_stays_and_files_elsewhere_are_not_touched()
    {
        var elsewhere = (string)(await Ok("/experiments/create", """{"name":"elsewhere","artifact_location":"s3://bucket/of/others"}"""))["experiment_id"]!;
        var run = await Run(elsewhere);
        await Ok("/experiments/delete", $$"""{"experiment_id":"{{elsewhere}}"}""");
        await Ok("/experiments/delete", """{"experiment_id":"0"}""");
        var page = await Gc("GET", "?older_than_seconds=0");
        Assert.StartsWith("s3://bucket/of/others", (string)page["runs"]![0]!["elsewhere"]!);
        Assert.Equal(["elsewhere"], page["experiments"]!.AsArray().Select(static one => (string)one!["name"]!));
        await Gc("POST", "", """{"older_than_seconds":0}""");
        Assert.Equal(404, (int)(await server.Get("/api/2.0/mlflow/runs/get?run_id=" + run)).Status);
        Assert.Equal(200, (int)(await server.Get("/api/2.0/mlflow/experiments/get?experiment_id=0")).Status);
    }

    [Fact]
    public async Task Many_runs_come_in_pages_and_go_in_one_call_after_the_other()
    {
        var experiment = await Experiment("many");
        for (var n = 0; n < 60; n++) await Run(experiment);
        await Ok("/experiments/delete", $$"""{"experiment_id":"{{experiment}}"}""");
        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = await Gc("GET", $"?older_than_seconds=0&max_results=25{(token.Length > 0 ? "&page_token=" + token : "")}");
            seen.AddRange(page["runs"]!.AsArray().Select(static run => (string)run!["run_id"]!));
            Assert.Equal(token.Length == 0, page["experiments"] is not null);
            token = (string?)page["next_page_token"] ?? "";
        }
        while (token.Length > 0);
        Assert.Equal((60, 60), (seen.Count, seen.Distinct().Count()));
        var done = await Gc("POST", "", """{"older_than_seconds":0}""");
        Assert.Equal((60L, 1L, false), ((long)done["runs"]!, (long)done["experiments"]!, (bool)done["more"]!));
    }

    [Fact]
    public async Task Wrong_requests_are_refused()
    {
        foreach (var query in (string[])["?older_than_seconds=-1", "?max_results=0", "?max_results=1001", "?page_token=x", "?page_token=1.2.3", "?older_than_seconds=99999999999999"])
            Assert.Equal((query, 400), (query, (int)(await server.Get("/api/slipway/v1/gc" + query)).Status));
        Assert.Equal(400, (int)(await server.Post("/api/slipway/v1/gc", """{"older_than_seconds":-5}""")).Status);
    }

    private async Task LongAgo(string run, TimeSpan age)
    {
        var at = (TimeProvider.System.GetUtcNow() - age).ToUnixTimeMilliseconds();
        await parts.Database.Write<int>(session => session.Execute("UPDATE runs SET deleted_ms = $1 WHERE run_id = $2", at, run), default);
    }

    private async Task<string> Experiment(string name) => (string)(await Ok("/experiments/create", $$"""{"name":"{{name}}"}"""))["experiment_id"]!;

    private async Task<string> Run(string experiment) => (string)(await Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}"}"""))["run"]!["info"]!["run_id"]!;

    private async Task<string> Stage(string run) => (string)(await server.Get("/api/2.0/mlflow/runs/get?run_id=" + run)).Json["run"]!["info"]!["lifecycle_stage"]!;

    private Task<Answer> Post(string path, string json) => server.Post("/api/2.0/mlflow" + path, json);

    private async Task<JsonNode> Ok(string path, string json)
    {
        var answer = await Post(path, json);
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task Upload(string path, string text)
    {
        var answer = await server.Send(new HttpRequestMessage(HttpMethod.Put, "/api/2.0/mlflow-artifacts/artifacts/" + path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) });
        Assert.True((int)answer.Status == 200, answer.Body);
    }

    private async Task<JsonNode> Gc(string method, string query, string? json = null)
    {
        var answer = method == "GET" ? await server.Get("/api/slipway/v1/gc" + query) : await server.Post("/api/slipway/v1/gc", json!);
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }
}
