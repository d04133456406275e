namespace Slipway.Tracking;

/// <summary>What an operator may choose about tracking, as its stores need it.</summary>
internal sealed record TrackingRules
{
    /// <summary>
    /// Params over 6,000 and tags over 8,000 characters: true cuts them, as MLflow does by default; false refuses them with 400.
    /// The key is `tracking.truncateLongValues`.
    /// </summary>
    public bool TruncateLongValues { get; init; } = true;

    /// <summary>How long after its last heartbeat a run is given up; zero for never. The key is `tracking.failSilentRunsAfterSeconds`.</summary>
    public TimeSpan Silence { get; init; } = SilenceDefault;

    /// <summary>How long after its deletion a run, logged model or experiment stays restorable: what a collection leaves alone. The key is `tracking.keepDeletedDays`.</summary>
    public TimeSpan KeepDeleted { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Two minutes.</summary>
    public static readonly TimeSpan SilenceDefault = TimeSpan.FromMinutes(2);

    /// <summary>Where experiments without a location of their own keep artifacts; the experiment's id is appended.</summary>
    public string ArtifactRoot
    {
        get;
        init => field = Uri.TryCreate(value, UriKind.Absolute, out _)
            ? value.TrimEnd('/')
            : throw new ArgumentException($"The artifact root must be an absolute URI such as mlflow-artifacts:, got '{value}'.", nameof(value));
    } = "mlflow-artifacts:";
}
