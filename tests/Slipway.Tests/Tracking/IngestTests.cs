using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Slipway.Tests.Server;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class IngestOnSqlite(TrackingOnSqlite server) : IngestTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class IngestOnPostgres(TrackingOnPostgres server) : IngestTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>Binary ingest over HTTP: each record once, however often, late or overlapping it is sent.</summary>
public abstract class IngestTests(TrackingServer server)
{
    private readonly IngestWriter writer = new();

    [Fact]
    public async Task Points_params_tags_and_state_of_many_runs_arrive()
    {
        var (first, second) = (await server.Run(), await server.Run());
        var answer = await Ok(Guid.NewGuid(), 0, 10, w =>
        {
            w.Run(first);
            w.AddPoints("loss", [3, 1, 2, 2], [30, 10, 20, 20], [0.3, 0.1, double.NaN, double.NaN]);
            w.AddPoints("acc/top 1", [5], [5], [double.PositiveInfinity]);
            w.AddParam(4, "lr", "0.1");
            w.Run(second);
            w.AddPoints("loss", [9], [9], [9]);
            w.AddTag(5, "t", "old");
            w.AddTag(6, "t", "new");
            w.AddTag(7, "mlflow.runName", "renamed");
            w.AddState(8, 3, 77);
            w.Run(first);
            w.AddPoints("loss", [4], [40], [-0.0]);
        });
        Assert.Equal((10, null), ((long)answer["acknowledged"]!, answer["rejected_count"]));
        Assert.Equal(32, ((string)answer["incarnation"]!).Length);
        var one = await server.TheRun(first);
        Assert.Equal("0.1", (string)one["data"]!["params"]![0]!["value"]!);
        Assert.Equal("1:10:0.1 2:20:NaN 3:30:0.3 4:40:0", await History(first, "loss"));
        var two = await server.TheRun(second);
        Assert.Equal(("FINISHED", 77L, "renamed"), ((string)two["info"]!["status"]!, (long)two["info"]!["end_time"]!, (string)two["info"]!["run_name"]!));
        Assert.Contains("\"value\":\"new\"", two["data"]!["tags"]!.ToJsonString());
    }

    [Fact]
    public async Task Repeats_are_answered_with_the_cursor_and_change_nothing()
    {
        var run = await server.Run();
        var log = Guid.NewGuid();
        void One(IngestWriter w)
        {
            w.Run(run);
            w.AddTag(0, "t", "1");
            w.AddPoints("m", [1], [1], [1]);
        }
        Assert.Equal(5, (long)(await Ok(log, 0, 5, One))["acknowledged"]!);
        await server.Ok("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"by somebody else"}""");
        for (var again = 0; again < 3; again++) Assert.Equal(5, (long)(await Ok(log, 0, 5, One))["acknowledged"]!);
        Assert.Equal(5, (long)(await Ok(log, 2, 4, One2))["acknowledged"]!);
        Assert.Equal(7, (long)(await Ok(log, 0, 7, w => { One(w); w.AddTag(6, "u", "2"); }))["acknowledged"]!);
        var tags = (await server.TheRun(run))["data"]!["tags"]!.ToJsonString();
        Assert.Contains("by somebody else", tags);
        Assert.Contains("\"u\"", tags);
        Assert.Equal("1:1:1", await History(run, "m"));

        void One2(IngestWriter w)
        {
            w.Run(run);
            w.AddTag(2, "t", "3");
        }
    }

    [Fact]
    public async Task What_comes_too_early_changes_nothing_and_is_told_where_to_go_on()
    {
        var run = await server.Run();
        var log = Guid.NewGuid();
        void Point(IngestWriter w, long n)
        {
            w.Run(run);
            w.AddPoints("m", [n], [n], [n]);
        }
        Assert.Equal(0, (long)(await Ok(log, 5, 9, w => Point(w, 5)))["acknowledged"]!);
        Assert.Equal("", await History(run, "m"));
        Assert.Equal(0, (long)(await Ok(log, 0, 0, _ => { }))["acknowledged"]!);
        Assert.Equal(5, (long)(await Ok(log, 0, 5, w => Point(w, 0)))["acknowledged"]!);
        Assert.Equal(9, (long)(await Ok(log, 5, 9, w => Point(w, 5)))["acknowledged"]!);
        Assert.Equal(9, (long)(await Ok(log, 0, 0, _ => { }))["acknowledged"]!);
        // The client's log begins at 20: what was before is nowhere.
        Assert.Equal(30, (long)(await Ok(log, 20, 30, w => Point(w, 20), begins: true))["acknowledged"]!);
        Assert.Equal("0:0:0 5:5:5 20:20:20", await History(run, "m"));
    }

    [Fact]
    public async Task A_run_begins_with_the_id_that_its_client_made()
    {
        var (run, experiment) = (Guid.CreateVersion7().ToString("N"), server.Name("offline"));
        void Records(IngestWriter w)
        {
            w.Run(run);
            w.AddBegin(0, 5, null, experiment, "named", "ada");
            w.AddParam(1, "p", "1");
            w.AddPoints("m", [1], [1], [1]);
        }
        await Ok(Guid.NewGuid(), 0, 9, Records);
        var again = await Ok(Guid.NewGuid(), 0, 9, Records); // another log says the same
        Assert.Null(again["rejected_count"]);
        var made = await server.TheRun(run);
        Assert.Equal(("named", "RUNNING", 5L, "ada"), ((string)made["info"]!["run_name"]!, (string)made["info"]!["status"]!, (long)made["info"]!["start_time"]!, (string)made["info"]!["user_id"]!));
        Assert.Equal((string)(await server.Ok("/experiments/get-by-name?experiment_name=" + experiment))["experiment"]!["experiment_id"]!, (string)made["info"]!["experiment_id"]!);
        Assert.EndsWith(run + "/artifacts", (string)made["info"]!["artifact_uri"]!);
        var bad = await Ok(Guid.NewGuid(), 0, 9, w =>
        {
            w.Run("NotAnId");
            w.AddBegin(0, 5, "0", null, null, null);
            w.Run(Guid.NewGuid().ToString("N"));
            w.AddBegin(1, 5, "999999", null, null, null);
        });
        Assert.Equal(2, (int)bad["rejected_count"]!);
    }

    [Fact]
    public async Task What_can_never_be_taken_in_is_refused_by_name_and_passed_over()
    {
        var (run, deleted) = (await server.Run(), await server.Run());
        await server.Ok("/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"lr","value":"0.1"}""");
        await server.Ok("/runs/delete", $$"""{"run_id":"{{deleted}}"}""");
        var log = Guid.NewGuid();
        var answer = await Ok(log, 0, 10, w =>
        {
            w.Run(run);
            w.AddParam(1, "lr", "0.2");
            w.AddParam(2, "other", "1");
            w.AddParam(3, "other", "2");
            w.AddTag(4, "../t", "1");
            w.AddState(5, 9, null);
            w.AddPoints("/bad", [1], [1], [1]);
            w.AddPoints("old", [-1], [1], [1]);
            w.AddPoints("good", [1], [1], [1]);
            w.Run(deleted);
            w.AddPoints("m", [1], [1], [1]);
            w.Run("0198aaaabbbbccccddddeeeeffff0000");
            w.AddPoints("m", [1], [1], [1]);
            w.Run("no such id!");
            w.AddPoints("m", [1], [1], [1]);
        });
        Assert.Equal((10L, 9), ((long)answer["acknowledged"]!, (int)answer["rejected_count"]!));
        var said = answer["rejected"]!.ToJsonString();
        foreach (var expected in (string[])["Changing param values", "must not resolve", "Invalid value 9", "nonnegative", "'active' state", "not found", "Invalid run ID"]) Assert.Contains(expected.Replace("'", "\\u0027"), said.Replace("'", "\\u0027"));
        Assert.Equal("1:1:1", await History(run, "good"));
        Assert.Equal("""[{"key":"lr","value":"0.1"},{"key":"other","value":"1"}]""", (await server.TheRun(run))["data"]!["params"]!.ToJsonString());
        Assert.Null((await Ok(log, 0, 10, _ => { }))["rejected_count"]);
    }

    [Fact]
    public async Task Wrong_requests_are_refused_whole()
    {
        var run = await server.Run();
        writer.Begin(new IngestHeader(Guid.NewGuid(), 0, 1));
        writer.Run(run);
        writer.AddPoints("m", [1], [1], [1]);
        var good = writer.End().ToArray();
        async Task Refused(byte[] body, int status, string says, string type = IngestFormat.ContentType)
        {
            var answer = await Send(body, type);
            Assert.Equal(status, (int)answer.Status);
            Assert.Contains(says, answer.Message);
        }
        await Refused([], 400, "at least 44 bytes");
        await Refused([.. "JUNK"u8, .. good[4..]], 400, "53 4C 57 49");
        await Refused([.. good[..4], 9, .. good[5..]], 400, "version 9");
        await Refused([.. good[..^1], (byte)(good[^1] ^ 1)], 400, "checksum");
        await Refused(good, 400, "Content-Type", "application/json");
        await Refused(new byte[IngestFormat.BytesMax + 1], 413, "at most 8388608 bytes");
        Assert.Equal("", await History(run, "m"));
    }

    [Fact]
    public async Task Two_processes_and_eight_threads_log_to_one_run_at_once()
    {
        var run = await server.Run();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(sender => Task.Run(async () =>
        {
            var (log, mine) = (Guid.NewGuid(), new IngestWriter());
            for (var n = 0; n < 10; n++)
            {
                mine.Begin(new IngestHeader(log, n, n + 1));
                mine.Run(run);
                long[] steps = [sender * 10 + n];
                mine.AddPoints("m", steps, steps, [1]);
                mine.AddTag(n, "t" + sender, n.ToString());
                mine.AddParam(n, $"p{sender}.{n}", "1");
                var answer = await Send(mine.End().ToArray());
                Assert.Equal(200, (int)answer.Status);
                Assert.Equal(n + 1, (long)answer.Json["acknowledged"]!);
            }
        })));
        var data = (await server.TheRun(run))["data"]!;
        Assert.Equal((100, 11), (data["params"]!.AsArray().Count, data["tags"]!.AsArray().Count));
        Assert.Equal(100, (await History(run, "m")).Split(' ').Length);
    }

    [Fact]
    public async Task A_large_request_is_logged_whole()
    {
        var run = await server.Run();
        long[] steps = [.. Enumerable.Range(0, 120_000)];
        double[] values = [.. steps.Select(static step => (double)step)];
        await Ok(Guid.NewGuid(), 0, 1, w =>
        {
            w.Run(run);
            w.AddPoints("a", steps, steps, values);
            for (var key = 0; key < 100; key++) w.AddPoints("k" + key, steps.AsSpan(0, 1_000), steps.AsSpan(0, 1_000), values.AsSpan(0, 1_000));
            w.AddPoints("a", steps, steps, values); // the same again
        });
        var page = (await server.Ok($"/metrics/get-history?run_id={run}&metric_key=a&max_results=200000"))["metrics"]!.AsArray();
        Assert.Equal((120_000, 119_999L), (page.Count, (long)page[^1]!["step"]!));
        Assert.Equal(1_000, (await History(run, "k99")).Split(' ').Length);
        Assert.Equal(119_999.0, (double)(await server.TheRun(run))["data"]!["metrics"]!.AsArray().Single(metric => (string)metric!["key"]! == "a")!["value"]!);
    }

    private async Task<JsonNode> Ok(Guid log, long first, long next, Action<IngestWriter> write, bool begins = false)
    {
        writer.Begin(new IngestHeader(log, first, next, begins));
        write(writer);
        var answer = await Send(writer.End().ToArray());
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private Task<Answer> Send(byte[] body, string type = IngestFormat.ContentType)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return server.Server.Send(new HttpRequestMessage(HttpMethod.Post, IngestFormat.Path) { Content = content });
    }

    private async Task<string> History(string run, string key) => string.Join(' ',
        ((await server.Ok($"/metrics/get-history?run_id={run}&metric_key={Uri.EscapeDataString(key)}"))["metrics"]?.AsArray() ?? []).Select(point => $"{point!["timestamp"]}:{point["step"]}:{point["value"]}"));
}
