namespace Slipway;

/// <summary>What a caller may do. Declared by every route; grows by kind of root.</summary>
[Flags]
public enum Right
{
    /// <summary>Anyone who reaches the port: health, version.</summary>
    None = 0,
    /// <summary>See experiments, their runs, metrics and artifacts.</summary>
    ReadExperiments = 1 << 0,
    /// <summary>Create and change experiments, runs, metrics and artifacts.</summary>
    WriteExperiments = 1 << 1,
    /// <summary>Delete for good, change access.</summary>
    ManageExperiments = 1 << 2,
    /// <summary>Run the installation: backup, metrics of the process.</summary>
    Administer = 1 << 3,
    /// <summary>Read the event log and verify its chain.</summary>
    Audit = 1 << 4,
    /// <summary>Every right there is.</summary>
    All = ReadExperiments | WriteExperiments | ManageExperiments | Administer | Audit,
}

/// <summary>On whose behalf a store method runs: every public store method takes it first.</summary>
/// <param name="Workspace">The workspace whose roots are visible; 0 is the default one.</param>
/// <param name="Actor">Who is written into the event log: a user name, or `system:NAME` for the server's own loops.</param>
/// <param name="Rights">What the caller may do.</param>
/// <param name="Address">Where the request came from, or null inside the process.</param>
public sealed record Caller(long Workspace, string Actor, Right Rights, string? Address = null)
{
    /// <summary>The key of the default workspace.</summary>
    public const long DefaultWorkspace = 0;

    /// <summary>The user of a single-user installation.</summary>
    public static Caller Local(string? address = null) => new(DefaultWorkspace, "local", Right.All, address);

    /// <summary>One of the server's own loops.</summary>
    public static Caller System(string loop) => new(DefaultWorkspace, "system:" + loop, Right.All);

    /// <summary>Null when the caller has the right, else the refusal.</summary>
    public Problem? Needs(Right right) => (Rights & right) == right
        ? null
        : Problem.Denied($"'{Actor}' lacks the right {right}. Ask an administrator of the workspace for it.");
}
