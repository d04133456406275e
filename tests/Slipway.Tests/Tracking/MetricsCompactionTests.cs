using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class MetricsCompactionOnSqlite() : MetricsCompactionTests(Dialect.Sqlite);

public sealed class MetricsCompactionOnPostgres() : MetricsCompactionTests(Dialect.Postgres);

public abstract class MetricsCompactionTests(Dialect dialect)
{
    private const long Run = 7;

    private static (long, long, double)[] Series(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (1_000L + i * 10, (long)i, i / 7.0))];

    private static async Task<long> Count(TestMetrics test, string sql) => await test.Database.Read(session => session.Long(sql), default) ?? 0;

    private static async Task Compact(TestMetrics test) => Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);

    [Fact]
    public async Task Small_series_of_a_run_share_one_pack()
    {
        await using var test = await TestMetrics.Create(dialect);
        for (var key = 0; key < 50; key++) await test.Log(Run, "m" + key, Series(0, 3));
        await Compact(test);
        Assert.Equal(0, await Count(test, "SELECT count(*) FROM metric_log"));
        Assert.Equal(1, await Count(test, "SELECT count(*) FROM metric_packs"));
        Assert.InRange(await Count(test, "SELECT sum(length(head) + length(body)) FROM metric_packs"), 1, 150 * 14);
        for (var key = 0; key < 50; key++) Assert.Equal(Series(0, 3), await test.History(Run, "m" + key));
    }

    [Fact]
    public async Task A_key_gets_segments_of_its_own_above_4096_points()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "small", Series(0, 10));
        await test.Log(Run, "big", Series(0, SeriesSegment.PointsMax));
        await Compact(test);
        Assert.Equal(0, await Count(test, "SELECT count(*) FROM metric_segments"));
        await test.Log(Run, "big", Series(SeriesSegment.PointsMax, 1));
        await Compact(test);
        Assert.Equal(2, await Count(test, "SELECT count(*) FROM metric_segments"));
        Assert.Equal(10, await Count(test, "SELECT sum(points) FROM metric_packs"));
        Assert.Equal(Series(0, SeriesSegment.PointsMax + 1), await test.History(Run, "big"));
        Assert.Equal(Series(0, 10), await test.History(Run, "small"));
    }

    [Fact]
    public async Task A_late_point_rewrites_only_the_segment_it_falls_into()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", Series(0, 40_000));
        await Compact(test);
        var before = await test.Database.Read(session => session.Query("SELECT id FROM metric_segments ORDER BY id", row => row.Long(0)), default);
        await test.Log(Run, "m", (100_005, 1, 2.0));
        await Compact(test);
        var after = await test.Database.Read(session => session.Query("SELECT id FROM metric_segments ORDER BY id", row => row.Long(0)), default);
        Assert.Equal(before.Count - 1, before.Intersect(after).Count());
        Assert.Equal(40_001, (await test.History(Run, "m")).Length);
        Assert.Equal((100_005, 1, 2.0), (await test.History(Run, "m"))[9_901]);
    }

    [Fact]
    public async Task Repeats_of_compacted_points_change_no_segment()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", Series(0, 10_000));
        await Compact(test);
        var before = await Count(test, "SELECT sum(id) FROM metric_segments");
        await test.Log(Run, "m", Series(3_000, 500));
        var buckets = await test.Metrics.Buckets(0, Run, "m", SeriesAxis.Step, null, null, 10, default);
        Assert.All(buckets.Buckets, bucket => Assert.Equal(1_000, bucket.Summary.Count));
        await Compact(test);
        Assert.Equal(before, await Count(test, "SELECT sum(id) FROM metric_segments"));
        Assert.Equal(0, await Count(test, "SELECT count(*) FROM metric_log"));
    }

    [Fact]
    public async Task Points_that_arrive_in_any_order_end_in_segments_that_do_not_overlap()
    {
        await using var test = await TestMetrics.Create(dialect);
        var points = Series(0, 30_000);
        new Random(3).Shuffle(points);
        foreach (var part in points.Chunk(3_000))
        {
            await test.Log(Run, "m", part);
            await Compact(test);
        }
        Assert.Equal(Series(0, 30_000), await test.History(Run, "m"));
        Assert.Equal(0, await Count(test, """
            SELECT count(*) FROM metric_segments a JOIN metric_segments b
                ON a.id <> b.id AND a.run_no = b.run_no AND a.key_id = b.key_id AND a.first_ms <= b.last_ms AND b.first_ms <= a.last_ms
            """));
        Assert.InRange(await Count(test, "SELECT count(*) FROM metric_segments"), 8, 20);
    }

    [Fact]
    public async Task A_thousand_keys_a_batch_share_few_packs()
    {
        await using var test = await TestMetrics.Create(dialect);
        using var builder = new MetricBatch.Builder();
        for (var step = 0; step < 60; step++)
        {
            for (var key = 0; key < 1_000; key++) builder.Add(builder.KeyOf("layer/" + key), 1_000 + step, step, key * step / 3.0);
            await test.Log(Run, builder.Build());
            if (step % 20 == 19) await Compact(test);
        }
        Assert.InRange(await Count(test, "SELECT count(*) FROM metric_packs"), 8, 9);
        Assert.Equal(60_000, await Count(test, "SELECT sum(points) FROM metric_packs"));
        Assert.Equal(60_000, await Count(test, "SELECT packed_points FROM metric_runs"));
        Assert.Equal(60, (await test.History(Run, "layer/999")).Length);
    }

    [Fact]
    public async Task Compaction_beside_logging_and_reading_loses_nothing()
    {
        await using var test = await TestMetrics.Create(dialect);
        using var other = new Metrics(test.Database, NullLogger<Metrics>.Instance);
        using var done = new CancellationTokenSource();
        var compacting = Task.WhenAll(new[] { test.Metrics, other }.Select(async metrics =>
        {
            while (!done.IsCancellationRequested) Assert.Null((await metrics.Compact(long.MaxValue, default)).Problem);
        }));
        var reading = Task.Run(async () =>
        {
            var seen = 0;
            while (!done.IsCancellationRequested)
            {
                var length = (await test.History(Run, "a")).Length;
                Assert.InRange(length, seen, int.MaxValue);
                seen = length;
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async client =>
        {
            for (var i = 0; i < 40; i++)
            {
                using var builder = new MetricBatch.Builder();
                foreach (var (time, step, value) in Series((client * 40 + i) * 100, 100)) builder.Add(builder.KeyOf("a"), time, step, value);
                foreach (var (time, step, value) in Series((i * 4 + client) * 10, 10)) builder.Add(builder.KeyOf("b" + i % 3), time, step, value);
                await test.Log(Run, builder.Build());
            }
        }));
        await done.CancelAsync();
        await Task.WhenAll(compacting, reading);
        await Compact(test);
        Assert.Equal(Series(0, 16_000), await test.History(Run, "a"));
        Assert.Equal(1_600, (await test.History(Run, "b0")).Length + (await test.History(Run, "b1")).Length + (await test.History(Run, "b2")).Length);
        Assert.Equal(17_600, await Count(test, "SELECT sum(points) FROM metric_segments") + await Count(test, "SELECT sum(points) FROM metric_packs"));
    }

    [Fact]
    public async Task A_compaction_that_began_before_another_one_ended_changes_nothing()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", Series(0, 100));
        Assert.Null(await test.Metrics.Settle(default));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => new MetricsCompaction(test.Database, Run).Run(default)));
        Assert.Contains(outcomes, outcome => outcome is { Succeeded: true, Value: 1 });
        Assert.All(outcomes, outcome => Assert.True(outcome.Succeeded || outcome.Problem.Code is ErrorCode.RESOURCE_CONFLICT));
        Assert.Equal(100, await Count(test, "SELECT sum(points) FROM metric_packs"));
    }

    [Fact]
    public async Task A_damaged_segment_is_named_and_the_rest_is_read()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", Series(0, 20_000));
        await test.Log(Run, "other", Series(0, 20_000));
        await Compact(test);
        var id = await Count(test, "SELECT min(id) FROM metric_segments WHERE key_id = (SELECT id FROM metric_keys WHERE name = 'm')");
        var body = await test.Database.Read(session => session.First("SELECT body FROM metric_segments WHERE id = $1", row => row.Bytes(0), id), default);
        body![^7] ^= 1;
        await test.Database.Write<int>(session => session.Execute("UPDATE metric_segments SET body = $2 WHERE id = $1", id, body), default);

        using var page = await test.Metrics.History(0, Run, "m", null, Metrics.HistoryMax, default);
        Assert.InRange(page.Columns.Count, 20_000 - SeriesBlock.PointsMax, 19_999);
        var damage = Assert.Single(page.Damages);
        Assert.Equal((Run, "segment", id), (damage.RunNo, damage.Kind, damage.Id));
        Assert.Contains($"segment {id} is damaged", damage.ToProblem("r", "m").Message, StringComparison.Ordinal);
        Assert.Equal(20_000, (await test.History(Run, "other")).Length);
        Assert.Single((await test.Metrics.Interval(0, [Run], "m", null, null, 50_000, default)).Damages);

        // New points that fall into it stay in the log, readable, and the compactor says so once instead of losing the segment.
        await test.Log(Run, "m", (1_005, 0, 1.0));
        Assert.Equal(ErrorCode.DATA_LOSS, (await test.Metrics.Compact(long.MaxValue, default)).Problem?.Code);
        Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);
        using var again = await test.Metrics.History(0, Run, "m", null, Metrics.HistoryMax, default);
        Assert.Equal(page.Columns.Count + 1, again.Columns.Count);
    }

    [Fact]
    public async Task A_run_deleted_while_it_is_compacted_stays_deleted()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(Run, "m", Series(0, 20_000));
        await Compact(test);
        await test.Log(Run, "m", Series(20_000, 20_000));
        var compacting = test.Metrics.Compact(long.MaxValue, default);
        await test.Database.Write<Done>(session =>
        {
            test.Metrics.Delete(session, Run);
            return new Done();
        }, default);
        Assert.Null((await compacting).Problem);
        Assert.Empty(await test.History(Run, "m"));
        Assert.Empty(await test.Latest(Run));
        while ((await test.Metrics.Sweep(default)).Value) { }
        foreach (var table in new[] { "metric_log", "metric_unsettled", "metric_latest", "metric_segments", "metric_packs", "metric_runs" })
            Assert.Equal(0, await Count(test, "SELECT count(*) FROM " + table));
    }

    [Fact]
    public async Task Reads_cost_a_fixed_number_of_statements()
    {
        await using var test = await TestMetrics.Create(dialect);
        long[] runs = [.. Enumerable.Range(100, 20)];
        foreach (var run in runs) await test.Log(run, "m", Series(0, 100));
        await Compact(test);
        await test.Log(runs[0], "m", Series(0, 30_000));
        await Compact(test);
        var (interval, buckets, history) = await test.Database.Read(session =>
        {
            int Since(ref int before) => -before + (before = session.Statements);
            var at = session.Statements;
            test.Metrics.Interval(session, 0, runs, "m", null, null, 300);
            var first = Since(ref at);
            test.Metrics.Buckets(session, 0, runs[0], "m", SeriesAxis.Step, null, null, 1_000);
            var second = Since(ref at);
            using var page = test.Metrics.History(session, 0, runs[0], "m", null, 25_000);
            return (first, second, Since(ref at));
        }, default);
        Assert.InRange(interval, 1, 7);
        Assert.InRange(buckets, 1, 6);
        Assert.InRange(history, 1, 6);
    }

    [Fact]
    public async Task The_loop_waits_for_age_or_size()
    {
        await using var test = await TestMetrics.Create(dialect);
        var clock = new SteppedClock();
        var compactor = new MetricsCompactor(test.Metrics, test.Database, clock, NullLogger<MetricsCompactor>.Instance);
        await test.Log(Run, "m", Series(0, 10));
        await compactor.CompactOnce(default);
        Assert.Equal(1, await Count(test, "SELECT count(*) FROM metric_log"));
        clock.Advance(MetricsCompactor.AgeMax);
        await compactor.CompactOnce(default);
        Assert.Equal(0, await Count(test, "SELECT count(*) FROM metric_log"));
        await test.Log(Run + 1, "m", Series(0, Metrics.PointsDueLeast));
        await compactor.CompactOnce(default);
        Assert.Equal(0, await Count(test, "SELECT count(*) FROM metric_log"));
    }

    private sealed class SteppedClock : TimeProvider
    {
        private long now;

        public void Advance(TimeSpan by) => now += by.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;
    }
}
