using Slipway.Prediction;
using Slipway.Serving;

namespace Slipway.Tests.Serving;

/// <summary>The arithmetic that rolls canaries back, in many seeded lives of one.</summary>
public sealed class CanaryEvidenceTests
{
    private static readonly CanaryPlan Plan = CanaryRules.Read(new CanaryPlan()).Value;

    /// <summary>
    /// One canary up the ladder, looked at after every batch of requests. Answers after how many of its own requests it was rolled back, or null. Errors by chance with a rate each; times
    /// and predictions are log-normal and normal, the canary's shifted.
    /// </summary>
    private static long? Life(Random random, double controlErrors, double canaryErrors, double slower = 0, double shift = 0, long stepRequests = 500, double[]? shares = null, int batch = 400)
    {
        TallyBins? bins = null;
        var (gathered, times) = (new List<double>(), new List<double>());
        var periods = new List<CanaryPeriod>();
        var own = 0L;
        foreach (var share in shares ?? [0.01, 0.05, 0.25])
            for (var (step, isNew) = (0L, true); step < stepRequests;)
            {
                if (isNew) periods.Add(new CanaryPeriod(share, new ArmCounts(Binned: bins is null ? null : new long[17]), new ArmCounts(Binned: bins is null ? null : new long[17])));
                isNew = false;
                var (canary, control) = (periods[^1].Canary, periods[^1].Control);
                // As many canary requests in a batch as chance has it: binomial by its normal approximation where both parts are large.
                for (var i = 0; i < batch; i++)
                {
                    var isCanary = random.NextDouble() < share;
                    if (isCanary) (step, own) = (step + 1, own + 1);
                    var counts = isCanary ? canary : control;
                    var failed = random.NextDouble() < (isCanary ? canaryErrors : controlErrors);
                    var (prediction, time) = (Normal(random) + (isCanary ? shift : 0), Math.Exp(Normal(random)) * (isCanary ? 1 + slower : 1));
                    if (!failed && bins is null && !isCanary && gathered.Count < 512) (gathered, times) = (Added(gathered, prediction), Added(times, time));
                    counts = counts with { Requests = counts.Requests + 1, Errors = counts.Errors + (failed ? 1 : 0) };
                    if (!failed && bins is not null)
                    {
                        counts.Binned![bins.Of(prediction)]++;
                        counts = counts with { Answered = counts.Answered + 1, Slow = counts.Slow + (time > bins.SlowUs ? 1 : 0) };
                    }
                    if (isCanary) canary = counts;
                    else control = counts;
                }
                periods[^1] = periods[^1] with { Canary = canary, Control = control };
                if (CanaryEvidence.Tests(Plan, periods).Exists(CanaryEvidence.Alarms)) return own;
                if (bins is null && (bins = CanaryEvidence.BinsOf(gathered, times, Endpoints.GatheredLeast)) is not null) isNew = true;
            }
        return null;
    }

    [Fact]
    public void Ten_thousand_canaries_like_their_control_under_continuous_peeking_are_rolled_back_at_most_five_in_a_hundred_times()
    {
        var rolledBack = 0;
        Parallel.For(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 2 }, life =>
        {
            // The share is larger than on a ladder, so that as many looks and marks come of fewer requests.
            if (Life(new Random(life), 0.02, 0.02, stepRequests: 300, shares: [0.1, 0.3], batch: 100) is not null) Interlocked.Increment(ref rolledBack);
        });
        Assert.InRange(rolledBack, 0, 500);
    }

    [Fact]
    public void Doubled_error_rate_of_one_percent_is_caught_in_nine_of_ten_lives_within_the_published_number_of_requests()
    {
        var caught = 0;
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 2 }, life =>
        {
            if (Life(new Random(life), 0.01, 0.02, stepRequests: CaughtWithin, shares: [0.25], batch: 1_000) is <= CaughtWithin) Interlocked.Increment(ref caught);
        });
        Assert.InRange(caught, 180, 200);
    }

    /// <summary>docs/endpoints.md publishes it.</summary>
    private const long CaughtWithin = 6_000;

    [Fact]
    public void Slower_and_otherwise_predicting_canaries_are_caught()
    {
        Assert.All(Enumerable.Range(0, 20), static life => Assert.NotNull(Life(new Random(life), 0.01, 0.01, slower: 1, stepRequests: 3_000, shares: [0.25])));
        Assert.All(Enumerable.Range(0, 20), static life => Assert.NotNull(Life(new Random(life), 0.01, 0.01, shift: 1, stepRequests: 3_000, shares: [0.25])));
    }

    [Fact]
    public void Canary_that_is_worse_by_nothing_that_matters_goes_on()
    {
        // Predictions of a new version differ a little: that is what it is for.
        Assert.All(Enumerable.Range(0, 20), static life => Assert.Null(Life(new Random(life), 0.01, 0.01, shift: 0.1, stepRequests: 3_000, shares: [0.25])));
    }

    [Fact]
    public void Evidence_is_a_fair_game_where_nothing_differs()
    {
        // The mean of an e-value at a fixed time is 1 at most.
        double Mean(Func<Random, double> log) => Enumerable.Range(0, 4_000).Average(life => Math.Min(1e6, Math.Exp(log(new Random(life)))));
        Assert.InRange(Mean(static random =>
        {
            long Binomial(int n, double p) => Enumerable.Range(0, n).Count(_ => random.NextDouble() < p);
            return CanaryEvidence.Marks([(0.05, Binomial(40, 0.05), 40), (0.25, Binomial(40, 0.25), 40)]);
        }), 0, 1.15);
        Assert.InRange(Mean(static random =>
        {
            var (canary, control) = (new long[4], new long[4]);
            for (var i = 0; i < 200; i++) (random.NextDouble() < 0.2 ? canary : control)[random.Next(4)]++;
            return CanaryEvidence.Bins([new CanaryPeriod(0.2, new ArmCounts(Binned: canary), new ArmCounts(Binned: control))]);
        }), 0, 1.15);
    }

    [Fact]
    public void No_requests_and_impossible_shares_are_no_evidence()
    {
        Assert.Equal(0, CanaryEvidence.Marks([]));
        Assert.Equal(0, CanaryEvidence.Marks([(0, 3, 5), (1, 3, 5), (double.NaN, 1, 1)]));
        Assert.Equal(0, CanaryEvidence.Bins([]));
        Assert.Equal(0, CanaryEvidence.Index(new long[17], new long[17]));
        Assert.All(CanaryEvidence.Tests(Plan, []), static test => Assert.True(test.Evidence == 1 && !CanaryEvidence.Alarms(test)));
    }

    [Fact]
    public void Bins_hold_for_constants_few_labels_and_what_is_no_number()
    {
        Assert.Null(CanaryEvidence.BinsOf([1, 2], [1, 1], 3));
        var constant = CanaryEvidence.BinsOf([5, 5, 5], [1, 2, 3], 3)!;
        Assert.Equal(3, new[] { constant.Of(4), constant.Of(5), constant.Of(6) }.Distinct().Count());
        var labels = CanaryEvidence.BinsOf([.. Enumerable.Repeat(0.0, 50), .. Enumerable.Repeat(1.0, 50)], [.. Enumerable.Repeat(1.0, 100)], 100)!;
        Assert.NotEqual(labels.Of(0), labels.Of(1));
        var nothing = CanaryEvidence.BinsOf([double.NaN, double.NaN, double.NaN], [1, 1, 1], 3)!;
        Assert.Equal(TallyBins.EdgesMax + 1, nothing.Of(double.NaN));
        var many = CanaryEvidence.BinsOf([.. Enumerable.Range(0, 1_000).Select(static i => (double)i)], [.. Enumerable.Range(0, 1_000).Select(static i => (double)i)], 200)!;
        Assert.Equal((TallyBins.EdgesMax, 949.0), (many.Edges.Length, many.SlowUs));
        Assert.All(Enumerable.Range(0, 16), bin => Assert.InRange(Enumerable.Range(0, 1_000).Count(i => many.Of(i) == bin), 60, 65));
    }

    [Theory]
    [InlineData(0.5, 0.5723649429247001)]
    [InlineData(1, 0)]
    [InlineData(10.5, 13.940625219403763)]
    [InlineData(1e6, 12815504.569147612)]
    public void Logarithm_of_gamma_is_exact(double x, double expected) => Assert.Equal(expected, CanaryEvidence.LogGamma(x), Math.Abs(expected) * 1e-12 + 1e-12);

    private static List<double> Added(List<double> list, double value)
    {
        list.Add(value);
        return list;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
