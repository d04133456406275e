using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class MetricsOnSqlite() : MetricsTests(Dialect.Sqlite);

public sealed class MetricsOnPostgres() : MetricsTests(Dialect.Postgres);

public abstract class MetricsTests(Dialect dialect)
{
    private const long Run = 7, Experiment = 3;

    [Fact]
    public async Task A_repeated_batch_changes_nothing()
    {
        await using var test = await TestMetrics.Create(dialect);
        for (var i = 0; i < 3; i++)
        {
            await test.Log(Run, "loss", (1_000, 1, 0.5), (2_000, 2, 0.25), (2_000, 2, 0.25));
            Assert.Equal([(1_000, 1, 0.5), (2_000, 2, 0.25)], await test.History(Run, "loss"));
        }
    }

    [Fact]
    public async Task History_is_ordered_by_time_step_and_value_with_NaN_after_zero()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", (5, 1, double.PositiveInfinity), (5, 1, double.NaN), (5, 1, 0.0), (5, 1, -0.0), (5, 1, double.NegativeInfinity), (5, 1, 1e-300), (5, 0, 9), (4, 9, 1));
        Assert.Equal([(4, 9, 1), (5, 0, 9), (5, 1, double.NegativeInfinity), (5, 1, 0.0), (5, 1, double.NaN), (5, 1, 1e-300), (5, 1, double.PositiveInfinity)], await test.History(Run, "m"));
    }

    [Fact]
    public async Task Latest_is_the_maximum_of_step_time_and_value_and_a_late_point_cannot_lower_it()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", (10, 5, 1.0), (20, 5, 0.5), (20, 5, double.NaN));
        await test.Log(Run, "m", (99, 4, 100.0));
        Assert.Equal(new MetricLatest(Run, "m", new(20, 5, 0.5), 0.5, 100), Assert.Single(await test.Latest(Run)));
        await test.Log(Run, "m", (20, 5, double.PositiveInfinity), (20, 5, double.NegativeInfinity));
        Assert.Equal(new MetricLatest(Run, "m", new(20, 5, double.PositiveInfinity), double.NegativeInfinity, double.PositiveInfinity), Assert.Single(await test.Latest(Run)));
    }

    [Fact]
    public async Task A_series_of_NaNs_alone_has_no_range()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", (1, 1, double.NaN));
        Assert.Equal(new MetricLatest(Run, "m", new(1, 1, double.NaN), null, null), Assert.Single(await test.Latest(Run)));
        await test.Log(Run, "m", (2, 2, -1.0));
        Assert.Equal(new MetricLatest(Run, "m", new(2, 2, -1), -1, -1), Assert.Single(await test.Latest(Run)));
    }

    [Fact]
    public async Task A_batch_costs_two_statements_whatever_its_points_once_its_keys_are_known()
    {
        await using var test = await TestMetrics.Create(dialect);
        using var builder = new MetricBatch.Builder();
        int Statements(MetricBatch batch) => test.Database.Write<int>(session =>
        {
            var before = session.Statements;
            test.Metrics.Log(session, 0, Run, Experiment, batch);
            return session.Statements - before;
        }, default).GetAwaiter().GetResult().Value;
        MetricBatch Batch(int step)
        {
            for (var key = 0; key < 1_000; key++) builder.Add(builder.KeyOf("key/" + key), step, step, key);
            return builder.Build();
        }
        Assert.Equal(5, Statements(Batch(1)));
        Assert.Null(await test.Metrics.Settle(default));
        Assert.Equal(2, Statements(Batch(2)));
        Assert.Equal(1_000, (await test.Latest(Run)).Count);
        var reading = await test.Database.Read(session =>
        {
            test.Metrics.Latest(session, [Run, Run + 1]).Dispose();
            return session.Statements;
        }, default);
        Assert.Equal(1, reading);
    }

    [Fact]
    public async Task Settling_after_a_restart_reads_the_batches_from_the_log()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", (1, 1, 1.0), (2, 2, 2.0));
        await test.Reopen();
        Assert.Equal(new MetricLatest(Run, "m", new(2, 2, 2), 1, 2), Assert.Single(await test.Latest(Run)));
    }

    [Fact]
    public async Task Settling_with_nothing_to_settle_writes_nothing()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", (1, 1, 1.0));
        Assert.Null(await test.Metrics.EnsureSettled(default));
        Assert.Equal(0, await test.Database.Read(session => session.Long("SELECT count(*) FROM metric_unsettled"), default));
        Assert.Null(await test.Metrics.EnsureSettled(default));
    }

    [Fact]
    public async Task A_batch_that_is_rolled_back_leaves_no_trace()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Database.Write<Done>(session =>
        {
            test.Metrics.Log(session, 0, Run, Experiment, MetricBatch.Of("gone", 1, 1, 100));
            return Problem.Invalid("undone");
        }, default);
        await test.Log(Run, "kept", (1, 1, 1.0));
        Assert.Equal("kept", Assert.Single(await test.Latest(Run)).Key);
        Assert.Empty(await test.History(Run, "gone"));
    }

    [Fact]
    public async Task Many_clients_log_to_one_run_and_nothing_is_lost()
    {
        await using var test = await TestMetrics.Create(dialect);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await test.Log(Run, "m" + i % 5, (i, i, i));
            if (i % 10 == 0) Assert.Null(await test.Metrics.EnsureSettled(default));
        }));
        Assert.Equal([195, 196, 197, 198, 199], (await test.Latest(Run)).Select(latest => latest.Point.Step));
        Assert.Equal(40, (await test.History(Run, "m3")).Length);
    }

    [Fact]
    public async Task Two_servers_settle_the_same_batches_once_each_or_twice_without_harm()
    {
        await using var test = await TestMetrics.Create(dialect);
        using var other = new Metrics(test.Database, NullLogger<Metrics>.Instance);
        for (var i = 0; i < 50; i++) await test.Log(Run, "m" + i % 3, (i, i, -i));
        Assert.All(await Task.WhenAll(test.Metrics.EnsureSettled(default), other.EnsureSettled(default)), Assert.Null);
        Assert.Equal([48, 49, 47], (await test.Latest(Run)).Select(latest => latest.Point.Step));
        Assert.Equal([-48, -49, -47], (await test.Latest(Run)).Select(latest => latest.Min!.Value));
    }

    [Fact]
    public async Task Pages_of_history_follow_each_other_without_gap_or_repeat()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", [.. Enumerable.Range(0, 100).Select(i => ((long)(i / 10), (long)(i / 3), (double)i))]);
        var pages = new List<(long, long, double)>();
        SeriesPoint? after = null;
        do
        {
            using var page = await test.Metrics.History(0, Run, "m", after, 7, default);
            pages.AddRange(TestMetrics.Points(page.Columns));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(await test.History(Run, "m"), pages);
    }

    [Fact]
    public async Task Deleted_metrics_are_gone_at_once_and_swept_away()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", (1, 1, 1.0));
        await test.Log(Run + 1, "m", (1, 1, 1.0));
        await test.Database.Write<Done>(session =>
        {
            test.Metrics.Delete(session, Run);
            return new Done();
        }, default);
        Assert.Empty(await test.History(Run, "m"));
        Assert.Equal([Run + 1], (await test.Latest(Run, Run + 1)).Select(latest => latest.RunNo));
        while ((await test.Metrics.Sweep(default)).Value) { }
        Assert.Equal(1, await test.Database.Read(session => session.Long("SELECT count(*) FROM metric_log"), default));
        Assert.Equal(0, await test.Database.Read(session => session.Long("SELECT count(*) FROM metric_runs WHERE deleted = 1"), default));
        Assert.Single(await test.History(Run + 1, "m"));
    }
}
