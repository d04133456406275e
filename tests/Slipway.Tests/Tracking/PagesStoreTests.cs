using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class PagesStoreOnSqlite() : PagesStoreTests(Dialect.Sqlite);

public sealed class PagesStoreOnPostgres() : PagesStoreTests(Dialect.Postgres);

/// <summary>What the wire does not show of what pages ask for: who sees what, and how few statements it takes.</summary>
public abstract class PagesStoreTests(Dialect dialect) : IAsyncLifetime
{
    private TestServer server = null!;
    private Parts parts = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, compose: all => parts = all);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task What_a_caller_may_not_see_is_in_no_answer()
    {
        var (open, seen) = await World("open", 2);
        var (hidden, unseen) = await World("hidden", 2);
        var denied = Caller.Local() with { Grants = Grants.Of([(RootKind.Experiment, long.Parse(hidden), AccessLevel.Denied)]) };
        var stranger = Caller.Local() with { Workspace = 7 };
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        Assert.Null(await metrics.Settle(default));
        var table = new RunTable(parts.Database, metrics);
        foreach (var (caller, sees) in new[] { (denied, 2), (stranger, 0) })
        {
            var order = await parts.Database.Read(session => RunSearch.Order(session, caller, new RunQuery([open, hidden], "metrics.m0 >= 0", ["metrics.m0"])), default);
            Assert.Equal(sees, order.Value.Numbers.Length);
            var rows = JsonSerializer.SerializeToNode((await table.Rows(caller, new ReadRunRows([.. seen, .. unseen], ["metrics.m0", "params.p0"]), default)).Value)!;
            Assert.Equal(4 - sees, rows["missing"]!.AsArray().Count);
            Assert.All(unseen, id => Assert.Contains(rows["missing"]!.AsArray(), missing => (string)missing! == id));
            Assert.Equal(sees, rows["rows"]![0]!.AsArray().Count(static value => value is not null));
            foreach (var kind in (string[])["metrics", "params", "tags"]) Assert.Empty((await table.Keys(caller, new ListRunKeys([hidden], kind), default)).Value.Keys);
            var found = (await new Finder(parts.Database).Find(caller, new FindThings("pages"), default)).Value.Results;
            Assert.DoesNotContain(found, one => one.Id == hidden || one.ExperimentId == hidden);
            Assert.Equal(sees == 0 ? 0 : 3, found.Length);
            Assert.Empty((await new Finder(parts.Database).Find(caller, new FindThings(unseen[0]), default)).Value.Results);
            Assert.Empty(await parts.Database.Read(session => Runs.Places(session, caller, unseen), default));
        }
    }

    [Fact]
    public async Task Rows_and_charts_take_as_many_statements_for_many_as_for_one()
    {
        var (_, runs) = await World("many", 30);
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        Assert.Null(await metrics.Settle(default));
        string[] names = [.. Enumerable.Range(0, 5).SelectMany(static n => new[] { $"metrics.m{n}", $"max(metrics.m{n})", $"params.p{n}", $"tags.t{n}" })];
        var (few, many, chart, charts) = await parts.Database.Read(session =>
        {
            int Rows(int ids, int columns)
            {
                var before = session.Statements;
                using var cells = RunTable.Read(session, Caller.Local(), runs[..ids], new RunCells(RunColumn.Parse(names[..columns]).Value, false, ReadRunRows.BytesMax), 100);
                return session.Statements - before;
            }
            int Charts(int count)
            {
                var places = Runs.Places(session, Caller.Local(), runs[..count]);
                var key = metrics.KeyOf(session, 0, "m0")!.Value;
                var before = session.Statements;
                var told = 0;
                metrics.Charts(session, [.. places.Values.Select(run => new Metrics.SeriesKey(run.No, key))], SeriesAxis.Step, null, null, 10, _ => told++);
                Assert.Equal(count, told);
                return session.Statements - before;
            }
            return (Rows(1, 4), Rows(30, 20), Charts(1), Charts(30));
        }, default);
        Assert.Equal((5, 5), (few, many));
        Assert.Equal(chart, charts);
    }

    private async Task<(string Experiment, string[] Runs)> World(string name, int count)
    {
        var experiment = (string)(await Ok("/experiments/create", $$"""{"name":"pages {{name}}"}"""))["experiment_id"]!;
        var runs = new string[count];
        for (var i = 0; i < count; i++)
        {
            runs[i] = (string)(await Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","run_name":"pages {{name}} {{i}}"}"""))["run"]!["info"]!["run_id"]!;
            var keys = Enumerable.Range(0, 5);
            await Ok("/runs/log-batch", $$"""{"run_id":"{{runs[i]}}","metrics":[{{string.Join(',', keys.Select(static n => $$"""{"key":"m{{n}}","value":1,"timestamp":1}"""))}}],"params":[{{string.Join(',', keys.Select(static n => $$"""{"key":"p{{n}}","value":"1"}"""))}}],"tags":[{{string.Join(',', keys.Select(static n => $$"""{"key":"t{{n}}","value":"1"}"""))}}]}""");
        }
        return (experiment, runs);
    }

    private async Task<JsonNode> Ok(string path, string json)
    {
        var answer = await server.Post("/api/2.0/mlflow" + path, json);
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }
}
