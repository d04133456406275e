using System.Text.Json.Nodes;
using Slipway.Faults.Processes;

namespace Slipway.Faults.Fuzz;

/// <summary>Real things behind the odd requests, so that they get past the first check: experiments, runs, models, files, page tokens.</summary>
internal sealed class FuzzFixture
{
    private FuzzFixture()
    {
    }

    public List<string> Experiments { get; } = ["0"];

    public List<string> Runs { get; } = [];

    public List<string> Models { get; } = ["m-0"];

    public List<string> Keys { get; } = ["loss", "acc", "lr", "team", "mlflow.runName", "mlflow.note.content", "with space", "with/slash", "é"];

    public List<string> Tokens { get; } = ["CAE="];

    /// <summary>Fills an empty server.</summary>
    public static async Task<FuzzFixture> Create(Uri url)
    {
        var fixture = new FuzzFixture();
        using var wire = new WireClient(url);
        for (var n = 0; n < 5; n++) fixture.Experiments.Add((string)(await Post(wire, "experiments/create", new JsonObject { ["name"] = "fuzz " + n }))["experiment_id"]!);
        for (var n = 0; n < 40; n++) await fixture.AddRun(wire, n);
        if ((await wire.Post("logged-models", new JsonObject { ["experiment_id"] = "0", ["name"] = "m" })) is { Ok: true } model) fixture.Models.Add((string)model.Json["model"]!["info"]!["model_id"]!);
        foreach (var (call, body) in new[] { ("runs/search", """{"experiment_ids":["0"],"max_results":1}"""), ("runs/search", """{"experiment_ids":["0"],"max_results":1,"order_by":["metrics.loss DESC"]}"""), ("experiments/search", """{"max_results":1}""") })
            if (await wire.Post(call, JsonNode.Parse(body)!) is { Ok: true } page && (string?)page.Json["next_page_token"] is { } token) fixture.Tokens.Add(token);
        if (await wire.Get($"api/2.0/mlflow/metrics/get-history?run_id={fixture.Runs[0]}&metric_key=loss&max_results=1") is { Ok: true } history && (string?)history.Json["next_page_token"] is { } next) fixture.Tokens.Add(next);
        return fixture;
    }

    private async Task AddRun(WireClient wire, int n)
    {
        var run = (string)(await Post(wire, "runs/create", new JsonObject { ["experiment_id"] = n < 30 ? "0" : Experiments[1] }))["run"]!["info"]!["run_id"]!;
        Runs.Add(run);
        var metrics = new JsonArray([.. Enumerable.Range(0, 5).Select(step => (JsonNode)new JsonObject { ["key"] = step % 2 == 0 ? "loss" : "acc", ["value"] = step * 0.5 * n, ["timestamp"] = 1000 + step, ["step"] = step })]);
        await Post(wire, "runs/log-batch", new JsonObject
        {
            ["run_id"] = run,
            ["metrics"] = metrics,
            ["params"] = new JsonArray(new JsonObject { ["key"] = "lr", ["value"] = "0." + n }),
            ["tags"] = new JsonArray(new JsonObject { ["key"] = "team", ["value"] = "t" + (n % 3) }),
        });
        await wire.PutArtifact($"0/{run}/artifacts/a/b.txt", [1, 2, 3]);
    }

    private static async Task<JsonNode> Post(WireClient wire, string call, JsonObject body)
    {
        var reply = await wire.Post(call, body);
        Assert.True(reply.Ok, $"{call}: {reply.Status} {reply.Body}");
        return reply.Json;
    }
}
