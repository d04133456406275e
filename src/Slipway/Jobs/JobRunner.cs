using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>
/// Runs due jobs in this process. Resident jobs (the sealer, the compactor, the reaper) are loops that hold their lease while they run, so that
/// exactly one server of an installation runs each, and another takes over when it dies.
/// </summary>
internal sealed partial class JobRunner(JobQueue jobs, JobSchedules schedules, Database database, IEnumerable<JobHandler> handlers, JobCounts counts, TimeProvider clock, ILogger<JobRunner> log) : BackgroundService
{
    /// <summary>The most jobs that run at once besides the resident ones.</summary>
    public const int ConcurrentMax = 8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookLeast = TimeSpan.FromMilliseconds(20);
    private readonly string owner = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";
    private readonly Dictionary<string, JobHandler> byKind = handlers.ToDictionary(handler => handler.Kind);
    private readonly List<(string Kind, Task Work)> running = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await AddResidents(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                running.RemoveAll(static one => one.Work.IsCompleted);
                var rooms = Rooms();
                string[] kinds = [.. rooms.Select(static room => room.Kind)];
                var (next, scheduled) = (await jobs.Next(kinds, stoppingToken), await schedules.Next(stoppingToken));
                var now = clock.GetUtcNow();
                if (scheduled <= now && (await schedules.Fire(stoppingToken)) is { Problem: null, Value: > 0 }) continue;
                if (next <= now && await Start(rooms, stoppingToken)) continue;
                var due = scheduled < next || next is null ? scheduled : next;
                var wait = due is { } at ? at - now : LookEvery;
                await jobs.WaitHint(wait < LookLeast ? LookLeast : wait > LookEvery ? LookEvery : wait, stoppingToken);
            }
            catch (Exception failure) when (failure is StorageException && !stoppingToken.IsCancellationRequested)
            {
                LookFailed(failure);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
        }
        await Task.WhenAll(running.Select(static one => one.Work));
    }

    private async Task AddResidents(CancellationToken ct)
    {
        var added = await database.Write<Done>(session =>
        {
            JobQueue.FreeDeadLeases(session);
            foreach (var handler in byKind.Values.Where(handler => handler.Resident).OrderBy(handler => handler.Kind, StringComparer.Ordinal))
                jobs.Add(session, handler.Kind, JobHandler.ResidentName, "{}", clock.GetUtcNow(), attemptsMax: int.MaxValue, JobPriority.High);
            return new Done();
        }, ct);
        if (added.Problem is { } problem) throw new StorageException(problem);
    }

    /// <summary>Of which kinds this server may take how many more.</summary>
    private List<JobRoom> Rooms()
    {
        var busy = running.GroupBy(static one => one.Kind).ToDictionary(static kind => kind.Key, static kind => kind.Count());
        var places = ConcurrentMax - running.Count(one => !byKind[one.Kind].Resident);
        var rooms = new List<JobRoom>();
        foreach (var handler in byKind.Values)
        {
            var room = handler.Resident ? 1 - busy.GetValueOrDefault(handler.Kind) : Math.Min(handler.AtOnce - busy.GetValueOrDefault(handler.Kind), places);
            if (room > 0) rooms.Add(new JobRoom(handler.Kind, room));
        }
        return rooms;
    }

    private async Task<bool> Start(List<JobRoom> rooms, CancellationToken stop)
    {
        // Loops take none of the places, so they are claimed apart.
        var (loops, others) = (rooms.Where(room => byKind[room.Kind].Resident).ToList(), rooms.Where(room => !byKind[room.Kind].Resident).ToList());
        var places = ConcurrentMax - running.Count(one => !byKind[one.Kind].Resident);
        var begun = loops.Count == 0 ? 0 : await Start(loops, loops.Count, stop);
        return begun + (others.Count == 0 ? 0 : await Start(others, places, stop)) > 0;
    }

    private async Task<int> Start(List<JobRoom> rooms, int most, CancellationToken stop)
    {
        var claimed = await jobs.Claim(owner, rooms, most, stop);
        if (claimed.Problem is { } problem) throw new StorageException(problem);
        foreach (var lease in claimed.Value) running.Add((lease.Kind, Task.Run(() => Work(lease, byKind[lease.Kind], stop), CancellationToken.None)));
        return claimed.Value.Count;
    }

    private async Task Work(Lease lease, JobHandler handler, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var renewal = KeepLease(lease, end);
        try
        {
            if (await Run(lease, handler, end) is Ending.Done)
            {
                await jobs.Finish(lease, CancellationToken.None);
                counts.Add(handler.Kind, 1, 0);
            }
        }
        catch (StorageException failure)
        {
            // Done and not noted: the lease runs out, and the work is done again.
            LookFailed(failure);
        }
        finally
        {
            await end.CancelAsync();
            await renewal;
            jobs.Hint();
        }
    }

    private enum Ending { Done, GivenBack, Failed }

    private async Task<Ending> Run(Lease lease, JobHandler handler, CancellationTokenSource end)
    {
        try
        {
            end.Token.ThrowIfCancellationRequested();
            await handler.Run(lease, end.Token);
            if (!handler.Resident) return Ending.Done;
            await jobs.Release(lease, clock.GetUtcNow(), CancellationToken.None);
            return Ending.GivenBack;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await jobs.Release(lease, clock.GetUtcNow(), CancellationToken.None);
            return Ending.GivenBack;
        }
        catch (Exception failure)
        {
            // Whatever a handler throws is its attempt's failure: it is kept with the job, logged, and tried again.
            AttemptFailed(failure, lease.Kind, lease.Name, lease.Attempts);
            counts.Add(lease.Kind, 0, 1);
            await jobs.Fail(lease, failure.Message, CancellationToken.None, failure is JobHopelessException);
            return Ending.Failed;
        }
    }

    /// <summary>Renews at a third of the lease's time; a lost lease ends the work.</summary>
    private async Task KeepLease(Lease lease, CancellationTokenSource end)
    {
        using var timer = new PeriodicTimer(JobQueue.LeaseTime / 3, clock);
        var renewed = clock.GetUtcNow();
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                var outcome = await jobs.Renew(lease, CancellationToken.None);
                if (outcome.Succeeded) renewed = clock.GetUtcNow();
                // A database that is away for a moment is no lost lease; one that is away for the lease's time is.
                else if (outcome.Problem is { Status: 409 } || clock.GetUtcNow() - renewed > JobQueue.LeaseTime) await end.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Attempt {Attempt} of job {Kind}/{Name} failed.")]
    private partial void AttemptFailed(Exception failure, string kind, string name, int attempt);

    [LoggerMessage(LogLevel.Warning, "Looking for due jobs failed; looking again in a second.")]
    private partial void LookFailed(Exception failure);
}
