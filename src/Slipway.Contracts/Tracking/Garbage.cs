namespace Slipway.Tracking;

/// <summary>GET of what a collection would delete for good, in every workspace, a page at a time.</summary>
/// <param name="OlderThanSeconds">Deleted at least so long ago; null is the configured retention.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/> runs; null is the most.</param>
public sealed record ListGarbage(long? OlderThanSeconds = null, string? PageToken = null, int? MaxResults = null)
{
    /// <summary>The most runs of one page.</summary>
    public const int MaxResultsMax = 1_000;

    /// <summary>The longest retention, in seconds: a hundred years.</summary>
    public const long OlderThanSecondsMax = 100L * 366 * 86_400;
}

/// <summary>One page of what a collection would delete.</summary>
/// <param name="Runs">By experiment and creation; null when there are none.</param>
/// <param name="Experiments">On the first page, at most <see cref="ListGarbage.MaxResultsMax"/>: deleted experiments whose names become free once their runs are gone.</param>
/// <param name="Models">On the first page: how many deleted logged models go, those of these experiments not counted.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record GarbagePage(GarbageRun[]? Runs = null, GarbageExperiment[]? Experiments = null, int? Models = null, string? NextPageToken = null);

/// <summary>A deleted run that a collection would delete for good.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Name">Its name.</param>
/// <param name="ExperimentId">Its experiment.</param>
/// <param name="Workspace">The number of its workspace.</param>
/// <param name="DeletedMs">When it was deleted, Unix milliseconds.</param>
/// <param name="Points">Points of its metrics.</param>
/// <param name="MetricBytes">What they take.</param>
/// <param name="Files">Its artifacts in this server's store.</param>
/// <param name="ArtifactBytes">What they take.</param>
/// <param name="Elsewhere">Where its artifacts lie if that is another store: they are not touched.</param>
/// <param name="References">What still names the run, such as `logged_model/m-...` and `run/...` (a child); at most <see cref="ReferencesMax"/>. They stay, and name a run that is gone.</param>
public sealed record GarbageRun(string RunId, string Name, string ExperimentId, long Workspace, long DeletedMs, long Points, long MetricBytes, long Files, long ArtifactBytes,
    string? Elsewhere = null, string[]? References = null)
{
    /// <summary>The most references that are listed of one run.</summary>
    public const int ReferencesMax = 10;
}

/// <summary>A deleted experiment that a collection would delete for good.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="Name">The name that becomes free.</param>
/// <param name="Workspace">The number of its workspace.</param>
/// <param name="DeletedMs">When it was deleted, Unix milliseconds.</param>
/// <param name="Runs">Runs that it still has; the experiment goes when the last of them is gone.</param>
public sealed record GarbageExperiment(string ExperimentId, string Name, long Workspace, long DeletedMs, long Runs);

/// <summary>POST of a collection: deletes for good what was deleted long enough ago, at most <see cref="RunsMax"/> runs a request.</summary>
/// <param name="OlderThanSeconds">Deleted at least so long ago; null is the configured retention.</param>
public sealed record CollectGarbage(long? OlderThanSeconds = null)
{
    /// <summary>The most runs that one request deletes.</summary>
    public const int RunsMax = 1_000;
}

/// <summary>What a collection deleted for good.</summary>
/// <param name="Runs">Runs.</param>
/// <param name="Experiments">Experiments, whose names are free now.</param>
/// <param name="Models">Logged models.</param>
/// <param name="Points">Points of metrics; their space is freed in the background.</param>
/// <param name="Files">Artifacts; their blobs are swept when they are a day old.</param>
/// <param name="Bytes">What points and artifacts took.</param>
/// <param name="More">True when there is more: send the request again.</param>
public sealed record GarbageCollected(long Runs = 0, long Experiments = 0, long Models = 0, long Points = 0, long Files = 0, long Bytes = 0, bool More = false)
{
    /// <summary>Both together; whether there is more is what this one says.</summary>
    public GarbageCollected And(GarbageCollected before) => new(Runs + before.Runs, Experiments + before.Experiments, Models + before.Models, Points + before.Points,
        Files + before.Files, Bytes + before.Bytes, More);
}
