using System.Text.Json.Nodes;

namespace Slipway.Tests.Storage;

/// <summary>
/// What a schema version is written with: something of every kind of row, in every state that a stopped server can leave behind. A new capability
/// adds what it keeps here, with the questions that read it; versions that are kept already stay as they are.
/// </summary>
internal sealed class SchemaContent(StillServer server)
{
    /// <summary>The kind of the jobs that wait.</summary>
    public const string JobKind = "kept.job";

    private const string Api = "/api/2.0/mlflow";
    private const string Files = "/api/2.0/mlflow-artifacts/artifacts";

    private readonly List<Question> questions = [];

    /// <summary>Writes it all; answers what to ask.</summary>
    public async Task<IReadOnlyList<Question>> Fill()
    {
        var flights = await Experiment("flights");
        await Post("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{flights}}","key":"team","value":"größe 🚀"}""");
        var gone = await Experiment("gone");
        var (whole, mixed, deleted) = (await Run(flights, "whole"), await Run(flights, "mixed"), await Run(flights, "deleted"));
        await Log(whole);
        for (var from = 0; from < 5_000; from += 1_000) await LogCurve(whole, from, 1_000);
        await LogCurve(mixed, 0, 300);
        var model = await Model(flights, whole);
        await server.Ok("PUT", $"{Files}/{flights}/{whole}/artifacts/model/weights.bin", "weights \u0001\u0002");
        await server.Ok("PUT", $"{Files}/{flights}/{whole}/artifacts/größe.txt", "grün\n");
        await Post("/runs/update", $$"""{"run_id":"{{whole}}","status":"FINISHED","end_time":1767225600123}""");
        await Post("/runs/delete", $$"""{"run_id":"{{deleted}}"}""");
        await Post("/experiments/delete", $$"""{"experiment_id":"{{gone}}"}""");
        await Pages(flights, whole);
        await Jobs();

        await server.Upkeep();
        // What a server that stops here leaves undone: points in the log, some not settled, events without a seal, an upload half way.
        server.Pace = TimeSpan.Zero;
        await Post("/runs/set-tag", $$"""{"run_id":"{{mixed}}","key":"after","value":"the upkeep"}""");
        await server.Ok("POST", $"/api/slipway/v1/runs/{mixed}/heartbeat", "{}");
        var upload = (string)(await server.Ok("POST", "/api/slipway/v1/uploads", $$"""{"path":"{{flights}}/{{mixed}}/artifacts/half.bin"}"""))["upload_id"]!;
        await server.Ok("PUT", $"/api/slipway/v1/uploads/{upload}?offset=0", "half");
        var parts = (string)(await server.Ok("POST", $"/api/2.0/mlflow-artifacts/mpu/create/{flights}/{mixed}/artifacts", """{"path":"parts.bin","num_parts":2}"""))["upload_id"]!;
        await server.Ok("PUT", $"/api/slipway/v1/uploads/{parts}/parts/2", "second");
        await LogCurve(whole, 4_990, 20);
        await LogCurve(mixed, 200, 200);
        await Post("/runs/log-batch", $$"""{"run_id":"{{mixed}}","metrics":[{"key":"late","value":"-Infinity","timestamp":7},{"key":"late","value":"NaN","timestamp":8,"step":1}]}""");

        Questions(flights, gone, [whole, mixed, deleted], model, upload);
        return questions;
    }

    private void Questions(string flights, string gone, string[] runs, string model, string upload)
    {
        foreach (var experiment in (string[])["0", flights, gone]) Get($"{Api}/experiments/get?experiment_id={experiment}");
        Search("/experiments/search", """{"view_type":"ALL","max_results":100}""");
        foreach (var run in runs)
        {
            Get($"{Api}/runs/get?run_id={run}");
            foreach (var key in (string[])["loss", "odd", "late"]) Get($"{Api}/metrics/get-history?run_id={run}&metric_key={key}&max_results=20");
            Get($"/api/slipway/v1/runs/{run}/metrics/series?key=loss&buckets=100");
            Get($"{Api}/artifacts/list?run_id={run}");
        }
        Get($"{Api}/metrics/get-history-bulk-interval?run_ids={runs[0]}&run_ids={runs[1]}&metric_key=loss&start_step=190&end_step=210&max_results=25");
        foreach (var filter in (string[])["metrics.loss < 0.5", "metrics.late < 1", "params.lr = '0.1'", "tags.after LIKE 'the%'", "attributes.status = 'FINISHED'", "datasets.name = 'year'", ""])
            Search("/runs/search", $$"""{"experiment_ids":["{{flights}}"],"run_view_type":"ALL","filter":"{{filter}}","order_by":["metrics.loss DESC","attributes.start_time ASC"]}""");
        Search("/experiments/search-datasets", $$"""{"experiment_ids":["{{flights}}"]}""");
        Get($"{Api}/logged-models/{model}");
        Search("/logged-models/search", $$"""{"experiment_ids":["{{flights}}"],"filter":"metrics.acc > 0.5"}""");
        foreach (var path in (string[])["model/weights.bin", "größe.txt"]) Get($"{Files}/{flights}/{runs[0]}/artifacts/{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}");
        Get($"/api/slipway/v1/uploads/{upload}");
        Get("/api/slipway/v1/events?max_results=10");
    }

    /// <summary>What people wrote: a view, a report of two versions and one deleted, notes of which one answers and one is deleted.</summary>
    private async Task Pages(string experiment, string run)
    {
        const string Own = "/api/slipway/v1";
        async Task<string> Made(string path, string body) => (string)(await server.Ok("POST", Own + path, body))["id"]!;
        var view = await Made("/views", $$$"""{"name":"größe 🚀","experiment_ids":["{{{experiment}}}"],"state":"{\"columns\":[\"metrics.loss\"]}"}""");
        var report = await Made("/reports", $$"""{"title":"late flights","text":"# Größe\n\n```slipway-panel\n{}\n```\n","experiment_ids":["{{experiment}}"]}""");
        await server.Ok("PATCH", $"{Own}/reports/{report}", """{"version":1,"text":"second"}""");
        var gone = await Made("/reports", """{"title":"gone"}""");
        await server.Ok("DELETE", $"{Own}/reports/{gone}");
        var note = await Made("/notes", $$"""{"subject":"run/{{run}}","text":"Why the *spike*?"}""");
        await Made("/notes", $$"""{"subject":"run/{{run}}","text":"A bad shard. 🚀","reply_to":"{{note}}"}""");
        var withdrawn = await Made("/notes", $$"""{"subject":"experiment/{{experiment}}","text":"gone"}""");
        await server.Ok("DELETE", $"{Own}/notes/{withdrawn}");
        foreach (var path in (string[])[$"/views?experiment_id={experiment}", $"/views/{view}", "/reports", "/reports?deleted=true", $"/reports/{report}", $"/reports/{report}/versions", $"/reports/{report}/versions/1",
            $"/notes?subject=run/{run}", $"/notes?subject=experiment/{experiment}", $"/history?subject=report/{report}"]) Get(Own + path);
    }

    private void Get(string path) => questions.Add(new("GET", path, null));

    private void Search(string path, string body) => questions.Add(new("POST", Api + path, body));

    private Task<JsonNode> Post(string path, string body) => server.Ok("POST", Api + path, body);

    private async Task<string> Experiment(string name) => (string)(await Post("/experiments/create", $$"""{"name":"{{name}}","tags":[{"key":"k","value":"v"}]}"""))["experiment_id"]!;

    private async Task<string> Run(string experiment, string name) => (string)(await Post("/runs/create",
        $$"""{"experiment_id":"{{experiment}}","run_name":"{{name}}","user_id":"ada","start_time":1767225600000,"tags":[{"key":"mlflow.source.name","value":"train.cs"}]}"""))["run"]!["info"]!["run_id"]!;

    private Task Log(string run) => Post("/runs/log-batch", $$"""
        {"run_id":"{{run}}",
         "params":[{"key":"lr","value":"0.1"},{"key":"text","value":"two\nlines, 'quotes', \"more\", \\ and größe 🚀"},{"key":"empty","value":""}],
         "tags":[{"key":"note","value":"it's fine"},{"key":"mlflow.note.content","value":"# Title"}],
         "metrics":[{"key":"odd","value":"NaN","timestamp":1},{"key":"odd","value":"Infinity","timestamp":2,"step":1},{"key":"odd","value":"-Infinity","timestamp":3,"step":-9223372036854775808},
                    {"key":"odd","value":-0.0,"timestamp":4,"step":2},{"key":"odd","value":5e-324,"timestamp":5,"step":3},{"key":"odd","value":1.7976931348623157e308,"timestamp":6,"step":9223372036854775807},
                    {"key":"only/nan","value":"NaN","timestamp":1}]}
        """);

    private Task LogCurve(string run, int from, int points) => Post("/runs/log-batch", $$"""
        {"run_id":"{{run}}","metrics":[{{string.Join(',', Enumerable.Range(from, points).Select(step => $$"""{"key":"loss","value":{{Math.Round(10.0 / (step + 10), 4)}},"timestamp":{{1767225600000 + step * 250L}},"step":{{step}}}"""))}}]}
        """);

    private async Task<string> Model(string experiment, string run)
    {
        const string Year = """{"name":"year","digest":"abc1","source_type":"local","source":"flights.csv","schema":"{\"columns\":[]}","profile":"{\"rows\":3}"}""";
        await Post("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{{Year}}}]}""");
        var model = (string)(await Post("/logged-models", $$"""
            {"experiment_id":"{{experiment}}","name":"net","model_type":"tree","source_run_id":"{{run}}","params":[{"key":"depth","value":"6"}],"tags":[{"key":"stage","value":"best"}]}
            """))["model"]!["info"]!["model_id"]!;
        await Post("/runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"{{model}}","step":"3"}]}""");
        await Post("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"acc","value":0.9,"timestamp":5,"step":3,"model_id":"{{model}}","dataset_name":"year","dataset_digest":"abc1"}""");
        await Post("/runs/log-model", $$$"""{"run_id":"{{{run}}}","model_json":"{\"run_id\":\"{{{run}}}\",\"artifact_path\":\"model\",\"utc_time_created\":\"2026\",\"flavors\":{}}"}""");
        await server.Ok("PATCH", $"{Api}/logged-models/{model}", """{"status":"LOGGED_MODEL_READY"}""");
        return model;
    }

    /// <summary>One job waits, one failed for good, one was running when the server stopped.</summary>
    private async Task Jobs()
    {
        var jobs = server.Parts.Jobs;
        await server.Parts.Database.Write<Done>(session =>
        {
            foreach (var (kind, name) in (ReadOnlySpan<(string, string)>)[(JobKind, "waits"), ("kept.failed", "failed"), ("kept.running", "runs")])
                if (jobs.Add(session, kind, name, """{"of":"a kept version"}""", server.Clock.GetUtcNow(), attemptsMax: 1) is { } problem) return problem;
            return new Done();
        }, default);
        await jobs.Fail((await jobs.Claim("writer", ["kept.failed"], default)).Value!, "It's broken.", default);
        Assert.NotNull((await jobs.Claim("writer", ["kept.running"], default)).Value);
    }
}

/// <summary>A request that only reads.</summary>
internal sealed record Question(string Method, string Path, string? Body);
