using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>Writes what somebody did into the event log, which lies above this folder.</summary>
internal delegate void JobNews(Session session, Caller caller, string kind, string subject, string data);

/// <summary>What people see of the queue, and how they step in. The queue is the installation's, so all of it takes <see cref="Right.Administer"/>.</summary>
internal sealed class JobDesk(Database database, JobQueue jobs, JobSchedules schedules, IReadOnlyList<JobHandler> handlers, JobCounts counts, TimeProvider clock, JobNews news)
{
    private const string Columns = "SELECT id, kind, name, state, priority, attempts, attempts_max, run_at_ms, created_ms, owner, lease_until_ms, error FROM jobs";

    private const string FailureColumns = "SELECT no, job_id, kind, name, attempt, owner, from_ms, until_ms, error FROM job_failures";

    private const string Sizes = """
        SELECT kind, state, CASE WHEN state = 0 AND run_at_ms <= $1 THEN 1 ELSE 0 END AS due, count(*), min(run_at_ms) FROM jobs GROUP BY kind, state, CASE WHEN state = 0 AND run_at_ms <= $1 THEN 1 ELSE 0 END
        """;

    private const string Again = "UPDATE jobs SET state = 0, run_at_ms = $2, attempts = CASE WHEN state = 2 THEN 0 ELSE attempts END WHERE id = $1";

    /// <summary>What waits, by kind.</summary>
    public async Task<Outcome<JobQueuesAnswer>> Queues(Caller caller, ListJobQueues request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        var sizes = await database.Read(session => session.Query(Sizes, static row => (Kind: row.Text(0), State: (JobState)row.Int(1), Due: row.Bool(2), Count: row.Long(3), Oldest: row.Long(4)), Now()), ct);
        var kinds = handlers.Select(static handler => handler.Kind).Union(sizes.Select(static size => size.Kind)).Order(StringComparer.Ordinal);
        return new JobQueuesAnswer([.. kinds.Select(kind =>
        {
            var own = sizes.Where(size => size.Kind == kind).ToList();
            long Of(JobState state, bool due = false) => own.Where(size => size.State == state && size.Due == due).Sum(static size => size.Count);
            var (done, failed) = counts.Of(kind);
            return new JobQueueSize(kind, Of(JobState.Ready, due: true), Of(JobState.Ready), Of(JobState.Running), Of(JobState.Failed), own.Find(static size => size.Due) is { Count: > 0 } due ? due.Oldest : null,
                handlers.Any(handler => handler.Kind == kind && handler.Resident), done, failed);
        })]);
    }

    /// <summary>One page of jobs, the newest first.</summary>
    public async Task<Outcome<JobsPage>> List(Caller caller, ListJobs request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (Page(request.MaxResults, request.PageToken, out var size, out var before) is { } bad) return bad;
        var where = request.State switch
        {
            null or "" => "",
            "READY" => " AND state = 0 AND run_at_ms <= $4",
            "DELAYED" => " AND state = 0 AND run_at_ms > $4",
            "RUNNING" => " AND state = 1",
            "FAILED" => " AND state = 2",
            _ => null,
        };
        if (where is null) return Problem.Invalid("state: expected READY, DELAYED, RUNNING or FAILED.");
        if (!string.IsNullOrEmpty(request.Kind)) where += " AND kind = $3";
        var now = Now();
        // $3 and $4 are named in every form: PostgreSQL wants a type for each parameter that is sent.
        var rows = await database.Read(session => session.Query($"{Columns} WHERE id < $1 AND $3 IS NOT NULL AND $4 > 0{where} ORDER BY id DESC LIMIT $2", row => Record(row, now), before, size + 1, request.Kind ?? "", now), ct);
        return new JobsPage([.. rows.Take(size)], rows.Count > size ? rows[size - 1].Id : null);
    }

    /// <summary>One job with its failed attempts.</summary>
    public async Task<Outcome<JobAnswer>> Get(Caller caller, JobRef request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (Number(request.Id) is not { } id) return Missing(request.Id);
        return await database.Read<Outcome<JobAnswer>>(session => Answer(session, id) is { } found ? found : Missing(request.Id), ct);
    }

    /// <summary>One page of failed attempts, the newest first.</summary>
    public async Task<Outcome<JobFailuresPage>> Failures(Caller caller, ListJobFailures request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (Page(request.MaxResults, request.PageToken, out var size, out var before) is { } bad) return bad;
        var where = string.IsNullOrEmpty(request.Kind) ? "" : " AND kind = $3";
        var rows = await database.Read(session => session.Query($"{FailureColumns} WHERE no < $1 AND $3 IS NOT NULL{where} ORDER BY no DESC LIMIT $2", static row => (No: row.Long(0), Failure: Failure(row)), before, size + 1, request.Kind ?? ""), ct);
        return new JobFailuresPage([.. rows.Take(size).Select(static row => row.Failure)], rows.Count > size ? Text(rows[size - 1].No) : null);
    }

    /// <summary>A failed job begins anew, one that waits is due now.</summary>
    public Task<Outcome<JobAnswer>> Retry(Caller caller, JobRef request, CancellationToken ct) => Change(caller, request, "job.retried", (session, job, state) =>
    {
        if (state is JobState.Running) return Problem.Conflict($"Job {job.Id} runs at this moment. Cancel it, or wait for its end.");
        session.Execute(Again, Number(job.Id)!.Value, Now());
        return null;
    }, ct);

    /// <summary>The job is gone; an owner that works on it loses its lease.</summary>
    public Task<Outcome<JobAnswer>> Cancel(Caller caller, JobRef request, CancellationToken ct) => Change(caller, request, "job.cancelled", (session, job, _) =>
    {
        jobs.Abandon(session, Number(job.Id)!.Value, job.Kind, job.Name, $"It was cancelled by {caller.Actor}.");
        return null;
    }, ct);

    /// <summary>What runs at times of its own.</summary>
    public async Task<Outcome<JobSchedulesAnswer>> Schedules(Caller caller, ListJobSchedules request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        var all = await database.Read(JobSchedules.All, ct);
        return new JobSchedulesAnswer([.. all.Select(static one => new JobScheduleRecord(one.Name, one.Kind, one.Cron, one.TimeZone, one.EveryMs, one.NextMs, one.LastMs))]);
    }

    /// <summary>Begins a schedule's job now, besides its times.</summary>
    public async Task<Outcome<Done>> RunSchedule(Caller caller, JobScheduleRef request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        var run = await database.Write<Done>(session =>
        {
            if (request.Name.Contains('\0', StringComparison.Ordinal) || !schedules.Run(session, request.Name)) return Problem.NotFound("There is no such schedule. GET jobs/schedules lists those there are.");
            news(session, caller, "job_schedule.run", "job_schedule/" + request.Name, "{}");
            return default(Done);
        }, ct);
        if (run.Succeeded) jobs.Hint();
        return run;
    }

    private async Task<Outcome<JobAnswer>> Change(Caller caller, JobRef request, string kind, Func<Session, JobRecord, JobState, Problem?> change, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (Number(request.Id) is not { } id) return Missing(request.Id);
        var changed = await database.Write<JobAnswer>(session =>
        {
            var (state, name) = session.First("SELECT state, name FROM jobs WHERE id = $1" + session.Dialect.ForUpdate(), static row => ((JobState)row.Int(0), row.Text(1)), id);
            if (name is null) return Missing(request.Id);
            if (name == JobHandler.ResidentName) return Problem.Invalid($"Job {id} is a loop of the server: it ends with the server and begins with it.");
            var before = Answer(session, id)!;
            if (change(session, before.Job!, state) is { } refused) return refused;
            news(session, caller, kind, "job/" + Text(id), new JsonObject { ["kind"] = before.Job!.Kind, ["name"] = before.Job.Name, ["state"] = before.Job.State, ["attempts"] = before.Job.Attempts }.ToJsonString());
            return Answer(session, id) ?? before;
        }, ct);
        if (changed.Succeeded) jobs.Hint();
        return changed;
    }

    private JobAnswer? Answer(Session session, long id)
    {
        var now = Now();
        if (session.First(Columns + " WHERE id = $1", row => Record(row, now), id) is not { } job) return null;
        var failures = session.Query(FailureColumns + " WHERE job_id = $1 ORDER BY no DESC LIMIT $2", Failure, id, JobQueue.FailuresOfJobMax);
        return new JobAnswer(job, session.Text("SELECT payload FROM jobs WHERE id = $1", id), [.. failures]);
    }

    private static Problem? Page(int? asked, string? token, out int size, out long before)
    {
        (size, before) = (asked is null or 0 ? ListJobs.MaxResultsDefault : asked.Value, long.MaxValue);
        if (size is < 1 or > ListJobs.MaxResultsMax) return Problem.Invalid($"max_results must be between 1 and {ListJobs.MaxResultsMax}, got {asked}.");
        return string.IsNullOrEmpty(token) || long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out before) ? null
            : Problem.Invalid("Invalid page token. Send the next_page_token of the last answer unchanged.");
    }

    private static JobRecord Record(Row row, long now)
    {
        var state = (JobState)row.Int(3);
        var resident = row.Text(2) == JobHandler.ResidentName;
        return new JobRecord(Text(row.Long(0)), row.Text(1), row.Text(2), state switch { JobState.Running => "RUNNING", JobState.Failed => "FAILED", _ => row.Long(7) <= now ? "READY" : "DELAYED" },
            row.Int(4), row.Long(5), resident ? null : row.Long(6), row.Long(7), row.Long(8), row.TextOrNull(9), row.LongOrNull(10), row.TextOrNull(11), resident);
    }

    private static JobFailure Failure(Row row) => new(Text(row.Long(1)), row.Text(2), row.Text(3), row.Long(4), row.Text(5), row.LongOrNull(6), row.Long(7), row.Text(8));

    private static long? Number(string? id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Problem Missing(string? id) => string.IsNullOrEmpty(id) ? Problem.Missing("id")
        : Problem.NotFound($"There is no job '{(id.Length > 40 ? id[..40] : id)}': it never was, or it was done or cancelled and is gone. GET jobs/failures keeps what went wrong.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
