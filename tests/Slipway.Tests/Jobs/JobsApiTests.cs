using System.Net;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tests.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Jobs;

public sealed class JobsApiOnSqlite() : JobsApiTests(Dialect.Sqlite);

public sealed class JobsApiOnPostgres() : JobsApiTests(Dialect.Postgres);

/// <summary>What people see of the queue of a real server, and how they step in.</summary>
public abstract class JobsApiTests(Dialect dialect) : IAsyncLifetime
{
    private readonly SemaphoreSlim gate = new(0);
    private TestServer server = null!;
    private JobQueue jobs = null!;
    private Database database = null!;
    private volatile bool broken = true;
    private volatile bool stopped;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, compose: parts =>
    {
        (jobs, database) = (parts.Jobs, parts.Database);
        parts.JobHandlers.Add(new JobHandler("test.fragile", (_, _) => broken ? throw new JobHopelessException("It is broken.") : Task.CompletedTask));
        parts.JobHandlers.Add(new JobHandler("test.slow", async (_, ct) =>
        {
            using var registration = ct.Register(() => stopped = true);
            await gate.WaitAsync(ct);
        }));
        parts.Preparations.Add(ct => parts.Database.Write<Done>(session =>
        {
            parts.Schedules.Put(session, "nightly", "test.fragile", "{}", JobTimes.At("0 3 * * *", "Europe/Berlin").Value);
            return default(Done);
        }, ct));
    });

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        gate.Dispose();
    }

    private async Task Add(string kind, string name, TimeSpan wait = default)
    {
        Assert.True((await database.Write<Done>(session => jobs.Add(session, kind, name, """{"a":1}""", DateTimeOffset.UtcNow + wait, 3) is { } bad ? bad : default(Outcome<Done>), default)).Succeeded);
        jobs.Hint();
    }

    private async Task<JsonNode> Get(string path)
    {
        var answer = await server.Get("/api/slipway/v1/jobs" + path);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {answer.Body}");
        return answer.Json;
    }

    private async Task<JsonNode> The(string kind, string state)
    {
        for (var looks = 0; ; looks++)
        {
            if (((await Get($"?kind={kind}&state={state}"))["jobs"] as JsonArray) is [{ } one, ..]) return one;
            Assert.True(looks < 2_000, $"No {kind} is {state}: {(await Get("")).ToJsonString()}");
            await Task.Delay(10);
        }
    }

    [Fact]
    public async Task A_failed_job_is_seen_with_its_reason_and_retried()
    {
        await Add("test.fragile", "one");
        var id = (string)(await The("test.fragile", "FAILED"))["id"]!;
        var shown = await Get("/" + id);
        Assert.Equal("It is broken.", (string)shown["job"]!["error"]!);
        Assert.Equal("""{"a":1}""", (string)shown["payload"]!);
        Assert.Equal("It is broken.", (string)Assert.Single(shown["failures"]!.AsArray())!["error"]!);
        broken = false;
        Assert.Equal(HttpStatusCode.OK, (await server.Post($"/api/slipway/v1/jobs/{id}/retry", "{}")).Status);
        for (var looks = 0; (await server.Get("/api/slipway/v1/jobs/" + id)).Status != HttpStatusCode.NotFound; looks++)
        {
            Assert.True(looks < 2_000, "It was never done.");
            await Task.Delay(10);
        }
        Assert.Contains((await Get("/failures?kind=test.fragile"))["failures"]!.AsArray(), failure => (string)failure!["job_id"]! == id);
        Assert.Equal(1, await database.Read(static session => session.Long("SELECT count(*) FROM events WHERE kind = 'job.retried'"), default));
    }

    [Fact]
    public async Task A_job_that_waits_is_cancelled_and_one_that_runs_loses_its_lease()
    {
        await Add("test.slow", "later", TimeSpan.FromHours(1));
        var waiting = (string)(await The("test.slow", "DELAYED"))["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await server.Post($"/api/slipway/v1/jobs/{waiting}/cancel", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get("/api/slipway/v1/jobs/" + waiting)).Status);
        await Add("test.slow", "now");
        var running = (string)(await The("test.slow", "RUNNING"))["id"]!;
        Assert.Equal(HttpStatusCode.Conflict, (await server.Post($"/api/slipway/v1/jobs/{running}/retry", "{}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Post($"/api/slipway/v1/jobs/{running}/cancel", "{}")).Status);
        for (var looks = 0; !stopped; looks++)
        {
            Assert.True(looks < 3_000, "It was never stopped.");
            await Task.Delay(10);
        }
    }

    [Fact]
    public async Task Queues_say_what_waits_and_loops_are_left_alone()
    {
        await Add("test.slow", "later", TimeSpan.FromHours(1));
        var queues = (await Get("/queues"))["queues"]!.AsArray();
        Assert.Equal(1, (long)queues.Single(queue => (string)queue!["kind"]! == "test.slow")!["delayed"]!);
        Assert.True((bool)queues.Single(queue => (string)queue!["kind"]! == "events.seal")!["resident"]!);
        var loop = (string)(await The("events.seal", "RUNNING"))["id"]!;
        var refused = await server.Post($"/api/slipway/v1/jobs/{loop}/cancel", "{}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("loop of the server", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?state=LOST", 400)]
    [InlineData("?max_results=1001", 400)]
    [InlineData("?page_token=x", 400)]
    [InlineData("/0x10", 404)]
    [InlineData("/99999999999999999999", 404)]
    [InlineData("/-1", 404)]
    public async Task What_is_not_there_or_no_question_is_refused(string path, int status) => Assert.Equal(status, (int)(await server.Get("/api/slipway/v1/jobs" + path)).Status);

    [Fact]
    public async Task Pages_hold_every_job_once()
    {
        for (var i = 0; i < 7; i++) await Add("test.slow", "job" + i, TimeSpan.FromHours(1));
        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = await Get($"?kind=test.slow&max_results=3&page_token={token}");
            seen.AddRange(page["jobs"]!.AsArray().Select(static job => (string)job!["name"]!));
            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        Assert.Equal(Enumerable.Range(0, 7).Select(static i => "job" + (6 - i)), seen);
    }

    [Fact]
    public async Task A_schedule_is_listed_and_run_now_and_the_command_line_says_the_same()
    {
        Assert.Equal("Europe/Berlin", (string)Assert.Single((await Get("/schedules"))["schedules"]!.AsArray(), one => (string)one!["name"]! == "nightly")!["time_zone"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Post("/api/slipway/v1/jobs/schedules/none/run", "{}")).Status);
        async Task<string> Ok(params string[] args)
        {
            var said = await Shell.Run([.. args, "--url", server.Http.BaseAddress!.AbsoluteUri]);
            Assert.True(said.Code == ExitCode.Ok, said.Error);
            return said.Output;
        }
        Assert.Contains("0 3 * * * Europe/Berlin", await Ok("jobs", "schedules", "--run", "nightly"), StringComparison.Ordinal);
        var id = (string)(await The("test.fragile", "FAILED"))["id"]!;
        Assert.Contains("test.fragile", await Ok("jobs", "list"), StringComparison.Ordinal);
        Assert.Contains("It is broken.", await Ok("jobs", "list", "--state", "failed"), StringComparison.Ordinal);
        Assert.Contains("It is broken.", await Ok("jobs", "show", id), StringComparison.Ordinal);
        Assert.Contains(id, await Ok("jobs", "failures", "--kind", "test.fragile"), StringComparison.Ordinal);
        Assert.Equal(id, (string)JsonNode.Parse(await Ok("jobs", "show", id, "--json"))!["job"]!["id"]!);
        await Ok("jobs", "cancel", id);
        Assert.Equal(ExitCode.NotFound, (await Shell.Run(["jobs", "show", id, "--url", server.Http.BaseAddress!.AbsoluteUri])).Code);
    }
}
