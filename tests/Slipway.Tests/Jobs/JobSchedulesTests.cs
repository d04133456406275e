using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Jobs;

public sealed class JobSchedulesOnSqlite() : JobSchedulesTests(Dialect.Sqlite);

public sealed class JobSchedulesOnPostgres() : JobSchedulesTests(Dialect.Postgres);

public abstract class JobSchedulesTests(Dialect dialect)
{
    private readonly ManualClock clock = new();

    private async Task Put(TestDatabase test, JobSchedules schedules, string name, Outcome<JobTimes> times) => await test.Database.Write<Done>(session =>
    {
        schedules.Put(session, name, "tidy", "{}", times.Value);
        return default(Done);
    }, default);

    private static Task<long?> Waiting(TestDatabase test) => test.Database.Read(session => session.Long("SELECT count(*) FROM jobs"), default);

    [Fact]
    public async Task A_schedule_adds_its_job_once_however_many_times_passed_and_servers_look()
    {
        await using var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"));
        using var jobs = new JobQueue(test.Database, clock);
        var schedules = new JobSchedules(test.Database, jobs, clock);
        await Put(test, schedules, "tidy", JobTimes.Each(TimeSpan.FromMinutes(10)));
        Assert.Equal(0, (await schedules.Fire(default)).Value);
        clock.Advance(TimeSpan.FromHours(5));
        var fired = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new JobSchedules(test.Database, jobs, clock).Fire(default)));
        Assert.Equal(1, fired.Sum(static one => one.Value));
        Assert.Equal(1, await Waiting(test));
        Assert.Equal(clock.GetUtcNow() + TimeSpan.FromMinutes(10), await schedules.Next(default));

        // Under way: not added a second time.
        var lease = (await jobs.Claim("one", ["tidy"], default)).Value!;
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, (await schedules.Fire(default)).Value);
        Assert.Equal(1, await Waiting(test));
        Assert.True((await jobs.Finish(lease, default)).Succeeded);
    }

    [Fact]
    public async Task A_failed_job_of_a_schedule_begins_anew_at_the_next_time()
    {
        await using var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"));
        using var jobs = new JobQueue(test.Database, clock);
        var schedules = new JobSchedules(test.Database, jobs, clock);
        await Put(test, schedules, "tidy", JobTimes.At("0 3 * * *", "Europe/Berlin"));
        clock.Advance(TimeSpan.FromDays(1));
        await schedules.Fire(default);
        Assert.True((await jobs.Fail((await jobs.Claim("one", ["tidy"], default)).Value!, "broken", default, hopeless: true)).Succeeded);
        clock.Advance(TimeSpan.FromDays(1));
        await schedules.Fire(default);
        Assert.Equal(1, (await jobs.Claim("one", ["tidy"], default)).Value?.Attempts);
    }

    [Fact]
    public async Task Setting_the_same_times_again_keeps_the_next_one_and_others_move_it()
    {
        await using var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"));
        using var jobs = new JobQueue(test.Database, clock);
        var schedules = new JobSchedules(test.Database, jobs, clock);
        await Put(test, schedules, "tidy", JobTimes.Each(TimeSpan.FromMinutes(10)));
        var next = await schedules.Next(default);
        clock.Advance(TimeSpan.FromMinutes(5));
        await Put(test, schedules, "tidy", JobTimes.Each(TimeSpan.FromMinutes(10)));
        Assert.Equal(next, await schedules.Next(default));
        await Put(test, schedules, "tidy", JobTimes.At("@hourly"));
        Assert.NotEqual(next, await schedules.Next(default));
        await test.Database.Write<Done>(session => { JobSchedules.Remove(session, "tidy"); return default(Done); }, default);
        Assert.Null(await schedules.Next(default));
    }
}
