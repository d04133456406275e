namespace Slipway.Prediction;

/// <summary>Which arm answers.</summary>
internal sealed partial class Predictor
{
    /// <summary>
    /// Chooses the version that will answer and leases it into <see cref="PredictionCall.Model"/>: before the body is read, since its inputs say how. A version or label that the
    /// request names goes before everything; then the sticky key; then chance, by weights.
    /// </summary>
    /// <returns>The arm, or 404 when the endpoint has no such version, 503 when it is paused or nothing is loaded.</returns>
    public Outcome<EndpointArm> Choose(ServedEndpoint endpoint, PredictionCall call)
    {
        if (endpoint.Paused is { } why) return Problem.Busy($"The endpoint '{endpoint.Name}' is paused: {why}", TimeSpan.FromSeconds(30));
        if (call.Version is not null || call.Label is not null) return Named(endpoint, call);
        if (call.StickyKey is { } key && StickyKeys.Choose(endpoint, key) is { } own && own.Model.TryLease()) return Take(call, own);
        var left = random.NextDouble() * endpoint.Weights;
        EndpointArm? last = null;
        for (var i = 0; i < endpoint.Arms.Count; i++)
        {
            var arm = endpoint.Arms[i];
            if (!(arm.Weight > 0)) continue;
            last = arm;
            if ((left -= arm.Weight) < 0) break;
        }
        if (last is not null && last.Model.TryLease()) return Take(call, last);
        // Its version went in this very moment: any other that has a weight will do.
        for (var i = 0; i < endpoint.Arms.Count; i++)
            if (endpoint.Arms[i] is { Weight: > 0 } other && other.Model.TryLease()) return Take(call, other);
        return Problem.Busy($"No version of the endpoint '{endpoint.Name}' is loaded. Its page, or 'slipway endpoints get {endpoint.Name}', says why.");
    }

    private static Outcome<EndpointArm> Named(ServedEndpoint endpoint, PredictionCall call)
    {
        for (var i = 0; i < endpoint.Arms.Count; i++)
        {
            var arm = endpoint.Arms[i];
            if (call.Version is { } version ? arm.Model.Version != version : arm.Name != call.Label && arm.Label != call.Label) continue;
            if (arm.Model.TryLease()) return Take(call, arm);
        }
        return Problem.NotFound(call.Version is not null
            ? $"The endpoint '{endpoint.Name}' serves no version {call.Version}; it serves {string.Join(", ", endpoint.Arms.Select(static arm => arm.Model.Version))}."
            : $"The endpoint '{endpoint.Name}' has no arm, alias or stage '{call.Label}'; it has {string.Join(", ", endpoint.Arms.Select(static arm => arm.Name))}.");
    }

    private static EndpointArm Take(PredictionCall call, EndpointArm arm)
    {
        call.Model = arm.Model;
        return arm;
    }
}
