using Slipway.Serving;

namespace Slipway.Tests.Serving;

public sealed class ThompsonSharesTests
{
    /// <summary>What was lost against always choosing the best arm, over requests, with shares drawn anew every so many. The arms' means as given; rewards late by so many requests.</summary>
    internal static double Regret(double[] means, bool isBinary, bool bandit, int requests, int every, int late, int seed)
    {
        var random = new Random(seed);
        var known = new ArmRewards[means.Length];
        var coming = new Queue<(int At, int Arm, double Reward)>();
        var shares = Enumerable.Repeat(1.0 / means.Length, means.Length).ToArray();
        var regret = 0.0;
        for (var i = 0; i < requests; i++)
        {
            while (coming.TryPeek(out var next) && next.At <= i) known[next.Arm] = known[coming.Dequeue().Arm].Plus(next.Reward);
            if (bandit && i % every == 0) shares = ThompsonShares.Shares(ThompsonShares.Best(known, isBinary, false, random, 200), 0.01);
            var (left, arm) = (random.NextDouble(), 0);
            while (arm < shares.Length - 1 && (left -= shares[arm]) >= 0) arm++;
            regret += means.Max() - means[arm];
            var reward = isBinary ? random.NextDouble() < means[arm] ? 1 : 0 : means[arm] + Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            coming.Enqueue((i + late, arm, reward));
        }
        return regret;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Loses_a_fraction_of_what_equal_shares_lose_also_with_late_rewards(bool isBinary)
    {
        double[] means = isBinary ? [0.05, 0.06, 0.08] : [0, 0.1, 0.4];
        double Mean(bool bandit) => Enumerable.Range(0, 20).Average(seed => Regret(means, isBinary, bandit, 20_000, 200, 500, seed));
        var (bandit, equal) = (Mean(true), Mean(false));
        TestContext.Current.TestOutputHelper!.WriteLine($"{(isBinary ? "binary" : "value")} {string.Join(' ', means)}: regret {bandit:F1} with the bandit, {equal:F1} with equal shares");
        Assert.InRange(bandit / equal, 0, 0.5);
    }

    [Fact]
    public void Chances_are_those_of_what_is_known()
    {
        var random = new Random(1);
        var even = ThompsonShares.Best([new(0, 0, 0), new(0, 0, 0)], true, false, random);
        Assert.InRange(even[0], 0.45, 0.55);
        var clear = ThompsonShares.Best([new(100, 10, 10), new(100, 60, 60)], true, false, random);
        Assert.InRange(clear[1], 0.99, 1);
        Assert.InRange(ThompsonShares.Best([new(100, 10, 10), new(100, 60, 60)], true, true, random)[0], 0.99, 1);
        // Two equal rewards are no certainty.
        var few = ThompsonShares.Best([new(2, 2, 2), new(1_000, 500, 1_250)], false, false, random);
        Assert.InRange(few[0], 0.5, 0.99);
        Assert.Equal(1, clear.Sum(), 9);
    }

    [Fact]
    public void Every_arm_keeps_its_floor()
    {
        Assert.Equal([0.05, 0.05, 0.9], ThompsonShares.Shares([0, 0, 1], 0.05).Select(static one => Math.Round(one, 9)));
        Assert.Equal([0.5, 0.5], ThompsonShares.Shares([0, 1], 0.9));
    }
}
