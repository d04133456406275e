using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class MetricsDeleteOnSqlite() : MetricsDeleteTests(Dialect.Sqlite);

public sealed class MetricsDeleteOnPostgres() : MetricsDeleteTests(Dialect.Postgres);

/// <summary>Deleting costs segments, not points.</summary>
public abstract class MetricsDeleteTests(Dialect dialect)
{
    private const int Points = 1_000_000;

    private static readonly string[] Tables = ["metric_log", "metric_unsettled", "metric_segments", "metric_packs", "metric_latest", "metric_curves", "metric_runs"];

    [Fact]
    public async Task A_run_of_a_million_points_goes_without_a_row_for_each_point()
    {
        await using var test = await TestMetrics.Create(dialect);
        for (var batch = 0; batch < 20; batch++)
        {
            using var builder = new MetricBatch.Builder();
            for (var point = 0; point < Points / 20; point++)
            {
                var step = batch * (Points / 20 / 10) + point / 10;
                builder.Add(builder.KeyOf("m" + point % 10), step, step, point * 0.37);
            }
            await test.Log(11, builder.Build());
        }
        Assert.Null(await test.Metrics.EnsureSettled(default));
        while ((await test.Metrics.Compact(long.MaxValue, default)).Value > 0) { }
        Assert.Equal(Points, await test.Database.Read(static session => session.Long("SELECT CAST(sum(points) AS BIGINT) FROM (SELECT points FROM metric_segments UNION ALL SELECT points FROM metric_packs) AS stored"), default));
        // What there is to delete: a row for 4,096 points, and two for each metric.
        var rows = await Rows(test);
        Assert.InRange(rows, Points / 4_096, 600);

        var statements = 0;
        await test.Database.Write<Done>(session =>
        {
            var before = session.Statements;
            test.Metrics.Delete(session, 11);
            statements = session.Statements - before;
            return default(Done);
        }, default);
        Assert.InRange(statements, 1, 3);
        var steps = 0;
        while ((await test.Metrics.Sweep(default)).Value) steps++;
        Assert.InRange(steps, 1, rows / Metrics.SweptMax + 5);
        Assert.Equal(0, await Rows(test));
    }

    private static async Task<long> Rows(TestMetrics test) => await test.Database.Read(static session => Tables.Sum(table => session.Long($"SELECT count(*) FROM {table}")!.Value), default);
}
