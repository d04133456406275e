namespace Slipway;

/// <summary>What a caller may do. Declared by every route; grows by kind of root.</summary>
[Flags]
public enum Right
{
    /// <summary>Anyone who reaches the port: health, version.</summary>
    None = 0,
    /// <summary>See experiments, their runs, metrics and artifacts.</summary>
    ReadExperiments = 1 << 0,
    /// <summary>Change experiments, runs, metrics and artifacts.</summary>
    WriteExperiments = 1 << 1,
    /// <summary>Delete for good, say who else may see or change an experiment.</summary>
    ManageExperiments = 1 << 2,
    /// <summary>Run the installation: backup, metrics of the process, workspaces, everybody's account.</summary>
    Administer = 1 << 3,
    /// <summary>Read the event log and verify its chain.</summary>
    Audit = 1 << 4,
    /// <summary>Make experiments; whoever makes one manages it.</summary>
    CreateExperiments = 1 << 5,
    /// <summary>Vote on what needs approval.</summary>
    Approve = 1 << 6,
    /// <summary>Say who is a member of the workspace, and in which role.</summary>
    ManageMembers = 1 << 7,
    /// <summary>Be somebody: one's own tokens, password and sign-in. Everyone but an anonymous caller has it.</summary>
    SignedIn = 1 << 8,
    /// <summary>See registered models, their versions and aliases.</summary>
    ReadModels = 1 << 9,
    /// <summary>Change registered models and their versions, aliases, tags.</summary>
    WriteModels = 1 << 10,
    /// <summary>Delete a registered model, say who else may see or change it.</summary>
    ManageModels = 1 << 11,
    /// <summary>Register models; whoever registers one manages it.</summary>
    CreateModels = 1 << 12,
    /// <summary>See endpoints, what they route to and did, and their predictions.</summary>
    ReadEndpoints = 1 << 13,
    /// <summary>Ask endpoints for predictions, and say what came of them.</summary>
    InvokeEndpoints = 1 << 14,
    /// <summary>Deploy to endpoints, route, roll back, pause.</summary>
    WriteEndpoints = 1 << 15,
    /// <summary>Delete an endpoint, make its keys, say who else may see or change it.</summary>
    ManageEndpoints = 1 << 16,
    /// <summary>Make endpoints; whoever makes one manages it.</summary>
    CreateEndpoints = 1 << 17,
    /// <summary>Every right there is.</summary>
    All = ReadExperiments | WriteExperiments | ManageExperiments | Administer | Audit | CreateExperiments | Approve | ManageMembers | SignedIn
        | ReadModels | WriteModels | ManageModels | CreateModels | ReadEndpoints | InvokeEndpoints | WriteEndpoints | ManageEndpoints | CreateEndpoints,
}

/// <summary>On whose behalf a store method runs: every public store method takes it first.</summary>
/// <param name="Workspace">The workspace whose roots are visible; 0 is the default one.</param>
/// <param name="Actor">Who is written into the event log: a user name, or `system:NAME` for the server's own loops.</param>
/// <param name="Rights">What the caller may do in the whole workspace.</param>
/// <param name="Address">Where the request came from, or null inside the process.</param>
public sealed record Caller(long Workspace, string Actor, Right Rights, string? Address = null)
{
    /// <summary>The key of the default workspace.</summary>
    public const long DefaultWorkspace = 0;

    /// <summary>Who nobody knows.</summary>
    public const string AnonymousActor = "anonymous";

    /// <summary>The key of the person or service account; null for the local user of a single-user installation, the server's loops, and anonymous callers.</summary>
    public long? Principal { get; init; }

    /// <summary>The id of the API token that the request came with, or null.</summary>
    public string? Token { get; init; }

    /// <summary>What single roots add to or take from <see cref="Rights"/>.</summary>
    public Grants Grants { get; init; } = Grants.None;

    /// <summary>The most that the credentials of the request allow, whatever their owner may: a token's scopes.</summary>
    public Right Most { get; init; } = Right.All;

    /// <summary>The key of the only endpoint that the credentials of the request open; null when they open more.</summary>
    public long? OnlyEndpoint { get; init; }

    /// <summary>The workspace's limits, or null when it has none.</summary>
    public Quota? Quota { get; init; }

    /// <summary>Hides values of params and tags before they are stored; null when the workspace hides none.</summary>
    public Masking? Masking { get; init; }

    /// <summary>What the request's route declared: roots that do not allow it to this caller are refused. None outside of requests.</summary>
    public Right Acting { get; init; }

    /// <summary>The user of a single-user installation.</summary>
    public static Caller Local(string? address = null) => new(DefaultWorkspace, "local", Right.All, address);

    /// <summary>Somebody without credentials.</summary>
    public static Caller Anonymous(string? address = null) => new(DefaultWorkspace, AnonymousActor, Right.None, address);

    /// <summary>One of the server's own loops.</summary>
    public static Caller System(string loop) => new(DefaultWorkspace, "system:" + loop, Right.All);

    /// <summary>Null when the caller has the right, for the workspace or for one root in it, else the refusal. Who comes with an endpoint's key may ask that endpoint, and read nothing of what others asked.</summary>
    public Problem? Needs(Right right) => ((Rights | Grants.Anywhere) & Most & right) == right && (OnlyEndpoint is null || (right & ~Right.InvokeEndpoints) == 0) ? null : Lacks(right);

    /// <summary>Null when the caller has the right in the whole workspace, else the refusal: for what belongs to no root.</summary>
    public Problem? NeedsEverywhere(Right right) => (Rights & right) == right ? null : Lacks(right);

    /// <summary>True when the caller has the right to every root of the workspace, none excepted.</summary>
    public bool MayEverywhere(Right right) => (Rights & Most & right) == right && !Grants.Any && OnlyEndpoint is null;

    /// <summary>What the caller may do with one root.</summary>
    public Right On(RootKind kind, long root) => OnlyEndpoint is { } only && (kind is not RootKind.Endpoint || root != only) ? Right.None : Grants.Apply(Rights, kind, root) & Most;

    /// <summary>Whether the root may be seen.</summary>
    public bool Sees(RootKind kind, long root) => (On(kind, root) & Grants.ReadOf(kind)) != 0;

    /// <summary>
    /// Null when the caller may do with this root what the route is for, else the refusal; a root that the caller may not see is
    /// <paramref name="missing"/>, so that refusals tell nobody what exists.
    /// </summary>
    public Problem? Refused(RootKind kind, long root, Problem missing)
    {
        var right = On(kind, root);
        if ((right & Grants.ReadOf(kind)) == 0) return missing;
        var acting = Acting & Grants.CoveredBy(kind);
        return (right & acting) == acting ? null : Lacks(acting);
    }

    private Problem Lacks(Right right) => Problem.Denied($"Permission denied. '{Actor}' lacks the right {right}. Ask an administrator of the workspace for it.");
}

/// <summary>What one workspace may use.</summary>
/// <param name="Bytes">Of artifacts, or null for no limit.</param>
/// <param name="Runs">Runs, deleted ones too, or null for no limit.</param>
/// <param name="RequestsPerSecond">Requests of all its members together, or null for no limit.</param>
public sealed record Quota(long? Bytes, long? Runs, int? RequestsPerSecond);
