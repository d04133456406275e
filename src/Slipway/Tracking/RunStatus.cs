namespace Slipway.Tracking;

/// <summary>The states of a run; numbers are the wire's and the table's.</summary>
internal enum RunStatus
{
    RUNNING = 1,
    SCHEDULED = 2,
    FINISHED = 3,
    FAILED = 4,
    KILLED = 5,
}

/// <summary>The states of a logged model; numbers are the wire's and the table's.</summary>
internal enum LoggedModelStatus
{
    LOGGED_MODEL_PENDING = 1,
    LOGGED_MODEL_READY = 2,
    LOGGED_MODEL_UPLOAD_FAILED = 3,
}

/// <summary>Which of active and deleted things a search answers.</summary>
internal enum ViewType
{
    ACTIVE_ONLY = 1,
    DELETED_ONLY = 2,
    ALL = 3,
}

/// <summary>Reads the wire's names. An unknown name is refused: the reference answers 200 to a bogus status and changes nothing.</summary>
internal static class WireNames
{
    /// <summary>The value a name stands for, or null.</summary>
    public static T? Parse<T>(string? name) where T : struct, Enum =>
        // TryParse also takes numbers and lists ("RUNNING, FAILED" would be KILLED); the wire has names.
        name is not null && Enum.TryParse<T>(name, out var value) && Enum.GetName(value) == name ? value : null;

    /// <summary>A view type as searches take it: false active, true deleted, null both. Absent is active.</summary>
    public static Problem? Deleted(string? view, string path, out bool? deleted)
    {
        var parsed = string.IsNullOrEmpty(view) ? ViewType.ACTIVE_ONLY : Parse<ViewType>(view);
        deleted = parsed switch { ViewType.DELETED_ONLY => true, ViewType.ALL => null, _ => false };
        return parsed is null ? Unknown<ViewType>(view!, path) : null;
    }

    /// <summary>The refusal of an unknown name.</summary>
    public static Problem Unknown<T>(string name, string path) where T : struct, Enum =>
        WireCheck.Invalid(name, path, $"must be one of {string.Join(", ", Enum.GetNames<T>())}.");
}
