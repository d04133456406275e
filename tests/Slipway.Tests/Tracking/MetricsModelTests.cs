using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class MetricsModelOnSqlite() : MetricsModelTests(Dialect.Sqlite);

public sealed class MetricsModelOnPostgres() : MetricsModelTests(Dialect.Postgres);

/// <summary>Random operations against sorted sets in memory: after every one, every kind of read agrees.</summary>
public abstract class MetricsModelTests(Dialect dialect)
{
    private static readonly long[] Runs = [11, 12, 21];
    private static readonly string[] Keys = ["loss", "acc", "lr/a b", "huge"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_read_agrees_with_a_naive_model_after_any_operation(int seed)
    {
        await using var test = await TestMetrics.Create(dialect);
        var model = new MetricsModel();
        var random = new Random(seed);
        for (var round = 0; round < 30; round++)
        {
            var run = Runs[random.Next(Runs.Length)];
            var what = await Step(test, model, run, random);
            try
            {
                await Check(test, model, run, random);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, round {round}, after {what}: {failure.Message}", failure);
            }
        }
    }

    private static async Task<string> Step(TestMetrics test, MetricsModel model, long run, Random random)
    {
        switch (random.Next(12))
        {
            case 0:
                await test.Reopen();
                return "a restart";
            case 1 when random.Next(4) == 0:
                await test.Database.Write<Done>(session =>
                {
                    test.Metrics.Delete(session, run);
                    return new Done();
                }, default);
                model.Delete(run);
                while ((await test.Metrics.Sweep(default)).Value) { }
                return "a deletion";
            case <= 4:
                Assert.Null((await test.Metrics.Compact(long.MaxValue, default)).Problem);
                return "compaction";
            default:
                using (var builder = new MetricBatch.Builder())
                {
                    var batches = random.Next(1, 4);
                    for (var batch = 0; batch < batches; batch++)
                    {
                        foreach (var (key, point) in model.Invent(random, run, Keys))
                        {
                            builder.Add(builder.KeyOf(key), point.TimeMs, point.Step, point.Value);
                            model.Add(run, key, point);
                        }
                        await test.Log(run, builder.Build());
                    }
                }
                return "logging";
        }
    }

    private static async Task Check(TestMetrics test, MetricsModel model, long run, Random random)
    {
        var latest = await test.Latest(Runs);
        Assert.Equal(model.Latest(Runs), latest);
        foreach (var key in Keys)
        {
            var expected = model.Series(run, key);
            await CheckHistory(test, run, key, expected, random);
            await CheckBuckets(test, run, key, [.. expected], random);
        }
        await CheckCharts(test, model, random);
        for (var i = 0; i < 4; i++) await CheckMeasure(test, model, Keys[random.Next(Keys.Length)], random);
        var name = Keys[random.Next(Keys.Length)];
        var max = random.Next(1, 50);
        long? start = random.Next(2) == 0 ? random.Next(-10, 500) : null;
        long? end = start + random.Next(0, 3_000);
        var sample = await test.Metrics.Interval(0, Runs, name, start, end, max, default);
        Assert.Equal(Runs, sample.Runs.Select(run => run.RunNo));
        foreach (var ((_, points), expected) in sample.Runs.Zip(model.Interval(Runs, name, start, end, max))) Assert.Equal(expected, points);
    }

    private static async Task CheckHistory(TestMetrics test, long run, string key, SortedSet<SeriesPoint> expected, Random random)
    {
        var limit = random.Next(1, 6_000);
        var read = new List<SeriesPoint>();
        SeriesPoint? after = null;
        do
        {
            using var page = await test.Metrics.History(0, run, key, after, limit, default);
            Assert.Empty(page.Damages);
            read.AddRange(SeriesGen.PointsOf(page.Columns));
            after = page.Next;
        }
        while (after is not null);
        // Not Assert.Equal of collections: it is slow on this many.
        Assert.Equal(expected.Count, read.Count);
        foreach (var (one, other) in expected.Zip(read))
            if (one != other) Assert.Equal(one, other);
    }

    private static async Task CheckBuckets(TestMetrics test, long run, string key, SeriesPoint[] expected, Random random)
    {
        var axis = random.Next(2) == 0 ? SeriesAxis.Step : SeriesAxis.Time;
        long At(SeriesPoint point) => axis is SeriesAxis.Step ? point.Step : point.TimeMs;
        long? from = random.Next(2) == 0 || expected.Length == 0 ? null : At(expected[random.Next(expected.Length)]);
        long? to = random.Next(2) == 0 || expected.Length == 0 ? null : At(expected[random.Next(expected.Length)]);
        var answer = await test.Metrics.Buckets(0, run, key, axis, from, to, random.Next(1, 300), default);
        var inside = expected.Where(point => At(point) >= answer.From && At(point) <= answer.To && !(from > to)).ToList();
        if (expected.Length > 0 && !(from > to)) Assert.Equal((from ?? expected.Min(At), to ?? expected.Max(At)), (answer.From, answer.To));
        var sorted = new Queue<SeriesPoint>(inside.OrderBy(At));
        Assert.Equal(inside.Count, answer.Buckets.Sum(bucket => bucket.Summary.Count));
        for (var i = 0; i < answer.Buckets.Count; i++)
        {
            var (first, end) = (answer.Buckets[i].Start, i + 1 < answer.Buckets.Count ? answer.Buckets[i + 1].Start - 1 : answer.To);
            var summary = default(SeriesSummary);
            // The points between two neighbours' starts, those of empty buckets included: there are none.
            for (; sorted.Count > 0 && At(sorted.Peek()) <= end;) summary.Add(sorted.Dequeue());
            Assert.True(summary.Low.Step >= first || axis is SeriesAxis.Time);
            Assert.Equal(summary, answer.Buckets[i].Summary);
        }
    }

    /// <summary>Charts of several series at once: points where they are few, else buckets with NaN and infinities apart.</summary>
    private static async Task CheckCharts(TestMetrics test, MetricsModel model, Random random)
    {
        var axis = random.Next(2) == 0 ? SeriesAxis.Step : SeriesAxis.Time;
        var asked = Enumerable.Range(0, random.Next(1, 8)).Select(_ => (Run: Runs[random.Next(Runs.Length)], Key: Keys[random.Next(Keys.Length)])).ToList();
        long At(SeriesPoint point) => axis is SeriesAxis.Step ? point.Step : point.TimeMs;
        var all = model.Series(asked[0].Run, asked[0].Key).ToArray();
        long? from = random.Next(2) == 0 || all.Length == 0 ? null : At(all[random.Next(all.Length)]);
        long? to = random.Next(2) == 0 || all.Length == 0 ? null : At(all[random.Next(all.Length)]);
        var (buckets, few) = (random.Next(1, 300), random.Next(2) == 0 ? 0 : Metrics.FewMax);
        var charts = await test.Database.Read(session =>
        {
            var found = new List<SeriesChart>();
            test.Metrics.Charts(session, [.. asked.Select(one => new Metrics.SeriesKey(one.Run, test.Metrics.KeyOf(session, 0, one.Key) ?? 0))], axis, from, to, buckets, found.Add, few);
            return found;
        }, default);
        Assert.Equal(asked.Count, charts.Count);
        foreach (var (one, chart) in asked.Zip(charts))
        {
            Assert.False(chart.IsDamaged);
            var expected = model.Series(one.Run, one.Key).ToArray();
            var inside = expected.Where(point => At(point) >= (from ?? long.MinValue) && At(point) <= (to ?? long.MaxValue)).ToArray();
            if (inside.Length <= buckets)
            {
                Array.Sort(inside, (a, b) => axis is SeriesAxis.Step ? a.CompareByStep(b) : a.CompareTo(b));
                Assert.Equal(inside, chart.Points!);
                continue;
            }
            Assert.Null(chart.Points);
            Assert.Equal((from ?? expected.Min(At), to ?? expected.Max(At)), (chart.From, chart.To));
            var (filled, sorted) = (chart.Buckets!.Filled(), new Queue<SeriesPoint>(inside.OrderBy(At)));
            for (int i = 0, at = 0; i < filled.Count; i++, at++)
            {
                while (chart.Buckets[at].Count == 0) at++;
                var (end, points) = (i + 1 < filled.Count ? filled[i + 1].Start - 1 : chart.To, new List<SeriesPoint>());
                while (sorted.Count > 0 && At(sorted.Peek()) <= end) points.Add(sorted.Dequeue());
                var summary = default(SeriesSummary);
                foreach (var point in points) summary.Add(point);
                Assert.Equal(summary, chart.Buckets[at]);
                var (finite, values) = (chart.Buckets.Finite(at), points.Select(point => point.Value).Where(double.IsFinite).ToList());
                Assert.Equal((points.Count(point => double.IsPositiveInfinity(point.Value)), points.Count(point => double.IsNegativeInfinity(point.Value))), (finite.PositiveInfinities, finite.NegativeInfinities));
                Assert.Equal(values.Count == 0 ? (double.NaN, double.NaN) : (values.Min(), values.Max()), (finite.Min, finite.Max));
                Assert.True(finite.Summed <= values.Count);
            }
            Assert.Empty(sorted);
        }
    }

    private static async Task CheckMeasure(TestMetrics test, MetricsModel model, string key, Random random)
    {
        var call = MetricsModel.Call(random);
        var (comparator, number) = ((Comparator)random.Next(6), random.Next(3) == 0 ? random.NextDouble() : random.Next(-3, 500));
        await test.Database.Read(session =>
        {
            if (test.Metrics.KeyOf(session, 0, key) is not { } keyId) return 0;
            foreach (var run in Runs)
            {
                var expected = MetricsModel.Measure(model.Series(run, key), call);
                var said = new List<SeriesRange>();
                test.Metrics.Measure(session, keyId, call, SearchSet.Of([run]), (_, range) =>
                {
                    said.Add(range);
                    return range.IsExact;
                });
                Assert.Equal(expected is { } value ? SeriesRange.Of(value) : SeriesRange.Absent, said[^1]);
                // Whatever was said before must leave room for what it turned out to be, and never decide otherwise.
                Assert.All(said, range => Assert.True(range.Compare(comparator, number) is not { } early || early == said[^1].Compare(comparator, number), $"{call}: {range} before {said[^1]}"));
            }
            return 0;
        }, default);
    }
}
