using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>
/// The one durable queue. Rows are leased with an epoch: execution is at least once, and a stale owner's publication is refused, so that
/// publication is exactly once. Timers are rows by due time.
/// </summary>
internal sealed class JobQueue(Database database, TimeProvider clock) : IDisposable
{
    /// <summary>How long a claim holds without renewal.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);

    /// <summary>The largest payload in characters.</summary>
    public const int PayloadMax = 65_536;

    /// <summary>The longest wait before another attempt.</summary>
    public static readonly TimeSpan BackOffMax = TimeSpan.FromMinutes(10);

    private const string Insert = """
        INSERT INTO jobs (kind, name, payload, state, run_at_ms, attempts_max, created_ms) VALUES ($1, $2, $3, 0, $4, $5, $6)
        ON CONFLICT (kind, name) DO NOTHING
        """;

    private static string FindDue(Dialect dialect) => $"""
        SELECT id FROM jobs WHERE kind {dialect.InTexts("$1")} AND (state = 0 AND run_at_ms <= $2 OR state = 1 AND lease_until_ms < $2)
         ORDER BY run_at_ms, id LIMIT 1{dialect.ForUpdateSkipLocked()}
        """;

    private const string Take = """
        UPDATE jobs SET state = 1, owner = $2, lease_until_ms = $3, epoch = epoch + 1, attempts = attempts + 1 WHERE id = $1
        RETURNING id, kind, name, payload, epoch, attempts, attempts_max
        """;

    private const string Renewal = "UPDATE jobs SET lease_until_ms = $3 WHERE id = $1 AND epoch = $2 AND state = 1";

    private const string Remove = "DELETE FROM jobs WHERE id = $1 AND epoch = $2 AND state = 1";

    private const string Reschedule = """
        UPDATE jobs SET state = $3, run_at_ms = $4, error = $5, owner = NULL, lease_until_ms = NULL WHERE id = $1 AND epoch = $2 AND state = 1
        """;

    private const string Hand = "UPDATE jobs SET state = 0, run_at_ms = $3, attempts = attempts - 1, owner = NULL, lease_until_ms = NULL WHERE id = $1 AND epoch = $2 AND state = 1";

    private static string NextDue(Dialect dialect) =>
        $"SELECT min(CASE WHEN state = 0 THEN run_at_ms ELSE lease_until_ms + 1 END) FROM jobs WHERE state < 2 AND kind {dialect.InTexts("$1")}";

    private readonly SemaphoreSlim wake = new(0, 1);

    /// <summary>Adds a job, in the caller's transaction; a job of the same kind and name that still exists is left as it is.</summary>
    public Problem? Add(Session session, string kind, string name, string payload, DateTimeOffset runAt, int attemptsMax = 10)
    {
        if (payload.Length > PayloadMax) return Problem.Invalid($"A job's payload holds at most {PayloadMax} characters, got {payload.Length}.");
        session.Execute(Insert, kind, name, payload, runAt.ToUnixTimeMilliseconds(), attemptsMax, clock.GetUtcNow().ToUnixTimeMilliseconds());
        return null;
    }

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

    /// <summary>Claims the job that has been due longest, or one whose owner let its lease run out. Null: nothing is due.</summary>
    public async Task<Outcome<Lease?>> Claim(string owner, IReadOnlyCollection<string> kinds, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await database.Write<Lease?>(session =>
        {
            var due = session.Long(FindDue(session.Dialect), Arg.Texts(kinds), now.ToUnixTimeMilliseconds());
            return due is null ? (Outcome<Lease?>)(Lease?)null : session.First(Take,
                static row => new Lease(row.Long(0), row.Text(1), row.Text(2), row.Text(3), row.Long(4), row.Int(5), row.Int(6)),
                due, owner, (now + LeaseTime).ToUnixTimeMilliseconds());
        }, ct);
    }

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

    /// <summary>The job is done and gone.</summary>
    public Task<Outcome<Done>> Finish(Lease lease, CancellationToken ct) => Fenced(lease, session => session.Execute(Remove, lease.Id, lease.Epoch), ct);

    /// <summary>Gives the job back unfinished, without counting the attempt: the server stops, or the job runs again at a time of its own.</summary>
    public Task<Outcome<Done>> Release(Lease lease, DateTimeOffset runAt, CancellationToken ct) =>
        Fenced(lease, session => session.Execute(Hand, lease.Id, lease.Epoch, runAt.ToUnixTimeMilliseconds()), ct);

    /// <summary>The attempt failed: try again after a back-off that doubles, or keep the job as failed after its last attempt.</summary>
    public Task<Outcome<Done>> Fail(Lease lease, string error, CancellationToken ct)
    {
        var last = lease.Attempts >= lease.AttemptsMax;
        var wait = TimeSpan.FromSeconds(Math.Min(BackOffMax.TotalSeconds, Math.Pow(2, Math.Min(lease.Attempts, 20))));
        var text = error.Length > 2_000 ? error[..2_000] : error;
        return Fenced(lease, session => session.Execute(Reschedule, lease.Id, lease.Epoch, (int)(last ? JobState.Failed : JobState.Ready),
            (clock.GetUtcNow() + wait).ToUnixTimeMilliseconds(), text), ct);
    }

    /// <summary>
    /// Null while the lease is the newest one; in PostgreSQL the row stays locked until the caller's transaction ends, so a
    /// publication that passed this check cannot be overtaken.
    /// </summary>
    public static Problem? CheckLease(Session session, Lease lease) =>
        session.Long("SELECT epoch FROM jobs WHERE id = $1 AND state = 1" + session.Dialect.ForShare(), lease.Id) == lease.Epoch ? null : Stale(lease);

    /// <inheritdoc/>
    public void Dispose() => wake.Dispose();

    private static Problem Stale(Lease lease) => Problem.Conflict($"The lease on job {lease.Kind}/{lease.Name} (epoch {lease.Epoch}) was taken over by another owner; this owner's result is refused.");

    private Task<Outcome<Done>> Fenced(Lease lease, Func<Session, int> change, CancellationToken ct) =>
        database.Write<Done>(session => change(session) == 1 ? new Done() : Stale(lease), ct);
}
