using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>What endpoints do right now, on this server.</summary>
internal sealed class LiveEndpoints(Database db, PredictionMetrics metrics, EndpointSight sight, TimeProvider clock)
{
    /// <summary>The last minutes of an endpoint.</summary>
    public async Task<Outcome<LiveEndpoint>> Get(Caller caller, LoggedEndpointRef request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        if (await db.Read(session => sight(session, caller, request.Name), ct) is { } refused) return refused;
        var now = clock.GetUtcNow();
        var arms = metrics.Arms.Where(arm => arm.Workspace == caller.Workspace && arm.Endpoint == request.Name).OrderBy(static arm => (arm.Arm, arm.Version)).Select(arm => Of(arm, now.ToUnixTimeSeconds())).Where(static arm => arm.Rates.Any(static rate => rate > 0));
        return new LiveEndpoint(request.Name, now.ToUnixTimeMilliseconds(), [.. arms]);
    }

    private static LiveArm Of(ArmMetrics arm, long now)
    {
        var (requests, errors) = arm.Live.Rates(now);
        var (total, run) = arm.Live.Times(now);
        long recent = requests[^LiveWindow.RecentSeconds..].Sum(), failed = errors[^LiveWindow.RecentSeconds..].Sum();
        return new LiveArm(arm.Arm, arm.Model, arm.Version, recent / (double)LiveWindow.RecentSeconds, failed / (double)LiveWindow.RecentSeconds, recent, failed, Us(total, 0.5), Us(total, 0.9), Us(total, 0.99), Us(run, 0.5), Us(run, 0.99),
            requests, errors);
    }

    private static double? Us(long[] counts, double share) => TimeBuckets.Quantile(counts, share) is { } nanoseconds ? Math.Round(nanoseconds / 1_000, 3) : null;
}
