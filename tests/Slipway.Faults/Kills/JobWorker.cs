using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Faults.Kills;

/// <summary>A server that does nothing but jobs, until none are left: each publishes its name once, in the write that ends it.</summary>
internal static class JobWorker
{
    public const string Kind = "test.work";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    public static async Task Run(string address)
    {
        await using var database = Databases.Open(address);
        using var jobs = new JobQueue(database, TimeProvider.System);
        await Must(database.Write<Done>(session => { JobQueue.FreeDeadLeases(session); return default(Done); }, default));
        Console.WriteLine("ready");
        var claimed = false;
        while (await jobs.Next([Kind], default) is not null)
        {
            var leases = await Must(jobs.Claim(Guid.NewGuid().ToString("N"), [new JobRoom(Kind, 25)], 25, default));
            if (leases.Count == 0) await Task.Delay(LookEvery);
            else if (!claimed) Console.WriteLine("claimed");
            claimed |= leases.Count > 0;
            foreach (var lease in leases)
            {
                var published = await database.Write<Done>(session =>
                {
                    if (JobQueue.Finish(session, lease) is { } stale) return stale;
                    session.Execute("INSERT INTO published (name) VALUES ($1)", lease.Name);
                    return default(Done);
                }, default);
                if (published.Problem is { Status: not 409 } problem) throw new InvalidOperationException(problem.Message);
            }
        }
    }

    public static async Task<T> Must<T>(Task<Outcome<T>> task) => await task is { Problem: { } problem } ? throw new InvalidOperationException(problem.Message) : (await task).Value;
}
