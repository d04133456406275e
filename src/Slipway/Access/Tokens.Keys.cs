using System.Security.Cryptography;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Keys of endpoints: tokens that ask one endpoint and do nothing else. Like any token one is its owner's, and ends with what the owner may.</summary>
internal sealed partial class Tokens
{
    /// <summary>The most keys of one endpoint.</summary>
    public const int PerEndpointMax = 1_000;

    private const string OfEndpoint = """
        SELECT t.id, t.name, w.name, t.scopes, t.created_ms, t.expires_ms, t.used_ms, p.name FROM tokens t JOIN principals p ON p.id = t.principal_id LEFT JOIN workspaces w ON w.id = t.workspace_id
         WHERE t.endpoint_id = $1 ORDER BY t.created_ms, t.id
        """;

    /// <summary>Makes a key. <paramref name="find"/> answers the endpoint that the caller manages, with its name.</summary>
    public async Task<Outcome<TokenCreated>> CreateKey(Caller caller, string? name, string? ownerName, int? days, Func<Session, Outcome<(long Id, string Name)>> find, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(name)) return Problem.Missing("name");
        if (name.Length > CreateMember.TextCharsMax || name.Any(char.IsControl)) return Problem.Invalid($"name: expected at most {CreateMember.TextCharsMax} characters without control characters.");
        if (days is < 1 or > DaysMax) return Problem.Invalid($"expires_in_days: expected 1 to {DaysMax}, got {days}.");
        var now = clock.GetUtcNow();
        var expires = now.AddDays(days ?? DaysDefault).ToUnixTimeMilliseconds();
        var (id, secret) = (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), Secrets.New());
        return await standings.Change<TokenCreated>(session =>
        {
            var endpoint = find(session);
            if (endpoint.Problem is { } missing) return missing;
            var owner = Owner(session, caller, ownerName);
            if (owner.Problem is { } refused) return refused;
            if (session.Long("SELECT count(*) FROM tokens WHERE endpoint_id = $1", endpoint.Value.Id) >= PerEndpointMax) return Problem.Invalid($"'{endpoint.Value.Name}' has {PerEndpointMax:N0} keys already. Revoke some that nobody uses.");
            if (session.Long(Count, owner.Value.Id) >= PerOwnerMax) return Problem.Invalid($"'{owner.Value.Name}' has {PerOwnerMax:N0} tokens already. Revoke some that nobody uses.");
            session.Execute(Insert, id, owner.Value.Id, name, Secrets.HashBytes(secret), caller.Workspace, (long)Invoke, now.ToUnixTimeMilliseconds(), expires, endpoint.Value.Id);
            events.Append(session, caller, "token.created", "token/" + id, AccessEvents.Data(("owner", owner.Value.Name), ("name", name), ("endpoint", endpoint.Value.Name), ("scopes", "invoke")));
            return new TokenCreated($"{Prefix}{id}_{secret}", new TokenInfo(id, name, owner.Value.Name, null, ["invoke"], now.ToUnixTimeMilliseconds(), expires, null));
        }, ct);
    }

    /// <summary>The keys of an endpoint, the oldest first.</summary>
    public static List<TokenInfo> KeysOf(Session session, long endpoint) => session.Query(OfEndpoint, static row => Info(row, row.Text(7)), endpoint);

    /// <summary>Revokes a key of an endpoint that the caller manages.</summary>
    public async Task<Outcome<Done>> RevokeKey(Caller caller, string? id, Func<Session, Outcome<(long Id, string Name)>> find, CancellationToken ct) => await standings.Change<Done>(session =>
    {
        var endpoint = find(session);
        if (endpoint.Problem is { } missing) return missing;
        if (session.Execute("DELETE FROM tokens WHERE id = $1 AND endpoint_id = $2", id ?? "", endpoint.Value.Id) == 0) return Problem.NotFound($"'{endpoint.Value.Name}' has no such key.");
        events.Append(session, caller, "token.revoked", "token/" + id, AccessEvents.Data(("endpoint", endpoint.Value.Name)));
        return default(Done);
    }, ct);

    /// <summary>Revokes all keys of an endpoint that goes, in that write; <see cref="Standings.Forget"/> after the commit.</summary>
    public static void EraseKeys(Session session, long endpoint)
    {
        Standings.Raised(session);
        session.Execute("DELETE FROM tokens WHERE endpoint_id = $1", endpoint);
    }
}
