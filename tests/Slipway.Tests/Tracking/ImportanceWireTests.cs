using System.Net;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class ImportanceWireOnSqlite() : ImportanceWireTests(Dialect.Sqlite);

public sealed class ImportanceWireOnPostgres() : ImportanceWireTests(Dialect.Postgres);

/// <summary>Importance as a page asks for it: which runs and params are looked at, what is refused, who may.</summary>
public abstract class ImportanceWireTests(Dialect dialect)
{
    private const string Path = "/api/slipway/v1/runs/importance";

    [Fact]
    public async Task Params_of_the_runs_that_fit_are_weighed()
    {
        await using var access = await AccessServer.Start(dialect);
        var experiment = await access.Experiment("root", "flights");
        for (var n = 0; n < 30; n++) await Run(access, experiment, n, n * 1.5);
        await Run(access, experiment, 99, null);
        await Run(access, experiment, 98, double.NaN);
        var body = new JsonObject { ["experiment_ids"] = new JsonArray(experiment), ["target"] = "metrics.`val loss`" };
        var found = await Ask(access, body);
        Assert.Equal((30, "metrics.`val loss`"), ((int)found["runs"]!, (string?)found["target"]));
        Assert.Contains("2 runs are left out", (string?)found["note"]);
        // The same everywhere: not among them.
        Assert.Equal(["lr", "seed"], found["params"]!.AsArray().Select(param => (string)param!["param"]!).Order());
        var first = found["params"]![0]!;
        Assert.Equal(("lr", "numeric", 30, 0, 1.0), ((string?)first["param"], (string?)first["kind"], (int)first["distinct"]!, (int)first["missing"]!, (double)first["correlation"]!));
        Assert.InRange((double)first["importance"]!, 0.6, 1);
        Assert.Equal(found.ToJsonString(), (await Ask(access, body)).ToJsonString());

        body["params"] = new JsonArray("batch", "never");
        found = await Ask(access, body);
        Assert.Equal([("batch", 1, 0), ("never", 0, 30)], found["params"]!.AsArray().Select(param => ((string)param!["param"]!, (int)param["distinct"]!, (int)param["missing"]!)));
        body.Remove("params");
        body["filter"] = "params.batch = '32'";
        body["target"] = "min(metrics.`val loss`)";
        body["max_runs"] = 5;
        found = await Ask(access, body);
        Assert.Equal(5, (int)found["runs"]!);
        Assert.Contains("the newest 5", (string?)found["note"]);
        body["target"] = "metrics.nobody";
        Assert.Equal((0, 0), ((int)(found = await Ask(access, body))["runs"]!, found["params"]!.AsArray().Count));
    }

    [Fact]
    public async Task Requests_without_sense_and_over_a_limit_are_refused()
    {
        await using var access = await AccessServer.Start(dialect);
        foreach (var (body, says) in ((string, string)[])
        [
            ("{}", "target"), ("""{"target":"metrics.a"}""", "experiment_ids"), ("""{"target":"params.a","experiment_ids":["0"]}""", "must be a metric"), ("""{"target":"first(metrics.a)","experiment_ids":["0"]}""", "last, min or max"),
            ("""{"target":"metrics.a >","experiment_ids":["0"]}""", "target"), ("""{"target":"metrics.a","experiment_ids":["0"],"max_runs":10001}""", "10,000"), ("""{"target":"metrics.a","experiment_ids":["0"],"max_runs":0}""", "max_runs"),
            ("""{"target":"metrics.a","experiment_ids":["0"],"filter":"metrics.a >"}""", "metric"), ("""{"target":"metrics.a","experiment_ids":["0"],"params":[""]}""", "params[0]"),
        ])
        {
            var answer = await access.As("root", "POST", Path, body);
            Assert.True(answer.Status is HttpStatusCode.BadRequest, body);
            Assert.Contains(says, answer.Message);
        }
        var many = new JsonObject { ["target"] = "metrics.a", ["experiment_ids"] = new JsonArray("0"), ["params"] = new JsonArray([.. Enumerable.Range(0, AskImportance.ParamsMax + 1).Select(n => (JsonNode)$"p{n}")]) };
        Assert.Contains("100", (await access.As("root", "POST", Path, many.ToJsonString())).Message);
    }

    [Fact]
    public async Task Runs_that_the_caller_may_not_see_are_not_looked_at()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["viewer"]);
        var experiment = await access.Experiment("root", "closed");
        for (var n = 0; n < 10; n++) await Run(access, experiment, n, n);
        await access.Grant("ann", experiment, "denied");
        var found = await Ask(access, new JsonObject { ["experiment_ids"] = new JsonArray(experiment), ["target"] = "metrics.`val loss`" }, "ann");
        Assert.Equal((0, 0), ((int)found["runs"]!, found["params"]!.AsArray().Count));
    }

    [Fact]
    public async Task Too_many_at_once_are_told_to_come_again()
    {
        await using var access = await AccessServer.Start(dialect);
        using var metrics = new Metrics(access.Database, Microsoft.Extensions.Logging.Abstractions.NullLogger<Metrics>.Instance);
        using var none = new ParamImportance(access.Database, metrics, atOnce: 0);
        var refused = (await none.Ask(Caller.Local(), new AskImportance(["0"], Target: "metrics.a"), default)).Problem!;
        Assert.Equal(503, refused.Status);
        Assert.NotNull(refused.RetryAfter);
    }

    private static async Task Run(AccessServer access, string experiment, int n, double? loss)
    {
        var run = await access.Run("root", experiment, startMs: 1_000 - n); // The clock stands: without times of their own no run would be the newest.
        var metric = loss is { } value ? $$"""{"key":"val loss","value":{{(double.IsNaN(value) ? "\"NaN\"" : value.ToString("R", System.Globalization.CultureInfo.InvariantCulture))}},"timestamp":1}""" : "";
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/log-batch",
            $$"""{"run_id":"{{run}}","params":[{"key":"lr","value":"{{n}}"},{"key":"seed","value":"{{n * 7919 % 13}}"},{"key":"batch","value":"32"}],"metrics":[{{metric}}]}"""));
    }

    private static async Task<JsonNode> Ask(AccessServer access, JsonObject body, string by = "root") => AccessServer.Ok(await access.As(by, "POST", Path, body.ToJsonString())).Json;
}
