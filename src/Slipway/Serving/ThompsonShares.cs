namespace Slipway.Serving;

/// <summary>The rewards of an arm, summed.</summary>
internal readonly record struct ArmRewards(long Count, double Total, double Squares)
{
    /// <summary>0 without rewards.</summary>
    public double Mean => Count == 0 ? 0 : Total / Count;

    /// <summary>One more.</summary>
    public ArmRewards Plus(double reward) => new(Count + 1, Total + reward, Squares + reward * reward);
}

/// <summary>
/// Thompson sampling for many requests at once (Thompson 1933; Russo et al., A Tutorial on Thompson Sampling, 2018): an arm's share is the chance that it is the best one, counted
/// over draws from what is known of all. Choosing by these shares is drawing anew for each request, without the draws on a request's way.
/// </summary>
internal static class ThompsonShares
{
    /// <summary>How many draws the chances are counted over: exact to about a hundredth.</summary>
    public const int DrawsDefault = 2_000;

    /// <summary>The chance of each arm to be the best. Binary rewards: Beta(1 + total, 1 + count - total). Others: Student's t around the mean, and an arm with fewer than two rewards could be anything.</summary>
    public static double[] Best(IReadOnlyList<ArmRewards> arms, bool isBinary, bool minimize, Random random, int draws = DrawsDefault)
    {
        var wins = new double[arms.Count];
        // What nobody knows yet is as good as what is known at best, and as spread.
        var (centre, spread) = isBinary ? (0, 0) : Prior(arms);
        for (var draw = 0; draw < draws; draw++)
        {
            var (best, most) = (0, double.NegativeInfinity);
            for (var i = 0; i < arms.Count; i++)
            {
                var value = isBinary ? Beta(random, 1 + Math.Clamp(arms[i].Total, 0, arms[i].Count), 1 + Math.Max(0, arms[i].Count - arms[i].Total)) : Mean(random, arms[i], centre, spread);
                if (minimize) value = -value;
                if (value > most) (best, most) = (i, value);
            }
            wins[best]++;
        }
        for (var i = 0; i < wins.Length; i++) wins[i] /= draws;
        return wins;
    }

    /// <summary>Shares with a floor for every arm; they sum to 1.</summary>
    public static double[] Shares(double[] best, double floor)
    {
        floor = Math.Min(floor, 1.0 / best.Length);
        return [.. best.Select(one => floor + one * (1 - floor * best.Length))];
    }

    private static (double Centre, double Spread) Prior(IReadOnlyList<ArmRewards> arms)
    {
        var all = arms.Aggregate((Count: 0L, Total: 0.0, Squares: 0.0), static (sum, arm) => (sum.Count + arm.Count, sum.Total + arm.Total, sum.Squares + arm.Squares));
        if (all.Count < 2) return (0, 1);
        var mean = all.Total / all.Count;
        return (mean, Math.Sqrt(Math.Max(1e-12, all.Squares / all.Count - mean * mean)));
    }

    private static double Mean(Random random, ArmRewards arm, double centre, double spread)
    {
        if (arm.Count < 2) return centre + 3 * spread * Normal(random);
        var variance = Math.Max(0, (arm.Squares - arm.Total * arm.Total / arm.Count) / (arm.Count - 1));
        // Few equal rewards say little about their spread: a little of everybody's keeps them in doubt.
        variance = Math.Max(variance, spread * spread / arm.Count);
        var t = Normal(random) / Math.Sqrt(2 * Gamma(random, (arm.Count - 1) / 2.0) / (arm.Count - 1));
        return arm.Mean + t * Math.Sqrt(variance / arm.Count);
    }

    private static double Beta(Random random, double a, double b)
    {
        var (x, y) = (Gamma(random, a), Gamma(random, b));
        return x + y == 0 ? a / (a + b) : x / (x + y);
    }

    // Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, 2000.
    private static double Gamma(Random random, double shape)
    {
        if (shape < 1) return Gamma(random, shape + 1) * Math.Pow(1 - random.NextDouble(), 1 / shape);
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Normal(random);
            var v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return d * v;
        }
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
