using System.Globalization;
using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Exposures from the prediction log joined with outcomes: which arm is better, in memory that does not grow with the traffic.</summary>
internal sealed class AbAnalyses(Database db, PredictionSearch search, PredictionLog log, EndpointSight sight, Func<long, string, ServedEndpoint?> serving, TimeProvider clock)
{
    /// <summary>Below this p the spread of units over arms is not what the weights say.</summary>
    public const double MismatchP = 0.0005;

    private const string OutcomesOf = """
        SELECT arm, version, unit, AVG(value) FROM prediction_outcomes
         WHERE workspace_id = $1 AND endpoint = $2 AND name = $3 AND prediction_ms >= $4 AND prediction_ms < $5 AND value IS NOT NULL GROUP BY arm, version, unit
        """;

    private const string RewardsOf = """
        SELECT arm, version, unit, AVG(reward) FROM prediction_outcomes
         WHERE workspace_id = $1 AND endpoint = $2 AND name = $3 AND prediction_ms >= $4 AND prediction_ms < $5 AND reward IS NOT NULL GROUP BY arm, version, unit
        """;

    /// <summary>The analysis now.</summary>
    public async Task<Outcome<AbAnalysis>> Analyse(Caller caller, AnalyseAb request, CancellationToken ct)
    {
        if (Check(request) is { } bad) return bad;
        var (to, alpha) = (request.ToMs ?? clock.GetUtcNow().ToUnixTimeMilliseconds() + 1, request.Alpha ?? 0.05);
        var from = request.FromMs ?? to - (long)TimeSpan.FromDays(14).TotalMilliseconds;
        if (from >= to || to - from > TimeSpan.FromDays(AnalyseAb.DaysMax).TotalMilliseconds) return Problem.Invalid($"'from_ms' is before 'to_ms' and at most {AnalyseAb.DaysMax} days before it, got {from} and {to}.");
        if (await db.Read(session => sight(session, caller, request.Name!), ct) is { } refused) return refused;
        await log.Flush(ct);
        var units = new AbUnits(byVersion: request.By is "version");
        await foreach (var (segment, _) in search.Segments(caller.Workspace, request.Name!, from, to, ct)) units.Add(segment, from, to);
        var measure = request.Measure ?? "value";
        await db.Read(session =>
        {
            session.Each(measure is "reward" ? RewardsOf : OutcomesOf, row =>
            {
                units.AddOutcome(units.ByVersion ? row.Text(1) : row.Text(0), row.Text(2), row.Double(3));
                return true;
            }, caller.Workspace, request.Name, request.Outcome ?? PostFeedback.NameDefault, from, to);
            return 0;
        }, ct);
        return Answer(caller, request, units, measure, from, to, alpha);
    }

    private Outcome<AbAnalysis> Answer(Caller caller, AnalyseAb request, AbUnits units, string measure, long from, long to, double alpha)
    {
        var kind = request.Kind ?? (units.AllBinary ? "proportion" : "mean");
        if (kind is "proportion" && !units.AllBinary) return Problem.Invalid("'kind' proportion needs outcomes of 0 or 1, one for each unit; others were posted. Ask for 'mean'.");
        var arms = units.Arms.OrderBy(static arm => arm.Name, StringComparer.Ordinal).ToList();
        if (request.Control is { } named && arms.Count > 0 && arms.TrueForAll(arm => arm.Name != named)) return Problem.Invalid($"No request of this time was answered by '{named}'. Arms are: {string.Join(", ", arms.Select(static arm => arm.Name))}.");
        var control = arms.Find(arm => arm.Name == (request.Control ?? "champion")) ?? arms.FirstOrDefault();
        var zero = request.Missing is "zero";
        var sums = arms.ToDictionary(static arm => arm, arm => zero ? arm.Outcomes.WithZeros(arm.Units - arm.Outcomes.Count) : arm.Outcomes);
        // Several comparisons share the chance of a wrong alarm under continuous looking.
        var comparisons = arms.Where(arm => arm != control && sums[arm].Count > 0 && sums[control!].Count > 0).Select(arm => Compare(arm.Name, sums[arm], sums[control!], kind, alpha, alpha / Math.Max(1, arms.Count - 1))).ToArray();
        var ratio = request.By is "version" ? null : Ratio(arms, serving(caller.Workspace, request.Name!));
        return new AbAnalysis(request.Name!, request.Outcome ?? PostFeedback.NameDefault, measure, kind, alpha, from, to, units.Unit, units.Mixed, units.Share, [.. arms.Select(arm => Arm(arm, sums[arm], arm == control, kind, alpha))], comparisons, ratio,
            AbAdvices.Of(comparisons, ratio, control is null ? null : sums[control].Mean, arms.Count));
    }

    private static AbArm Arm(AbUnits.Arm arm, AbSums sums, bool control, string kind, double alpha)
    {
        var (low, high) = sums.Count == 0 ? (double.NaN, double.NaN) : kind is "proportion" ? AbStatistics.ProportionInterval(sums, alpha) : AbStatistics.MeanInterval(sums, alpha);
        return new AbArm(arm.Name, arm.Version, control, arm.Requests, arm.Errors, arm.Units, arm.Outcomes.Count, Finite(sums.Count == 0 ? double.NaN : sums.Mean), Finite(low), Finite(high), sums.Count < 2 ? null : Math.Sqrt(sums.Variance),
            TimeBuckets.Quantile(arm.Times, 0.5) / 1_000, TimeBuckets.Quantile(arm.Times, 0.99) / 1_000);
    }

    private static AbComparison Compare(string name, AbSums arm, AbSums control, string kind, double alpha, double anytimeAlpha)
    {
        var (low, high, p) = kind is "proportion" ? AbStatistics.ProportionDifference(arm, control, alpha) : AbStatistics.MeanDifference(arm, control, alpha);
        var any = AbStatistics.Anytime(arm, control, anytimeAlpha);
        var positive = control.Mean > 0;
        return new AbComparison(name, arm.Mean - control.Mean, low, high, positive ? (arm.Mean - control.Mean) / control.Mean : null, positive ? low / control.Mean : null, positive ? high / control.Mean : null, p, any.Low, any.High, any.P,
            AbStatistics.Needed(arm, control, alpha));
    }

    private static AbRatio? Ratio(List<AbUnits.Arm> arms, ServedEndpoint? now)
    {
        if (now is null || arms.Count < 2) return null;
        var weights = arms.Select(arm => now.Arms.Where(served => served.Name == arm.Name).Sum(static served => served.Weight)).ToArray();
        // An arm that is gone, or that is asked by name only, was spread by other weights: then nothing can be said.
        if (Array.Exists(weights, static weight => weight <= 0)) return null;
        var all = weights.Sum();
        var (expected, observed) = (weights.Select(weight => weight / all).ToArray(), arms.Select(static arm => arm.Units).ToArray());
        var p = AbStatistics.RatioP(observed, expected);
        return new AbRatio([.. arms.Select(static arm => arm.Name)], expected, observed, p, p < MismatchP);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static Problem? Check(AnalyseAb request)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        if (request.Measure is not (null or "value" or "reward")) return Problem.Invalid($"'measure' is value or reward, got '{request.Measure}'.");
        if (request.Kind is not (null or "mean" or "proportion")) return Problem.Invalid($"'kind' is mean or proportion, got '{request.Kind}'.");
        if (request.By is not (null or "arm" or "version")) return Problem.Invalid($"'by' is arm or version, got '{request.By}'.");
        if (request.Missing is not (null or "ignore" or "zero")) return Problem.Invalid($"'missing' is ignore or zero, got '{request.Missing}'.");
        return request.Alpha is { } alpha && alpha is not (>= 0.001 and <= 0.5) ? Problem.Invalid($"'alpha' is 0.001 to 0.5, got {alpha.ToString(CultureInfo.InvariantCulture)}.") : null;
    }
}
