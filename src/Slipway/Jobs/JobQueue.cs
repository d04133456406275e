using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>
/// The one durable queue. Rows are leased with an epoch: execution is at least once, and a stale owner's publication is refused, so that
/// publication is exactly once. Timers are rows by due time.
/// </summary>
internal sealed partial class JobQueue(Database database, TimeProvider clock) : IDisposable
{
    /// <summary>How long a claim holds without renewal.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);

    /// <summary>The largest payload in characters.</summary>
    public const int PayloadMax = 65_536;

    /// <summary>The longest wait before another attempt.</summary>
    public static readonly TimeSpan BackOffMax = TimeSpan.FromMinutes(10);

    private const string Insert = """
        INSERT INTO jobs (kind, name, payload, state, run_at_ms, attempts_max, created_ms, priority) VALUES ($1, $2, $3, 0, $4, $5, $6, $7)
        ON CONFLICT (kind, name) DO NOTHING
        """;

    private const string Renewal = "UPDATE jobs SET lease_until_ms = $3 WHERE id = $1 AND epoch = $2 AND state = 1";

    private const string Hand = "UPDATE jobs SET state = 0, run_at_ms = $3, attempts = attempts - 1, owner = NULL, lease_until_ms = NULL WHERE id = $1 AND epoch = $2 AND state = 1";

    // One look into an index for each kind and priority, however many jobs wait.
    private static string NextDue(Dialect dialect) => $"""
        SELECT min(d.due) FROM (
            SELECT (SELECT min(j.run_at_ms) FROM jobs j WHERE j.state = 0 AND j.kind = k.value AND j.priority = l.priority) AS due
              FROM {dialect.EachText("$1", "k")} CROSS JOIN ({Priorities}) l
            UNION ALL
            SELECT min(lease_until_ms) + 1 FROM jobs WHERE state = 1 AND kind {dialect.InTexts("$1")}) d
        """;

    private const string Priorities = "SELECT 1 AS priority UNION ALL SELECT 0 UNION ALL SELECT -1";

    private readonly SemaphoreSlim wake = new(0, 1);

    /// <summary>
    /// By kind, what its owner does in the write in which a job ends undone, cancelled or given up: it is told the job's name and why. Set while the
    /// server composes.
    /// </summary>
    public Dictionary<string, Action<Session, string, string>> Abandoned { get; } = [];

    /// <summary>Adds a job, in the caller's transaction; a job of the same kind and name that still exists is left as it is.</summary>
    public Problem? Add(Session session, string kind, string name, string payload, DateTimeOffset runAt, int attemptsMax = 10, JobPriority priority = JobPriority.Normal)
    {
        if (TooLarge(payload) is { } problem) return problem;
        session.Execute(Insert, kind, name, payload, runAt.ToUnixTimeMilliseconds(), attemptsMax, Now(), (int)priority);
        return null;
    }

    /// <summary>Takes a job away that nobody works on yet, in the caller's transaction: its reason is gone.</summary>
    public static void Withdraw(Session session, string kind, string name) => session.Execute("DELETE FROM jobs WHERE kind = $1 AND name = $2 AND state <> 1", kind, name);

    /// <summary>A hint that something may be due; losing one costs only the wait for the next look.</summary>
    public void Hint()
    {
        if (wake.CurrentCount == 0)
            try
            {
                wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another hint came between: one is as good as two.
                return;
            }
    }

    /// <summary>Waits for a hint or for the time.</summary>
    public Task<bool> WaitHint(TimeSpan atMost, CancellationToken ct) => wake.WaitAsync(atMost, ct);

    /// <summary>
    /// At the start of the only process on a database: whoever held a lease is gone, so none need be waited out. PostgreSQL may be shared by
    /// several servers, and leases there end by time.
    /// </summary>
    public static void FreeDeadLeases(Session session)
    {
        if (session.Dialect is Dialect.Sqlite) session.Execute("UPDATE jobs SET lease_until_ms = 0 WHERE state = 1");
    }

    /// <summary>When the next job of these kinds may be claimed; null when there is none.</summary>
    public async Task<DateTimeOffset?> Next(IReadOnlyCollection<string> kinds, CancellationToken ct)
    {
        var due = await database.Read(session => session.Long(NextDue(session.Dialect), Arg.Texts(kinds)), ct);
        return due is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }

    /// <summary>Holds the lease for longer; a conflict says that it was lost.</summary>
    public Task<Outcome<Done>> Renew(Lease lease, CancellationToken ct) =>
        Fenced(lease, session => session.Execute(Renewal, lease.Id, lease.Epoch, (clock.GetUtcNow() + LeaseTime).ToUnixTimeMilliseconds()), ct);

    /// <summary>Gives the job back unfinished, without counting the attempt: the server stops, or the job runs again at a time of its own.</summary>
    public Task<Outcome<Done>> Release(Lease lease, DateTimeOffset runAt, CancellationToken ct) =>
        Fenced(lease, session => session.Execute(Hand, lease.Id, lease.Epoch, runAt.ToUnixTimeMilliseconds()), ct);

    /// <summary>
    /// Null while the lease is the newest one; in PostgreSQL the row stays locked until the caller's transaction ends, so a
    /// publication that passed this check cannot be overtaken.
    /// </summary>
    public static Problem? CheckLease(Session session, Lease lease) =>
        session.Long("SELECT epoch FROM jobs WHERE id = $1 AND state = 1" + session.Dialect.ForShare(), lease.Id) == lease.Epoch ? null : Stale(lease);

    /// <inheritdoc/>
    public void Dispose() => wake.Dispose();

    private static Problem? TooLarge(string payload) => payload.Length > PayloadMax ? Problem.Invalid($"A job's payload holds at most {PayloadMax} characters, got {payload.Length}.") : null;

    private static Problem Stale(Lease lease) => Problem.Conflict($"The lease on job {lease.Kind}/{lease.Name} (epoch {lease.Epoch}) was taken over by another owner; this owner's result is refused.");

    private Task<Outcome<Done>> Fenced(Lease lease, Func<Session, int> change, CancellationToken ct) =>
        database.Write<Done>(session => change(session) == 1 ? new Done() : Stale(lease), ct);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
