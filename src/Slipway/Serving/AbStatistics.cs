namespace Slipway.Serving;

/// <summary>An arm's units in three numbers, kept up by Welford's update, which loses no digits to a large mean.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Spread">The sum of squared distances from it.</param>
internal readonly record struct AbSums(long Count, double Mean, double Spread)
{
    /// <summary>The sample variance; 0 below two units.</summary>
    public double Variance => Count < 2 ? 0 : Spread / (Count - 1);

    /// <summary>The sum of all.</summary>
    public double Sum => Mean * Count;

    /// <summary>With one more.</summary>
    public AbSums With(double value)
    {
        var mean = Mean + (value - Mean) / (Count + 1);
        return new AbSums(Count + 1, mean, Spread + (value - Mean) * (value - mean));
    }

    /// <summary>With this many zeros more.</summary>
    public AbSums WithZeros(long zeros) => zeros <= 0 ? this : new AbSums(Count + zeros, Sum / (Count + zeros), Spread + Mean * Mean * Count * zeros / (Count + zeros));
}

/// <summary>
/// The arithmetic of an A/B analysis, without I/O. Fixed intervals: Welch's t for means and their differences, Wilson's score for one proportion, Newcombe's for the difference of two. Anytime:
/// asymptotic confidence sequences. Sample ratio: chi-squared.
/// </summary>
/// <remarks>
/// Welch (1947); Wilson (1927); Newcombe (1998), method 10; Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (2024), eq. 9.
/// Special functions: continued fractions as in Abramowitz and Stegun, 26.5.8 and 6.5.31.
/// </remarks>
internal static class AbStatistics
{
    /// <summary>The units for which the anytime interval is narrowest; it holds at every size.</summary>
    private const double TunedFor = 5_000;

    /// <summary>A mean's interval by Student's t.</summary>
    public static (double Low, double High) MeanInterval(AbSums arm, double alpha)
    {
        if (arm.Count < 2) return (double.NegativeInfinity, double.PositiveInfinity);
        var half = StudentQuantile(1 - alpha / 2, arm.Count - 1) * Math.Sqrt(arm.Variance / arm.Count);
        return (arm.Mean - half, arm.Mean + half);
    }

    /// <summary>A proportion's interval by Wilson's score.</summary>
    public static (double Low, double High) ProportionInterval(AbSums arm, double alpha)
    {
        var (n, p, z) = (arm.Count, arm.Mean, NormalQuantile(1 - alpha / 2));
        var middle = (p + z * z / (2 * n)) / (1 + z * z / n);
        var half = z / (1 + z * z / n) * Math.Sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    /// <summary>The difference of means (arm less control) with Welch's interval and two-sided p.</summary>
    public static (double Low, double High, double P) MeanDifference(AbSums arm, AbSums control, double alpha)
    {
        var (a, b) = (arm.Variance / arm.Count, control.Variance / control.Count);
        var difference = arm.Mean - control.Mean;
        if (arm.Count < 2 || control.Count < 2) return (double.NegativeInfinity, double.PositiveInfinity, 1);
        if (a + b == 0) return (difference, difference, difference == 0 ? 1 : 0);
        var freedom = (a + b) * (a + b) / (a * a / (arm.Count - 1) + b * b / (control.Count - 1));
        var error = Math.Sqrt(a + b);
        var half = StudentQuantile(1 - alpha / 2, freedom) * error;
        return (difference - half, difference + half, 2 * StudentTail(Math.Abs(difference) / error, freedom));
    }

    /// <summary>The difference of proportions (arm less control) with Newcombe's interval, and the pooled z test's two-sided p.</summary>
    public static (double Low, double High, double P) ProportionDifference(AbSums arm, AbSums control, double alpha)
    {
        var (one, two, difference) = (ProportionInterval(arm, alpha), ProportionInterval(control, alpha), arm.Mean - control.Mean);
        var low = difference - Math.Sqrt(Square(arm.Mean - one.Low) + Square(two.High - control.Mean));
        var high = difference + Math.Sqrt(Square(one.High - arm.Mean) + Square(control.Mean - two.Low));
        var pooled = (arm.Sum + control.Sum) / (arm.Count + control.Count);
        var error = Math.Sqrt(pooled * (1 - pooled) * (1.0 / arm.Count + 1.0 / control.Count));
        return (low, high, error == 0 ? 1 : 2 * NormalTail(Math.Abs(difference) / error));
    }

    /// <summary>An interval for the difference that holds at every look, and the p that goes with it.</summary>
    public static (double Low, double High, double P) Anytime(AbSums arm, AbSums control, double alpha)
    {
        if (arm.Count < 2 || control.Count < 2) return (double.NegativeInfinity, double.PositiveInfinity, 1);
        var difference = arm.Mean - control.Mean;
        var variance = arm.Variance / arm.Count + control.Variance / control.Count;
        if (variance == 0) return (double.NegativeInfinity, double.PositiveInfinity, 1);
        // The difference as a mean of n terms with variance n * variance, where n is the size of both arms together.
        double n = arm.Count + control.Count, rho = Rho(alpha);
        double Half(double at) => Math.Sqrt(variance * n) * Math.Sqrt((n * rho * rho + 1) / (n * n * rho * rho) * (2 * Math.Log(Math.Sqrt(n * rho * rho + 1) / at)));
        var half = Half(alpha);
        // The p is the smallest alpha whose interval leaves 0 out; the tuning stays that of the asked alpha.
        var z2 = difference * difference / variance;
        var log = Math.Log(Math.Sqrt(n * rho * rho + 1)) - z2 * n * rho * rho / (2 * (n * rho * rho + 1));
        return (difference - half, difference + half, Math.Min(1, Math.Exp(log)));
    }

    /// <summary>The units of each arm after which a difference would be seen with this power.</summary>
    public static long? Needed(AbSums arm, AbSums control, double alpha, double power = 0.8)
    {
        var difference = arm.Mean - control.Mean;
        if (difference == 0 || arm.Count < 2 || control.Count < 2) return null;
        var needed = Square(NormalQuantile(1 - alpha / 2) + NormalQuantile(power)) * (arm.Variance + control.Variance) / Square(difference);
        return needed < 1e15 ? (long)Math.Ceiling(needed) : null;
    }

    /// <summary>How well counts fit shares that sum to 1: the p of the chi-squared test.</summary>
    public static double RatioP(IReadOnlyList<long> observed, IReadOnlyList<double> expected)
    {
        double all = observed.Sum(), statistic = 0;
        if (all == 0 || observed.Count < 2) return 1;
        for (var i = 0; i < observed.Count; i++)
        {
            if (expected[i] <= 0) continue;
            statistic += Square(observed[i] - all * expected[i]) / (all * expected[i]);
        }
        return GammaUpper((expected.Count(static share => share > 0) - 1) / 2.0, statistic / 2);
    }

    /// <summary>P(Z &gt; z).</summary>
    public static double NormalTail(double z) => z >= 0 ? GammaUpper(0.5, z * z / 2) / 2 : 1 - NormalTail(-z);

    /// <summary>Where the normal distribution reaches a probability.</summary>
    public static double NormalQuantile(double p) => Bisect(p, static (x, _) => 1 - NormalTail(x), 0);

    /// <summary>P(T &gt; t) for t of 0 or more.</summary>
    public static double StudentTail(double t, double freedom) => BetaLower(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;

    /// <summary>Where Student's distribution reaches a probability.</summary>
    public static double StudentQuantile(double p, double freedom) => Bisect(p, static (x, freedom) => x >= 0 ? 1 - StudentTail(x, freedom) : StudentTail(-x, freedom), freedom);

    // eq. 10 of the source: narrowest at the size it is tuned for.
    private static double Rho(double alpha)
    {
        var a = -2 * Math.Log(alpha);
        return Math.Sqrt((a + Math.Log(a + 1)) / TunedFor);
    }

    private static double Square(double x) => x * x;

    private static double Bisect(double p, Func<double, double, double> cumulative, double freedom)
    {
        double low = -1, high = 1;
        while (cumulative(low, freedom) > p) low *= 2;
        while (cumulative(high, freedom) < p && high < 1e12) high *= 2;
        for (var i = 0; i < 200 && high - low > 1e-13 * Math.Max(1, Math.Abs(high)); i++)
        {
            var middle = (low + high) / 2;
            if (cumulative(middle, freedom) < p) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private static double LogGamma(double x)
    {
        // Lanczos' series with g = 7 and nine terms.
        ReadOnlySpan<double> c = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
        if (x < 0.5) return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - LogGamma(1 - x);
        x--;
        var sum = c[0];
        for (var i = 1; i < c.Length; i++) sum += c[i] / (x + i);
        var t = x + 7.5;
        return 0.5 * Math.Log(2 * Math.PI) + (x + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }

    /// <summary>The regularised upper incomplete gamma function.</summary>
    private static double GammaUpper(double a, double x)
    {
        if (x <= 0) return 1;
        var front = Math.Exp(a * Math.Log(x) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a, sum = term;
            for (var n = 1; n < 10_000 && Math.Abs(term) > Math.Abs(sum) * 1e-16; n++) sum += term *= x / (a + n);
            return Math.Max(0, 1 - front * sum);
        }
        // Lentz' evaluation of the continued fraction.
        double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
        for (var i = 1; i < 10_000; i++)
        {
            var an = -i * (i - a);
            b += 2;
            d = 1 / Guard(an * d + b);
            c = Guard(b + an / c);
            var step = d * c;
            h *= step;
            if (Math.Abs(step - 1) < 1e-16) break;
        }
        return front * h;
    }

    /// <summary>The regularised incomplete beta function.</summary>
    private static double BetaLower(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        if (x > (a + 1) / (a + b + 2)) return 1 - BetaLower(1 - x, b, a);
        var front = Math.Exp(a * Math.Log(x) + b * Math.Log(1 - x) - LogGamma(a) - LogGamma(b) + LogGamma(a + b)) / a;
        double c = 1, d = 1 / Guard(1 - (a + b) * x / (a + 1)), h = d;
        for (var m = 1; m < 10_000; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Guard(1 + even * d);
            c = Guard(1 + even / c);
            h *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Guard(1 + odd * d);
            c = Guard(1 + odd / c);
            var step = d * c;
            h *= step;
            if (Math.Abs(step - 1) < 1e-16) break;
        }
        return front * h;
    }

    private static double Guard(double x) => Math.Abs(x) < 1e-300 ? 1e-300 : x;
}
