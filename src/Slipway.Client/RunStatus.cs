namespace Slipway.Client;

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>At work.</summary>
    Running,

    /// <summary>Waiting for its turn.</summary>
    Scheduled,

    /// <summary>Ended as meant.</summary>
    Finished,

    /// <summary>Ended by a failure.</summary>
    Failed,

    /// <summary>Ended from outside.</summary>
    Killed,
}

/// <summary>Which experiments or runs a search sees.</summary>
public enum Lifecycle
{
    /// <summary>Those that are not deleted.</summary>
    Active,

    /// <summary>Those that are, and may be restored.</summary>
    Deleted,

    /// <summary>Both.</summary>
    All,
}

/// <summary>The words of the wire.</summary>
internal static class Words
{
    public const string DeletedStage = "deleted";

    public static string Of(RunStatus status) => status switch
    {
        RunStatus.Running => "RUNNING",
        RunStatus.Scheduled => "SCHEDULED",
        RunStatus.Finished => "FINISHED",
        RunStatus.Failed => "FAILED",
        _ => "KILLED",
    };

    /// <summary>A word that a newer server may have invented reads as running: nothing is concluded from it.</summary>
    public static RunStatus Status(string? word) => Enum.TryParse<RunStatus>(word, ignoreCase: true, out var status) ? status : RunStatus.Running;

    public static string Of(Lifecycle view) => view switch
    {
        Lifecycle.Deleted => "DELETED_ONLY",
        Lifecycle.All => "ALL",
        _ => "ACTIVE_ONLY",
    };

    public static DateTimeOffset Time(long? milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds ?? 0);
}
