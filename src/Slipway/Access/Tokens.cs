using System.Security.Cryptography;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>A token as the request that carries it needs it.</summary>
internal sealed record TokenRow(string Id, long Principal, byte[] Hash, long? Workspace, Right Scopes, long? ExpiresMs, long? UsedMs, long? Endpoint);

/// <summary>API tokens: `slw_ID_SECRET`. The id finds the row, the secret is compared in constant time with its hash.</summary>
internal sealed partial class Tokens(Database db, EventLog events, TimeProvider clock, Standings standings)
{
    /// <summary>What every token begins with, so that scanners find those that leaked.</summary>
    public const string Prefix = "slw_";

    /// <summary>The longest life.</summary>
    public const int DaysMax = 3_650;

    /// <summary>The life unless the request says otherwise.</summary>
    public const int DaysDefault = 365;

    /// <summary>The most tokens of one owner.</summary>
    public const int PerOwnerMax = 1_000;

    private const Right Read = Right.ReadExperiments | Right.ReadModels | Right.ReadEndpoints;

    private const Right Invoke = Right.ReadEndpoints | Right.InvokeEndpoints;

    private const Right Write = Read | Invoke | Right.WriteExperiments | Right.WriteModels | Right.WriteEndpoints | Right.CreateExperiments | Right.CreateModels | Right.CreateEndpoints;

    private static readonly TimeSpan NoteEvery = TimeSpan.FromHours(1);

    /// <summary>What a scope allows; everyone who is somebody may ask who they are.</summary>
    private static readonly (string Name, Right Rights)[] Scopes =
    [
        ("read", Read),
        ("invoke", Invoke),
        ("write", Write),
        ("manage", Write | Right.ManageExperiments | Right.ManageModels | Right.ManageEndpoints | Right.ManageMembers),
        ("approve", Read | Right.Approve),
        ("audit", Read | Right.Audit),
        ("administer", Right.All),
    ];

    private const string Insert = "INSERT INTO tokens (id, principal_id, name, hash, workspace_id, scopes, created_ms, expires_ms, endpoint_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private const string ById = "SELECT id, principal_id, hash, workspace_id, scopes, expires_ms, used_ms, endpoint_id FROM tokens WHERE id = $1";

    private const string OfOwner = """
        SELECT t.id, t.name, w.name, t.scopes, t.created_ms, t.expires_ms, t.used_ms FROM tokens t LEFT JOIN workspaces w ON w.id = t.workspace_id
         WHERE t.principal_id = $1 ORDER BY t.created_ms, t.id
        """;

    private const string OfAll = """
        SELECT t.id, t.name, w.name, t.scopes, t.created_ms, t.expires_ms, t.used_ms, p.name FROM tokens t JOIN principals p ON p.id = t.principal_id LEFT JOIN workspaces w ON w.id = t.workspace_id
         WHERE t.id > $1 ORDER BY t.id LIMIT $2
        """;

    private const string Count = "SELECT count(*) FROM tokens WHERE principal_id = $1";

    private const string Delete = "DELETE FROM tokens WHERE id = $1";

    private const string BoundTo = "SELECT workspace_id FROM tokens WHERE id = $1";

    private const string Used = "UPDATE tokens SET used_ms = $2 WHERE id = $1";

    /// <summary>The only workspace that the request's token opens, or null when it opens all of its owner's or the request came without one.</summary>
    public static long? OnlyWorkspace(Session session, Caller caller) => caller.Token is { } token ? session.Long(BoundTo, token) : null;

    /// <summary>Makes a token for the caller, or for a service account.</summary>
    public async Task<Outcome<TokenCreated>> Create(Caller caller, CreateToken request, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(request.Name)) return Problem.Missing("name");
        if (request.Name.Length > CreateMember.TextCharsMax || request.Name.Any(char.IsControl)) return Problem.Invalid($"name: expected at most {CreateMember.TextCharsMax} characters without control characters.");
        if (request.ExpiresInDays is < 1 or > DaysMax) return Problem.Invalid($"expires_in_days: expected 1 to {DaysMax}, got {request.ExpiresInDays}.");
        if (Parse(request.Scopes, out var scopes) is { } badScope) return badScope;
        // A token never makes a stronger one.
        if (request.Owner is null or "" || request.Owner == caller.Actor) scopes &= caller.Most;
        var now = clock.GetUtcNow();
        var expires = now.AddDays(request.ExpiresInDays ?? DaysDefault).ToUnixTimeMilliseconds();
        var (id, secret) = (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), Secrets.New());
        return await standings.Change<TokenCreated>(session =>
        {
            var owner = Owner(session, caller, request.Owner);
            if (owner.Problem is { } refused) return refused;
            if (session.Long(Count, owner.Value.Id) >= PerOwnerMax) return Problem.Invalid($"'{owner.Value.Name}' has {PerOwnerMax} tokens already. Revoke some that nobody uses.");
            WorkspaceRow? only = null;
            if (request.Workspace is not null && (only = Workspaces.Find(session, request.Workspace)) is null) return Workspaces.Missing(request.Workspace);
            session.Execute(Insert, id, owner.Value.Id, request.Name, Secrets.HashBytes(secret), only?.Id, (long)scopes, now.ToUnixTimeMilliseconds(), expires, (long?)null);
            events.Append(session, caller, "token.created", "token/" + id,
                AccessEvents.Data(("owner", owner.Value.Name), ("name", request.Name), ("workspace", only?.Name), ("scopes", string.Join(' ', Names(scopes)))));
            return new TokenCreated($"{Prefix}{id}_{secret}", new TokenInfo(id, request.Name, owner.Value.Name, only?.Name, Names(scopes), now.ToUnixTimeMilliseconds(), expires, null));
        }, ct);
    }

    /// <summary>The caller's tokens, or for an administrator a service account's, or everybody's.</summary>
    public Task<Outcome<TokensPage>> List(Caller caller, ListTokens request, CancellationToken ct) => db.Read<Outcome<TokensPage>>(session =>
    {
        if (request.All is true)
        {
            if (request.Owner is not null) return Problem.Invalid("owner: leave it out when all are asked for.");
            return caller.NeedsEverywhere(Right.Administer) is { } denied ? denied
                : new TokensPage(session.Query(OfAll, static row => Info(row, row.Text(7)), request.After ?? "", PerOwnerMax));
        }
        var owner = Owner(session, caller, request.Owner);
        if (owner.Problem is { } refused) return refused;
        return new TokensPage(session.Query(OfOwner, row => Info(row, owner.Value.Name), owner.Value.Id));
    }, ct);

    /// <summary>Revokes a token: one's own, or anybody's for an administrator.</summary>
    public async Task<Outcome<Done>> Revoke(Caller caller, TokenRef request, CancellationToken ct) => await standings.Change<Done>(session =>
    {
        var missing = Problem.NotFound("No such token is yours.");
        if (Find(session, request.Id ?? "") is not { } token) return missing;
        if (token.Principal != caller.Principal && caller.NeedsEverywhere(Right.Administer) is not null) return missing;
        session.Execute(Delete, token.Id);
        events.Append(session, caller, "token.revoked", "token/" + token.Id, AccessEvents.Data(("owner", Principals.Find(session, token.Principal)?.Name)));
        return default(Done);
    }, ct);

    /// <summary>The token that is presented, or null when it is none, expired, or revoked.</summary>
    public async Task<TokenRow?> Presented(string text, CancellationToken ct)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.IndexOf('_', Prefix.Length) is not (> 0 and var end) || text.Length > 100) return null;
        var row = await db.Read(session => Find(session, text[Prefix.Length..end]), ct);
        if (row is null || !CryptographicOperations.FixedTimeEquals(Secrets.HashBytes(text[(end + 1)..]), row.Hash)) return null;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (row.ExpiresMs <= now) return null;
        if (row.UsedMs is null || now - row.UsedMs > NoteEvery.TotalMilliseconds) await db.Write<int>(session => session.Execute(Used, row.Id, now), ct);
        return row;
    }

    private static TokenInfo Info(Row row, string owner) =>
        new(row.Text(0), row.Text(1), owner, row.TextOrNull(2), Names((Right)row.Long(3)), row.Long(4), row.LongOrNull(5), row.LongOrNull(6));

    private static TokenRow? Find(Session session, string id) =>
        session.First(ById, static row => new TokenRow(row.Text(0), row.Long(1), row.Bytes(2), row.LongOrNull(3), (Right)row.Long(4), row.LongOrNull(5), row.LongOrNull(6), row.LongOrNull(7)), id);

    private static Outcome<PrincipalRow> Owner(Session session, Caller caller, string? name)
    {
        if (string.IsNullOrEmpty(name) || name == caller.Actor)
            return caller.Principal is { } own && Principals.Find(session, own) is { } self ? self
                : Problem.Invalid("There are no tokens in a single-user installation: nobody is asked for one. Set access.mode to people first.");
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        return Principals.Find(session, name) switch
        {
            { Kind: PrincipalKind.Service } service => service,
            { } other => Problem.Denied($"'{other.Name}' is no service account: people make their tokens themselves."),
            null => Principals.Missing(name),
        };
    }

    private static Problem? Parse(string[]? names, out Right scopes)
    {
        scopes = Right.SignedIn;
        if (names is null or { Length: 0 }) scopes = Right.All;
        foreach (var name in names ?? [])
        {
            var found = Array.Find(Scopes, scope => scope.Name == name);
            if (found.Name is null) return Problem.Invalid($"scopes: expected some of {string.Join(", ", Scopes.Select(static scope => scope.Name))}.");
            scopes |= found.Rights;
        }
        return null;
    }

    private static string[] Names(Right scopes) => scopes == Right.All ? ["administer"] : [.. Scopes.Where(scope => (scopes & scope.Rights) == scope.Rights).Select(static scope => scope.Name)];
}
