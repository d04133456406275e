using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Slipway.Faults.Processes;
using Slipway.Faults.Stores;
using Slipway.Storage;

namespace Slipway.Faults.Crowds;

/// <summary>Thirty-two clients log to one run at once, as the workers of a distributed training do.</summary>
public sealed class OneRunTests
{
    private const int Clients = 32;
    private const int PointsEach = 50;

    [Theory]
    [InlineData(Dialect.Sqlite)]
    [InlineData(Dialect.Postgres)]
    public async Task Thirty_two_clients_on_one_run_lose_and_double_nothing(Dialect dialect)
    {
        await using var postgres = dialect is Dialect.Postgres ? await PostgresCluster.Start() : null;
        if (postgres is not null) await postgres.CreateDatabase("slipway");
        await using var server = await InProcessServer.Start(options => postgres is null ? options : options with { Database = postgres.Database("slipway") });
        using var wire = new WireClient(server.Url);
        var run = (string)(await wire.Post("runs/create", new JsonObject { ["experiment_id"] = "0" })).Json["run"]!["info"]!["run_id"]!;
        var rounds = Scale.Of(full: 200, least: 6);
        var refused = new ConcurrentQueue<string>();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            using var own = new WireClient(server.Url);
            for (var round = 0; round < rounds; round++)
            {
                await Send(own, refused, "runs/log-batch", Batch(run, client, round));
                await Send(own, refused, "runs/set-tag", new JsonObject { ["run_id"] = run, ["key"] = "raced", ["value"] = $"{client}" });
                await Send(own, refused, "runs/log-parameter", new JsonObject { ["run_id"] = run, ["key"] = "shared" + round, ["value"] = "same" });
                await Send(own, refused, "runs/log-metric", new JsonObject { ["run_id"] = run, ["key"] = "top", ["value"] = client, ["timestamp"] = 1, ["step"] = round });
            }
        })));

        Assert.True(refused.IsEmpty, string.Join('\n', refused.Take(5)) + string.Join('\n', server.Failures.All.Take(3)));
        for (var key = 0; key < 4; key++)
        {
            var history = await wire.Get($"api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=k{key}&max_results=200000");
            var steps = history.Json["metrics"]!.AsArray().Select(point => long.Parse(point!["step"]!.ToString())).ToList();
            Assert.Equal(Enumerable.Range(0, Clients).Where(client => client % 4 == key).SelectMany(client => Enumerable.Range(0, rounds * PointsEach).Select(n => (long)client * 1_000_000 + n)), steps.Order());
        }
        var data = (await wire.Get("api/2.0/mlflow/runs/get?run_id=" + run)).Json["run"]!["data"]!;
        Assert.Equal(Clients * rounds + rounds, data["params"]!.AsArray().Select(param => (string)param!["key"]!).Distinct().Count());
        Assert.Equal(data["params"]!.AsArray().Count, Clients * rounds + rounds);
        Assert.InRange(int.Parse((string)data["tags"]!.AsArray().Single(tag => (string)tag!["key"]! == "raced")!["value"]!), 0, Clients - 1);
        var top = data["metrics"]!.AsArray().Single(metric => (string)metric!["key"]! == "top")!;
        // The latest is the greatest (step, timestamp, value), in whichever order they came.
        Assert.Equal((rounds - 1, (double)(Clients - 1)), (int.Parse(top["step"]!.ToString()), top["value"]!.GetValue<double>()));
    }

    private static JsonObject Batch(string run, int client, int round) => new()
    {
        ["run_id"] = run,
        ["metrics"] = new JsonArray([.. Enumerable.Range(0, PointsEach).Select(n => (JsonNode)new JsonObject
        {
            ["key"] = "k" + (client % 4), ["value"] = n * 0.5, ["timestamp"] = 1_700_000_000_000 + round, ["step"] = (long)client * 1_000_000 + round * PointsEach + n,
        })]),
        ["params"] = new JsonArray(new JsonObject { ["key"] = $"p{client}-{round}", ["value"] = "v" }),
    };

    private static async Task Send(WireClient wire, ConcurrentQueue<string> refused, string call, JsonObject body)
    {
        if (await wire.Post(call, body) is { Ok: false } reply) refused.Enqueue($"{call}: {reply.Status} {reply.Body}");
    }
}
