using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class NeedsAttentionOnSqlite() : NeedsAttentionTests(Dialect.Sqlite);

public sealed class NeedsAttentionOnPostgres() : NeedsAttentionTests(Dialect.Postgres);

/// <summary>What home shows, and what a list of experiments shows of each.</summary>
public abstract class NeedsAttentionTests(Dialect dialect)
{
    private const string Own = "/api/slipway/v1", Api = "/api/2.0/mlflow";

    [Fact]
    public async Task A_running_run_is_stuck_once_nothing_was_heard_of_it_for_an_hour()
    {
        await using var access = await AccessServer.Start(dialect);
        var experiment = await access.Experiment("root", "flights");
        var (silent, tagged, measured, ended, deleted) = (await access.Run("root", experiment), await access.Run("root", experiment), await access.Run("root", experiment), await access.Run("root", experiment), await access.Run("root", experiment));
        await Ok(access, "POST", $"{Api}/runs/update", $$"""{"run_id":"{{ended}}","status":"FINISHED"}""");
        await Ok(access, "POST", $"{Api}/runs/delete", $$"""{"run_id":"{{deleted}}"}""");
        var began = access.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Empty((await Look(access))["stuck"]!.AsArray());
        access.Clock.Advance(TimeSpan.FromMinutes(59));
        await Ok(access, "POST", $"{Api}/runs/set-tag", $$"""{"run_id":"{{tagged}}","key":"k","value":"v"}""");
        await Ok(access, "POST", $"{Api}/runs/log-metric", $$"""{"run_id":"{{measured}}","key":"loss","value":1,"timestamp":{{began + 3_000_000}}}""");
        await access.As("root", "GET", $"{Api}/runs/get?run_id={measured}"); // settles
        await Ok(access, "POST", $"{Own}/notes", $$"""{"subject":"run/{{silent}}","text":"Hello?"}""");
        access.Clock.Advance(TimeSpan.FromMinutes(2));
        var stuck = Assert.Single((await Look(access))["stuck"]!.AsArray())!;
        Assert.Equal((silent, "flights", "RUNNING", began), ((string?)stuck["run_id"], (string?)stuck["experiment_name"], (string?)stuck["status"], (long)stuck["heard_ms"]!));
        access.Clock.Advance(TimeSpan.FromHours(2));
        // The last heard of first.
        Assert.Equal([tagged, measured, silent], (await Look(access))["stuck"]!.AsArray().Select(one => (string?)one!["run_id"]));
    }

    [Fact]
    public async Task Newest_results_and_failures_are_those_of_all_experiments_by_their_end()
    {
        await using var access = await AccessServer.Start(dialect);
        var random = new Random(5);
        string[] statuses = ["FINISHED", "FAILED", "KILLED"];
        var now = access.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var ends = new List<(string Run, string Status, long End, bool Deleted)>();
        for (var e = 0; e < 25; e++)
        {
            var experiment = await access.Experiment("root", $"e{e}");
            for (var n = 0; n < 4; n++)
            {
                var (run, status, end) = (await access.Run("root", experiment), statuses[random.Next(3)], now - random.NextInt64(10 * 86_400_000L));
                await Ok(access, "POST", $"{Api}/runs/update", $$"""{"run_id":"{{run}}","status":"{{status}}","end_time":{{end}}}""");
                var deleted = random.Next(5) == 0;
                if (deleted) await Ok(access, "POST", $"{Api}/runs/delete", $$"""{"run_id":"{{run}}"}""");
                ends.Add((run, status, end, deleted));
            }
        }
        var answer = await Look(access);
        Assert.Equal(ends.Where(run => run is { Status: "FINISHED", Deleted: false }).OrderByDescending(run => run.End).Take(20).Select(run => run.Run), answer["newest"]!.AsArray().Select(one => (string)one!["run_id"]!));
        Assert.Equal(ends.Where(run => run is { Status: "FAILED", Deleted: false } && run.End >= now - 7 * 86_400_000L).OrderByDescending(run => run.End).Take(20).Select(run => run.Run), answer["failed"]!.AsArray().Select(one => (string)one!["run_id"]!));
        Assert.Equal(20, answer["experiments"]!.AsArray().Count);

        // As many statements for this as for nothing.
        var looks = new NeedsAttention(access.Database, access.Clock, new TrackingRules());
        Assert.InRange(await access.Database.Read(session =>
        {
            var before = session.Statements;
            looks.Look(session, Caller.Local(), now);
            return session.Statements - before;
        }, default), 1, NeedsAttention.StatementsMax);
    }

    [Fact]
    public async Task Nobody_is_shown_what_they_may_not_see()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["viewer"]);
        await access.Person("guest", []);
        await access.Workspace("elsewhere");
        var (open, closed, elsewhere) = (await access.Experiment("root", "open"), await access.Experiment("root", "closed"), await access.Experiment("root", "there", "elsewhere"));
        foreach (var experiment in (string[])[open, closed])
        {
            var run = await access.Run("root", experiment);
            await Ok(access, "POST", $"{Api}/runs/update", $$"""{"run_id":"{{run}}","status":"FAILED","end_time":{{access.Clock.GetUtcNow().ToUnixTimeMilliseconds()}}}""");
        }
        await access.Grant("ann", closed, "denied");
        await access.Grant("guest", closed, "read");
        async Task<string> Seen(string by) => string.Join(' ', (await Look(access, by))["failed"]!.AsArray().Select(one => (string)one!["experiment_name"]!));
        Assert.Equal(("closed open", "open", "closed"), (string.Join(' ', (await Seen("root")).Split(' ').Order()), await Seen("ann"), await Seen("guest")));
        Assert.Equal(["closed"], (await Look(access, "guest"))["experiments"]!.AsArray().Select(one => (string)one!["name"]!));
        var body = $$"""{"experiment_ids":["{{open}}","{{closed}}","{{elsewhere}}"]}""";
        Assert.Equal([open], (await Ok(access, "POST", $"{Own}/experiments/overview", body, "ann"))["experiments"]!.AsArray().Select(one => (string)one!["experiment_id"]!));
    }

    [Fact]
    public async Task An_overview_counts_runs_by_status_and_bytes()
    {
        await using var access = await AccessServer.Start(dialect);
        var (full, empty, apart) = (await access.Experiment("root", "full"), await access.Experiment("root", "empty"), (string)(await Ok(access, "POST", $"{Api}/experiments/create", """{"name":"apart","artifact_location":"s3://bucket/x"}"""))["experiment_id"]!);
        var created = access.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        access.Clock.Advance(TimeSpan.FromSeconds(100));
        var runs = new List<string>();
        foreach (var status in (string[])["RUNNING", "FINISHED", "FINISHED", "FAILED", "KILLED", "SCHEDULED", "FINISHED"])
        {
            runs.Add(await access.Run("root", full));
            // A client whose clock runs ahead.
            await Ok(access, "POST", $"{Api}/runs/update", $$"""{"run_id":"{{runs[^1]}}","status":"{{status}}"{{(status == "KILLED" ? ",\"end_time\":4000000000000" : "")}}}""");
        }
        await Ok(access, "POST", $"{Api}/runs/delete", $$"""{"run_id":"{{runs[^1]}}"}""");
        foreach (var name in (string[])["a/b.bin", "c.bin"]) await Ok(access, "PUT", $"/api/2.0/mlflow-artifacts/artifacts/{full}/{runs[0]}/artifacts/{name}", "12345");
        var answer = (await Ok(access, "POST", $"{Own}/experiments/overview", $$"""{"experiment_ids":["{{empty}}","999","{{full}}","{{apart}}","{{full}}"]}"""))["experiments"]!.AsArray();
        Assert.Equal([empty, full, apart], answer.Select(one => (string)one!["experiment_id"]!));
        Assert.Equal("""{"RUNNING":1,"SCHEDULED":1,"FINISHED":2,"FAILED":1,"KILLED":1}""", answer[1]!["runs"]!.ToJsonString());
        Assert.Equal("""{"RUNNING":0,"SCHEDULED":0,"FINISHED":0,"FAILED":0,"KILLED":0}""", answer[0]!["runs"]!.ToJsonString());
        Assert.Equal((0, 10, null), ((long?)answer[0]!["artifact_bytes"], (long?)answer[1]!["artifact_bytes"], (long?)answer[2]!["artifact_bytes"]));
        Assert.Equal((created, created + 100_000), ((long)answer[0]!["last_activity_ms"]!, (long)answer[1]!["last_activity_ms"]!));
    }

    [Fact]
    public async Task An_overview_of_too_many_or_of_nothing_is_refused()
    {
        await using var access = await AccessServer.Start(dialect);
        var many = new JsonObject { ["experiment_ids"] = new JsonArray([.. Enumerable.Range(0, OverviewExperiments.ExperimentsMax + 1).Select(n => (JsonNode)$"{n}")]) };
        foreach (var body in (string[])["{}", """{"experiment_ids":[]}""", """{"experiment_ids":[null]}""", many.ToJsonString()])
        {
            var answer = await access.As("root", "POST", $"{Own}/experiments/overview", body);
            Assert.Equal(400, (int)answer.Status);
            Assert.Contains("experiment_ids", answer.Message);
        }
    }

    private static Task<JsonNode> Look(AccessServer access, string by = "root") => Ok(access, "GET", $"{Own}/attention", null, by);

    private static async Task<JsonNode> Ok(AccessServer access, string method, string path, string? body, string by = "root") => AccessServer.Ok(await access.As(by, method, path, body)).Json;
}
