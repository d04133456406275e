using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>Asks what needs attention in the workspace; without fields.</summary>
public sealed record GetAttention;

/// <summary>What needs attention, of what the caller may see; at most <see cref="RunsMax"/> of each.</summary>
/// <param name="Stuck">Runs that are RUNNING and silent, the last heard of first.</param>
/// <param name="Failed">Runs that FAILED in the last <see cref="FailedDays"/> days, the newest first.</param>
/// <param name="Newest">Runs that FINISHED, the newest first.</param>
/// <param name="Experiments">The most recently active experiments.</param>
public sealed record Attention(AttentionRun[] Stuck, AttentionRun[] Failed, AttentionRun[] Newest, ExperimentOverview[] Experiments)
{
    /// <summary>The most entries of each list.</summary>
    public const int RunsMax = 20;

    /// <summary>How far back failures are looked for.</summary>
    public const int FailedDays = 7;

    /// <summary>A run whose client never sent a heartbeat may be silent for long between two points: stuck is one that said nothing for an hour.</summary>
    public const long SilentMs = 3_600_000;

    /// <summary>How many of the newest running runs are looked at for silent ones.</summary>
    public const int RunningMax = 2_000;

    /// <summary>What else is due: reviews and retirements of models, by kind, the newest first. Absent when nothing is.</summary>
    public AttentionNotice[]? Notices { get; init; }
}

/// <summary>Something that is due.</summary>
/// <param name="Kind">What kind: `model.review`, `model.retirement`.</param>
/// <param name="Name">Of what: the model's name.</param>
/// <param name="Message">A sentence.</param>
/// <param name="DueMs">Since when, Unix milliseconds.</param>
/// <param name="Owner">Who answers for it, where somebody does.</param>
public sealed record AttentionNotice(string Kind, string Name, string Message, long DueMs, string? Owner = null);

/// <summary>A run that needs attention.</summary>
/// <param name="RunId">The run.</param>
/// <param name="RunName">Its name.</param>
/// <param name="ExperimentId">Its experiment.</param>
/// <param name="ExperimentName">The experiment's name.</param>
/// <param name="Status">RUNNING, FAILED or FINISHED.</param>
/// <param name="UserId">Whose it is, as its client said.</param>
/// <param name="StartTime">Unix milliseconds.</param>
/// <param name="EndTime">Unix milliseconds; absent while it runs.</param>
/// <param name="HeardMs">Of a stuck one: the last sign of life, Unix milliseconds.</param>
/// <param name="Lost">True for one that was given up because its heartbeats stopped.</param>
public sealed record AttentionRun(string RunId, string RunName, string ExperimentId, string ExperimentName, string Status, string UserId, long? StartTime, long? EndTime, long? HeardMs = null, bool? Lost = null);

/// <summary>Asks about experiments of a list.</summary>
/// <param name="ExperimentIds">1 to <see cref="ExperimentsMax"/>. Those that are not there, or not for the caller's eyes, are left out of the answer.</param>
public sealed record OverviewExperiments(string?[]? ExperimentIds)
{
    /// <summary>The most experiments of one request.</summary>
    public const int ExperimentsMax = 200;
}

/// <summary>What experiments hold.</summary>
/// <param name="Experiments">In the order of the request.</param>
public sealed record ExperimentOverviews(ExperimentOverview[] Experiments);

/// <summary>What an experiment holds.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="Name">Its name.</param>
/// <param name="Runs">How many runs that are not deleted are in each state.</param>
/// <param name="LastActivityMs">When the experiment last changed, a run of it started or ended, or one was heard of by a heartbeat, Unix milliseconds.</param>
/// <param name="ArtifactBytes">What its files take; absent when there are more than <see cref="FilesMax"/>, which are not counted in passing, and when they lie in another store.</param>
public sealed record ExperimentOverview(string ExperimentId, string Name, RunsByStatus Runs, long LastActivityMs, long? ArtifactBytes = null)
{
    /// <summary>The most files whose bytes are summed for one experiment.</summary>
    public const int FilesMax = 2_000;
}

/// <summary>How many runs are in each state.</summary>
public sealed record RunsByStatus(
    [property: JsonPropertyName("RUNNING")] long Running = 0, [property: JsonPropertyName("SCHEDULED")] long Scheduled = 0, [property: JsonPropertyName("FINISHED")] long Finished = 0,
    [property: JsonPropertyName("FAILED")] long Failed = 0, [property: JsonPropertyName("KILLED")] long Killed = 0);
