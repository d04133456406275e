using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Looks for what is weak in accounts and tokens: the server answers it to administrators, and `slipway doctor` reads it where no server runs.</summary>
internal sealed class AccessReviews(Database db, TimeProvider clock)
{
    /// <summary>The most that is named of each kind; the counts say how many there are.</summary>
    public const int NamedMax = 100;

    /// <summary>A token that is good for longer outlives what it was made for. A day more than what is usual, for the moment between making and looking.</summary>
    public static readonly TimeSpan LifeLong = TimeSpan.FromDays(366);

    /// <summary>A token that nobody used for so long is needed by nobody.</summary>
    public static readonly TimeSpan UnusedLong = TimeSpan.FromDays(90);

    private const string Administrators = "SELECT count(*) FROM principals WHERE administrator = 1 AND disabled_ms IS NULL AND removed_ms IS NULL";

    private const string CannotSignIn = """
        FROM principals p WHERE kind <> 3 AND removed_ms IS NULL AND disabled_ms IS NULL AND password IS NULL AND identity IS NULL
           AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.principal_id = p.id)
        """;

    private const string Lasting = "FROM tokens t JOIN principals p ON p.id = t.principal_id WHERE (t.expires_ms IS NULL OR t.expires_ms > $1)";

    private const string Unused = "FROM tokens t JOIN principals p ON p.id = t.principal_id WHERE coalesce(t.used_ms, t.created_ms) < $1 AND (t.expires_ms IS NULL OR t.expires_ms > $2)";

    private const string Token = "SELECT t.id, t.name, p.name, t.expires_ms, t.used_ms ";

    /// <summary>Answers it.</summary>
    public async Task<Outcome<AccessReview>> Review(Caller caller, ReviewAccess request, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.Read(session => Read(session, now), ct);
    }

    /// <summary>Reads it from a database whose schema is up to date.</summary>
    public static AccessReview Read(Session session, DateTimeOffset now)
    {
        var (at, until, since) = (now.ToUnixTimeMilliseconds(), (now + LifeLong).ToUnixTimeMilliseconds(), (now - UnusedLong).ToUnixTimeMilliseconds());
        return new AccessReview(
            session.Long(Administrators) ?? 0,
            session.Long("SELECT count(*) " + CannotSignIn) ?? 0,
            [.. session.Query($"SELECT name {CannotSignIn} ORDER BY name LIMIT {NamedMax}", static row => row.Text(0))],
            session.Long("SELECT count(*) " + Lasting, until) ?? 0,
            session.Query($"{Token}{Lasting} ORDER BY t.created_ms, t.id LIMIT {NamedMax}", Reviewed, until),
            session.Long("SELECT count(*) " + Unused, since, at) ?? 0,
            session.Query($"{Token}{Unused} ORDER BY t.created_ms, t.id LIMIT {NamedMax}", Reviewed, since, at));
    }

    private static ReviewedToken Reviewed(Row row) => new(row.Text(0), row.Text(1), row.Text(2), row.LongOrNull(3), row.LongOrNull(4));
}
