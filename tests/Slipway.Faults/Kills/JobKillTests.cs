using System.Diagnostics;
using Slipway.Faults.Stores;
using Slipway.Jobs;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Faults.Kills;

/// <summary>kill -9 of servers that do jobs, at random moments: every job is done, and what it publishes is published once.</summary>
public sealed class JobKillTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-jobs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public Task One_server_on_SQLite_killed_again_and_again_does_every_job_once() => Check("sqlite:" + Path.Combine(folder, "jobs.db"), servers: 1, jobs: 20_000);

    [Fact]
    public async Task Two_servers_on_PostgreSQL_killed_again_and_again_do_every_job_once()
    {
        await using var postgres = await PostgresCluster.Start();
        await postgres.CreateDatabase("jobs");
        await Check(postgres.Database("jobs"), servers: 2, jobs: 2_000);
    }

    private async Task Check(string address, int servers, int jobs)
    {
        var random = new Random(Scale.Seed());
        await Fill(address, jobs);
        var rounds = Scale.Of(full: 60, least: 4);
        for (var round = 0; round < rounds; round++)
        {
            var workers = new List<Process>();
            for (var i = 0; i < servers; i++) workers.Add(await Start(address));
            // On a slow machine none would have claimed by then: every other round waits for the claim, and the first kills right behind it.
            if (round % 2 == 0) await workers[0].StandardOutput.ReadLineAsync();
            if (round > 0) await Task.Delay(random.Next(1, 60));
            foreach (var worker in workers)
            {
                // Some are killed, on PostgreSQL some go on while others die; on SQLite there is one.
                if (!worker.HasExited) worker.Kill();
                await worker.WaitForExitAsync();
                worker.Dispose();
            }
        }
        using (var last = await Start(address)) await last.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));

        await using var database = Databases.Open(address);
        var published = await database.Read(session => session.Query("SELECT name, count(*) FROM published GROUP BY name", static row => (Name: row.Text(0), Times: row.Long(1))), default);
        Assert.Equal(jobs, published.Count);
        Assert.DoesNotContain(published, static one => one.Times != 1);
        Assert.Equal(0, await database.Read(session => session.Long("SELECT count(*) FROM jobs"), default));
        var lost = await database.Read(session => session.Long("SELECT count(*) FROM job_failures"), default);
        output.WriteLine($"{rounds} rounds of {servers}, {jobs} jobs, {lost} attempts lost with their servers");
        Assert.True(lost > 0, "No server was killed with a job in hand: this proves nothing.");
    }

    private static async Task Fill(string address, int count)
    {
        await using var database = Databases.Open(address);
        using var queue = new JobQueue(database, TimeProvider.System);
        await JobWorker.Must(Migrations.Apply(database, Schemas.InLayerOrder(), default));
        await JobWorker.Must(database.Write<Done>(session =>
        {
            session.Execute("CREATE TABLE published (name TEXT NOT NULL)");
            for (var i = 0; i < count; i++) queue.Add(session, JobWorker.Kind, "job-" + i, "{}", DateTimeOffset.UnixEpoch, attemptsMax: 1_000);
            return default(Done);
        }, default));
    }

    private static async Task<Process> Start(string address)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Slipway.Faults"), ["work-jobs", address]) { RedirectStandardOutput = true })!;
        // A kill before the first claim would meet nothing.
        await process.StandardOutput.ReadLineAsync();
        return process;
    }
}
