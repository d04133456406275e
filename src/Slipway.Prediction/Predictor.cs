namespace Slipway.Prediction;

/// <summary>Takes a call through an endpoint: chooses the version, waits its turn, runs, tells who listens.</summary>
internal sealed partial class Predictor(Random random)
{
    /// <summary>Told of every call that ran or failed to, before its answer is written; must be quick and must not throw. The prediction log, metrics, canaries and bandits listen.</summary>
    public List<Action<ServedEndpoint, EndpointArm, PredictionCall, Problem?>> Told { get; } = [];

    /// <summary>Told of every call whose answer was written: all its times are known now. The same rules.</summary>
    public List<Action<ServedEndpoint, EndpointArm, PredictionCall>> Answered { get; } = [];

    /// <summary>Whoever wrote the answer says so, with <see cref="PredictionTimes.Encoded"/> set.</summary>
    public void TellAnswered(ServedEndpoint endpoint, PredictionCall call)
    {
        foreach (var arm in endpoint.Arms)
        {
            if (!ReferenceEquals(arm.Model, call.Model)) continue;
            foreach (var listener in Answered) listener(endpoint, arm, call);
            return;
        }
    }

    /// <summary>Runs the model that was chosen on the call's inputs.</summary>
    public async ValueTask<Problem?> Run(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, CancellationToken ct)
    {
        var problem = await arm.Model.Executor.Run(call, ct);
        Tell(endpoint, arm, call, problem);
        return problem;
    }

    /// <summary>Whether the version that was chosen has too much to do to take one more: asked before the body is read, so that refusing costs next to nothing.</summary>
    public Problem? Full(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call)
    {
        var problem = arm.Model.Executor.Full(call);
        if (problem is not null) Tell(endpoint, arm, call, problem);
        return problem;
    }

    private void Tell(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, Problem? problem)
    {
        foreach (var listener in Told) listener(endpoint, arm, call, problem);
        if (call is { Version: null, Label: null }) arm.Tally?.Add(call, problem);
        if (problem is not null) return;
        foreach (var shadow in endpoint.Shadows) shadow.Offer(call);
    }
}
