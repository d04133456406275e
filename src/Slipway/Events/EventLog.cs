using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// The one event log. A change appends its event in its own transaction; the sealer gives committed events a dense position. Audit, webhooks,
/// triggers and live pages read by position, so that no event is lost however transactions interleave.
/// </summary>
internal sealed class EventLog(Database database, TimeProvider clock)
{
    /// <summary>The largest details of an event in UTF-8 bytes; longer ones are cut, with digest and length kept.</summary>
    public const int DataBytesMax = 4_096;

    /// <summary>The most events that one call answers.</summary>
    public const int PageMax = 10_000;

    /// <summary>The most refused attempts that are written per minute; the rest are counted in the next one written.</summary>
    public const int RefusalsPerMinute = 60;

    /// <summary>The kind of a refused attempt.</summary>
    public const string RefusedKind = "attempt.refused";

    private const int SaltBytes = 16;

    private const string Insert = """
        INSERT INTO events (workspace_id, at_ms, kind, subject, actor, actor_salt, data, data_salt, form, subject_salt, address, address_salt)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 2, $9, $10, $11)
        """;

    /// <summary>What <see cref="Read"/> reads.</summary>
    public const string Columns = "SELECT position, workspace_id, at_ms, kind, subject, actor, address, data FROM events";

    private const string ReadAfter = Columns + " WHERE position > $1 AND workspace_id = $2 ORDER BY position LIMIT $3";

    private const string ReadSubject = Columns + " WHERE workspace_id = $1 AND subject = $2 ORDER BY id";

    // What is said about a thing is no sign of its life.
    private const string NewestOfSubject = "SELECT at_ms FROM events WHERE workspace_id = $1 AND subject = $2 AND NOT (kind > 'note.' AND kind < 'note/') ORDER BY id DESC LIMIT 1";

    internal const string PageOfSubject = """
        SELECT position, workspace_id, at_ms, kind, subject, actor, address, data, id FROM events
         WHERE workspace_id = $1 AND subject = $2 AND id < $3 AND ($4 = 1 OR NOT (kind > 'grant.' AND kind < 'grant/')) ORDER BY id DESC LIMIT $5
        """;

    private readonly Lock refusals = new();
    private long refusalMinute;
    private int refusalsInMinute;
    private long refusalsUnwritten;

    /// <summary>Raised in this process after a seal, with the newest position: a hint to look, never the news itself.</summary>
    public event Action<long>? Sealed;

    /// <summary>Appends one event in the caller's transaction.</summary>
    /// <param name="session">The transaction of the change itself.</param>
    /// <param name="caller">Who does it.</param>
    /// <param name="kind">What happens, as `noun.verbed`.</param>
    /// <param name="subject">To what, as `noun/id`.</param>
    /// <param name="data">Details as JSON, or null.</param>
    public void Append(Session session, Caller caller, string kind, string subject, string? data = null)
    {
        Span<byte> salts = stackalloc byte[4 * SaltBytes];
        RandomNumberGenerator.Fill(salts);
        session.Later(Insert, caller.Workspace, clock.GetUtcNow().ToUnixTimeMilliseconds(), kind, subject,
            caller.Actor, salts[..SaltBytes].ToArray(), data is null ? null : Fit(data), salts[SaltBytes..(2 * SaltBytes)].ToArray(),
            NamesSomebody(subject) ? salts[(2 * SaltBytes)..(3 * SaltBytes)].ToArray() : null,
            caller.Address, caller.Address is null ? null : salts[(3 * SaltBytes)..].ToArray());
    }

    /// <summary>True for a subject that can be erased: without a salt its commitment would tell the name to whoever guesses it.</summary>
    public static bool NamesSomebody(string subject) =>
        subject.StartsWith("person/", StringComparison.Ordinal) || subject.StartsWith("service/", StringComparison.Ordinal) || subject.StartsWith(EventErasure.PathSubject, StringComparison.Ordinal);

    /// <summary>Writes down an attempt that was refused, in a transaction of its own, rate-limited so that refusals cannot fill the log.</summary>
    public async Task Refused(Caller caller, string what, Problem problem, CancellationToken ct)
    {
        long unwritten;
        lock (refusals)
        {
            var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
            if (minute != refusalMinute) (refusalMinute, refusalsInMinute) = (minute, 0);
            if (++refusalsInMinute > RefusalsPerMinute)
            {
                refusalsUnwritten++;
                return;
            }
            (unwritten, refusalsUnwritten) = (refusalsUnwritten, 0);
        }
        var data = new JsonObject { ["code"] = problem.Code.ToString(), ["message"] = problem.Message };
        if (unwritten > 0) data["unwritten_before"] = unwritten;
        await database.Write<Done>(session =>
        {
            Append(session, caller, RefusedKind, what, data.ToJsonString());
            return new Done();
        }, ct);
    }

    /// <summary>Sealed events after a position, in order, at most <paramref name="limit"/>.</summary>
    public Task<List<Event>> After(Caller caller, long position, int limit, CancellationToken ct) =>
        database.Read(session => session.Query(ReadAfter, Read, position, caller.Workspace, Math.Clamp(limit, 1, PageMax)), ct);

    /// <summary>The position of the newest sealed event, or 0.</summary>
    public static long Head(Session session) => session.Long("SELECT max(last_position) FROM event_seals") ?? 0;

    /// <summary>Sealed events of every workspace after a position, in a session of the caller's.</summary>
    public static List<Event> After(Session session, long position, int limit) => session.Query(Columns + " WHERE position > $1 ORDER BY position LIMIT $2", Read, position, limit);

    /// <summary>Sealed events of a workspace after a position, in a session of the caller's.</summary>
    public static List<Event> After(Session session, long workspace, long position, int limit) => session.Query(ReadAfter, Read, position, workspace, limit);

    /// <summary>What happened to one thing, oldest first, sealed or not yet.</summary>
    public Task<List<Event>> Of(Caller caller, string subject, CancellationToken ct) =>
        database.Read(session => session.Query(ReadSubject, Read, caller.Workspace, subject), ct);

    /// <summary>What happened to one thing before the event of a number, the newest first, at most <paramref name="limit"/>: a walk down an index.</summary>
    public static List<(long Id, Event Event)> NewestOf(Session session, long workspace, string subject, long beforeId, int limit, bool withGrants) =>
        session.Query(PageOfSubject, static row => (row.Long(8), Read(row)), workspace, subject, beforeId, withGrants, limit);

    /// <summary>When something last happened to each of many things, notes about them apart, Unix milliseconds: one statement, a look into an index for each.</summary>
    public static Dictionary<string, long> NewestOf(Session session, long workspace, IReadOnlyCollection<string> subjects)
    {
        var newest = "SELECT e.at_ms FROM events e WHERE e.workspace_id = $1 AND e.subject = s.value AND NOT (e.kind > 'note.' AND e.kind < 'note/') ORDER BY e.id DESC LIMIT 1";
        return subjects.Count == 0 ? [] : session.Query($"SELECT s.value, ({newest}) FROM {session.Dialect.EachText("$2", "s")}", static row => (Subject: row.Text(0), AtMs: row.LongOrNull(1)), workspace, Arg.Texts(subjects))
            .Where(static found => found.AtMs is not null).ToDictionary(static found => found.Subject, static found => found.AtMs!.Value, StringComparer.Ordinal);
    }

    /// <summary>When something last happened to a thing, notes about it apart, Unix milliseconds, or null. One look into an index.</summary>
    public static long? NewestOf(Session session, Caller caller, string subject) => session.Long(NewestOfSubject, caller.Workspace, subject);

    internal void Announce(long position) => Sealed?.Invoke(position);

    internal static Event Read(Row row) =>
        new(row.LongOrNull(0), row.Long(1), DateTimeOffset.FromUnixTimeMilliseconds(row.Long(2)), row.Text(3), row.Text(4), row.TextOrNull(5), row.TextOrNull(6), row.TextOrNull(7));

    private static string Fit(string data)
    {
        if (data.Length <= DataBytesMax / 3 || Encoding.UTF8.GetByteCount(data) <= DataBytesMax) return data;
        var bytes = Encoding.UTF8.GetBytes(data);
        return new JsonObject
        {
            ["cut"] = true,
            ["bytes"] = bytes.Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            // JSON may escape each character to six: a sixth of the room always fits.
            ["start"] = new string(data.AsSpan(0, DataBytesMax / 12)),
        }.ToJsonString();
    }
}
