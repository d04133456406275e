using System.Security.Cryptography;
using System.Text;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// The first administrator. There is no default password: the first start, and every later one until somebody used it, makes a one-time code and
/// prints the link; a newer code makes an older one void.
/// </summary>
internal sealed class SetUp(Database db, TimeProvider clock, Members members, Passwords passwords, Standings standings, Attempts attempts)
{
    /// <summary>How long a code is good.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromDays(1);

    private const string Administrators = "SELECT count(*) FROM principals WHERE administrator = 1 AND removed_ms IS NULL";

    private const string Put = "INSERT INTO set_up (one, hash, made_ms) VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE SET hash = excluded.hash, made_ms = excluded.made_ms";

    private const string Current = "SELECT hash, made_ms FROM set_up WHERE one = 1";

    private const string Used = "DELETE FROM set_up";

    /// <summary>A new code, or null when there is an administrator already.</summary>
    public async Task<Outcome<string?>> Begin(CancellationToken ct)
    {
        var code = Secrets.New();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<string?>(session =>
        {
            if (session.Long(Administrators) > 0) return (Outcome<string?>)(string?)null;
            session.Execute(Put, Secrets.Hash(code), now);
            return code;
        }, ct);
    }

    /// <summary>Makes the first administrator.</summary>
    public async Task<Outcome<Member>> Use(Caller caller, SetUpRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Code)) return Problem.Missing("code");
        if (attempts.Check("set-up", caller.Address) is { } wait) return wait;
        if (Principals.CheckName(request.Name) is { } badName) return badName;
        if (Passwords.Check(request.Password, request.Name!) is { } badPassword) return badPassword;
        var stored = await passwords.Hash(request.Password!, ct);
        var now = clock.GetUtcNow();
        var made = await standings.Change<Member>(session =>
        {
            var expected = session.First(Current, static row => new Code(row.Text(0), row.Long(1)));
            var given = Encoding.ASCII.GetBytes(Secrets.Hash(request.Code));
            if (expected is null || now - DateTimeOffset.FromUnixTimeMilliseconds(expected.MadeMs) > LifeMax || !CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(expected.Hash)))
                return Problem.Denied("The code is wrong, used or older than a day. A restart of the server prints a new one as long as there is no administrator.");
            if (session.Long(Administrators) > 0) return Problem.Conflict("There is an administrator already.");
            session.Execute(Used);
            var first = new CreateMember(request.Name, null, null, null, null, true);
            return members.Insert(session, caller with { Actor = request.Name! }, PrincipalKind.Person, first, stored, null) is { } row
                ? Members.Record(session, row)
                : Problem.Exists($"A member or group named '{request.Name}' exists already.");
        }, ct);
        if (made.Problem is { Status: 403 }) attempts.Failed("set-up", caller.Address);
        return made;
    }

    private sealed record Code(string Hash, long MadeMs);
}
