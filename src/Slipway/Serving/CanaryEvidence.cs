using System.Globalization;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>What an arm did in a period of a canary.</summary>
/// <param name="Requests">All but those that were the client's fault.</param>
/// <param name="Errors">Those that the server failed.</param>
/// <param name="Answered">Those that were answered while there were bins.</param>
/// <param name="Slow">Those of them that were slow.</param>
/// <param name="Binned">Those of them by bin of their prediction.</param>
internal sealed record ArmCounts(long Requests = 0, long Errors = 0, long Answered = 0, long Slow = 0, long[]? Binned = null)
{
    /// <summary>Predictions that bins are made of, before there are some.</summary>
    public double[]? Predictions { get; init; }

    /// <summary>Their times.</summary>
    public double[]? Microseconds { get; init; }

    /// <summary>Both together.</summary>
    public ArmCounts Plus(ArmCounts other) => new(Requests + other.Requests, Errors + other.Errors, Answered + other.Answered, Slow + other.Slow, Sum(Binned, other.Binned));

    private static long[]? Sum(long[]? one, long[]? other) => one is null ? other : other is null ? one : [.. one.Zip(other, static (a, b) => a + b)];
}

/// <summary>A period in which the canary's share among canary and control stood still.</summary>
/// <param name="Share">0 to 1: what chance sent to the canary.</param>
/// <param name="Canary">What it did.</param>
/// <param name="Control">What the other one did.</param>
internal sealed record CanaryPeriod(double Share, ArmCounts Canary, ArmCounts Control);

/// <summary>
/// Evidence against a canary, as e-values: with no difference between the arms, the chance that one of them ever reaches 1/a is at most a, however often somebody looks (Ville's
/// inequality). Each request meets the canary by chance with a share that is known, so that of the requests with some mark (failed, slow, in a bin) the canary's part is binomial
/// with that share, whatever the day does to both arms alike. The e-value is the likelihood ratio of a mixture of larger parts against it.
/// </summary>
internal static class CanaryEvidence
{
    // How many times as likely the mark is on the canary. Smaller ratios need no rollback; larger ones are found by these too.
    private static readonly double[] Ratios = [1.5, 2, 3, 5, 10, 30];

    // How near to the share a bin's part is expected where predictions differ: that of 50 requests.
    private const double Concentration = 50;

    /// <summary>The logarithm of the e-value against equal chances of a mark, over periods: marks of the canary, marks of both, and the canary's share in each.</summary>
    public static double Marks(IEnumerable<(double Share, long Canary, long Both)> periods)
    {
        Span<double> logs = stackalloc double[Ratios.Length];
        logs.Clear();
        foreach (var (share, canary, both) in periods)
        {
            if (!(share is > 0 and < 1)) continue;
            for (var i = 0; i < Ratios.Length; i++)
            {
                var part = share * Ratios[i] / (share * Ratios[i] + 1 - share);
                logs[i] += canary * Math.Log(part / share) + (both - canary) * Math.Log((1 - part) / (1 - share));
            }
        }
        return LogMean(logs);
    }

    /// <summary>
    /// The logarithm of the e-value against equal distributions: in each period and bin the canary's part is beta-distributed around the share, against the share itself. Exact,
    /// and a product over periods, since each begins from what is known before it.
    /// </summary>
    public static double Bins(IEnumerable<CanaryPeriod> periods)
    {
        var log = 0.0;
        foreach (var period in periods)
        {
            if (period.Canary.Binned is not { } canary || period.Control.Binned is not { } control || !(period.Share is > 0 and < 1)) continue;
            var (a, b) = (Concentration * period.Share, Concentration * (1 - period.Share));
            for (var i = 0; i < canary.Length && i < control.Length; i++)
                if (canary[i] + control[i] > 0)
                    log += LogBeta(a + canary[i], b + control[i]) - LogBeta(a, b) - canary[i] * Math.Log(period.Share) - control[i] * Math.Log(1 - period.Share);
        }
        return log;
    }

    /// <summary>The population stability index of two histograms, each with half a count added to every bin that either uses.</summary>
    public static double Index(long[] one, long[] other)
    {
        double sumOne = 0, sumOther = 0, index = 0;
        for (var i = 0; i < one.Length; i++)
            if (one[i] + other[i] > 0) (sumOne, sumOther) = (sumOne + one[i] + 0.5, sumOther + other[i] + 0.5);
        for (var i = 0; i < one.Length; i++)
            if (one[i] + other[i] > 0 && (one[i] + 0.5) / sumOne is var a && (other[i] + 0.5) / sumOther is var b) index += (a - b) * Math.Log(a / b);
        return index;
    }

    /// <summary>What the guards of a plan say.</summary>
    public static List<CanaryTest> Tests(CanaryPlan plan, IReadOnlyList<CanaryPeriod> periods)
    {
        var canary = periods.Aggregate(new ArmCounts(), static (sum, period) => sum.Plus(period.Canary));
        var control = periods.Aggregate(new ArmCounts(), static (sum, period) => sum.Plus(period.Control));
        var tests = new List<CanaryTest>();
        foreach (var (guard, part) in CanaryRules.Parts)
        {
            if (!CanaryRules.Wants(plan, guard)) continue;
            var limit = 1 / (plan.Alpha!.Value * part);
            tests.Add(guard switch
            {
                "errors" => Rates(guard, limit, Marks(periods.Select(static one => (one.Share, one.Canary.Errors, one.Canary.Errors + one.Control.Errors))), canary.Errors, canary.Requests, control.Errors, control.Requests, "failed"),
                "latency" => Rates(guard, limit, Marks(periods.Select(static one => (one.Share, one.Canary.Slow, one.Canary.Slow + one.Control.Slow))), canary.Slow, canary.Answered, control.Slow, control.Answered, "were slow"),
                _ => Predictions(limit, periods, canary, control),
            });
        }
        return tests;
    }

    /// <summary>Whether a test says: back. Predictions that differ also have to differ by what matters.</summary>
    public static bool Alarms(CanaryTest test) => test.Evidence >= test.Limit && (test.Guard != "predictions" || test.Canary >= CanaryRules.IndexMatters);

    /// <summary>Bins of what was gathered of the control: equal parts of its predictions, and its 95th percentile of time. Null with fewer than <paramref name="least"/>.</summary>
    public static TallyBins? BinsOf(IReadOnlyList<double> predictions, IReadOnlyList<double> microseconds, int least)
    {
        var values = predictions.Where(static one => !double.IsNaN(one)).Order().ToArray();
        if (predictions.Count < least) return null;
        var edges = new List<double>();
        for (var i = 1; i <= TallyBins.EdgesMax && values.Length > 0; i++)
        {
            var edge = values[(int)((long)i * values.Length / (TallyBins.EdgesMax + 1))];
            if (double.IsFinite(edge) && edge > values[0] && (edges.Count == 0 || edge > edges[^1])) edges.Add(edge);
        }
        // A constant has no parts: below, at and above it are three.
        if (edges.Count == 0 && values.Length > 0 && double.IsFinite(values[0])) edges.AddRange([values[0], Math.BitIncrement(values[0])]);
        var times = microseconds.Order().ToArray();
        return new TallyBins(times.Length == 0 ? double.MaxValue : times[(int)(0.95 * (times.Length - 1))], [.. edges]);
    }

    private static CanaryTest Rates(string guard, double limit, double log, long canaryMarks, long canaryAll, long controlMarks, long controlAll, string what)
    {
        var (canary, control) = (canaryAll == 0 ? 0 : (double)canaryMarks / canaryAll, controlAll == 0 ? 0 : (double)controlMarks / controlAll);
        return new CanaryTest
        {
            Guard = guard,
            Evidence = Evidence(log),
            Limit = limit,
            Canary = canary,
            Control = control,
            CanaryRequests = canaryAll,
            ControlRequests = controlAll,
            Message = string.Create(CultureInfo.InvariantCulture, $"{canary:P2} of the canary's {canaryAll:N0} requests {what}, {control:P2} of the control's {controlAll:N0}."),
        };
    }

    private static CanaryTest Predictions(double limit, IReadOnlyList<CanaryPeriod> periods, ArmCounts canary, ArmCounts control)
    {
        var index = canary.Binned is { } one && control.Binned is { } other ? Index(one, other) : 0;
        return new CanaryTest
        {
            Guard = "predictions",
            Evidence = Evidence(Bins(periods)),
            Limit = limit,
            Canary = index,
            Control = 0,
            CanaryRequests = canary.Answered,
            ControlRequests = control.Answered,
            Message = string.Create(CultureInfo.InvariantCulture, $"Predictions of the canary's {canary.Answered:N0} requests and the control's {control.Answered:N0} are {index:F3} apart (population stability index; {CanaryRules.IndexMatters} matters)."),
        };
    }

    // JSON has no infinity, and nobody needs to know more exactly.
    private static double Evidence(double log) => Math.Exp(Math.Clamp(log, -230, 230));

    private static double LogMean(ReadOnlySpan<double> logs)
    {
        var most = double.NegativeInfinity;
        foreach (var log in logs) most = Math.Max(most, log);
        var sum = 0.0;
        foreach (var log in logs) sum += Math.Exp(log - most);
        return most + Math.Log(sum / logs.Length);
    }

    private static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    // Stirling's series, after shifting the argument to where it is exact to double precision.
    internal static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 10; x++) shift -= Math.Log(x);
        var square = 1 / (x * x);
        return shift + (x - 0.5) * Math.Log(x) - x + 0.918938533204672742 + (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188)))) / x;
    }
}
