using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Jobs;

public sealed class JobQueueOnSqlite() : JobQueueTests(Dialect.Sqlite);

public sealed class JobQueueOnPostgres() : JobQueueTests(Dialect.Postgres);

public abstract class JobQueueTests(Dialect dialect)
{
    private readonly ManualClock clock = new();

    private Task<TestDatabase> Create() => TestDatabase.Create(dialect, ProductSchema.Of("Jobs"));

    private async Task<JobQueue> Queue(TestDatabase test, params string[] names)
    {
        var jobs = new JobQueue(test.Database, clock);
        await test.Database.Write<Done>(session =>
        {
            foreach (var name in names) Assert.Null(jobs.Add(session, "mail", name, "{}", clock.GetUtcNow(), attemptsMax: 3));
            return new Done();
        }, default);
        return jobs;
    }

    private static async Task<Lease?> Claim(JobQueue jobs, string owner = "one") => (await jobs.Claim(owner, ["mail"], default)).Value;

    [Fact]
    public async Task A_job_is_claimed_once_and_gone_when_finished()
    {
        await using var test = await Create();
        using var jobs = await Queue(test, "a", "a", "b");
        var (first, second) = (await Claim(jobs), await Claim(jobs));
        Assert.Equal(["a", "b"], new[] { first!.Name, second!.Name }.Order());
        Assert.Null(await Claim(jobs));
        Assert.Null((await jobs.Finish(first, default)).Problem);
        Assert.Equal(409, (await jobs.Finish(first, default)).Problem!.Status);
        Assert.Equal(1, await test.Database.Read(session => session.Long("SELECT count(*) FROM jobs"), default));
    }

    [Fact]
    public async Task Concurrent_claims_never_share_a_job()
    {
        await using var test = await Create();
        using var jobs = await Queue(test, [.. Enumerable.Range(0, 40).Select(n => "job" + n)]);
        var claims = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Claim(jobs, "owner" + n)));
        // SKIP LOCKED may pass over a row whose claim is still under way; nothing may be claimed twice and nothing left after one more look.
        var claimed = claims.OfType<Lease>().ToList();
        while (await Claim(jobs) is { } rest) claimed.Add(rest);
        Assert.Equal(40, claimed.Select(lease => lease.Name).Distinct().Count());
        Assert.Equal(40, claimed.Count);
    }

    [Fact]
    public async Task A_stale_owner_is_refused_after_another_took_over()
    {
        await using var test = await Create();
        using var jobs = await Queue(test, "a");
        var stale = (await Claim(jobs))!;
        clock.Advance(JobQueue.LeaseTime + TimeSpan.FromSeconds(1));
        var fresh = (await Claim(jobs, "two"))!;
        Assert.Equal(stale.Epoch + 1, fresh.Epoch);
        Assert.Equal(409, (await jobs.Renew(stale, default)).Problem!.Status);
        Assert.Equal(409, (await jobs.Finish(stale, default)).Problem!.Status);
        var published = await test.Database.Write<Done>(session => JobQueue.CheckLease(session, stale) is { } refused ? refused : new Done(), default);
        Assert.Contains("taken over", published.Problem!.Message);
        Assert.Null((await jobs.Finish(fresh, default)).Problem);
    }

    [Fact]
    public async Task A_renewed_lease_is_not_taken()
    {
        await using var test = await Create();
        using var jobs = await Queue(test, "a");
        var lease = (await Claim(jobs))!;
        for (var n = 0; n < 5; n++)
        {
            clock.Advance(JobQueue.LeaseTime / 2);
            Assert.Null((await jobs.Renew(lease, default)).Problem);
            Assert.Null(await Claim(jobs, "two"));
        }
    }

    [Fact]
    public async Task Attempts_are_bounded_and_back_off()
    {
        await using var test = await Create();
        using var jobs = await Queue(test, "a");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var lease = (await Claim(jobs))!;
            Assert.Equal(attempt, lease.Attempts);
            await jobs.Fail(lease, "broken " + attempt, default);
            Assert.Null(await Claim(jobs));
            clock.Advance(TimeSpan.FromSeconds(Math.Pow(2, attempt)));
        }
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Null(await Claim(jobs));
        Assert.Equal("broken 3", await test.Database.Read(session => session.Text("SELECT error FROM jobs WHERE state = 2"), default));
    }

    [Fact]
    public async Task A_timer_is_due_at_its_time()
    {
        await using var test = await Create();
        using var jobs = await Queue(test);
        var at = clock.GetUtcNow() + TimeSpan.FromHours(5);
        await test.Database.Write<Done>(session => jobs.Add(session, "mail", "later", "{}", at) ?? (Outcome<Done>)new Done(), default);
        Assert.Null(await Claim(jobs));
        Assert.Equal(at, await jobs.Next(["mail"], default));
        clock.Advance(TimeSpan.FromHours(5));
        Assert.Equal("later", (await Claim(jobs))!.Name);
    }

    [Fact]
    public async Task A_restart_does_not_wait_for_the_leases_of_a_process_that_is_gone()
    {
        await using var test = await Create();
        using var jobs = await Queue(test, "a");
        Assert.NotNull(await Claim(jobs));
        await test.Database.Write<Done>(session => { JobQueue.FreeDeadLeases(session); return new Done(); }, default);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        // PostgreSQL may have other servers, whose leases end by time only.
        Assert.Equal(dialect is Dialect.Sqlite ? "a" : null, (await Claim(jobs, "after restart"))?.Name);
    }

    [Fact]
    public async Task The_runner_runs_jobs_retries_failures_and_gives_a_resident_back_when_it_stops()
    {
        await using var test = await Create();
        using var jobs = new JobQueue(test.Database, TimeProvider.System);
        var done = new TaskCompletionSource();
        var resident = new TaskCompletionSource();
        var tries = 0;
        JobHandler[] handlers =
        [
            new("mail", (lease, ct) => Interlocked.Increment(ref tries) == 1 ? throw new InvalidOperationException("first try fails") : Task.Run(done.SetResult, ct)),
            new("loop", async (lease, ct) => { resident.SetResult(); await Task.Delay(Timeout.Infinite, ct); }, Resident: true),
        ];
        await test.Database.Write<Done>(session => jobs.Add(session, "mail", "a", "{}", DateTimeOffset.UnixEpoch) ?? (Outcome<Done>)new Done(), default);
        using var runner = new JobRunner(jobs, new JobSchedules(test.Database, jobs, TimeProvider.System), test.Database, handlers, new JobCounts(), TimeProvider.System, NullLogger<JobRunner>.Instance);
        await runner.StartAsync(default);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await resident.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await runner.StopAsync(default);
        Assert.Equal(2, tries);
        Assert.Equal("0 loop", await test.Database.Read(session => session.Text("SELECT state || ' ' || kind FROM jobs"), default));
    }
}
