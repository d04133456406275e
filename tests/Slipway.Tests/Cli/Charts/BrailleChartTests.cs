using Slipway.Cli.Charts;

namespace Slipway.Tests.Cli.Charts;

public sealed class BrailleChartTests
{
    [Fact]
    public void A_rising_line_goes_from_the_lower_left_to_the_upper_right()
    {
        var chart = BrailleChart.Draw([Of(0, 1, 2, 3)], 2, 1, logarithmic: false)!;
        Assert.Equal("⣀⠉", new string([chart[0, 0].Dots, chart[1, 0].Dots]).Replace('⡠', '⣀').Replace('⠊', '⠉'));
        Assert.Equal((0, 3, 0L, 3L), (chart.Low, chart.High, chart.From, chart.To));
    }

    [Fact]
    public void A_spike_in_one_bucket_of_thousands_is_drawn()
    {
        var values = Enumerable.Repeat(0.0, 5_000).ToArray();
        values[1_234] = 100;
        var chart = BrailleChart.Draw([Of(values)], 40, 10, logarithmic: false)!;
        Assert.Contains(Enumerable.Range(0, 40), x => chart[x, 0].Curve == 0);
    }

    [Fact]
    public void A_gap_of_NaN_is_not_bridged()
    {
        var chart = BrailleChart.Draw([Of([0, .. Enumerable.Repeat(double.NaN, 98), 0])], 50, 4, logarithmic: false)!;
        Assert.All(Enumerable.Range(1, 48), x => Assert.All(Enumerable.Range(0, 4), y => Assert.Equal(-1, chart[x, y].Curve)));
    }

    [Fact]
    public void Nothing_to_draw_is_no_chart()
    {
        Assert.Null(BrailleChart.Draw([Of(double.NaN, double.PositiveInfinity)], 10, 4, logarithmic: false));
        Assert.Null(BrailleChart.Draw([Of(-1, 0)], 10, 4, logarithmic: true));
        Assert.Null(BrailleChart.Draw([Of()], 10, 4, logarithmic: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_curves_fit_into_any_chart(int seed)
    {
        var random = new Random(seed);
        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, -double.MaxValue, double.Epsilon, 0, -0.0, 1, 1e-300];
        for (var n = 0; n < 2_000; n++)
        {
            var curves = Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
            {
                var at = Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(5) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(100)).Order().ToArray();
                double Value() => random.Next(3) == 0 ? odd[random.Next(odd.Length)] : random.NextDouble() - 0.5;
                var pairs = at.Select(_ => (A: Value(), B: Value())).ToArray();
                return new Curve("c", at, [.. pairs.Select(pair => Math.Min(pair.A, pair.B))], [.. pairs.Select(pair => Math.Max(pair.A, pair.B))], [.. pairs.Select(pair => pair.A)], [.. pairs.Select(pair => pair.B)]);
            }).ToList();
            var (width, height) = (random.Next(1, 60), random.Next(1, 20));
            if (BrailleChart.Draw(curves, width, height, random.Next(2) == 0) is not { } chart) continue;
            Assert.All(ChartView.Lines(chart, "a", "b", colours: false).Take(height), line => Assert.Equal(width, line.Count(c => c is >= '\u2800' and <= '\u28ff')));
            Assert.Contains(Enumerable.Range(0, width * height), i => chart[i % width, i / width].Curve >= 0);
        }
    }

    private static Curve Of(params double[] values) => new("c", [.. Enumerable.Range(0, values.Length).Select(n => (long)n)], values, values, values, values);
}
