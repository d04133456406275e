namespace Slipway.Client;

/// <summary>
/// The run that `slipway run` made of this whole process. The first run that the program starts in the same experiment is that one, so that what the
/// program logs and what was noted about it stand together; every other one is its child.
/// </summary>
internal sealed class EnclosingRun
{
    private int taken;

    private EnclosingRun(string id, string? experiment, string? experimentId) => (Id, Experiment, ExperimentId) = (id, experiment, experimentId);

    /// <summary>This process's; null when nothing encloses it.</summary>
    public static EnclosingRun? OfProcess { get; } = From(Environment.GetEnvironmentVariable);

    public string Id { get; }

    private string? Experiment { get; }

    private string? ExperimentId { get; }

    /// <summary>Reads the variables that `slipway run` sets.</summary>
    public static EnclosingRun? From(Func<string, string?> variable) =>
        Guid.TryParseExact(variable("SLIPWAY_RUN_ID"), "N", out var id) ? new EnclosingRun(id.ToString("N"), variable("MLFLOW_EXPERIMENT_NAME"), variable("MLFLOW_EXPERIMENT_ID")) : null;

    /// <summary>True once, for a run of the same experiment, by name or by id.</summary>
    public bool Take(string? experiment, string? experimentId) =>
        (experiment is not null ? experiment == Experiment : experimentId is not null && experimentId == ExperimentId) && Interlocked.Exchange(ref taken, 1) == 0;
}
