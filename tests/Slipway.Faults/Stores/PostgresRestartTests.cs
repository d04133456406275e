using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Faults.Processes;

namespace Slipway.Faults.Stores;

/// <summary>PostgreSQL goes away and comes back under load: requests are told so and can be sent again; nothing acknowledged is lost.</summary>
public sealed class PostgresRestartTests(ITestOutputHelper output)
{
    private static readonly TimeSpan RecoversWithin = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Requests_answer_503_while_postgres_is_away_and_succeed_after()
    {
        await using var postgres = await PostgresCluster.Start();
        await postgres.CreateDatabase("slipway");
        await using var server = await InProcessServer.Start(options => options with { Database = postgres.Database("slipway") });
        var (answers, kept) = (new ConcurrentQueue<Reply>(), new ConcurrentDictionary<string, string>());
        using var wire = new WireClient(server.Url);
        var run = await NewRun(wire);

        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(() => Load(server.Url, run, client, answers, kept, stop.Token))).ToList();
        for (var restart = 0; restart < Scale.Of(full: 10, least: 2); restart++)
        {
            await Until(() => answers.Count(answer => answer.Ok), 50);
            await postgres.Down();
            var before = answers.Count(answer => answer.Status == 503);
            await Until(() => answers.Count(answer => answer.Status == 503) - before, 8);
            await postgres.Up();
            var good = answers.Count(answer => answer.Ok);
            await Until(() => answers.Count(answer => answer.Ok) - good, 50);
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        var odd = answers.Where(answer => answer.Status is not (200 or 503)).Select(answer => $"{answer.Status} {answer.Body}").Distinct().ToList();
        Assert.True(odd.Count == 0, string.Join('\n', odd.Take(5)));
        Assert.All(answers.Where(answer => answer.Status == 503), answer => Assert.Equal("TEMPORARILY_UNAVAILABLE", (string?)answer.Json["error_code"]));
        var stored = (await wire.Get("api/2.0/mlflow/runs/get?run_id=" + run)).Json["run"]!["data"]!["params"]!.AsArray().ToDictionary(param => (string)param!["key"]!, param => (string)param!["value"]!);
        Assert.All(kept, param => Assert.Equal(param.Value, stored.GetValueOrDefault(param.Key)));
        var audit = await wire.Get("api/slipway/v1/audit/verify");
        Assert.True(audit.Json["whole"]!.GetValue<bool>(), audit.Body);
        output.WriteLine($"{answers.Count(answer => answer.Ok)} good answers, {answers.Count(answer => answer.Status == 503)} times 503, {kept.Count} params kept");
    }

    private static async Task Load(Uri url, string run, int client, ConcurrentQueue<Reply> answers, ConcurrentDictionary<string, string> kept, CancellationToken stop)
    {
        using var wire = new WireClient(url);
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            var (key, value) = ($"p{client}-{n}", "v" + n);
            var reply = (n % 3) switch
            {
                0 => await wire.Post("runs/log-parameter", new JsonObject { ["run_id"] = run, ["key"] = key, ["value"] = value }),
                1 => await wire.Get("api/2.0/mlflow/runs/get?run_id=" + run),
                _ => await wire.Post("runs/search", new JsonObject { ["experiment_ids"] = new JsonArray("0"), ["filter"] = "params.`p0-0` = 'v0'" }),
            };
            answers.Enqueue(reply with { Body = reply.Ok ? "" : reply.Body });
            if (n % 3 == 0 && reply.Ok) kept[key] = value;
        }
    }

    private static async Task<string> NewRun(WireClient wire)
    {
        var created = await wire.Post("runs/create", new JsonObject { ["experiment_id"] = "0" });
        Assert.True(created.Ok, created.Body);
        return (string)created.Json["run"]!["info"]!["run_id"]!;
    }

    private static async Task Until(Func<int> count, int atLeast)
    {
        var waited = Stopwatch.StartNew();
        while (count() < atLeast)
        {
            Assert.True(waited.Elapsed < RecoversWithin, $"{count()} of {atLeast} after {waited.Elapsed.TotalSeconds:N0} s.");
            await Task.Delay(20);
        }
    }
}
