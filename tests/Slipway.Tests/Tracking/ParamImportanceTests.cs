using System.Globalization;
using System.Text;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Importance of params against a truth that was planted, and on input that says nothing.</summary>
public sealed class ParamImportanceTests
{
    [Fact]
    public void What_the_metric_is_made_of_is_found_and_what_is_not_is_not()
    {
        var random = new Random(1);
        var (a, b, y) = (Uniform(random, 300), Uniform(random, 300), new double[300]);
        for (var i = 0; i < y.Length; i++) y[i] = 3 * a[i] + 0.2 * Normal(random);
        var found = Weigh(y, ("a", a), ("b", b));
        Assert.Equal(["a", "b"], found.Params.Select(param => param.Param));
        Assert.InRange(found.Params[0].Weight, 0.9, 1);
        Assert.InRange(found.Params[1].Weight, 0, 0.1);
        Assert.InRange(found.Params[0].Correlation!.Value, 0.9, 1);
        Assert.InRange(found.Params[1].Correlation!.Value, -0.2, 0.2);
        Assert.InRange(found.Explained, 0.8, 1);
        Assert.Null(found.Note);
    }

    [Fact]
    public void Shares_are_in_the_order_of_the_effects()
    {
        var random = new Random(2);
        var (a, b, c, y) = (Uniform(random, 500), Uniform(random, 500), Uniform(random, 500), new double[500]);
        for (var i = 0; i < y.Length; i++) y[i] = 4 * a[i] - 2 * b[i] + 0.5 * c[i] + 0.1 * Normal(random);
        var found = Weigh(y, ("c", c), ("b", b), ("a", a));
        Assert.Equal(["a", "b", "c"], found.Params.Select(param => param.Param));
        Assert.Equal(1, found.Params.Sum(param => param.Weight), 4);
        Assert.True(found.Params[1].Correlation < -0.2);
        // Variances of the parts are as 16 : 4 : 0.25.
        Assert.InRange(found.Params[0].Weight / found.Params[1].Weight, 2, 8);
    }

    [Fact]
    public void A_relation_that_is_no_line_is_found_though_its_correlation_is_none()
    {
        var random = new Random(3);
        var (a, b, y) = (Uniform(random, 400), Uniform(random, 400), new double[400]);
        for (var i = 0; i < y.Length; i++) y[i] = Math.Abs(a[i] - 0.5);
        var found = Weigh(y, ("a", a), ("b", b));
        Assert.InRange(found.Params[0].Correlation!.Value, -0.2, 0.2);
        Assert.Equal("a", found.Params[0].Param);
        Assert.InRange(found.Params[0].Weight, 0.9, 1);
    }

    [Fact]
    public void Categories_are_compared_as_such()
    {
        var random = new Random(4);
        string[] names = ["adam", "sgd", "lion", "größe 🚀"];
        var chosen = Enumerable.Range(0, 300).Select(_ => random.Next(4)).ToArray();
        double[] effects = [0, 5, 1, 9];
        var (noise, y) = (Uniform(random, 300), chosen.Select(c => effects[c] + 0.3 * Normal(random)).ToArray());
        var found = Weigh(y, Column("optimizer", chosen.Select(c => (string?)names[c])), Numbers("noise", noise), Column("id", Enumerable.Range(0, 300).Select(n => (string?)$"run-{n}")));
        Assert.Equal(("optimizer", "categorical", null, 4, 0), (found.Params[0].Param, found.Params[0].Kind, found.Params[0].Correlation, found.Params[0].Distinct, found.Params[0].Missing));
        Assert.InRange(found.Params[0].Weight, 0.85, 1);
        // One name a run fits all that was learned, and foretells nothing.
        Assert.InRange(found.Params.Single(param => param.Param == "id").Weight, 0, 0.1);
    }

    [Fact]
    public void Two_params_that_say_the_same_share_the_importance()
    {
        var random = new Random(5);
        var (a, noise, y) = (Uniform(random, 400), Uniform(random, 400), new double[400]);
        for (var i = 0; i < y.Length; i++) y[i] = a[i] + 0.05 * Normal(random);
        var found = Weigh(y, ("a", a), ("twin", Array.ConvertAll(a, value => 10 * value)), ("noise", noise));
        Assert.Equal("noise", found.Params[2].Param);
        Assert.All(found.Params.Take(2), param => Assert.InRange(param.Weight, 0.15, 0.85));
        Assert.InRange(found.Params[2].Weight, 0, 0.05);
    }

    [Fact]
    public void A_value_that_is_missing_is_a_value_too()
    {
        var random = new Random(6);
        var has = Enumerable.Range(0, 200).Select(_ => random.Next(2) == 0).ToArray();
        var y = Array.ConvertAll(has, one => (one ? 5.0 : 0) + 0.1 * Normal(random));
        var found = Weigh(y, Column("dropout", has.Select(one => one ? "0.5" : null)), Column("depth", Enumerable.Range(0, 200).Select(n => n % 3 == 0 ? "None" : $"{random.Next(10)}")), Numbers("noise", Uniform(random, 200)));
        Assert.Equal(("dropout", "numeric", 1), (found.Params[0].Param, found.Params[0].Kind, found.Params[0].Distinct));
        Assert.Equal(has.Count(one => !one), found.Params[0].Missing);
        Assert.InRange(found.Params[0].Weight, 0.9, 1);
        Assert.Null(found.Params[0].Correlation); // it is the same wherever it is
        // Python's word for none among numbers.
        Assert.Equal(("numeric", 67), (found.Params.Single(param => param.Param == "depth").Kind, found.Params.Single(param => param.Param == "depth").Missing));
    }

    [Fact]
    public void Input_that_says_nothing_gets_no_importance_and_a_note()
    {
        var random = new Random(7);
        var values = Uniform(random, 50);
        void None(Importance found, string says)
        {
            Assert.All(found.Params, param => Assert.Equal(0, param.Weight));
            Assert.Equal(0, found.Explained);
            Assert.Contains(says, found.Note!);
        }
        None(Weigh(new double[50], ("a", values)), "same in all runs");
        None(Weigh(Enumerable.Repeat(1e300, 50).ToArray(), ("a", values)), "same in all runs");
        None(Weigh([1.0], Column("a", ["1"])), "at least 8 runs");
        None(Weigh([], Column("a", [])), "at least 8 runs");
        None(Weigh(values, (ParamColumn[])[]), "No param differs");
        None(Weigh(values, Column("a", new string?[50]), Column("b", Enumerable.Repeat((string?)"same", 50))), "foretell little");
        None(Weigh(values, Column("a", Enumerable.Repeat((string?)"NaN", 50))), "foretell little");
        // Pure chance: whatever shares come out, it says that they mean nothing.
        Assert.Contains("may be chance", Weigh(Uniform(random, 300), ("a", Uniform(random, 300)), ("b", Uniform(random, 300))).Note!);
    }

    [Fact]
    public void Extreme_numbers_are_numbers()
    {
        var random = new Random(8);
        var a = Uniform(random, 100);
        foreach (var scale in (double[])[1e300, 1e-300, -1e308])
        {
            var found = Weigh(Array.ConvertAll(a, value => value * scale), ("a", a), ("b", Uniform(random, 100)));
            Assert.Equal("a", found.Params[0].Param);
            Assert.All(found.Params, param => Assert.True(double.IsFinite(param.Weight)));
        }
        var odd = Weigh(a, Column("a", a.Select((value, i) => i switch { 0 => "Infinity", 1 => "-Infinity", 2 => "1e-999", 3 => "1e999", _ => value.ToString("R", CultureInfo.InvariantCulture) })), Column("long", a.Select((_, i) => (string?)new string('x', 200 + i % 2))));
        Assert.Equal(("a", "numeric"), (odd.Params[0].Param, odd.Params[0].Kind));
    }

    [Fact]
    public void The_same_runs_get_the_same_answer()
    {
        var random = new Random(9);
        var (a, b) = (Uniform(random, 5_000), Uniform(random, 5_000));
        var y = a.Select((value, i) => value * b[i]).ToArray();
        var (first, again) = (Weigh(y, ("a", a), ("b", b)), Weigh(y, ("a", a), ("b", b)));
        Assert.Equal(first.Params.AsEnumerable(), again.Params);
        Assert.Contains("2,000", first.Note!);
        Assert.Equal(5_000, first.Runs);
    }

    /// <summary>Ranks against their definition, of random lists with ties and gaps.</summary>
    [Fact]
    public void Rank_correlation_is_Pearsons_of_the_ranks()
    {
        Assert.Equal(1, RankCorrelation.Of([1, 2, 3, 4], [1, 8, 27, 64])!.Value, 12);
        Assert.Equal(-1, RankCorrelation.Of([1, 2, double.NaN, 4], [9, 3, 100, 1])!.Value, 12);
        Assert.Equal(0.9486832980505138, RankCorrelation.Of([1, 2, 2, 3], [1, 2, 3, 4])!.Value, 12);
        Assert.Null(RankCorrelation.Of([1, 2], [1, 2]));
        Assert.Null(RankCorrelation.Of([1, 1, 1], [1, 2, 3]));
        var random = new Random(10);
        for (var round = 0; round < 200; round++)
        {
            var n = random.Next(3, 40);
            double[] x = [.. Enumerable.Range(0, n).Select(_ => (double)random.Next(6))], y = [.. Enumerable.Range(0, n).Select(_ => (double)random.Next(6))];
            double[] Ranks(double[] v) => [.. v.Select(one => v.Count(other => other < one) + (v.Count(other => other == one) - 1) / 2.0)];
            double Pearson(double[] p, double[] q) => p.Zip(q, (s, t) => (s - p.Average()) * (t - q.Average())).Sum() / Math.Sqrt(p.Sum(s => Math.Pow(s - p.Average(), 2)) * q.Sum(t => Math.Pow(t - q.Average(), 2)));
            var expected = Pearson(Ranks(x), Ranks(y));
            if (RankCorrelation.Of(x, y) is { } found) Assert.Equal(expected, found, 9);
            else Assert.True(double.IsNaN(expected));
        }
    }

    [Fact]
    public void Bins_keep_the_order_of_numbers_and_never_overflow()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var values = Enumerable.Range(0, random.Next(0, 300)).Select(_ => random.Next(10) == 0 ? double.NaN : Math.Round(random.NextDouble(), random.Next(1, 4))).ToArray();
            var binned = BinnedColumn.OfNumbers(values);
            Assert.InRange(binned.Count, 1, BinnedColumn.BinsMax);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.InRange(binned.Bins[i], 0, binned.Count - 1);
                Assert.Equal(double.IsNaN(values[i]), binned.Bins[i] == 0);
                if (i > 0 && values[i] < values[i - 1]) Assert.True(binned.Bins[i] <= binned.Bins[i - 1]);
            }
            var categories = BinnedColumn.OfCategories(Array.ConvertAll(values, value => double.IsNaN(value) ? -1 : (int)(value * 1_000)));
            Assert.InRange(categories.Count, 1, BinnedColumn.BinsMax);
            Assert.All(categories.Bins, bin => Assert.InRange(bin, 0, categories.Count - 1));
        }
    }

    private static Importance Weigh(double[] y, params (string Name, double[] Values)[] columns) => Weigh(y, [.. columns.Select(column => Numbers(column.Name, column.Values))]);

    private static Importance Weigh(double[] y, params ParamColumn[] columns) =>
        ParamImportance.Weigh("metrics.loss", new ImportanceData(y, columns, 0, false, false), new Random(42), default);

    private static ParamColumn Numbers(string name, double[] values) => Column(name, values.Select(value => (string?)value.ToString("R", CultureInfo.InvariantCulture)));

    private static ParamColumn Column(string name, IEnumerable<string?> values)
    {
        var all = values.ToList();
        var column = new ParamColumn(name, all.Count);
        for (var i = 0; i < all.Count; i++)
            if (all[i] is { } value) column.Set(i, Encoding.UTF8.GetBytes(value), value);
        return column;
    }

    private static double[] Uniform(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
