namespace Slipway.Tracking;

/// <summary>POST runs/edit: the same change to many runs, in one write. A repeated request changes nothing more.</summary>
/// <param name="RunIds">1 to <see cref="RunsMax"/>, of at most <see cref="ExperimentsMax"/> experiments.</param>
/// <param name="SetTags">At most <see cref="TagsMax"/>.</param>
/// <param name="DeleteTags">Keys, at most <see cref="TagsMax"/>; runs without the tag stay as they are.</param>
/// <param name="Lifecycle">"delete", "restore", or null. Tags of deleted runs change only together with it.</param>
public sealed record EditRuns(string[]? RunIds = null, RunTag?[]? SetTags = null, string?[]? DeleteTags = null, string? Lifecycle = null)
{
    /// <summary>The most runs in one request.</summary>
    public const int RunsMax = 1_000;

    /// <summary>The most experiments that they may belong to.</summary>
    public const int ExperimentsMax = 100;

    /// <summary>The most tags set, and the most deleted, in one request.</summary>
    public const int TagsMax = 20;

    /// <summary>The most characters of tags that one request may write in all: runs times keys and values.</summary>
    public const int CharsMax = 8_000_000;
}

/// <summary>What became of an edit.</summary>
/// <param name="Edited">Runs that are now as was asked for, those that were so already counted.</param>
/// <param name="Refused">The others, with why.</param>
public sealed record RunsEdited(int Edited, RefusedRun[] Refused);

/// <summary>A run that was not changed.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Message">Why.</param>
public sealed record RefusedRun(string RunId, string Message);
