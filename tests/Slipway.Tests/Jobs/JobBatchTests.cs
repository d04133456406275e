using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Jobs;

public sealed class JobBatchOnSqlite() : JobBatchTests(Dialect.Sqlite);

public sealed class JobBatchOnPostgres() : JobBatchTests(Dialect.Postgres);

/// <summary>Many at once: who goes first, and that nothing is done twice.</summary>
public abstract class JobBatchTests(Dialect dialect)
{
    private readonly ManualClock clock = new();

    private async Task<(TestDatabase Test, JobQueue Jobs)> Create()
    {
        var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"));
        return (test, new JobQueue(test.Database, clock));
    }

    private async Task Add(TestDatabase test, JobQueue jobs, string kind, int count, JobPriority priority = JobPriority.Normal, int attemptsMax = 3, string stem = "job") => Assert.True((await test.Database.Write<Done>(session =>
    {
        for (var i = 0; i < count; i++) Assert.Null(jobs.Add(session, kind, $"{stem}-{priority}-{i:00000}", "{}", clock.GetUtcNow(), attemptsMax, priority));
        return default(Done);
    }, default)).Succeeded);

    private static async Task<List<Lease>> Claim(JobQueue jobs, int most, params string[] kinds) => (await jobs.Claim("one", [.. kinds.Select(static kind => new JobRoom(kind, 1_000))], most, default)).Value;

    [Fact]
    public async Task Kinds_take_turns_however_many_of_one_wait()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "many", 500);
        await Add(test, jobs, "few", 3);
        await Add(test, jobs, "some", 40);
        var leases = await Claim(jobs, 60, "few", "many", "none", "some");
        Assert.Equal(60, leases.Count);
        Assert.Equal(3, leases.Count(static lease => lease.Kind == "few"));
        Assert.InRange(leases.Count(static lease => lease.Kind == "some"), 20, 40);
        // In each kind the oldest first.
        Assert.All(leases.GroupBy(static lease => lease.Kind), static kind => Assert.Equal(kind.Select(static lease => lease.Name).Order(StringComparer.Ordinal), kind.Select(static lease => lease.Name)));
    }

    [Fact]
    public async Task The_higher_priority_goes_first_and_the_lowest_is_not_starved()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "mail", 40, JobPriority.High);
        await Add(test, jobs, "mail", 5, JobPriority.Low);
        var order = new List<string>();
        for (var look = 0; look < 24; look++) order.AddRange((await Claim(jobs, 1, "mail")).Select(static lease => lease.Name));
        Assert.Equal(3, order.Count(static name => name.Contains("Low", StringComparison.Ordinal)));
        Assert.All(order.Take(JobQueue.LowestFirstEvery - 1), static name => Assert.Contains("High", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_kind_gets_no_more_than_its_room()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "slow", 10);
        await Add(test, jobs, "fast", 10);
        var leases = (await jobs.Claim("one", [new JobRoom("slow", 1), new JobRoom("fast", 100)], 8, default)).Value;
        Assert.Equal((1, 7), (leases.Count(static lease => lease.Kind == "slow"), leases.Count(static lease => lease.Kind == "fast")));
    }

    [Fact]
    public async Task Two_servers_share_the_work_and_none_of_it_is_done_twice()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        using var other = new JobQueue(test.Database, clock);
        await Add(test, jobs, "mail", 600);
        await Add(test, jobs, "post", 400);
        var done = await Task.WhenAll(new[] { jobs, other, jobs, other }.Select(async queue =>
        {
            var mine = new List<long>();
            // A look may find everything locked by another's claim: only two empty ones in a row are the end.
            for (var empty = 0; empty < 2;)
            {
                var leases = await Claim(queue, 37, "mail", "post");
                empty = leases.Count == 0 ? empty + 1 : 0;
                Assert.Empty((await queue.Finish(leases, default)).Value);
                mine.AddRange(leases.Select(static lease => lease.Id));
            }
            return mine;
        }));
        while (await Claim(jobs, 100, "mail", "post") is { Count: > 0 } rest)
        {
            Assert.Empty((await jobs.Finish(rest, default)).Value);
            done = [.. done, [.. rest.Select(static lease => lease.Id)]];
        }
        Assert.Equal(1_000, done.Sum(static mine => mine.Count));
        Assert.Equal(1_000, done.SelectMany(static mine => mine).Distinct().Count());
        Assert.Equal(0, await test.Database.Read(session => session.Long("SELECT count(*) FROM jobs"), default));
    }

    [Fact]
    public async Task Finishing_many_leaves_what_another_owner_has_taken_over()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "mail", 3);
        var stale = await Claim(jobs, 3, "mail");
        clock.Advance(JobQueue.LeaseTime + TimeSpan.FromSeconds(1));
        var fresh = await Claim(jobs, 1, "mail");
        var refused = (await jobs.Finish(stale, default)).Value;
        // Leases that ran out are given back as soon as somebody looks, taken or not.
        Assert.Equal(3, refused.Count);
        Assert.Empty((await jobs.Finish(fresh, default)).Value);
        Assert.Equal(2, await test.Database.Read(session => session.Long("SELECT count(*) FROM jobs WHERE state = 0"), default));
    }

    [Fact]
    public async Task Work_that_kills_its_server_at_every_attempt_ends_as_failed()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        var told = new List<string>();
        jobs.Abandoned["bomb"] = (_, name, why) => told.Add($"{name}: {why}");
        await Add(test, jobs, "bomb", 1, attemptsMax: 3);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, Assert.Single(await Claim(jobs, 1, "bomb")).Attempts);
            clock.Advance(JobQueue.LeaseTime + TimeSpan.FromSeconds(1));
        }
        Assert.Empty(await Claim(jobs, 1, "bomb"));
        Assert.Equal("2 Its server ended, or did not answer for the time of a lease, while it worked on this.", await test.Database.Read(session => session.Text("SELECT state || ' ' || error FROM jobs"), default));
        Assert.StartsWith("job-Normal-00000: Its server ended", Assert.Single(told.Distinct()), StringComparison.Ordinal);
        Assert.Equal(3, await test.Database.Read(session => session.Long("SELECT count(*) FROM job_failures"), default));
    }

    [Fact]
    public async Task What_a_job_publishes_and_its_end_are_one_write()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "mail", 1);
        var lease = Assert.Single(await Claim(jobs, 1, "mail"));
        Assert.True((await test.Database.Write<Done>(session => JobQueue.Finish(session, lease) is { } stale ? stale : default(Outcome<Done>), default)).Succeeded);
        Assert.Equal(409, (await test.Database.Write<Done>(session => JobQueue.Finish(session, lease) is { } stale ? stale : default(Outcome<Done>), default)).Problem!.Status);
    }

    [Fact]
    public async Task Failures_are_kept_and_bounded()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "mail", 1, attemptsMax: 30);
        for (var attempt = 1; attempt <= 25; attempt++)
        {
            var lease = Assert.Single(await Claim(jobs, 1, "mail"));
            Assert.True((await jobs.Fail(lease, $"broken {attempt} \0 {new string('x', 5_000)}", default)).Succeeded);
            clock.Advance(JobQueue.BackOffMax);
        }
        var kept = await test.Database.Read(session => session.Query("SELECT attempt, length(error) FROM job_failures ORDER BY no", static row => (row.Long(0), row.Long(1))), default);
        Assert.Equal(JobQueue.FailuresOfJobMax, kept.Count);
        Assert.Equal((6L, (long)JobQueue.ErrorCharsMax), kept[0]);
        Assert.True((await jobs.Fail(Assert.Single(await Claim(jobs, 1, "mail")), "hopeless", default, hopeless: true)).Succeeded);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await Claim(jobs, 1, "mail"));
    }

    [Fact]
    public async Task A_claim_takes_at_most_a_thousand()
    {
        var (test, jobs) = await Create();
        await using var _ = test;
        using var __ = jobs;
        await Add(test, jobs, "mail", 2_000);
        Assert.Equal(JobQueue.ClaimMax, (await Claim(jobs, JobQueue.ClaimMax, "mail", "post")).Count);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => jobs.Claim("one", [new JobRoom("mail", 1)], JobQueue.ClaimMax + 1, default));
    }
}
