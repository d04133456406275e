using System.Net;
using System.Text;
using Slipway.Client;

namespace Slipway.Tests.Client;

public sealed class LoggingTests : IDisposable
{
    private const string LogBatch = "/runs/log-batch";

    private readonly FakeServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Points_leave_in_order_in_batches_within_the_limit()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var step = 0; step < 2_500; step++) run.LogMetric("loss", 1.0 / (step + 1), step);
        await run.FinishAsync();

        var batches = server.To(LogBatch).Select(one => one.Json["metrics"]!.AsArray()).ToList();
        Assert.All(batches, batch => Assert.InRange(batch.Count, 1, 1_000));
        Assert.Equal(Enumerable.Range(0, 2_500).Select(step => (long)step), batches.SelectMany(batch => batch).Select(point => (long)point!["step"]!));
    }

    [Fact]
    public async Task Params_and_tags_keep_their_own_limit_and_a_repeated_param_key_gets_its_own_batch()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 250; i++) run.LogParam($"p{i}", i);
        run.LogParam("again", 1);
        run.LogParam("again", 1);
        for (var i = 0; i < 150; i++) run.SetTag($"t{i}", "x");
        await run.FinishAsync();

        foreach (var one in server.To(LogBatch))
        {
            var keys = (one.Json["params"]?.AsArray() ?? []).Select(param => (string)param!["key"]!).ToList();
            Assert.InRange(keys.Count, 0, 100);
            Assert.Equal(keys.Count, keys.Distinct().Count());
            Assert.InRange(one.Json["tags"]?.AsArray().Count ?? 0, 0, 100);
        }
        Assert.Equal(252, server.To(LogBatch).Sum(one => one.Json["params"]?.AsArray().Count ?? 0));
        Assert.Equal(150, server.To(LogBatch).Sum(one => one.Json["tags"]?.AsArray().Count ?? 0));
    }

    [Fact]
    public async Task A_body_stays_under_a_million_bytes_whatever_it_holds()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 100; i++) run.LogParam($"p{i}", new string('"', 6_000));
        await run.FinishAsync();

        Assert.All(server.To(LogBatch), one => Assert.InRange(Encoding.UTF8.GetByteCount(one.Body), 1, 1_000_000));
        Assert.Equal(100, server.To(LogBatch).Sum(one => one.Json["params"]!.AsArray().Count));
    }

    [Fact]
    public async Task Values_that_JSON_has_no_number_for_are_sent_as_the_wire_spells_them()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        run.LogMetric("a", double.NaN);
        run.LogMetric("b", double.PositiveInfinity);
        run.LogMetric("c", double.NegativeInfinity);
        run.LogMetric("d", 0.1);
        await run.FinishAsync();

        var values = server.To(LogBatch).Single().Json["metrics"]!.AsArray().Select(point => point!["value"]!.ToJsonString());
        Assert.Equal(["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "0.1"], values);
    }

    [Fact]
    public async Task A_batch_that_is_sent_again_is_the_same_batch()
    {
        var tries = 0;
        server.Answer = one => one.Path.EndsWith(LogBatch, StringComparison.Ordinal) && ++tries < 3 ? FakeServer.Refuse("Come again.", HttpStatusCode.ServiceUnavailable, "TEMPORARILY_UNAVAILABLE") : null;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        run.LogMetric("loss", 0.5, 3);
        await run.FinishAsync();

        var bodies = server.To(LogBatch).Select(one => one.Body).ToList();
        Assert.Equal(3, bodies.Count);
        Assert.Single(bodies.Distinct());
    }

    [Fact]
    public async Task One_refused_value_does_not_take_its_batch_along()
    {
        server.Answer = one => one.Path.EndsWith(LogBatch, StringComparison.Ordinal) && one.Body.Contains("bad", StringComparison.Ordinal) ? FakeServer.Refuse("Invalid key 'bad'.") : null;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 500; i++) run.LogMetric(i == 123 ? "bad" : "good", i, i);

        var failure = await Assert.ThrowsAsync<SlipwayException>(() => run.FinishAsync());

        Assert.Contains("refused 1 logged values", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Invalid key 'bad'", failure.Message, StringComparison.Ordinal);
        var arrived = server.To(LogBatch).Where(one => !one.Body.Contains("bad", StringComparison.Ordinal)).SelectMany(one => one.Json["metrics"]!.AsArray());
        Assert.Equal(499, arrived.Count());
        Assert.Equal("FINISHED", (string?)server.To("/runs/update").Single().Json["status"]);
    }

    [Fact]
    public async Task A_run_that_the_server_refuses_whole_is_not_asked_about_every_value()
    {
        server.Answer = one => one.Path.EndsWith(LogBatch, StringComparison.Ordinal) ? FakeServer.Refuse("The run must be in the 'active' state.") : null;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 1_000; i++) run.LogMetric("loss", i, i);

        var failure = await Assert.ThrowsAsync<SlipwayException>(() => run.FlushAsync());

        Assert.Contains("refused 1000 logged values", failure.Message, StringComparison.Ordinal);
        Assert.InRange(server.To(LogBatch).Count, 1, 100);
    }

    [Fact]
    public async Task Logging_survives_a_server_that_is_away_and_nothing_is_lost_when_it_returns()
    {
        var away = true;
        server.Answer = one => one.Path.EndsWith(LogBatch, StringComparison.Ordinal) && Volatile.Read(ref away) ? throw new HttpRequestException(HttpRequestError.ConnectionError, "refused") : null;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 10; i++) run.LogMetric("loss", i, i);

        var failure = await Assert.ThrowsAsync<SlipwayException>(() => run.FlushAsync());
        Assert.True(failure.IsUnreachable);
        Assert.Contains("slipway server", failure.Remedy, StringComparison.Ordinal);

        Volatile.Write(ref away, false);
        var before = server.All.Count;
        await run.FinishAsync();
        Assert.Equal(10, server.All.Skip(before).Where(one => one.Path.EndsWith(LogBatch, StringComparison.Ordinal)).Sum(one => one.Json["metrics"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_full_buffer_drops_the_newest_and_counts_them_when_the_server_is_away()
    {
        server.Answer = one => one.Path.EndsWith(LogBatch, StringComparison.Ordinal) ? throw new HttpRequestException(HttpRequestError.ConnectionError, "refused") : null;
        using var client = new SlipwayClient(new SlipwayClientOptions
        {
            Url = new Uri("http://fake:5000"),
            Handler = server,
            RetriesMax = 0,
            BufferMax = 1_000,
            BufferWait = TimeSpan.FromMilliseconds(1),
            RetryDelay = TimeSpan.FromMilliseconds(1),
            RetryDelayMax = TimeSpan.FromMinutes(10),
        });
        await using var run = await client.StartRunAsync("flights");
        run.LogMetric("loss", 0);
        await Assert.ThrowsAsync<SlipwayException>(() => run.FlushAsync()); // One batch in flight, the buffer empty, the server known to be away.
        for (var i = 0; i < 1_500; i++) run.LogMetric("loss", i, i);

        Assert.Equal(500, run.Dropped);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_key_that_is_empty_is_a_mistake_of_the_program(string? key)
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        Assert.ThrowsAny<ArgumentException>(() => run.LogMetric(key!, 1));
        Assert.ThrowsAny<ArgumentException>(() => run.LogParam(new string('k', ActiveRun.KeyCharsMax + 1), 1));
    }

    [Fact]
    public async Task Params_are_written_alike_in_every_language()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        run.LogParams(new Dictionary<string, object?> { ["rate"] = 0.25, ["on"] = true, ["none"] = null, ["name"] = "trees" });
        await run.FinishAsync();

        var values = server.To(LogBatch).Single().Json["params"]!.AsArray().Select(param => (string)param!["value"]!);
        Assert.Equal(["0.25", "True", "None", "trees"], values);
    }
}
