using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Serving;

namespace Slipway.Tests.Serving;

/// <summary>The arithmetic beside SciPy's, and what is promised of continuous looking, by simulation.</summary>
public sealed class AbStatisticsTests
{
    private const string Python = "/usr/bin/python3";

    private const string Reference = """
        import json, sys
        from math import sqrt
        from scipy import stats
        out = []
        for c in json.load(sys.stdin):
            a, b, alpha = c["a"], c["b"], c.get("alpha")
            if c["kind"] == "mean":
                n, m = len(a), len(b)
                va, vb = stats.tvar(a) / n, stats.tvar(b) / m
                df = (va + vb) ** 2 / (va * va / (n - 1) + vb * vb / (m - 1))
                d = sum(a) / n - sum(b) / m
                half = stats.t.ppf(1 - alpha / 2, df) * sqrt(va + vb)
                t = stats.t.interval(1 - alpha, n - 1, loc=sum(a) / n, scale=stats.sem(a))
                out.append([d - half, d + half, stats.ttest_ind(a, b, equal_var=False).pvalue, t[0], t[1]])
            elif c["kind"] == "proportion":
                def wilson(k, n):
                    i = stats.binomtest(k, n).proportion_ci(1 - alpha, method="wilson")
                    return i.low, i.high
                (k, n), (l, m) = a, b
                (la, ua), (lb, ub) = wilson(k, n), wilson(l, m)
                p, q = k / n, l / m
                pooled = (k + l) / (n + m)
                z = (p - q) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
                out.append([p - q - sqrt((p - la) ** 2 + (ub - q) ** 2), p - q + sqrt((ua - p) ** 2 + (q - lb) ** 2), 2 * stats.norm.sf(abs(z)), la, ua])
            else:
                total = sum(a)
                out.append([stats.chisquare(a, [total * w for w in b]).pvalue])
        json.dump(out, sys.stdout)
        """;

    private static double[][] Scipy(JsonArray cases)
    {
        using var python = Process.Start(new ProcessStartInfo(Python, ["-c", Reference]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        python.StandardInput.Write(cases.ToJsonString());
        python.StandardInput.Close();
        var answer = JsonNode.Parse(python.StandardOutput.ReadToEnd())!.AsArray();
        return [.. answer.Select(static one => one!.AsArray().Select(static value => (double)value!).ToArray())];
    }

    private static bool HasScipy()
    {
        if (!File.Exists(Python)) return false;
        using var python = Process.Start(new ProcessStartInfo(Python, ["-c", "import scipy.stats"]) { RedirectStandardError = true })!;
        python.WaitForExit();
        return python.ExitCode == 0;
    }

    private static AbSums Sums(IEnumerable<double> values) => values.Aggregate(default(AbSums), static (all, one) => all.With(one));

    private static AbSums Ones(int ones, int all) => Sums(Enumerable.Repeat(1.0, ones)).WithZeros(all - ones);

    private static JsonArray Json(IEnumerable<double> values) => [.. values.Select(static one => (JsonNode)one)];

    [Fact]
    public void Intervals_and_p_values_are_those_of_scipy()
    {
        Assert.SkipUnless(HasScipy(), "Debian's python3-scipy is not installed.");
        var random = new Random(11);
        var (cases, ours) = (new JsonArray(), new List<double[]>());
        for (var i = 0; i < 60; i++)
        {
            var alpha = new[] { 0.01, 0.05, 0.2 }[i % 3];
            var a = Enumerable.Range(0, random.Next(2, 60)).Select(_ => random.NextDouble() * 3 + (i % 5) * 1e6).ToArray();
            var b = Enumerable.Range(0, random.Next(2, 60)).Select(_ => random.NextDouble() + (i % 5) * 1e6).ToArray();
            cases.Add(new JsonObject { ["kind"] = "mean", ["a"] = Json(a), ["b"] = Json(b), ["alpha"] = alpha });
            var difference = AbStatistics.MeanDifference(Sums(a), Sums(b), alpha);
            var mean = AbStatistics.MeanInterval(Sums(a), alpha);
            ours.Add([difference.Low, difference.High, difference.P, mean.Low, mean.High]);
            int n = random.Next(1, 3_000), m = random.Next(1, 3_000), k = random.Next(0, n + 1), l = random.Next(0, m + 1);
            if (k + l == 0 || k + l == n + m) continue;
            cases.Add(new JsonObject { ["kind"] = "proportion", ["a"] = Json([k, n]), ["b"] = Json([l, m]), ["alpha"] = alpha });
            var (low, high, p) = AbStatistics.ProportionDifference(Ones(k, n), Ones(l, m), alpha);
            var one = AbStatistics.ProportionInterval(Ones(k, n), alpha);
            ours.Add([low, high, p, one.Low, one.High]);
            long[] counts = [random.Next(1, 9_000), random.Next(1, 9_000), random.Next(1, 200)];
            double[] shares = [0.5, 0.49, 0.01];
            cases.Add(new JsonObject { ["kind"] = "ratio", ["a"] = Json(counts.Select(static c => (double)c)), ["b"] = Json(shares) });
            ours.Add([AbStatistics.RatioP(counts, shares)]);
        }
        // Counts go as whole numbers: binomtest takes no floats.
        foreach (var one in cases)
            if ((string)one!["kind"]! == "proportion")
                foreach (var side in (string[])["a", "b"]) one[side] = new JsonArray([.. one[side]!.AsArray().Select(static value => (JsonNode)(int)(double)value!)]);
        var theirs = Scipy(cases);
        for (var i = 0; i < ours.Count; i++)
            for (var at = 0; at < ours[i].Length; at++)
                Assert.True(Math.Abs(ours[i][at] - theirs[i][at]) <= 1e-7 * Math.Max(1e-3, Math.Abs(theirs[i][at])), string.Create(CultureInfo.InvariantCulture, $"{cases[i]!["kind"]} {i}.{at}: {ours[i][at]:R}, SciPy has {theirs[i][at]:R}"));
    }

    [Fact]
    public void Known_quantiles_come_out()
    {
        Assert.Equal(1.959963984540054, AbStatistics.NormalQuantile(0.975), 1e-10);
        Assert.Equal(-2.5758293035489004, AbStatistics.NormalQuantile(0.005), 1e-10);
        Assert.Equal(12.706204736432095, AbStatistics.StudentQuantile(0.975, 1), 1e-8);
        Assert.Equal(0.05, AbStatistics.RatioP([1_000 + 43, 1_000 - 43], [0.5, 0.5]), 0.006);
    }

    [Fact]
    public void Looking_after_every_unit_raises_a_false_alarm_in_at_most_one_of_twenty_experiments()
    {
        var random = new Random(3);
        var alarms = 0;
        const int Experiments = 400;
        for (var experiment = 0; experiment < Experiments; experiment++)
        {
            AbSums a = default, b = default;
            for (var unit = 0; unit < 3_000; unit++)
            {
                a = a.With(random.NextDouble() < 0.2 ? 1 : 0);
                b = b.With(random.NextDouble() < 0.2 ? 1 : 0);
                // The theory is of large numbers: below a hundred units nobody decides.
                if (unit < 100 || unit % 10 > 0) continue;
                var (low, high, _) = AbStatistics.Anytime(a, b, 0.05);
                if (low <= 0 && high >= 0) continue;
                alarms++;
                break;
            }
        }
        Assert.InRange(alarms, 0, Experiments / 20);
    }

    [Fact]
    public void A_real_difference_is_found_under_continuous_looking()
    {
        var random = new Random(4);
        AbSums a = default, b = default;
        var units = 0;
        for (; units < 50_000; units++)
        {
            a = a.With(random.NextDouble() < 0.25 ? 1 : 0);
            b = b.With(random.NextDouble() < 0.20 ? 1 : 0);
            if (units > 100 && AbStatistics.Anytime(a, b, 0.05).Low > 0) break;
        }
        Assert.InRange(units, 200, 20_000);
        Assert.True(AbStatistics.Anytime(a, b, 0.05).P < 0.05);
    }

    [Fact]
    public void The_p_and_the_interval_that_hold_at_any_time_say_the_same()
    {
        var random = new Random(6);
        for (var i = 0; i < 500; i++)
        {
            var (a, b) = (Sums(Enumerable.Range(0, random.Next(20, 500)).Select(_ => random.NextDouble() + i / 1_000.0)), Sums(Enumerable.Range(0, random.Next(20, 500)).Select(_ => random.NextDouble())));
            var (low, high, p) = AbStatistics.Anytime(a, b, 0.05);
            Assert.Equal(low > 0 || high < 0, p < 0.05);
        }
    }

    [Fact]
    public void Sums_are_the_same_however_zeros_come_in_and_far_from_zero()
    {
        var (with, without) = (Sums([3, 5, 0, 0, 0]), Sums([3, 5]).WithZeros(3));
        Assert.Equal((with.Count, with.Mean), (without.Count, without.Mean));
        Assert.Equal(with.Variance, without.Variance, 1e-12);
        Assert.Equal(1, Sums([1e9 + 1, 1e9 + 2, 1e9 + 3]).Variance, 1e-6);
    }
}
