using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>How attempts end: done and gone, or failed, noted and tried again.</summary>
internal sealed partial class JobQueue
{
    /// <summary>The longest error that is kept, in characters.</summary>
    public const int ErrorCharsMax = 2_000;

    /// <summary>How many failed attempts of one job are kept.</summary>
    public const int FailuresOfJobMax = 20;

    /// <summary>How many failed attempts are kept in all.</summary>
    public const int FailuresMax = 10_000;

    /// <summary>How many failed jobs of a kind are kept.</summary>
    public const int FailedMax = 10_000;

    private const string Remove = "DELETE FROM jobs WHERE id = $1 AND epoch = $2 AND state = 1";

    private static string Held(Dialect dialect) => $"SELECT id, epoch FROM jobs WHERE id {dialect.InLongs("$1")} AND state = 1 ORDER BY id{dialect.ForUpdate()}";

    private const string Reschedule = """
        UPDATE jobs SET state = $3, run_at_ms = $4, error = $5, owner = NULL, lease_until_ms = NULL WHERE id = $1 AND epoch = $2 AND state = 1
        """;

    private const string Failed = "UPDATE jobs SET state = 2, error = $2, owner = NULL, lease_until_ms = NULL WHERE id = $1";

    private const string InsertFailure = """
        INSERT INTO job_failures (job_id, kind, name, attempt, owner, from_ms, until_ms, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string ForgetOfJob = """
        DELETE FROM job_failures WHERE job_id = $1 AND no <= (SELECT f.no FROM job_failures f WHERE f.job_id = $1 ORDER BY f.no DESC LIMIT 1 OFFSET $2)
        """;

    private const string ForgetOldest = "DELETE FROM job_failures WHERE no <= (SELECT max(f.no) FROM job_failures f) - $1";

    private const string ForgetFailed = """
        DELETE FROM jobs WHERE kind = $1 AND state = 2 AND id <= (SELECT j.id FROM jobs j WHERE j.kind = $1 AND j.state = 2 ORDER BY j.id DESC LIMIT 1 OFFSET $2)
        """;

    /// <summary>The job is done and gone.</summary>
    public Task<Outcome<Done>> Finish(Lease lease, CancellationToken ct) => Fenced(lease, session => session.Execute(Remove, lease.Id, lease.Epoch), ct);

    /// <summary>The job is done and gone, in the write that publishes what it made: a kill leaves either both or neither. A conflict says that the lease was lost.</summary>
    public static Problem? Finish(Session session, Lease lease) => session.Execute(Remove, lease.Id, lease.Epoch) == 1 ? null : Stale(lease);

    /// <summary>Many are done and gone, in one write; answers those whose lease was lost meanwhile, which stay as they are.</summary>
    public Task<Outcome<List<Lease>>> Finish(IReadOnlyList<Lease> leases, CancellationToken ct) => database.Write<List<Lease>>(session =>
    {
        var held = session.Query(Held(session.Dialect), static row => (row.Long(0), row.Long(1)), Arg.Longs([.. leases.Select(static lease => lease.Id)])).ToHashSet();
        var mine = leases.Where(lease => held.Contains((lease.Id, lease.Epoch))).Select(static lease => lease.Id).ToList();
        session.Execute($"DELETE FROM jobs WHERE id {session.Dialect.InLongs("$1")}", Arg.Longs(mine));
        return leases.Where(lease => !held.Contains((lease.Id, lease.Epoch))).ToList();
    }, ct);

    /// <summary>The attempt failed: try again after a back-off that doubles, or keep the job as failed after its last attempt, or at once when it is hopeless.</summary>
    public Task<Outcome<Done>> Fail(Lease lease, string error, CancellationToken ct, bool hopeless = false)
    {
        var last = hopeless || lease.Attempts >= lease.AttemptsMax;
        var wait = TimeSpan.FromSeconds(Math.Min(BackOffMax.TotalSeconds, Math.Pow(2, Math.Min(lease.Attempts, 20))));
        var now = clock.GetUtcNow();
        var text = Shown(error);
        return Fenced(lease, session =>
        {
            var changed = session.Execute(Reschedule, lease.Id, lease.Epoch, (int)(last ? JobState.Failed : JobState.Ready), (now + wait).ToUnixTimeMilliseconds(), text);
            if (changed == 0) return 0;
            NoteFailure(session, lease, text, now.ToUnixTimeMilliseconds());
            if (last) NoteGivenUp(session, lease, text);
            return changed;
        }, ct);
    }

    /// <summary>Takes a job away in the caller's transaction, whoever works on it.</summary>
    public void Abandon(Session session, long id, string kind, string name, string why)
    {
        session.Execute("DELETE FROM jobs WHERE id = $1", id);
        Abandoned.GetValueOrDefault(kind)?.Invoke(session, name, why);
    }

    private void GiveUp(Session session, Lease lease, string error)
    {
        session.Execute(Failed, lease.Id, error);
        NoteGivenUp(session, lease, error);
    }

    private void NoteGivenUp(Session session, Lease lease, string error)
    {
        session.Execute(ForgetFailed, lease.Kind, FailedMax);
        Abandoned.GetValueOrDefault(lease.Kind)?.Invoke(session, lease.Name, error);
    }

    private static void NoteFailure(Session session, Lease lease, string error, long nowMs)
    {
        session.Execute(InsertFailure, lease.Id, lease.Kind, lease.Name, lease.Attempts, lease.Owner, lease.FromMs == 0 ? (long?)null : lease.FromMs, nowMs, error);
        session.Execute(ForgetOfJob, lease.Id, FailuresOfJobMax);
        session.Execute(ForgetOldest, FailuresMax);
    }

    // NUL is no text for the databases; a failure must be noted whatever its message holds.
    private static string Shown(string error) => (error.Length > ErrorCharsMax ? error[..ErrorCharsMax] : error).Replace('\0', ' ');
}
