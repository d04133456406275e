using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Browsers that signed in. The cookie holds a secret, the table its hash; unused ones end after half a day, all after a week.</summary>
internal sealed class SignIns(Database db, TimeProvider clock)
{
    /// <summary>How long a browser stays signed in without a request.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromHours(12);

    /// <summary>How long a browser stays signed in at all.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromDays(7);

    // Often enough for IdleMax, rare enough to cost nothing.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(10);

    private const string Insert = "INSERT INTO sign_ins (hash, principal_id, created_ms, seen_ms, expires_ms) VALUES ($1, $2, $3, $3, $4)";

    private const string Find = "SELECT principal_id, seen_ms, expires_ms FROM sign_ins WHERE hash = $1";

    private const string Seen = "UPDATE sign_ins SET seen_ms = $2 WHERE hash = $1";

    private const string DeleteOne = "DELETE FROM sign_ins WHERE hash = $1";

    private const string DeleteOld = "DELETE FROM sign_ins WHERE expires_ms <= $1 OR seen_ms <= $2";

    private const string DeleteAll = "DELETE FROM sign_ins WHERE principal_id = $1";

    /// <summary>Signs a browser in, in the caller's transaction; answers the cookie's value.</summary>
    public string Start(Session session, long principal)
    {
        var now = clock.GetUtcNow();
        session.Execute(DeleteOld, now.ToUnixTimeMilliseconds(), (now - IdleMax).ToUnixTimeMilliseconds());
        var secret = Secrets.New();
        session.Execute(Insert, Secrets.Hash(secret), principal, now.ToUnixTimeMilliseconds(), (now + LifeMax).ToUnixTimeMilliseconds());
        return secret;
    }

    /// <summary>Whose cookie it is, or null when it is nobody's any more.</summary>
    public async Task<(long Principal, DateTimeOffset Until)?> Owner(string secret, CancellationToken ct)
    {
        var (now, hash) = (clock.GetUtcNow(), Secrets.Hash(secret));
        var row = await db.Read(session => session.First(Find, static row => new SignIn(row.Long(0), row.Long(1), row.Long(2)), hash), ct);
        if (row is null) return null;
        var until = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(row.ExpiresMs, row.SeenMs + (long)IdleMax.TotalMilliseconds));
        if (until <= now) return null;
        if (now.ToUnixTimeMilliseconds() - row.SeenMs > NoteEvery.TotalMilliseconds)
            await db.Write<int>(session => session.Execute(Seen, hash, now.ToUnixTimeMilliseconds()), ct);
        return (row.Principal, until);
    }

    /// <summary>Signs a browser out.</summary>
    public static void End(Session session, string secret) => session.Execute(DeleteOne, Secrets.Hash(secret));

    /// <summary>Signs all browsers of somebody out.</summary>
    public static void EndAll(Session session, long principal) => session.Execute(DeleteAll, principal);

    private sealed record SignIn(long Principal, long SeenMs, long ExpiresMs);
}
