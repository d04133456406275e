using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Client;

namespace Slipway.Tests.Client;

/// <summary>The standard points of .NET that a run hooks into.</summary>
public sealed class ListenTests : IDisposable
{
    private readonly FakeServer server = new();
    private readonly string name = $"test-{Guid.NewGuid():N}";

    public void Dispose() => server.Dispose();

    private IEnumerable<string> Points => server.Records.Select(line => line.Split(' ')).Where(parts => parts[1] == "point").Select(parts => string.Join(' ', parts[2..5]));

    [Fact]
    public async Task Meters_become_metrics_counters_as_sums()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        using var meter = new Meter(name);
        using var other = new Meter(name + "-other");
        var (loss, rows, strange) = (meter.CreateHistogram<double>("loss"), meter.CreateCounter<long>("rows"), other.CreateCounter<int>("never"));
        using (run.ListenToMeters([name]))
        {
            loss.Record(0.5);
            loss.Record(0.25);
            rows.Add(10);
            rows.Add(5);
            strange.Add(1);
        }
        loss.Record(99);
        await run.FinishAsync();
        Assert.Equal(["loss 0.5 0", "loss 0.25 1", "rows 10 0", "rows 15 1"], Points.Order(Comparer<string>.Create((a, b) => string.CompareOrdinal(a.Split(' ')[0] + a.Split(' ')[2], b.Split(' ')[0] + b.Split(' ')[2]))));
    }

    [Fact]
    public async Task Observable_instruments_are_asked_now_and_then_and_one_that_throws_harms_nothing()
    {
        var clock = new ManualClock();
        using var client = new SlipwayClient(new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = server, LogFolder = server.Logs.FullName, Clock = clock });
        await using var run = await client.StartRunAsync("flights");
        using var meter = new Meter(name);
        meter.CreateObservableGauge("depth", () => 3);
        meter.CreateObservableGauge("broken", (Func<int>)(() => throw new InvalidOperationException("broken")));
        using (run.ListenToMeters([name], TimeSpan.FromSeconds(1)))
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        await run.FlushAsync();
        Assert.Equal(["depth 3 0", "depth 3 1"], Points);
    }

    [Fact]
    public async Task Activities_become_durations_and_numbers()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        using var source = new ActivitySource(name);
        run.ListenToActivities(name);
        using (var epoch = source.StartActivity("epoch")) epoch!.SetTag("rows", 12).SetTag("note", "text");
        await run.FinishAsync();
        Assert.Null(source.StartActivity("epoch")); // The run's end was the listening's.
        Assert.Contains("activity/epoch/rows 12 0", Points);
        Assert.Single(Points, point => point.StartsWith("activity/epoch_ms ", StringComparison.Ordinal));
        Assert.Equal(2, Points.Count());
    }

    [Fact]
    public async Task Progress_becomes_points()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        var done = run.Progress("done");
        done.Report(0.5);
        done.Report(1);
        run.Progress<(double Auc, double Loss)>(report => [new("auc", report.Auc), new("loss", report.Loss)]).Report((0.7, 0.3));
        Assert.ThrowsAny<ArgumentException>(() => run.Progress(""));
        await run.FinishAsync();
        Assert.Equal(["auc 0.7 0", "done 0.5 0", "done 1 1", "loss 0.3 0"], Points.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Services_and_logging_are_the_hosts()
    {
        var services = new ServiceCollection();
        services.AddSlipway(_ => new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = server, LogFolder = server.Logs.FullName });
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<SlipwayClient>();
        Assert.Same(client, provider.GetRequiredService<SlipwayClient>());

        await using var run = await client.StartRunAsync("flights");
        using (var logs = LoggerFactory.Create(logging => logging.AddRun(run)))
        {
            logs.CreateLogger("train").LogInformation("epoch {Epoch} done", 3);
            logs.CreateLogger("train").LogError(new InvalidOperationException("it broke"), "stopped");
        }
        await run.FinishAsync();
        var text = server.All.Single(one => one.Method is "PUT" && one.Path.EndsWith(RunLoggerProvider.ArtifactName, StringComparison.Ordinal)).Body;
        Assert.Contains(" Information train: epoch 3 done\n", text, StringComparison.Ordinal);
        Assert.Contains("it broke", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_is_logged_row_by_row_and_described()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        (string Origin, double? Delay, bool Late)[] rows = [("SEA", 1.5, false), ("JFK", null, true), ("é", double.NaN, true)];
        var table = RunTable.Of(rows, ("origin", row => row.Origin), ("delay", row => row.Delay), ("late", row => row.Late));
        await run.LogTableAsync(table, "predictions.json");
        var described = table.Describe("flights");
        await run.FinishAsync();

        var sent = JsonNode.Parse(server.All.Single(one => one.Method is "PUT").Body)!;
        Assert.Equal("""["origin","delay","late"]""", sent["columns"]!.ToJsonString());
        Assert.Equal("[\"JFK\",null,true]", sent["data"]![1]!.ToJsonString());
        Assert.Null(sent["data"]![2]![1]);
        Assert.Equal(["string", "double", "boolean"], JsonNode.Parse(described.Schema!)!["mlflow_colspec"]!.AsArray().Select(column => (string)column!["type"]!));
        Assert.Equal(described.Digest, table.Describe("other").Digest);
        Assert.NotEqual(described.Digest, RunTable.Of(rows[..2], ("origin", row => row.Origin), ("delay", row => row.Delay), ("late", row => row.Late)).Describe("flights").Digest);
        Assert.Equal(3, (int)JsonNode.Parse(described.Profile!)!["num_rows"]!);
        await Assert.ThrowsAsync<ArgumentException>(() => run.LogTableAsync(new RunTable(["a", "b"], [[1]]), "broken.json"));
    }
}
