using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class HeartbeatOnSqlite() : HeartbeatTests(Dialect.Sqlite);

public sealed class HeartbeatOnPostgres() : HeartbeatTests(Dialect.Postgres);

/// <summary>Runs whose process died: given up after their heartbeats end, while somebody listened, and back with the next sign of life.</summary>
public abstract class HeartbeatTests(Dialect dialect) : IAsyncLifetime
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    private TestServer server = null!;
    private Parts parts = null!;
    private DateTimeOffset start;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start(dialect, compose: all => parts = all);
        start = TimeProvider.System.GetUtcNow();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_run_that_fell_silent_is_failed_and_says_since_when()
    {
        var (run, plain) = (await Run(), await Run());
        await Beat(run);
        var reaper = Reaper();
        Assert.Equal(0, await reaper.Reap(start + TimeSpan.FromMinutes(1), default));
        Assert.Equal(1, await reaper.Reap(start + TimeSpan.FromMinutes(3), default));
        Assert.Equal(0, await reaper.Reap(start + TimeSpan.FromMinutes(9), default));
        var info = (await TheRun(run))["info"]!;
        Assert.Equal("FAILED", (string)info["status"]!);
        Assert.InRange((long)info["end_time"]!, start.ToUnixTimeMilliseconds() - 1_000, start.ToUnixTimeMilliseconds() + 60_000);
        Assert.StartsWith("no heartbeat since 20", await Lost(run));
        Assert.Equal(("lost", "FAILED"), await Liveness(run));
        Assert.Equal("RUNNING", (string)(await TheRun(plain))["info"]!["status"]!);
        Assert.Contains(await parts.Events.Of(Caller.Local(), "run/" + run, default), change => change is { Kind: "run.lost", Actor: "system:reaper" });
    }

    [Theory]
    [InlineData("heartbeat")]
    [InlineData("heartbeats")]
    [InlineData("point")]
    [InlineData("batch")]
    [InlineData("param")]
    [InlineData("inputs")]
    [InlineData("ingest")]
    public async Task Any_sign_of_life_brings_it_back(string sign)
    {
        var run = await GivenUp();
        var answer = sign switch
        {
            "heartbeat" => await server.Post($"/api/slipway/v1/runs/{run}/heartbeat", "{}"),
            "heartbeats" => await server.Post("/api/slipway/v1/runs/heartbeats", $$"""{"run_ids":["{{run}}"]}"""),
            "point" => await Post("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}"""),
            "batch" => await Post("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":1,"timestamp":1}],"tags":[{"key":"t","value":"1"}]}"""),
            "param" => await Post("/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"p","value":"1"}"""),
            "inputs" => await Post("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"d","digest":"1","source_type":"s","source":"s"} }]}"""),
            _ => await Ingest(run, w => w.AddPoints("m", [1], [1], [1])),
        };
        Assert.True((int)answer.Status == 200, answer.Body);
        var info = (await TheRun(run))["info"]!;
        Assert.Equal(("RUNNING", null), ((string)info["status"]!, info["end_time"]));
        Assert.Null(await Lost(run));
        Assert.Contains(await parts.Events.Of(Caller.Local(), "run/" + run, default), static change => change.Kind == "run.revived");
        // And it can be lost again, two minutes later.
        Assert.Equal(0, await Reaper().Reap(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1), default));
        Assert.Equal(1, await Reaper().Reap(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(3), default));
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("read")]
    public async Task What_people_do_to_a_dead_run_does_not_bring_it_back(string what)
    {
        var run = await GivenUp();
        if (what == "tag") Assert.Equal(200, (int)(await Post("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"note","value":"crashed"}""")).Status);
        Assert.Equal("FAILED", (string)(await TheRun(run))["info"]!["status"]!);
        Assert.NotNull(await Lost(run));
    }

    [Theory]
    [InlineData("FINISHED")]
    [InlineData("FAILED")]
    public async Task The_clients_own_word_on_how_it_ended_counts(string status)
    {
        var run = await GivenUp();
        await Post("/runs/update", $$"""{"run_id":"{{run}}","status":"{{status}}","end_time":77}""");
        Assert.Equal((status, 77L), ((string)(await TheRun(run))["info"]!["status"]!, (long)(await TheRun(run))["info"]!["end_time"]!));
        Assert.Null(await Lost(run));
        Assert.Equal(("ended", status), await Liveness(run));
        // Points that come late change nothing about that.
        await Post("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}""");
        Assert.Equal(status, (string)(await TheRun(run))["info"]!["status"]!);
    }

    [Fact]
    public async Task A_log_that_is_shipped_after_the_end_keeps_its_own_end()
    {
        var run = await GivenUp();
        Assert.Equal(200, (int)(await Ingest(run, w =>
        {
            w.AddPoints("m", [1], [1], [1]);
            w.AddState(0, 3, 88);
        })).Status);
        Assert.Equal(("FINISHED", 88L), ((string)(await TheRun(run))["info"]!["status"]!, (long)(await TheRun(run))["info"]!["end_time"]!));
        Assert.Null(await Lost(run));
    }

    [Fact]
    public async Task Time_in_which_no_server_listened_does_not_count()
    {
        var run = await Run();
        await Beat(run);
        // The server was down for an hour: the first look comes with everything silent for that long.
        var up = start + TimeSpan.FromHours(1);
        var reaper = Reaper();
        reaper.Listen(up);
        Assert.Equal(0, await reaper.Look(up + TimeSpan.FromSeconds(15), default));
        Assert.Equal(0, await reaper.Look(up + TimeSpan.FromSeconds(30), default));
        // The machine slept: a look that comes an hour late.
        Assert.Equal(0, await reaper.Look(up + TimeSpan.FromHours(1), default));
        var found = 0;
        for (var tick = 1; tick <= 8; tick++) found += await reaper.Look(up + TimeSpan.FromHours(1) + tick * TimeSpan.FromSeconds(15), default);
        Assert.Equal(1, found);
        Assert.Equal("FAILED", (string)(await TheRun(run))["info"]!["status"]!);
    }

    [Fact]
    public async Task A_client_without_heartbeats_may_be_silent_for_an_hour_and_shows_as_silent()
    {
        var run = await Run();
        Assert.Equal(("alive", "RUNNING"), await Liveness(run));
        var long_ago = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();
        await parts.Database.Write<Done>(session =>
        {
            session.Execute("UPDATE runs SET updated_ms = $1, created_ms = $1", long_ago);
            session.Execute("UPDATE events SET at_ms = $1", long_ago);
            return default(Done);
        }, default);
        Assert.Equal(0, await Reaper().Reap(TimeProvider.System.GetUtcNow().AddHours(1), default));
        Assert.Equal(("silent", "RUNNING"), await Liveness(run));
        await Post("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":{{TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()}}}""");
        Assert.Equal(("alive", "RUNNING"), await Liveness(run));
        await Post("/runs/update", $$"""{"run_id":"{{run}}","status":"KILLED"}""");
        Assert.Equal(("ended", "KILLED"), await Liveness(run));
    }

    [Fact]
    public async Task Heartbeats_of_many_runs_are_one_request_and_the_bad_ones_hinder_nobody()
    {
        var (one, two, deleted) = (await Run(), await Run(), await Run());
        await Post("/runs/delete", $$"""{"run_id":"{{deleted}}"}""");
        var answer = await server.Post("/api/slipway/v1/runs/heartbeats", $$"""{"run_ids":["{{one}}","{{two}}","{{one}}","{{deleted}}","0198aaaabbbbccccddddeeeeffff0000"]}""");
        Assert.Equal((200, 2, 2), ((int)answer.Status, (int)answer.Json["noted"]!, answer.Json["refused"]!.AsArray().Count));
        Assert.Equal(2, await Reaper().Reap(start.AddMinutes(5), default));
        foreach (var bad in (string[])["{}", """{"run_ids":[]}""", """{"run_ids":["no id!"]}""", $$"""{"run_ids":[{{string.Join(',', Enumerable.Range(0, 1001).Select(static n => $"\"r{n}\""))}}]}"""])
            Assert.Equal(400, (int)(await server.Post("/api/slipway/v1/runs/heartbeats", bad)).Status);
    }

    private RunReaper Reaper() => new(parts.Database, parts.Events, new ManualClock(), Silence, NullLogger<RunReaper>.Instance);

    private async Task<string> GivenUp()
    {
        var run = await Run();
        await Beat(run);
        Assert.Equal(1, await Reaper().Reap(TimeProvider.System.GetUtcNow().AddMinutes(3), default));
        Assert.NotNull(await Lost(run));
        return run;
    }

    private async Task<string> Run() => (string)(await Post("/runs/create", """{"experiment_id":"0"}""")).Json["run"]!["info"]!["run_id"]!;

    private Task<Answer> Post(string path, string json) => server.Post("/api/2.0/mlflow" + path, json);

    private async Task Beat(string run) => Assert.Equal(200, (int)(await server.Post($"/api/slipway/v1/runs/{run}/heartbeat", "{}")).Status);

    private async Task<JsonNode> TheRun(string run) => (await server.Get("/api/2.0/mlflow/runs/get?run_id=" + run)).Json["run"]!;

    private async Task<string?> Lost(string run) => (string?)(await TheRun(run))["data"]!["tags"]!.AsArray().FirstOrDefault(static tag => (string)tag!["key"]! == Runs.LostTag)?["value"];

    private async Task<(string, string)> Liveness(string run)
    {
        var found = (await server.Get($"/api/slipway/v1/runs/{run}/liveness")).Json;
        return ((string)found["state"]!, (string)found["status"]!);
    }

    private Task<Answer> Ingest(string run, Action<IngestWriter> write)
    {
        var writer = new IngestWriter();
        writer.Begin(new IngestHeader(Guid.NewGuid(), 0, 1));
        writer.Run(run);
        write(writer);
        var content = new ByteArrayContent(writer.End().ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue(IngestFormat.ContentType);
        return server.Send(new HttpRequestMessage(HttpMethod.Post, IngestFormat.Path) { Content = content });
    }
}
