using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>
/// Runs due jobs in this process. Resident jobs (the sealer, the compactor, the reaper) are loops that hold their lease while they run, so that
/// exactly one server of an installation runs each, and another takes over when it dies.
/// </summary>
internal sealed partial class JobRunner(JobQueue jobs, Database database, IEnumerable<JobHandler> handlers, TimeProvider clock, ILogger<JobRunner> log) : BackgroundService
{
    /// <summary>The most jobs that run at once besides the resident ones.</summary>
    public const int ConcurrentMax = 8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private readonly string owner = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";
    private readonly Dictionary<string, JobHandler> byKind = handlers.ToDictionary(handler => handler.Kind);
    private readonly HashSet<Task> running = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await AddResidents(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                running.RemoveWhere(task => task.IsCompleted);
                if (running.Count < ConcurrentMax + byKind.Values.Count(handler => handler.Resident) && await TryStart(stoppingToken)) continue;
                var next = await jobs.Next(byKind.Keys, stoppingToken);
                var wait = next is { } due ? due - clock.GetUtcNow() : LookEvery;
                await jobs.WaitHint(wait < TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : wait > LookEvery ? LookEvery : wait, stoppingToken);
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
        await Task.WhenAll(running);
    }

    private async Task AddResidents(CancellationToken ct)
    {
        var added = await database.Write<Done>(session =>
        {
            JobQueue.FreeDeadLeases(session);
            foreach (var handler in byKind.Values.Where(handler => handler.Resident).OrderBy(handler => handler.Kind, StringComparer.Ordinal))
                jobs.Add(session, handler.Kind, "resident", "{}", clock.GetUtcNow(), attemptsMax: int.MaxValue);
            return new Done();
        }, ct);
        if (added.Problem is { } problem) throw new StorageException(problem);
    }

    private async Task<bool> TryStart(CancellationToken stop)
    {
        var claimed = await jobs.Claim(owner, byKind.Keys, stop);
        if (claimed.Problem is { } problem) throw new StorageException(problem);
        if (claimed.Value is not { } lease) return false;
        running.Add(Task.Run(() => Run(lease, byKind[lease.Kind], stop), CancellationToken.None));
        return true;
    }

    private async Task Run(Lease lease, JobHandler handler, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var renewal = KeepLease(lease, end);
        try
        {
            await handler.Run(lease, end.Token);
            if (handler.Resident) await jobs.Release(lease, clock.GetUtcNow(), CancellationToken.None);
            else await jobs.Finish(lease, CancellationToken.None);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await jobs.Release(lease, clock.GetUtcNow(), CancellationToken.None);
        }
        catch (Exception failure)
        {
            // Whatever a handler throws is its attempt's failure: it is kept with the job, logged, and tried again.
            AttemptFailed(failure, lease.Kind, lease.Name, lease.Attempts);
            await jobs.Fail(lease, failure.Message, CancellationToken.None);
        }
        finally
        {
            await end.CancelAsync();
            await renewal;
            jobs.Hint();
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
                else if (outcome.Problem.Status == 409 || clock.GetUtcNow() - renewed > JobQueue.LeaseTime) await end.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Attempt {Attempt} of job {Kind}/{Name} failed; it will be tried again.")]
    private partial void AttemptFailed(Exception failure, string kind, string name, int attempt);

    [LoggerMessage(LogLevel.Warning, "Looking for due jobs failed; looking again in a second.")]
    private partial void LookFailed(Exception failure);
}
