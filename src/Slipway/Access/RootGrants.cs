using System.Globalization;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>What is said about single roots: grants and denials. Whoever makes a root manages it.</summary>
internal sealed class RootGrants(Database db, EventLog events, Standings standings)
{
    /// <summary>The most grants about one root.</summary>
    public const int PerRootMax = 10_000;

    private const int PageMax = 1_000;

    private const string Put = """
        INSERT INTO grants (workspace_id, principal_id, kind, root_id, level) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (workspace_id, principal_id, kind, root_id) DO UPDATE SET level = excluded.level
        """;

    private const string Delete = "DELETE FROM grants WHERE workspace_id = $1 AND principal_id = $2 AND kind = $3 AND root_id = $4";

    private const string Level = "SELECT level FROM grants WHERE workspace_id = $1 AND principal_id = $2 AND kind = $3 AND root_id = $4";

    private const string Page = """
        SELECT p.name, g.kind, g.root_id, g.level, g.principal_id FROM grants g JOIN principals p ON p.id = g.principal_id
         WHERE g.workspace_id = $1 AND ($2 = 0 OR g.kind = $2) AND ($3 < 0 OR g.root_id = $3) AND ($4 = '' OR p.name = $4)
           AND (g.principal_id, g.kind, g.root_id) > ($5, $6, $7)
         ORDER BY g.principal_id, g.kind, g.root_id LIMIT $8
        """;

    /// <summary>How a capability above finds a root by its wire id in the caller's workspace; a problem when there is none that the caller may manage.</summary>
    public Dictionary<RootKind, Func<Session, Caller, string, Outcome<long>>> Finding { get; } = [];

    /// <summary>How a capability above names roots on the wire, for those whose wire id is not their key; roots that are gone are left out.</summary>
    public Dictionary<RootKind, Func<Session, IReadOnlyCollection<long>, IReadOnlyDictionary<long, string>>> Naming { get; } = [];

    /// <summary>The key of a root that the caller may manage, by its wire id; else why not.</summary>
    public Outcome<long> Find(Session session, Caller caller, RootKind kind, string root) => Finding.TryGetValue(kind, out var find)
        ? find(session, caller, root)
        : Problem.NotFound($"No {KindName(kind)} '{(root.Length > 250 ? root[..250] : root)}' exists.");

    /// <summary>Says what a member or group may do with one root, or takes it back.</summary>
    public async Task<Outcome<Done>> Set(Caller caller, SetGrant request, CancellationToken ct)
    {
        if (Denied(caller, request.Kind) is { } denied) return denied;
        if (ParseKind(request.Kind) is not { } kind) return BadKind();
        if (string.IsNullOrEmpty(request.Root)) return Problem.Missing("root");
        AccessLevel? level = null;
        if (request.Level is { } text && (level = ParseLevel(text)) is null) return Problem.Invalid("level: expected denied, read, use, edit or manage.");
        return await standings.Change<Done>(session =>
        {
            var root = Find(session, caller with { Acting = Grants.ManageOf(kind) }, kind, request.Root);
            if (root.Problem is { } refused) return refused;
            if (Principals.Find(session, request.Name) is not { } row) return Principals.Missing(request.Name);
            var before = Current(session, caller, row.Id, kind, root.Value);
            if (level is { } given) session.Execute(Put, caller.Workspace, row.Id, (int)kind, root.Value, (int)given);
            else session.Execute(Delete, caller.Workspace, row.Id, (int)kind, root.Value);
            events.Append(session, caller, "grant.set", $"{KindName(kind)}/{request.Root}",
                AccessEvents.Data(("name", row.Name), ("before", before is { } was ? LevelName(was) : null), ("after", level is { } now ? LevelName(now) : null)));
            return default(Done);
        }, ct);
    }

    /// <summary>What is said in the caller's workspace.</summary>
    public Task<Outcome<GrantsPage>> List(Caller caller, ListGrants request, CancellationToken ct) => db.Read<Outcome<GrantsPage>>(session =>
    {
        if (Denied(caller, request.Kind) is { } lacking) return lacking;
        if (request.Kind is not null && ParseKind(request.Kind) is null) return BadKind();
        var root = -1L;
        if (request.Root is not null)
        {
            if (ParseKind(request.Kind) is not { } kind) return Problem.Missing("kind");
            var found = Find(session, caller with { Acting = Grants.ManageOf(kind) }, kind, request.Root);
            if (found.Problem is { } refused) return refused;
            root = found.Value;
        }
        else if (caller.NeedsEverywhere(Right.ManageMembers) is { } denied) return denied; // all roots of the workspace
        var (principal, afterKind, afterRoot) = (-1L, 0L, -1L);
        if (request.After is { Length: > 0 } after && !Parse(after, out principal, out afterKind, out afterRoot)) return Problem.Invalid("after: expected what an earlier page answered as next.");
        var rows = session.Query(Page, static row => (Name: row.Text(0), Kind: (RootKind)row.Int(1), Root: row.Long(2), Level: (AccessLevel)row.Int(3), At: $"{row.Long(4)}.{row.Long(1)}.{row.Long(2)}"),
            caller.Workspace, (int)(ParseKind(request.Kind) ?? 0), root, request.Name ?? "", principal, afterKind, afterRoot, PageMax + 1);
        var names = rows.GroupBy(static row => row.Kind).ToDictionary(static group => group.Key, group => Names(session, group.Key, [.. group.Select(static row => row.Root)]));
        return new GrantsPage([.. rows.Take(PageMax).Where(row => names[row.Kind].ContainsKey(row.Root)).Select(row => new GrantEntry(row.Name, KindName(row.Kind), names[row.Kind][row.Root], LevelName(row.Level)))], rows.Count > PageMax ? rows[PageMax - 1].At : null);
    }, ct);

    /// <summary>Gives the maker of a root its management, in the transaction that makes it, where the role does not give it already. True: <see cref="Standings.Forget"/> after the commit.</summary>
    public static bool GiveMaker(Session session, Caller caller, RootKind kind, long root)
    {
        if (caller.Principal is not { } maker || caller.Rights.HasFlag(Grants.ManageOf(kind))) return false;
        Standings.Raised(session);
        session.Execute(Put, caller.Workspace, maker, (int)kind, root, (int)AccessLevel.Manage);
        return true;
    }

    /// <summary>Forgets what was said about a root that goes for good, in that write. Ids never come back, so what others remember of it allows nothing.</summary>
    public static void Erase(Session session, RootKind kind, long root)
    {
        session.Execute("DELETE FROM grants WHERE kind = $1 AND root_id = $2", (int)kind, root);
        session.Execute("DELETE FROM role_permissions WHERE kind = $1 AND root_id = $2", (int)kind, root);
    }

    /// <summary>What was said about one root for one principal itself.</summary>
    public static AccessLevel? Current(Session session, Caller caller, long principal, RootKind kind, long root) =>
        (AccessLevel?)(int?)session.Long(Level, caller.Workspace, principal, (int)kind, root);

    /// <summary>The wire's name of a kind of root.</summary>
    public static string KindName(RootKind kind) => kind switch
    {
        RootKind.Experiment => "experiment",
        RootKind.RegisteredModel => "registered-model",
        RootKind.Endpoint => "endpoint",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of root."),
    };

    /// <summary>The wire's name of a level.</summary>
    public static string LevelName(AccessLevel level) => level.ToString().ToLowerInvariant();

    /// <summary>The level of a name, or null.</summary>
    public static AccessLevel? ParseLevel(string? name)
    {
        foreach (var level in Enum.GetValues<AccessLevel>())
            if (LevelName(level) == name) return level;
        return null;
    }

    /// <summary>The kind of a name, or null.</summary>
    public static RootKind? ParseKind(string? name) => name switch
    {
        "experiment" => RootKind.Experiment,
        "registered-model" => RootKind.RegisteredModel,
        "endpoint" => RootKind.Endpoint,
        _ => null,
    };

    /// <summary>The refusal of a kind that there is not.</summary>
    public static Problem BadKind() => Problem.Invalid("kind: expected experiment, registered-model or endpoint.");

    /// <summary>The wire ids of roots by their keys; those that are gone are left out.</summary>
    public IReadOnlyDictionary<long, string> Names(Session session, RootKind kind, IReadOnlyCollection<long> roots) => Naming.TryGetValue(kind, out var naming)
        ? naming(session, roots)
        : roots.Distinct().ToDictionary(static root => root, static root => root.ToString(CultureInfo.InvariantCulture));

    // One route for every kind: its right is that of the kind, and whoever manages roots of no kind at all is told so before anything else.
    private static Problem? Denied(Caller caller, string? name) => ParseKind(name) is { } kind ? caller.Needs(Grants.ManageOf(kind))
        : Enum.GetValues<RootKind>().All(any => caller.Needs(Grants.ManageOf(any)) is not null) ? caller.Needs(Grants.ManageOf(RootKind.Experiment))
        : null;

    private static bool Parse(string text, out long principal, out long kind, out long root)
    {
        (principal, kind, root) = (0, 0, 0);
        var parts = text.Split('.');
        return parts.Length == 3 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out principal)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out kind) && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out root);
    }
}
