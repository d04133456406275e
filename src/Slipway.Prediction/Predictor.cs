namespace Slipway.Prediction;

/// <summary>Takes a call through an endpoint: chooses the version, waits its turn, runs, tells who listens.</summary>
internal sealed class Predictor(Random random)
{
    /// <summary>Told of every call that ran or failed to, before its answer is written; must be quick and must not throw. The prediction log, metrics, canaries and bandits listen.</summary>
    public List<Action<ServedEndpoint, EndpointArm, PredictionCall, Problem?>> Told { get; } = [];

    /// <summary>Chooses the version that will answer and leases it into <see cref="PredictionCall.Model"/>: before the body is read, since its inputs say how.</summary>
    /// <returns>The arm, or 404 when the endpoint has no such version, 503 when nothing is loaded.</returns>
    public Outcome<EndpointArm> Choose(ServedEndpoint endpoint, PredictionCall call)
    {
        var left = call.Version is null ? random.NextDouble() * endpoint.Arms.Sum(static arm => arm.Weight) : 0;
        foreach (var arm in endpoint.Arms)
        {
            if (call.Version is null ? (left -= arm.Weight) >= 0 : arm.Model.Version != call.Version) continue;
            if (!arm.Model.TryLease()) break;
            call.Model = arm.Model;
            return arm;
        }
        return call.Version is null ? Problem.Busy($"No version of the endpoint '{endpoint.Name}' is loaded.")
            : Problem.NotFound($"The endpoint '{endpoint.Name}' serves no version {call.Version}; it serves {string.Join(", ", endpoint.Arms.Select(static arm => arm.Model.Version))}.");
    }

    /// <summary>Runs the model that was chosen on the call's inputs.</summary>
    public async ValueTask<Problem?> Run(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, CancellationToken ct)
    {
        var problem = await arm.Model.Executor.Run(call, ct);
        Tell(endpoint, arm, call, problem);
        return problem;
    }

    private void Tell(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, Problem? problem)
    {
        foreach (var listener in Told) listener(endpoint, arm, call, problem);
    }
}
