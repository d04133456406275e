using System.Collections.Concurrent;
using System.Diagnostics;
using Slipway.Jobs;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Benchmarks;

/// <summary>
/// Jobs claimed and finished in batches by one server on SQLite, by two on PostgreSQL, beside what the same database does with plain rows: inserted and
/// deleted in batches of the same size.
/// </summary>
internal static class Working
{
    private const int Batch = 500;

    public static async Task Measure(Results results, double share, string? database, string folder, int jobs)
    {
        var address = database ?? "sqlite:" + Path.Combine(folder, "jobs.db");
        var servers = Enumerable.Range(0, database is null ? 1 : 2).Select(_ => Databases.Open(address)).ToList();
        try
        {
            Must(await Migrations.Apply(servers[0], Schemas.InLayerOrder(), default));
            var plain = await Plain(servers[0], jobs);
            var queue = new JobQueue(servers[0], TimeProvider.System);
            for (var at = 0; at < jobs; at += Batch)
            {
                var first = at;
                Must(await servers[0].Write<Done>(session =>
                {
                    for (var i = first; i < Math.Min(jobs, first + Batch); i++) queue.Add(session, "bench." + i % 4, $"job-{i}", "{}", DateTimeOffset.UnixEpoch);
                    return default(Done);
                }, default));
            }
            var done = new ConcurrentBag<long>();
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(servers.Select((server, number) => Task.Run(() => Work(server, $"server-{number}", done))));
            var rate = jobs / Stopwatch.GetElapsedTime(started).TotalSeconds;
            var twice = done.Count - done.Distinct().Count();
            if (done.Count - twice != jobs) throw new InvalidOperationException($"{jobs} jobs were added and {done.Count - twice} done.");
            results.Add($"{Results.N(jobs)} jobs of four kinds claimed and finished, {servers.Count} server{(servers.Count == 1 ? "" : "s")}, batches of {Batch}", $"{Results.N(rate)} jobs/s",
                $"rows inserted and deleted: {Results.N(plain)}/s", $"> {Results.N(10_000 * share)} jobs/s", rate > 10_000 * share);
            results.Add("of these done twice", $"{twice}", "", "0", twice == 0);
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync();
        }
    }

    private static async Task Work(Database server, string owner, ConcurrentBag<long> done)
    {
        using var queue = new JobQueue(server, TimeProvider.System);
        List<JobRoom> rooms = [.. Enumerable.Range(0, 4).Select(static kind => new JobRoom("bench." + kind, Batch))];
        while (Must(await queue.Claim(owner, rooms, Batch, default)) is { Count: > 0 } leases)
        {
            foreach (var lost in Must(await queue.Finish(leases, default))) throw new InvalidOperationException($"The lease of {lost.Name} was lost.");
            foreach (var lease in leases) done.Add(lease.Id);
        }
    }

    private static async Task<double> Plain(Database database, int rows)
    {
        Must(await database.Write<Done>(static session =>
        {
            session.Execute("CREATE TABLE plain_rows (id BIGINT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, payload TEXT NOT NULL)");
            return default(Done);
        }, default));
        var started = Stopwatch.GetTimestamp();
        for (var at = 0; at < rows; at += Batch)
        {
            long[] ids = [.. Enumerable.Range(at, Math.Min(Batch, rows - at)).Select(static id => (long)id)];
            Must(await database.Write<Done>(session =>
            {
                session.ExecuteMany("INSERT INTO plain_rows (id, kind, name, payload) VALUES ($1, $2, $3, $4)", ids, static (row, id) => row.Add(id).Add("bench").Add("job-" + id).Add("{}"));
                return default(Done);
            }, default));
            Must(await database.Write<Done>(session =>
            {
                session.Execute($"DELETE FROM plain_rows WHERE id {session.Dialect.InLongs("$1")}", Arg.Longs(ids));
                return default(Done);
            }, default));
        }
        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static T Must<T>(Outcome<T> outcome) => outcome.Problem is { } problem ? throw new InvalidOperationException(problem.Message) : outcome.Value;
}
