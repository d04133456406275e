using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage;
using Slipway.Tests.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Metrics on a fresh database, spoken to in tuples (timestamp, step, value).</summary>
internal sealed class TestMetrics : IAsyncDisposable
{
    private readonly TestDatabase test;

    private TestMetrics(TestDatabase test) => (this.test, Metrics) = (test, new Metrics(test.Database, NullLogger<Metrics>.Instance));

    public Metrics Metrics { get; private set; }

    public Database Database => test.Database;

    public static async Task<TestMetrics> Create(Dialect dialect) => new(await TestDatabase.Create(dialect, Metrics.Schema()));

    public async Task Log(long run, string key, params (long TimeMs, long Step, double Value)[] points)
    {
        using var builder = new MetricBatch.Builder();
        foreach (var (time, step, value) in points) builder.Add(builder.KeyOf(key), time, step, value);
        await Log(run, builder.Build());
    }

    public async Task Log(long run, MetricBatch batch)
    {
        var outcome = await Database.Write<Done>(session =>
        {
            Metrics.Log(session, 0, run, run / 10, batch);
            return new Done();
        }, default);
        Assert.Null(outcome.Problem);
    }

    public async Task<(long TimeMs, long Step, double Value)[]> History(long run, string key)
    {
        using var page = await Metrics.History(0, run, key, null, Metrics.HistoryMax, default);
        Assert.Null(page.Next);
        Assert.Empty(page.Damages);
        return [.. Points(page.Columns)];
    }

    public async Task<List<MetricLatest>> Latest(params long[] runs)
    {
        Assert.Null(await Metrics.EnsureSettled(default));
        return await Database.Read(session =>
        {
            using var latest = Metrics.Latest(session, runs);
            var ranges = session.Query("SELECT l.run_no, k.name, l.min_value, l.max_value FROM metric_latest l JOIN metric_keys k ON k.id = l.key_id",
                static row => (Series: (row.Long(0), row.Text(1)), Range: (row.DoubleOrNull(2), row.DoubleOrNull(3)))).ToDictionary(row => row.Series, row => row.Range);
            var all = new List<MetricLatest>();
            foreach (var (run, name, point) in latest.Points)
            {
                var (min, max) = ranges[(run, latest.Names[name])];
                all.Add(new(run, latest.Names[name], point, min, max));
            }
            return all;
        }, default);
    }

    public async Task Reopen()
    {
        Metrics.Dispose();
        await test.Reopen();
        Metrics = new Metrics(test.Database, NullLogger<Metrics>.Instance);
    }

    public static IEnumerable<(long TimeMs, long Step, double Value)> Points(SeriesColumns columns) =>
        Enumerable.Range(0, columns.Count).Select(i => (columns[i].TimeMs, columns[i].Step, columns[i].Value));

    public async ValueTask DisposeAsync()
    {
        Metrics.Dispose();
        await test.DisposeAsync();
    }
}

/// <summary>A series as search and runs see it: its latest point, and its range without NaNs.</summary>
internal readonly record struct MetricLatest(long RunNo, string Key, SeriesPoint Point, double? Min, double? Max);
