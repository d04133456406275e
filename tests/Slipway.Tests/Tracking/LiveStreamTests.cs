using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Events;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class LiveStreamOnSqlite() : LiveStreamTests(Dialect.Sqlite);

public sealed class LiveStreamOnPostgres() : LiveStreamTests(Dialect.Postgres);

/// <summary>Server-sent events of a run and of an experiment: nothing lost, nothing twice, and an end for everything.</summary>
public abstract partial class LiveStreamTests(Dialect dialect) : IAsyncLifetime
{
    private TestServer server = null!;
    private Parts parts = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, compose: all =>
    {
        parts = all;
        // The same streams with less patience, under a path of their own.
        var metrics = all.Own(new Metrics(all.Database, NullLogger<Metrics>.Instance));
        var feed = all.Own(new LiveFeed(all.Database, metrics, all.Clock, NullLogger<LiveFeed>.Instance));
        var hasty = new LiveStreams(all.Database, feed, all.Clock, TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(500), all.Stopping.Token);
        all.Routes.Raw("GET", "/hasty/{run_id}", Right.ReadExperiments, "For tests.", hasty.OfRun);
    });

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_runs_changes_and_metrics_are_told_as_they_come()
    {
        var (experiment, run, other) = await World();
        await Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"before","value":1,"timestamp":1,"step":1}""");
        using var stream = await Open($"runs/{run}");
        Assert.Equal("hello", (await stream.Next()).Name);
        var first = await stream.Next("metrics");
        Assert.Equal(("before", 1.0), ((string)first["metrics"]![0]!["key"]!, (double)first["metrics"]![0]!["value"]!));
        await Ok("/runs/log-parameter", $$"""{"run_id":"{{other}}","key":"p","value":"not this run's"}""");
        await Ok("/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"p","value":"1"}""");
        var change = await stream.Next("change");
        Assert.Equal(("run.logged", "run/" + run, "1"), ((string)change["kind"]!, (string)change["subject"]!, (string)change["data"]!["params"]!["p"]!));
        Assert.Null(change["actor"]);
        await Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"loss","value":"NaN","timestamp":5,"step":7}""");
        var points = await stream.Next("metrics");
        Assert.Equal(("loss", "NaN", 7L), ((string)points["metrics"]![0]!["key"]!, (string)points["metrics"]![0]!["value"]!, (long)points["metrics"]![0]!["step"]!));
        Assert.Single(points["metrics"]!.AsArray());
        await Upload($"{experiment}/{run}/artifacts/model.bin");
        Assert.Equal("artifact.logged", (string)(await stream.Next("change"))["kind"]!);
        await Ok("/runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED"}""");
        Assert.Equal("FINISHED", (string)(await stream.Next("change"))["data"]!["status"]!);
    }

    [Fact]
    public async Task An_experiments_stream_tells_of_all_its_runs_and_of_no_others()
    {
        var (experiment, run, _) = await World();
        var elsewhere = (string)(await Ok("/experiments/create", """{"name":"elsewhere"}"""))["experiment_id"]!;
        using var stream = await Open($"experiments/{experiment}");
        await stream.Next("hello");
        await Ok("/runs/create", $$"""{"experiment_id":"{{elsewhere}}"}""");
        var made = (string)(await Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","run_name":"new"}"""))["run"]!["info"]!["run_id"]!;
        var created = await stream.Next("change");
        Assert.Equal(("run.created", "run/" + made), ((string)created["kind"]!, (string)created["subject"]!));
        await Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"loss","value":1,"timestamp":5}""");
        Assert.Equal([run], (await stream.Next("points"))["run_ids"]!.AsArray().Select(static id => (string)id!));
        await Ok("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{experiment}}","key":"k","value":"v"}""");
        Assert.Equal("experiment.tagged", (string)(await stream.Next("change"))["kind"]!);
        await Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"n"}""");
        Assert.Equal("logged_model.created", (string)(await stream.Next("change"))["kind"]!);
        await server.Send(new HttpRequestMessage(HttpMethod.Delete, $"/api/slipway/v1/runs/{made}?hard=true"));
        Assert.Equal("run.removed", (string)(await stream.Next("change"))["kind"]!);
    }

    [Fact]
    public async Task A_stream_is_taken_up_where_it_stood()
    {
        var (_, run, other) = await World();
        string id;
        using (var stream = await Open($"runs/{run}")) id = (await stream.Next()).Id;
        for (var n = 0; n < 5; n++)
        {
            await Ok("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"{{n}}"}""");
            await Ok("/runs/set-tag", $$"""{"run_id":"{{other}}","key":"t","value":"{{n}}"}""");
        }
        using var again = await Open($"runs/{run}", id);
        var values = new List<string>();
        var last = id;
        while (values.Count < 3)
            if (await again.Next() is { Name: "change" } item) (_, last) = (Add(values, item), item.Id);
        using var third = await Open($"runs/{run}", last);
        while (values.Count < 5)
            if (await third.Next() is { Name: "change" } item) Add(values, item);
        Assert.Equal(["0", "1", "2", "3", "4"], values);

        static bool Add(List<string> to, Item item)
        {
            to.Add((string)JsonNode.Parse(item.Data)!["data"]!["tags"]!["t"]!);
            return true;
        }
    }

    [Fact]
    public async Task A_position_that_the_server_never_had_is_looked_at_anew()
    {
        var (_, run, _) = await World();
        using var stream = await Open($"runs/{run}", "999999999");
        Assert.Contains("restored", (string)(await stream.Next("resync"))["reason"]!);
        await Ok("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"1"}""");
        Assert.Equal("run.logged", (string)(await stream.Next("change"))["kind"]!);
    }

    [Fact]
    public async Task Wrong_requests_are_refused_before_anything_is_streamed()
    {
        var (_, run, _) = await World();
        Assert.Equal(404, (int)(await server.Get("/api/slipway/v1/runs/0198aaaabbbbccccddddeeeeffff0000/stream")).Status);
        Assert.Equal(404, (int)(await server.Get("/api/slipway/v1/experiments/99999/stream")).Status);
        Assert.Equal(400, (int)(await server.Get("/api/slipway/v1/runs/no%20id/stream")).Status);
        Assert.Equal(400, (int)(await server.Get($"/api/slipway/v1/runs/{run}/stream?last_event_id=-1")).Status);
        Assert.Equal(200, (int)(await server.Send(new HttpRequestMessage(HttpMethod.Head, $"/api/slipway/v1/runs/{run}/stream"))).Status);
    }

    [Fact]
    public async Task A_quiet_stream_shows_that_it_lives_and_ends_after_its_time()
    {
        var (_, run, _) = await World();
        using var stream = await Open("/hasty/" + run);
        var lines = await stream.Rest();
        Assert.Contains(": still here", lines);
        Assert.Equal("retry: 1000", lines[0]);
    }

    [Fact]
    public async Task A_stop_of_the_server_ends_streams_at_once()
    {
        var (_, run, _) = await World();
        using var stream = await Open($"runs/{run}");
        await stream.Next("hello");
        var rest = stream.Rest();
        await server.Server.Stop();
        await rest;
    }

    [Fact]
    public async Task A_slow_reader_is_told_to_look_anew_and_holds_nobody_up()
    {
        var (_, run, _) = await World();
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        using var feed = new LiveFeed(parts.Database, metrics, TimeProvider.System, NullLogger<LiveFeed>.Instance);
        var streams = new LiveStreams(parts.Database, feed, TimeProvider.System, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), default);
        using var body = new SlowBody();
        var context = new DefaultHttpContext { Response = { Body = body }, Request = { Method = "GET", RouteValues = { ["run_id"] = run } } };
        var streaming = streams.OfRun(context, Caller.Local());
        await body.Begun;
        for (var n = 0; n <= LiveSubscription.QueueMax; n++) await Ok("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"{{n}}"}""");
        await AllSealed();
        await feed.Look(default);
        body.Open();
        Assert.Null(await streaming);
        var text = body.Text;
        Assert.EndsWith("\"reason\":\"the reader was too slow\"}\n\n", text);
        Assert.InRange(text.Split("event: change").Length - 1, 1, LiveSubscription.QueueMax);
    }

    [Fact]
    public void A_full_queue_ends_the_stream_and_what_was_queued_still_goes_out()
    {
        var subscription = new LiveSubscription(0, 1, "r", 1);
        for (var n = 0; n < LiveSubscription.QueueMax + 5; n++) subscription.Send(new LiveItem(n, "change", []));
        Assert.True(subscription.Overflowed);
        var count = 0;
        while (subscription.Items.TryRead(out _)) count++;
        Assert.Equal(LiveSubscription.QueueMax, count);
        Assert.True(subscription.Items.Completion.IsCompleted);
    }

    [Theory]
    [InlineData("run/r", 1, true)]
    [InlineData("run/other", 1, false)]
    [InlineData("artifact/1/r/artifacts/f", -1, true)]
    [InlineData("artifact/1/rr/artifacts/f", -1, false)]
    [InlineData("experiment/1", 1, false)]
    public void A_runs_stream_wants_its_own(string subject, long experiment, bool wanted)
    {
        var news = new LiveNews(new Event(1, 7, default, "run.logged", subject, null, null, null), experiment < 0 ? [] : new Dictionary<string, long> { [subject] = experiment });
        Assert.Equal(wanted, new LiveSubscription(7, 1, "r", 1).Wants(news));
    }

    [Theory]
    [InlineData("grant.set", false)]
    [InlineData("attempt.refused", false)]
    [InlineData("run.logged", true)]
    public void What_only_auditors_may_read_is_not_streamed(string kind, bool streamed) => Assert.Equal(streamed, LiveJson.IsForReaders(kind));

    private async Task<(string Experiment, string Run, string Other)> World()
    {
        var experiment = (string)(await Ok("/experiments/create", """{"name":"e"}"""))["experiment_id"]!;
        async Task<string> Run() => (string)(await Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}"}"""))["run"]!["info"]!["run_id"]!;
        var (run, other) = (await Run(), await Run());
        await AllSealed(); // a stream begins behind it
        return (experiment, run, other);
    }

    private async Task AllSealed()
    {
        using var hint = new SemaphoreSlim(0);
        void Sealed(long position) => hint.Release();
        parts.Events.Sealed += Sealed;
        while (await parts.Database.Read(static session => session.Long("SELECT id FROM events WHERE position IS NULL LIMIT 1"), default) is not null) await hint.WaitAsync(TimeSpan.FromSeconds(5));
        parts.Events.Sealed -= Sealed;
    }

    private async Task<JsonNode> Ok(string path, string json)
    {
        var answer = await server.Post("/api/2.0/mlflow" + path, json);
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task Upload(string path) => Assert.Equal(200, (int)(await server.Send(
        new HttpRequestMessage(HttpMethod.Put, "/api/2.0/mlflow-artifacts/artifacts/" + path) { Content = new ByteArrayContent([1, 2, 3]) })).Status);

    private async Task<Opened> Open(string what, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, what[0] == '/' ? what : $"/api/slipway/v1/{what}/stream");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        return new Opened(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    private sealed record Item(string Id, string Name, string Data);

    private sealed class Opened(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        /// <summary>The next event of any name.</summary>
        public async Task<Item> Next()
        {
            using var patience = new CancellationTokenSource(Patience);
            var (id, name, data) = ("", "", "");
            while (await reader.ReadLineAsync(patience.Token) is { } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
                if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
                if (line.Length == 0 && name.Length > 0) return new Item(id, name, data);
            }
            throw new EndOfStreamException("The stream ended.");
        }

        /// <summary>The data of the next event of this name.</summary>
        public async Task<JsonNode> Next(string name)
        {
            while (true)
                if (await Next() is var item && item.Name == name) return JsonNode.Parse(item.Data)!;
        }

        /// <summary>Every line until the end.</summary>
        public async Task<List<string>> Rest()
        {
            using var patience = new CancellationTokenSource(Patience);
            var lines = new List<string>();
            while (await reader.ReadLineAsync(patience.Token) is { } line) lines.Add(line);
            return lines;
        }

        public void Dispose() => response.Dispose();
    }

    /// <summary>A body whose first write waits until it is opened.</summary>
    private sealed class SlowBody : MemoryStream
    {
        private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => begun.Task;

        public string Text => System.Text.Encoding.UTF8.GetString(ToArray());

        public void Open() => open.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            begun.TrySetResult();
            await open.Task;
            Write(buffer.Span);
        }
    }
}
