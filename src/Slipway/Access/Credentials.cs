using System.Security.Cryptography;
using System.Text;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Whom credentials prove, until when that may be believed without a look, and what they allow at most.</summary>
internal sealed record Identity(long Principal, Right Most, long? OnlyWorkspace, DateTimeOffset Until)
{
    /// <summary>The API token that was presented, by its id, or null.</summary>
    public string? Token { get; init; }

    /// <summary>The only endpoint that it opens, or null.</summary>
    public long? OnlyEndpoint { get; init; }
}

/// <summary>
/// Checks what a request presents: a token, a name and password, a browser's cookie. What was found right is kept for a while under a hash, so that
/// a hundred requests a second do not cost a hundred password hashes; a change of access forgets it.
/// </summary>
internal sealed class Credentials(Database db, EventLog events, TimeProvider clock, Standings standings, Passwords passwords, Tokens tokens, SignIns signIns, OpenIdProvider? openId, OpenIdMembers? openIdMembers)
{
    /// <summary>How long what was found right is believed.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(5);

    private static readonly Problem Wrong = Unauthenticated("You are not authenticated. The name or password is wrong, or the account is disabled.");

    // Of this process alone: what is kept says nothing to who reads the memory of another one.
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Failures, which slow further ones down.</summary>
    public Attempts Attempts { get; } = new(clock);

    /// <summary>401.</summary>
    public static Problem Unauthenticated(string message) => new(ErrorCode.UNAUTHENTICATED, message, 401);

    /// <summary>Who presents a token.</summary>
    public async Task<Outcome<Identity>> Token(string token, string? address, CancellationToken ct)
    {
        var (kept, hash) = (await standings.Fresh(ct), Hash("token", token));
        if (Known(kept, hash) is { } known) return known;
        if (openId is not null && openIdMembers is not null && JsonWebToken.Looks(token))
        {
            if (Attempts.Check("token", address) is { } tooMany) return tooMany;
            var proven = await openId.Presented(token, ct);
            if (proven.Problem is { } refused)
            {
                if (refused.Status == 401) Attempts.Failed("token", address);
                return refused;
            }
            var member = await openIdMembers.Of(proven.Value, address, ct);
            if (member.Problem is { } barred) return barred;
            var (latest, end) = (clock.GetUtcNow() + KeptFor, proven.Value.Expires!.Value);
            // Whoever was just made is in no answer that was kept before.
            return Keep(await standings.Fresh(ct), hash, new Identity(member.Value.Id, Right.All, null, end < latest ? end : latest));
        }
        // A token of 256 bits is not guessed; who tries is slowed down all the same.
        if (Attempts.Check("token", address) is { } wait) return wait;
        if (await tokens.Presented(token, ct) is not { } row)
        {
            Attempts.Failed("token", address);
            return Unauthenticated("The token is unknown, expired or revoked. Make a new one with 'slipway tokens create'.");
        }
        var until = clock.GetUtcNow() + KeptFor;
        if (row.ExpiresMs is { } ends && DateTimeOffset.FromUnixTimeMilliseconds(ends) is var expires && expires < until) until = expires;
        return Keep(kept, hash, new Identity(row.Principal, row.Scopes, row.Workspace, until) { Token = row.Id, OnlyEndpoint = row.Endpoint });
    }

    /// <summary>Who presents a name and password. A token serves as password too, as MLflow's clients send it.</summary>
    public async Task<Outcome<Identity>> Password(string name, string password, string? address, CancellationToken ct)
    {
        if (password.StartsWith(Tokens.Prefix, StringComparison.Ordinal)) return await Token(password, address, ct);
        var (kept, hash) = (await standings.Fresh(ct), Hash(name, password));
        if (Known(kept, hash) is { } known) return known;
        var checked_ = await Check(name, password, address, ct);
        return checked_.Succeeded ? Keep(kept, hash, new Identity(checked_.Value.Id, Right.All, null, clock.GetUtcNow() + KeptFor)) : checked_.Problem;
    }

    /// <summary>Whose cookie it is.</summary>
    public async Task<Outcome<Identity>> Cookie(string secret, CancellationToken ct)
    {
        var (kept, hash) = (await standings.Fresh(ct), Hash("cookie", secret));
        if (Known(kept, hash) is { } known) return known;
        if (await signIns.Owner(secret, ct) is not { } owner) return Unauthenticated("You are not signed in any more.");
        var until = clock.GetUtcNow() + KeptFor;
        return Keep(kept, hash, new Identity(owner.Principal, Right.All, null, owner.Until < until ? owner.Until : until));
    }

    /// <summary>Signs a browser in with name and password; answers the cookie's value.</summary>
    public async Task<Outcome<string>> SignIn(string name, string password, string? address, CancellationToken ct)
    {
        var row = await Check(name, password, address, ct);
        return row.Succeeded ? await SignIn(row.Value, "password", address, ct) : row.Problem;
    }

    /// <summary>Signs a browser in for whom something else has proved; answers the cookie's value.</summary>
    public Task<Outcome<string>> SignIn(PrincipalRow row, string by, string? address, CancellationToken ct) => db.Write<string>(session =>
    {
        events.Append(session, new Caller(Caller.DefaultWorkspace, row.Name, Right.SignedIn, address), "member.signed_in", Principals.Subject(row), AccessEvents.Data(("by", by), ("address", address)));
        return signIns.Start(session, row.Id);
    }, ct);

    /// <summary>Signs a browser out.</summary>
    public async Task<Outcome<Done>> SignOut(string secret, CancellationToken ct) => await standings.Change<Done>(session =>
    {
        SignIns.End(session, secret);
        return default(Done);
    }, ct);

    private async Task<Outcome<PrincipalRow>> Check(string name, string password, string? address, CancellationToken ct)
    {
        if (name.Length > CreateMember.NameCharsMax || password.Length > CreateMember.PasswordCharsMax || name.Contains('\0', StringComparison.Ordinal)) return Wrong;
        if (Attempts.Check(name, address) is { } wait) return wait;
        var row = await db.Read(session => Principals.Find(session, name), ct);
        if (!await passwords.Fits(row is { DisabledMs: null } ? row.Password : null, password, ct))
        {
            Attempts.Failed(name, address);
            return Wrong;
        }
        Attempts.Succeeded(name, address);
        return row!;
    }

    private Identity? Known(Standings.Kept kept, string hash) =>
        kept.Identities.TryGetValue(hash, out var known) && known.Until > clock.GetUtcNow() ? known : null;

    private static Identity Keep(Standings.Kept kept, string hash, Identity identity)
    {
        kept.Identities[hash] = identity;
        return identity;
    }

    private string Hash(string name, string secret)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{name.Length}:{name}{secret}"), hash);
        return Convert.ToHexString(hash);
    }
}
