using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>A metric that Slipway computed, or is computing.</summary>
/// <param name="VersionNo">Of which version.</param>
/// <param name="Metric">Which.</param>
/// <param name="DatasetDigest">On which data.</param>
/// <param name="Value">Null while there is none.</param>
/// <param name="Status">Whether it is done, under way, or failed.</param>
/// <param name="Problem">Why it failed.</param>
/// <param name="Evaluation">The evaluation that it is of.</param>
internal sealed record ComputedMetric(long VersionNo, string Metric, string DatasetDigest, double? Value, ComputedStatus Status, string? Problem, long Evaluation);

/// <summary>How far a computation is.</summary>
internal enum ComputedStatus
{
    UnderWay,
    Done,
    Failed,
}

/// <summary>What a scan of a version's files found.</summary>
/// <param name="Status">pending, clean, suspicious, unsafe or not-scanned.</param>
/// <param name="Findings">How many.</param>
/// <param name="Remark">Why there is no result.</param>
/// <param name="FinishedMs">When.</param>
internal sealed record ScanState(string Status, long Findings, string? Remark, long? FinishedMs);

/// <summary>A signature of a version's files.</summary>
/// <param name="KeyId">Whose.</param>
/// <param name="KeyName">By which name the key is trusted.</param>
/// <param name="State">valid, unknown-key or invalid.</param>
internal sealed record SignatureState(string KeyId, string? KeyName, string State);

/// <summary>Where checks get what other parts of the registry know. One that is not there knows nothing, and its checks do not pass.</summary>
internal sealed class GateSources
{
    /// <summary>Of each version the newest value of each metric on a dataset, on one digest of it or on any.</summary>
    public Func<Session, IReadOnlyCollection<long>, string, string?, IReadOnlyList<ComputedMetric>> Metrics { get; init; } = static (_, _, _, _) => [];

    /// <summary>The digest of the newest version of a workspace's evaluation dataset, or null when there is none.</summary>
    public Func<Session, long, string, string?> NewestDigest { get; init; } = static (_, _, _) => null;

    /// <summary>What a model says about itself, by field.</summary>
    public Func<Session, long, IReadOnlyDictionary<string, string>> Profile { get; init; } = static (_, _) => new Dictionary<string, string>();

    /// <summary>What the scan of a version found.</summary>
    public Func<Session, ModelVersionRow, ScanState?> Scan { get; init; } = static (_, _) => null;

    /// <summary>Why the installation does not use a version whatever policies say; null when it does.</summary>
    public Func<Session, ModelVersionRow, Problem?> Blocked { get; init; } = static (_, _) => null;

    /// <summary>The signatures of a version, in its workspace.</summary>
    public Func<Session, long, ModelVersionRow, IReadOnlyList<SignatureState>> Signatures { get; init; } = static (_, _, _) => [];

    /// <summary>What a command of a policy said of a version's files.</summary>
    public Func<Session, CommandAsked, CommandSaid?> Command { get; set; } = static (_, _) => null;

    /// <summary>Makes what clients logged readable; awaited before the session begins.</summary>
    public Func<CancellationToken, Task> Settle { get; init; } = static _ => Task.CompletedTask;
}

/// <summary>Which command is meant, and on what it was to run.</summary>
internal readonly record struct CommandAsked(long Model, long Version, long Policy, long PolicyVersion, string Check, string FilesDigest);

/// <summary>What a command said.</summary>
/// <param name="Ended">False while it waits or runs.</param>
/// <param name="ExitCode">Null when it could not be run.</param>
/// <param name="Report">The beginning and end of what it said.</param>
/// <param name="Problem">Why it could not be run.</param>
/// <param name="DurationMs">How long it took.</param>
internal sealed record CommandSaid(bool Ended, long? ExitCode, string? Report, string? Problem, long? DurationMs);
