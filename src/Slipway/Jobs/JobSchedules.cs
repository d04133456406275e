using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>When a schedule adds its job: every so often, or by cron in a time zone.</summary>
internal sealed record JobTimes
{
    /// <summary>The shortest and the longest interval.</summary>
    public static readonly TimeSpan EveryMin = TimeSpan.FromSeconds(1), EveryMax = TimeSpan.FromDays(366);

    private readonly CronTime? cron;
    private readonly TimeZoneInfo? zone;

    private JobTimes(TimeSpan? every, string? text, CronTime? cron, TimeZoneInfo? zone) => (Every, Cron, this.cron, this.zone) = (every, text, cron, zone);

    /// <summary>How often, or null.</summary>
    public TimeSpan? Every { get; }

    /// <summary>The expression, or null.</summary>
    public string? Cron { get; }

    /// <summary>The IANA id of the zone that the expression is in, or null.</summary>
    public string? TimeZone => zone?.Id;

    /// <summary>Every so often.</summary>
    public static Outcome<JobTimes> Each(TimeSpan every) => every < EveryMin || every > EveryMax
        ? Problem.Invalid($"every: expected {EveryMin.TotalSeconds:0} second to {EveryMax.TotalDays:0} days, got {every}.")
        : new JobTimes(every, null, null, null);

    /// <summary>By a cron expression; without a zone in UTC.</summary>
    public static Outcome<JobTimes> At(string? cron, string? timeZone = null)
    {
        var parsed = CronTime.Parse(cron);
        if (parsed.Problem is { } bad) return bad;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(string.IsNullOrEmpty(timeZone) ? "UTC" : timeZone, out var zone))
            return Problem.Invalid($"time_zone: this machine knows no '{(timeZone!.Length > 100 ? timeZone[..100] : timeZone)}'. Expected an IANA name such as Europe/Berlin; where the machine has no time zone data, UTC is all there is.");
        return new JobTimes(null, cron, parsed.Value, zone);
    }

    /// <summary>The first time after another one.</summary>
    public DateTimeOffset Next(DateTimeOffset after) => Every is { } every ? after + every : cron!.Next(after, zone!) ?? DateTimeOffset.MaxValue;
}

/// <summary>
/// Schedules as rows: whichever server comes first adds the job and moves the row to its next time, in one write. Times that passed meanwhile are made
/// up for once. A job that still waits or runs is not added a second time; one that failed begins anew.
/// </summary>
internal sealed class JobSchedules(Database database, JobQueue jobs, TimeProvider clock)
{
    /// <summary>How many due schedules one write looks at.</summary>
    private const int DueMax = 100;

    private const string Upsert = """
        INSERT INTO job_schedules (name, kind, payload, cron, time_zone, every_ms, next_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, payload = excluded.payload, cron = excluded.cron, time_zone = excluded.time_zone, every_ms = excluded.every_ms, next_ms = excluded.next_ms
        """;

    private const string Columns = "SELECT name, kind, payload, cron, time_zone, every_ms, next_ms, last_ms FROM job_schedules";

    private const string Begin = """
        INSERT INTO jobs (kind, name, payload, state, run_at_ms, attempts_max, created_ms, priority) VALUES ($1, $2, $3, 0, $4, 10, $4, 0)
        ON CONFLICT (kind, name) DO UPDATE SET state = 0, payload = excluded.payload, run_at_ms = excluded.run_at_ms, attempts = 0, error = NULL WHERE jobs.state = 2
        """;

    private const string Move = "UPDATE job_schedules SET next_ms = $2, last_ms = $3 WHERE name = $1";

    /// <summary>One row.</summary>
    public sealed record Schedule(string Name, string Kind, string Payload, string? Cron, string? TimeZone, long? EveryMs, long NextMs, long? LastMs);

    /// <summary>Sets a schedule in the caller's transaction; one that is there with the same times keeps its next one.</summary>
    public void Put(Session session, string name, string kind, string payload, JobTimes times)
    {
        var there = session.First(Columns + " WHERE name = $1" + session.Dialect.ForUpdate(), Read, name);
        var same = there is not null && there.Cron == times.Cron && there.TimeZone == times.TimeZone && there.EveryMs == Ms(times.Every);
        session.Execute(Upsert, name, kind, payload, times.Cron, times.TimeZone, Ms(times.Every), same ? there!.NextMs : times.Next(clock.GetUtcNow()).ToUnixTimeMilliseconds());
    }

    /// <summary>Takes a schedule away, in the caller's transaction.</summary>
    public static void Remove(Session session, string name) => session.Execute("DELETE FROM job_schedules WHERE name = $1", name);

    /// <summary>All of them by name.</summary>
    public static List<Schedule> All(Session session) => session.Query(Columns + " ORDER BY name", Read);

    /// <summary>When the next one is due, or null.</summary>
    public async Task<DateTimeOffset?> Next(CancellationToken ct) =>
        await database.Read(session => session.Long("SELECT min(next_ms) FROM job_schedules"), ct) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>Adds the jobs of the schedules that are due; answers how many.</summary>
    public async Task<Outcome<int>> Fire(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await database.Write<int>(session =>
        {
            var due = session.Query($"{Columns} WHERE next_ms <= $1 ORDER BY next_ms, name LIMIT {DueMax}{session.Dialect.ForUpdateSkipLocked()}", Read, now.ToUnixTimeMilliseconds());
            foreach (var schedule in due)
            {
                Add(session, schedule);
                var times = Times(schedule);
                // From now on and not from when it was due: what was missed is missed.
                var next = times.Succeeded ? times.Value.Next(now) : now + TimeSpan.FromDays(1);
                session.Execute(Move, schedule.Name, next.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
            }
            return due.Count;
        }, ct);
    }

    /// <summary>Adds the job of a schedule now, in the caller's transaction; false if there is no such schedule.</summary>
    public bool Run(Session session, string name)
    {
        if (session.First(Columns + " WHERE name = $1", Read, name) is not { } schedule) return false;
        Add(session, schedule);
        return true;
    }

    /// <summary>After the commit of a write that added something.</summary>
    public void Hint() => jobs.Hint();

    private void Add(Session session, Schedule schedule) => session.Execute(Begin, schedule.Kind, schedule.Name, schedule.Payload, clock.GetUtcNow().ToUnixTimeMilliseconds());

    private static Outcome<JobTimes> Times(Schedule schedule) =>
        schedule.EveryMs is { } every ? JobTimes.Each(TimeSpan.FromMilliseconds(every)) : JobTimes.At(schedule.Cron, schedule.TimeZone);

    private static long? Ms(TimeSpan? time) => time is { } span ? (long)span.TotalMilliseconds : null;

    private static Schedule Read(Row row) => new(row.Text(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.TextOrNull(4), row.LongOrNull(5), row.Long(6), row.LongOrNull(7));
}
