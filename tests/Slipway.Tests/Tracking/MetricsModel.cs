using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Metrics as anyone would write them without a thought for size.</summary>
internal sealed class MetricsModel
{
    private readonly Dictionary<(long Run, string Key), SortedSet<SeriesPoint>> series = [];
    private readonly Dictionary<(long Run, string Key), long> next = [];

    public SortedSet<SeriesPoint> Series(long run, string key) => series.GetValueOrDefault((run, key), []);

    public void Add(long run, string key, SeriesPoint point)
    {
        if (!series.TryGetValue((run, key), out var points)) series[(run, key)] = points = [];
        points.Add(point);
    }

    public void Delete(long run)
    {
        foreach (var key in series.Keys.Where(key => key.Run == run).ToList()) series.Remove(key);
    }

    public List<MetricLatest> Latest(long[] runs)
    {
        var latest = new List<MetricLatest>();
        foreach (var ((run, key), points) in series.OrderBy(one => one.Key.Run).ThenBy(one => one.Key.Key, StringComparer.Ordinal))
        {
            if (!runs.Contains(run)) continue;
            var plain = points.Where(point => !double.IsNaN(point.Value)).Select(point => point.Value).ToList();
            latest.Add(new(run, key, points.OrderBy(point => point, Comparer<SeriesPoint>.Create((a, b) => a.CompareByStep(b))).Last(), plain.Count == 0 ? null : plain.Min(), plain.Count == 0 ? null : plain.Max()));
        }
        return latest;
    }

    /// <summary>The reference's choice of steps, on lists.</summary>
    public List<SeriesPoint[]> Interval(long[] runs, string key, long? start, long? end, int max)
    {
        var steps = runs.SelectMany(run => Series(run, key)).Select(point => point.Step).Distinct().Order().ToList();
        if (steps.Count == 0) return [.. runs.Select(_ => Array.Empty<SeriesPoint>())];
        var (from, to) = (start ?? steps[0], end ?? steps[^1]);
        var ends = runs.Select(run => Series(run, key)).Where(points => points.Count > 0).SelectMany(points => new[] { points.Min(point => point.Step), points.Max(point => point.Step) });
        var inside = steps.Where(step => step >= from && step <= to).ToList();
        var chosen = inside.Count <= max ? inside : [.. Enumerable.Range(0, max).Select(i => inside[(int)(i * (inside.Count / (double)max))]), inside[^1]];
        var wanted = chosen.Concat(ends.Where(step => step >= from && step <= to)).ToHashSet();
        return [.. runs.Select(run => Series(run, key).Where(point => wanted.Contains(point.Step)).Order(Comparer<SeriesPoint>.Create((a, b) => a.CompareByStep(b))).ToArray())];
    }

    /// <summary>Any function with thresholds among the values that are invented.</summary>
    public static SeriesCall Call(Random random)
    {
        SeriesTest Test() => random.Next(10) switch
        {
            0 => new(Comparator.IsNan, 0),
            1 => new(Comparator.IsNotNan, 0),
            _ => new((Comparator)random.Next(6), random.Next(6) switch { 0 => 0, 1 => 1, 2 => double.PositiveInfinity, 3 => Math.Round(random.NextDouble(), 2), 4 => random.NextDouble() * 0.01, _ => random.NextDouble() }),
        };
        return random.Next(7) switch
        {
            0 => new(SeriesFunction.First),
            1 => new(SeriesFunction.At, random.Next(-5, 3_000)),
            2 or 3 => new(SeriesFunction.FirstStep, 0, Test()),
            4 => new(SeriesFunction.LastStep, 0, Test()),
            5 => new(SeriesFunction.Count),
            _ => new(SeriesFunction.Count, 0, Test()),
        };
    }

    /// <summary>What a function of a series means; null when there is no such point.</summary>
    public static double? Measure(IEnumerable<SeriesPoint> points, SeriesCall? call)
    {
        bool Passes(SeriesPoint point) => call!.Test?.Holds(point.Value) ?? true;
        var sorted = points.Distinct().Order(Comparer<SeriesPoint>.Create((a, b) => a.CompareByStep(b))).ToList();
        var numbers = sorted.Where(point => !double.IsNaN(point.Value)).Select(point => point.Value).ToList();
        return call?.Function switch
        {
            SeriesFunction.Count => sorted.Count(Passes),
            null => sorted.Count > 0 ? sorted[^1].Value : null,
            SeriesFunction.Min => numbers.Count > 0 ? numbers.Min() : null,
            SeriesFunction.Max => numbers.Count > 0 ? numbers.Max() : null,
            SeriesFunction.First => sorted.Count > 0 ? sorted[0].Value : null,
            SeriesFunction.At => sorted.Where(point => point.Step == call.Step).Select(point => (double?)point.Value).LastOrDefault(),
            SeriesFunction.FirstStep => sorted.Where(Passes).Select(point => (double?)point.Step).FirstOrDefault(),
            _ => sorted.Where(Passes).Select(point => (double?)point.Step).LastOrDefault(),
        };
    }

    /// <summary>Points as they come: mostly in order and regular, some late, some repeated, some strange.</summary>
    public IEnumerable<(string Key, SeriesPoint Point)> Invent(Random random, long run, string[] keys)
    {
        var wide = random.Next(4) == 0;
        foreach (var key in keys.Where(_ => wide || random.Next(2) == 0).ToList())
        {
            var count = key == "huge" ? random.Next(1, 2_500) : random.Next(1, 40);
            for (var i = 0; i < count; i++)
            {
                var known = Series(run, key);
                if (known.Count > 0 && random.Next(400) == 0)
                {
                    var repeated = random.Next(2) == 0 ? known.Min : known.Max;
                    yield return (key, repeated);
                    continue;
                }
                var late = random.Next(300) == 0;
                var step = late ? random.NextInt64(-5, next.GetValueOrDefault((run, key)) + 1) : next[(run, key)] = next.GetValueOrDefault((run, key)) + 1;
                var value = random.Next(60) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => -0.0, 3 => Math.Round(random.NextDouble(), 2), _ => random.NextDouble() };
                yield return (key, new(1_000 + step * 10 + (late ? random.Next(-30, 30) : 0), step, SeriesPoint.Canonical(value)));
            }
        }
    }
}
