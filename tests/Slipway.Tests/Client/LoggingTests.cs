using System.Globalization;
using System.Net;
using Slipway.Client;
using Slipway.Tracking;

namespace Slipway.Tests.Client;

/// <summary>From a log call to the server: in order, once, and never in training's way.</summary>
public sealed class LoggingTests : IDisposable
{
    private readonly FakeServer server = new();

    public void Dispose() => server.Dispose();

    private IEnumerable<string> Of(string kind) => server.Records.Where(line => line.Split(' ')[1] == kind).Select(line => line[(line.IndexOf(kind, StringComparison.Ordinal) + kind.Length + 1)..]);

    private static bool IsIngest(FakeServer.Seen one) => one.Path == IngestFormat.Path;

    private static HttpResponseMessage Away(FakeServer.Seen one) => IsIngest(one) ? throw new HttpRequestException(HttpRequestError.ConnectionError, "refused") : null!;

    [Fact]
    public async Task Points_arrive_in_order_in_few_requests()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var step = 0; step < 250_000; step++) run.LogMetric("loss", step, step);
        await run.FinishAsync();

        Assert.Equal(Enumerable.Range(0, 250_000), Of("point").Select(line => int.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture)));
        Assert.InRange(server.Batches.Count, 3, 200);
        Assert.True(run.IsStored);
    }

    [Fact]
    public async Task Time_and_step_are_those_of_the_call()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        run.LogMetric("a", 1, -3, at);
        run.LogMetrics([new("b", 2), new("c", double.NaN)], 7, at.AddDays(-1)); // A clock that was set back.
        await run.FinishAsync();
        Assert.Equal(["a 1 -3 1700000000123", "b 2 7 1699913600123", "c NaN 7 1699913600123"], Of("point").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_request_whose_answer_was_lost_is_repeated_and_counts_once()
    {
        var lost = 0;
        server.Answer = one =>
        {
            if (!IsIngest(one) || Interlocked.Increment(ref lost) is not (2 or 3)) return null;
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "broke off");
        };
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        run.LogMetric("loss", 0.5, 3);
        run.SetTag("t", "1");
        await run.FinishAsync();

        Assert.Single(Of("point"));
        Assert.Equal("t 1", Of("tag").Last());
        Assert.True(run.IsStored);
    }

    [Fact]
    public async Task One_refused_value_does_not_take_others_along_and_is_told_at_the_end()
    {
        server.Refusal = line => line.Contains(" bad ", StringComparison.Ordinal) ? "Invalid key 'bad'." : null;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 500; i++) run.LogMetric(i == 123 ? "bad" : "good", i, i);

        var failure = await Assert.ThrowsAsync<SlipwayException>(() => run.FinishAsync());

        Assert.Contains("refused 1 logged values", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Invalid key 'bad'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(499, Of("point").Count());
        Assert.Equal(["3"], Of("state"));
    }

    [Fact]
    public async Task Logging_survives_a_server_that_is_away_and_nothing_is_lost_when_it_returns()
    {
        server.Answer = Away;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 10; i++) run.LogMetric("loss", i, i);

        var failure = await Assert.ThrowsAsync<SlipwayException>(() => run.FlushAsync());
        Assert.True(failure.IsUnreachable);
        Assert.Contains("slipway server", failure.Remedy, StringComparison.Ordinal);

        server.Answer = _ => null;
        await run.FinishAsync();
        Assert.Equal(10, Of("point").Count());
        Assert.Empty(server.Warnings);
    }

    [Fact]
    public async Task A_run_that_ends_without_the_server_says_where_it_is_and_the_next_one_sends_it()
    {
        server.Answer = Away;
        string first, folder;
        using (var client = server.Client())
        {
            await using var run = await client.StartRunAsync("flights");
            (first, folder) = (run.Id, run.LogFolder!);
            run.LogMetric("loss", 1, 1);
            await run.FinishAsync(); // Not the program's trouble.
            Assert.False(run.IsStored);
        }
        Assert.Contains(folder, server.Warnings.Last(), StringComparison.Ordinal);
        Assert.Empty(server.Records);

        server.Answer = _ => null;
        using (var client = server.Client())
        {
            await using var run = await client.StartRunAsync("flights");
            await run.FlushAsync();
            await client.Tended();
        }
        Assert.Contains($"{first} state 3", server.Records);
        Assert.Single(server.Records, line => line.StartsWith($"{first} point loss 1 1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_hangs_makes_the_first_run_wait_and_not_every_one_after_it_and_gets_all_when_it_answers()
    {
        using var hanging = new Hanging(server);
        using var client = new SlipwayClient(new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = hanging, LogFolder = server.Logs.FullName, StartWait = TimeSpan.FromSeconds(1), FinishWait = TimeSpan.FromSeconds(1), Warn = _ => { } });
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await using var parent = await client.StartRunAsync("flights");
        var children = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            await using var child = await parent.StartChildAsync();
            child.LogMetric("loss", i);
            await child.FinishAsync();
            children.Add(child.Id);
        }
        // Ten children that each waited for their start and their end would take twenty seconds and more.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 0.9, 12);

        hanging.Free();
        await parent.FlushAsync();
        await parent.FinishAsync();
        await client.Tended();
        foreach (var id in children)
        {
            Assert.Single(server.Records, line => line.StartsWith($"{id} point loss", StringComparison.Ordinal));
            Assert.Contains($"{id} tag mlflow.parentRunId {parent.Id}", server.Records);
        }
    }

    /// <summary>Never answers, until it is freed.</summary>
    private sealed class Hanging(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private readonly TaskCompletionSource free = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Free() => free.TrySetResult();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await free.Task.WaitAsync(cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }

    [Fact]
    public async Task A_server_that_was_restored_from_a_backup_is_filled_up_again_from_what_is_kept()
    {
        using var client = server.Client();
        string ended;
        await using (var one = await client.StartRunAsync("flights"))
        {
            ended = one.Id;
            one.LogMetric("loss", 1, 1);
            await one.FinishAsync();
        }
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 1_000; i++) run.LogMetric("auc", i, i);
        await run.FlushAsync();

        server.Forget("founding.restored");
        run.LogMetric("auc", 1_000, 1_000);
        await run.FlushAsync();
        await client.Tended();

        Assert.Equal(1_001, server.Records.Count(line => line.StartsWith($"{run.Id} point auc", StringComparison.Ordinal)));
        Assert.Contains($"{run.Id} begin flights calm-otter-1", server.Records);
        Assert.Contains($"{run.Id} tag mlflow.source.type LOCAL", server.Records);
        Assert.Single(server.Records, line => line.StartsWith($"{ended} point loss", StringComparison.Ordinal));
        Assert.Contains($"{ended} state 3", server.Records);
    }

    [Fact]
    public async Task A_server_begun_anew_at_the_same_address_does_not_get_what_another_had()
    {
        using var client = server.Client();
        await using (var one = await client.StartRunAsync("flights"))
        {
            one.LogMetric("loss", 1, 1);
            await one.FinishAsync();
        }
        server.Forget("other");
        await using var run = await client.StartRunAsync("flights");
        await run.FlushAsync();
        await client.Tended();
        Assert.Empty(Of("point"));
    }

    [Fact]
    public async Task What_a_server_had_for_long_enough_is_removed()
    {
        var clock = new ManualClock();
        string folder;
        using (var client = server.Client(options => Clocked(clock)))
        {
            await using var run = await client.StartRunAsync("flights");
            folder = run.LogFolder!;
            run.LogMetric("loss", 1);
            await run.FinishAsync();
        }
        Assert.True(Directory.Exists(folder));
        clock.Advance(TimeSpan.FromDays(3.1));
        using (var client = server.Client(options => Clocked(clock)))
        {
            await using var run = await client.StartRunAsync("flights");
            await run.FlushAsync();
            await client.Tended();
        }
        Assert.False(Directory.Exists(folder));

        SlipwayClientOptions Clocked(TimeProvider time) => new() { Url = new Uri("http://fake:5000"), Handler = server, LogFolder = server.Logs.FullName, Clock = time, FlushEvery = TimeSpan.FromMinutes(10) };
    }

    [Fact]
    public async Task Offline_nothing_is_sent_and_everything_is_on_the_disk()
    {
        using var client = server.Client(options => new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = server, LogFolder = server.Logs.FullName, Offline = true });
        await using var run = await client.StartRunAsync("flights");
        run.LogMetric("loss", 1);
        await run.FlushAsync();
        await run.FinishAsync();
        Assert.Empty(server.All);
        Assert.True(File.Exists(Path.Combine(run.LogFolder!, "000001.log")));
    }

    [Fact]
    public async Task Two_clients_and_eight_threads_log_to_one_run()
    {
        using var first = server.Client();
        using var second = server.Client();
        await using var run = await first.StartRunAsync("flights");
        await using (var joined = await second.JoinRunAsync(run.Id))
        {
            Parallel.For(0, 8, thread =>
            {
                for (var i = 0; i < 2_000; i++) (thread % 2 == 0 ? run : joined).LogMetric($"t{thread}", i, i);
            });
            await joined.FlushAsync();
        }
        await run.FinishAsync();
        Assert.Equal(16_000, Of("point").Distinct().Count());
        Assert.Equal(16_000, Of("point").Count());
    }

    [Fact]
    public async Task A_disk_that_does_not_take_the_log_is_told_once_and_values_are_sent_all_the_same()
    {
        var file = Path.Combine(server.Logs.FullName, "taken");
        await File.WriteAllTextAsync(file, "a file where the folder should be");
        using var client = server.Client(options => new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = server, LogFolder = file, Warn = options.Warn });
        await using var run = await client.StartRunAsync("flights");
        for (var i = 0; i < 200_000; i++) run.LogMetric("loss", i, i);
        await run.FinishAsync();
        Assert.Null(run.LogFolder);
        Assert.Single(server.Warnings);
        Assert.Equal(200_000, Of("point").Count());
        Assert.Equal(0, run.Dropped);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.InsufficientStorage)]
    public async Task Whatever_a_server_answers_training_goes_on_and_nothing_is_lost(HttpStatusCode status)
    {
        server.Answer = one => IsIngest(one) ? FakeServer.Refuse("Not now.", status, "TEMPORARILY_UNAVAILABLE") : null;
        string id;
        using (var client = server.Client())
        {
            await using var run = await client.StartRunAsync("flights");
            id = run.Id;
            for (var i = 0; i < 100; i++) run.LogMetric("loss", i, i);
            await run.FinishAsync();
            Assert.Equal(0, run.Dropped);
        }
        server.Answer = _ => null;
        using (var client = server.Client())
        {
            await using var run = await client.StartRunAsync("flights");
            await run.FlushAsync();
            await client.Tended();
        }
        Assert.Equal(100, server.Records.Count(line => line.StartsWith($"{id} point", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_silent_run_says_that_it_lives()
    {
        using var client = server.Client(options => new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = server, LogFolder = server.Logs.FullName, HeartbeatEvery = TimeSpan.FromMilliseconds(1), FlushEvery = TimeSpan.FromMilliseconds(1) });
        await using var run = await client.StartRunAsync("flights");
        while (server.To($"/api/slipway/v1/runs/{run.Id}/heartbeat").Count < 2) await Task.Yield();
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
        Assert.Equal(["rate 0.25", "on True", "none None", "name trees"], Of("param"));
    }
}
