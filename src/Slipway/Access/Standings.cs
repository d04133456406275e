using System.Collections.Concurrent;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// Who may what, read once and kept until something about access changes. A change here is seen at once; one by another server on the same
/// database within <see cref="StaleMax"/>.
/// </summary>
internal sealed class Standings(Database db, TimeProvider clock)
{
    /// <summary>How long another server's change may stay unseen.</summary>
    public static readonly TimeSpan StaleMax = TimeSpan.FromSeconds(1);

    /// <summary>The most answers that are kept; more begin anew.</summary>
    public const int KeptMax = 20_000;

    private const string Generation = "SELECT generation FROM access_generation WHERE one = 1";

    private const string Raise = "UPDATE access_generation SET generation = generation + 1 WHERE one = 1";

    private const string Who = "SELECT name, administrator, disabled_ms, removed_ms FROM principals WHERE id = $1";

    private const string RolesOf = """
        SELECT role FROM workspace_roles WHERE workspace_id = $2 AND (principal_id = $1 OR principal_id IN (SELECT group_id FROM group_members WHERE member_id = $1))
        """;

    private const string GrantsOf = """
        SELECT kind, root_id, level FROM grants WHERE workspace_id = $2 AND (principal_id = $1 OR principal_id IN (SELECT group_id FROM group_members WHERE member_id = $1))
        """;

    private const string CustomOf = """
        SELECT p.resource_type, p.kind, p.root_id, p.level FROM role_members m JOIN custom_roles r ON r.id = m.role_id JOIN role_permissions p ON p.role_id = r.id
         WHERE r.workspace_id = $2 AND p.level > 0 AND m.principal_id = $1
        """;

    private volatile Kept kept = new(0);
    private long lookedAt;

    /// <summary>What was found out since the last change. Whoever took it may fill it: a change begins a new one.</summary>
    internal sealed class Kept(long generation)
    {
        public long Generation => generation;

        public ConcurrentDictionary<(long Principal, long Workspace), Standing?> Standings { get; } = new();

        public ConcurrentDictionary<string, WorkspaceRow?> Workspaces { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<long, WorkspaceRow?> WorkspacesByKey { get; } = new();

        /// <summary>By the hash of what was presented.</summary>
        public ConcurrentDictionary<string, Identity> Identities { get; } = new(StringComparer.Ordinal);

        public bool IsFull => Standings.Count + Workspaces.Count + Identities.Count > KeptMax;
    }

    /// <summary>What is kept, fresh enough to decide by.</summary>
    public ValueTask<Kept> Fresh(CancellationToken ct)
    {
        var now = clock.GetTimestamp();
        var current = kept;
        // On SQLite nobody else writes: the data folder is held.
        if (db.Dialect is Dialect.Sqlite ? current.Generation > 0 && !current.IsFull : lookedAt != 0 && clock.GetElapsedTime(Volatile.Read(ref lookedAt), now) < StaleMax && !current.IsFull)
            return ValueTask.FromResult(current);
        return Look(now, ct);
    }

    /// <summary>What a principal is in a workspace; null for one that is removed or disabled, or never was.</summary>
    public async ValueTask<Standing?> Of(long principal, WorkspaceRow workspace, CancellationToken ct)
    {
        var current = await Fresh(ct);
        if (current.Standings.TryGetValue((principal, workspace.Id), out var known)) return known;
        var read = await db.Read(session => Read(session, principal, workspace), ct);
        current.Standings[(principal, workspace.Id)] = read;
        return read;
    }

    /// <summary>A workspace by its name; null when there is none or it is deleted.</summary>
    public async ValueTask<WorkspaceRow?> Workspace(string name, CancellationToken ct)
    {
        var current = await Fresh(ct);
        if (current.Workspaces.TryGetValue(name, out var known)) return known;
        var read = await db.Read(session => Workspaces.Find(session, name), ct);
        if (read?.DeletedMs is not null) read = null;
        // Names that do not exist come from requests: they would fill the memory.
        if (read is not null) current.Workspaces[name] = read;
        return read;
    }

    /// <summary>A workspace by its key; null when there is none or it is deleted.</summary>
    public async ValueTask<WorkspaceRow?> Workspace(long id, CancellationToken ct)
    {
        var current = await Fresh(ct);
        if (current.WorkspacesByKey.TryGetValue(id, out var known)) return known;
        var read = await db.Read(session => Workspaces.FindOrNull(session, id), ct);
        return current.WorkspacesByKey[id] = read is { DeletedMs: null } ? read : null;
    }

    /// <summary>Changes something about access: one change at a time, and every answer that was kept is forgotten.</summary>
    public async Task<Outcome<T>> Change<T>(Func<Session, Outcome<T>> work, CancellationToken ct)
    {
        var outcome = await db.Write(session =>
        {
            Raised(session);
            return work(session);
        }, ct);
        Forget();
        return outcome;
    }

    /// <summary>Says in the transaction of a change that access changes with it; <see cref="Forget"/> after the commit. It also makes such changes wait for each other.</summary>
    public static void Raised(Session session) => session.Execute(Raise);

    /// <summary>Forgets what is kept.</summary>
    public void Forget()
    {
        kept = new Kept(0);
        Volatile.Write(ref lookedAt, 0);
    }

    /// <summary>Reads what a principal is in a workspace.</summary>
    public static Standing? Read(Session session, long principal, WorkspaceRow workspace)
    {
        var who = session.First(Who, static row => (Name: row.Text(0), Administrator: row.Bool(1), Out: !row.IsNull(2) || !row.IsNull(3)), principal);
        if (who.Name is null || who.Out) return null;
        if (who.Administrator) return new Standing(principal, who.Name, workspace, true, Right.All, Grants.None, true);
        var roles = session.Query(RolesOf, static row => (Role)row.Int(0), principal, workspace.Id);
        var grants = session.Query(GrantsOf, static row => ((RootKind)row.Int(0), row.Long(1), (AccessLevel)row.Int(2)), principal, workspace.Id);
        var rights = roles.Aggregate(Right.SignedIn, static (rights, role) => rights | Roles.RightsOf(role));
        foreach (var (type, kind, root, level) in session.Query(CustomOf, static row => (row.Text(0), (RootKind?)(int?)row.LongOrNull(1), row.LongOrNull(2), (AccessLevel)row.Int(3)), principal, workspace.Id))
        {
            rights |= ResourceTypes.RightsOf(type, kind, root, level);
            if (kind is { } of && root is { } key) grants.Add((of, key, level));
        }
        var own = Grants.Of(grants);
        return new Standing(principal, who.Name, workspace, false, rights, own, rights != Right.SignedIn || own.Anywhere != Right.None);
    }

    /// <summary>The same person in another workspace, with what they may do there; null when they have no part in it, or it is not there.</summary>
    public static Caller? Elsewhere(Session session, Caller caller, string workspace) => Workspaces.Find(session, workspace) is { } row ? Elsewhere(session, caller, row) : null;

    /// <summary>The same for a workspace that was found; a deleted one has nobody.</summary>
    public static Caller? Elsewhere(Session session, Caller caller, WorkspaceRow workspace)
    {
        if (workspace.DeletedMs is not null || Tokens.OnlyWorkspace(session, caller) is { } only && only != workspace.Id) return null;
        if (workspace.Id == caller.Workspace) return caller;
        if (caller.Principal is not { } principal) return caller with { Workspace = workspace.Id, Quota = workspace.Quota, Masking = workspace.Masking };
        return Read(session, principal, workspace) is { Reached: true } standing ? standing.Caller(caller.Most, caller.Address) : null;
    }

    /// <summary>What a caller may do in a workspace that need not be the request's: a token that opens one workspace opens no other.</summary>
    public static Right RightsIn(Session session, Caller caller, WorkspaceRow workspace) =>
        workspace.Id == caller.Workspace ? caller.Rights
        : Tokens.OnlyWorkspace(session, caller) is { } only && only != workspace.Id ? Right.None
        : (caller.Rights & Right.Administer) != 0 ? caller.Rights
        : caller.Principal is { } principal && Read(session, principal, workspace) is { } standing ? standing.Rights & caller.Most
        : Right.None;

    /// <summary>
    /// Null when the caller has the right in a workspace that need not be the request's, or with <see cref="Right.None"/> any part in it; else why not:
    /// <paramref name="missing"/> for somebody without a part, who is not told what is there.
    /// </summary>
    public static Problem? Refused(Session session, Caller caller, WorkspaceRow workspace, Right right, Problem? missing)
    {
        var rights = RightsIn(session, caller, workspace);
        var member = (rights & ~Right.SignedIn) != Right.None;
        if (right is Right.None ? member : (rights & right) == right) return null;
        return member || missing is null ? (caller with { Rights = rights }).NeedsEverywhere(right is Right.None ? Right.ManageMembers : right) : missing;
    }

    /// <summary>Those of the workspaces whose members the caller manages; or, about oneself, those that the request's credentials open.</summary>
    public static HashSet<long> Managed(Session session, Caller caller, IEnumerable<long> workspaces, bool own)
    {
        var only = Tokens.OnlyWorkspace(session, caller);
        return [.. workspaces.Distinct().Where(id => own ? only is null || only == id
            : Workspaces.FindOrNull(session, id) is { } row && (RightsIn(session, caller, row) & Right.ManageMembers) != 0)];
    }

    private async ValueTask<Kept> Look(long now, CancellationToken ct)
    {
        var before = kept;
        var generation = await db.Read(static session => session.Long(Generation), ct) ?? 0;
        // A change that came meanwhile has put its own in place: that one stays.
        if (before.Generation != generation || before.IsFull) Interlocked.CompareExchange(ref kept, new Kept(generation), before);
        Volatile.Write(ref lookedAt, now == 0 ? 1 : now);
        return kept;
    }
}
