using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class MetricsMeasureOnSqlite() : MetricsMeasureTests(Dialect.Sqlite);

public sealed class MetricsMeasureOnPostgres() : MetricsMeasureTests(Dialect.Postgres);

/// <summary>Functions of series over many runs: what it costs, and what is left when curves are missing, damaged or deleted.</summary>
public abstract class MetricsMeasureTests(Dialect dialect)
{
    private static readonly SeriesCall Below = new(SeriesFunction.FirstStep, 0, new(Comparator.Less, 0.5));

    /// <summary>Runs 1 to n whose value falls below one half at step 100 + run.</summary>
    private static async Task<TestMetrics> Falling(Dialect dialect, int runs, int points)
    {
        var test = await TestMetrics.Create(dialect);
        for (var run = 1; run <= runs; run++) await test.Log(run, "loss", [.. Enumerable.Range(0, points).Select(step => (1_000L + step, (long)step, step < 100 + run ? 1.0 : 0.25))]);
        Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);
        Assert.Null(await test.Metrics.EnsureSettled(default));
        return test;
    }

    private static async Task<(Dictionary<long, double> Steps, int Statements)> Steps(TestMetrics test, int runs, double? below = null) => await test.Database.Read(session =>
    {
        var key = test.Metrics.KeyOf(session, 0, "loss")!.Value;
        var (steps, before) = (new Dictionary<long, double>(), session.Statements);
        test.Metrics.Measure(session, key, Below, SearchSet.Of(Enumerable.Range(1, runs).Select(run => (long)run)), (run, range) =>
        {
            var decided = below is { } number ? range.Compare(Comparator.Less, number) is not null : range.IsExact;
            if (decided) steps[run] = range.Low;
            return decided;
        });
        return (steps, session.Statements - before);
    }, default);

    [Fact]
    public async Task Curves_decide_a_thousand_runs_in_two_statements()
    {
        await using var test = await Falling(dialect, 1_000, 120);
        // Nobody is below one half before step 50.
        Assert.Equal((1_000, 2), await Steps(test, 1_000, 50) is var (steps, statements) ? (steps.Count, statements) : default);
    }

    [Fact]
    public async Task Points_are_read_for_many_undecided_runs_together()
    {
        await using var test = await Falling(dialect, 128, 300);
        var (steps, statements) = await Steps(test, 128);
        Assert.Equal(Enumerable.Range(1, 128).Select(run => 100.0 + run), steps.OrderBy(step => step.Key).Select(step => step.Value));
        // Twice 64 runs: log, packs' heads, bodies, segments.
        Assert.InRange(statements, 3, 10);
    }

    [Fact]
    public async Task Of_a_long_series_only_what_can_change_the_answer_is_read()
    {
        await using var test = await TestMetrics.Create(dialect);
        await test.Log(1, "loss", [.. Enumerable.Range(0, 50_000).Select(step => (1_000L + step, (long)step, step < 23_456 ? 1.0 : 0.25))]);
        Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);
        var (steps, statements) = await Steps(test, 1);
        Assert.Equal(23_456, steps[1]);
        // Log, curve, log, packs, how many segments, their roll-ups, one read of bodies.
        Assert.InRange(statements, 6, 8);
    }

    [Fact]
    public async Task Late_points_reach_the_curve_of_a_long_series()
    {
        await using var test = await Falling(dialect, 1, 9_000);
        await test.Log(1, "loss", (5_000_000, 7, 0.1), (5_000_001, 20_000, 0.1));
        // First from the log, then from the curve that took them in.
        for (var compacted = 0; compacted < 2; compacted++)
        {
            Assert.Equal(7, (await Steps(test, 1)).Steps[1]);
            Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);
        }
        Assert.Equal((1, 2), await Steps(test, 1, 1_000) is var (steps, statements) ? (steps.Count, statements) : default);
    }

    [Theory]
    [InlineData("DELETE FROM metric_curves")]
    [InlineData("UPDATE metric_curves SET curve = $1")]
    public async Task Without_curves_the_answers_are_the_same(string damage)
    {
        await using var test = await Falling(dialect, 5, 5_000);
        await test.Database.Write<int>(session => damage.Contains("$1", StringComparison.Ordinal) ? session.Execute(damage, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }) : session.Execute(damage), default);
        var (steps, _) = await Steps(test, 5);
        Assert.Equal([101, 102, 103, 104, 105], steps.OrderBy(step => step.Key).Select(step => step.Value));
    }

    [Fact]
    public async Task A_short_series_has_no_curve_and_a_deleted_one_loses_it()
    {
        await using var test = await Falling(dialect, 2, 200);
        await test.Log(1, "few", (1, 1, 1));
        Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);
        Task<List<long>> Runs() => test.Database.Read(session => session.Query("SELECT run_no FROM metric_curves ORDER BY run_no", static row => row.Long(0)), default);
        Assert.Equal([1, 2], await Runs());
        await test.Database.Write<Done>(session =>
        {
            test.Metrics.Delete(session, 1);
            return new Done();
        }, default);
        Assert.Equal([2], await Runs());
    }
}
