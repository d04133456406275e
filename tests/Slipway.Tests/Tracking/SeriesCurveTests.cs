using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>A curve never contradicts its points, whatever they are and in whichever order and number of times they come.</summary>
public sealed class SeriesCurveTests
{
    private static readonly double[] Odd = [0, 1, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -1e300, double.Epsilon, 0.1, float.MaxValue];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_curve_never_contradicts_its_points(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 3_000; round++)
        {
            var points = Points(random);
            var curve = new SeriesCurve();
            foreach (var point in points)
            {
                curve.Add(point);
                // Stored and read again in between, as compaction does.
                if (random.Next(200) == 0) Assert.True(curve.Decode(curve.Encode()));
                if (random.Next(20) == 0) curve.Add(point);
            }
            Assert.True(curve.Decode(curve.Encode()));
            for (var i = 0; i < 6; i++)
            {
                var call = MetricsModel.Call(random);
                if (call.Test is { } test && random.Next(2) == 0) call = call with { Test = test with { Number = Odd[random.Next(Odd.Length)] is var odd && double.IsNaN(odd) ? 0.5 : odd } };
                if (call.Function is SeriesFunction.At && random.Next(2) == 0) call = call with { Step = points[random.Next(points.Count)].Step };
                var value = MetricsModel.Measure(points, call);
                var exact = value is { } number ? SeriesRange.Of(number) : SeriesRange.Absent;
                var range = curve.Measure(call);
                foreach (var comparator in Enum.GetValues<Comparator>().Where(one => one <= Comparator.GreaterOrEqual || one.IsUnary()))
                {
                    var against = random.Next(3) == 0 && value is { } near && !double.IsNaN(near) ? near : random.Next(-3, 400);
                    if (range.Compare(comparator, against) is { } decided)
                        Assert.True(decided == exact.Compare(comparator, against), $"seed {seed} round {round}: {call} is {value}, the curve says {range} for {comparator} {against}");
                }
            }
        }
    }

    [Fact]
    public void A_falling_loss_is_decided_without_its_points_except_near_the_threshold()
    {
        var curve = new SeriesCurve();
        for (var step = 0; step < 10_000; step++) curve.Add(new SeriesPoint(step, step, 1 - step / 10_000.0));
        var call = new SeriesCall(SeriesFunction.FirstStep, 0, new(Comparator.Less, 0.5));
        var undecided = Enumerable.Range(0, 10_000).Count(step => curve.Measure(call).Compare(Comparator.Less, step) is null);
        Assert.InRange(undecided, 1, 10_000 / (SeriesCurve.RangesMax / 2));
        Assert.True(curve.Encode().Length < 1_000);
    }

    [Fact]
    public void Steps_over_the_whole_range_of_64_bits_are_kept()
    {
        var curve = new SeriesCurve();
        foreach (var step in new[] { long.MinValue, -1, 0, long.MaxValue })
            for (var i = 0; i < 8; i++) curve.Add(new SeriesPoint(i, step, step < 0 ? 1 : 2));
        Assert.True(curve.Decode(curve.Encode()));
        Assert.Equal(SeriesRange.Of(long.MinValue), curve.Measure(new(SeriesFunction.FirstStep, 0, new(Comparator.Equal, 1))));
        Assert.Equal(SeriesRange.Of(long.MaxValue), curve.Measure(new(SeriesFunction.LastStep, 0, new(Comparator.Equal, 2))));
        Assert.Equal(SeriesRange.Absent, curve.Measure(new(SeriesFunction.At, 5)));
    }

    [Fact]
    public void Damaged_bytes_make_no_curve()
    {
        var curve = new SeriesCurve();
        for (var step = 0; step < 100; step++) curve.Add(new SeriesPoint(step, step, step));
        var bytes = curve.Encode();
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= 0x10;
            Assert.False(curve.Decode(damaged));
            Assert.False(curve.Decode(bytes.AsSpan(0, i)));
        }
        Assert.Equal(SeriesRange.Unknown, curve.Measure(new(SeriesFunction.First)));
        Assert.True(curve.Decode(bytes));
    }

    private static List<SeriesPoint> Points(Random random)
    {
        var points = new List<SeriesPoint>();
        var (step, late, falling) = (random.NextInt64(-50, 50), random.Next(3) == 0, random.Next(2) == 0);
        for (var count = random.Next(4) == 0 ? random.Next(1, 2_000) : random.Next(1, 100); count > 0; count--)
        {
            step += random.Next(4) == 0 ? random.Next(20) : 1;
            var value = random.Next(12) == 0 ? Odd[random.Next(Odd.Length)] : falling ? 1.0 / (1 + Math.Abs(step)) : random.NextDouble();
            points.Add(new(random.Next(1_000), late && random.Next(10) == 0 ? random.NextInt64(-60, step + 1) : step, SeriesPoint.Canonical(value)));
        }
        return points;
    }
}
