using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Keeps metrics in shape: settles a few times a second, compacts every second, sweeps what deleted runs left and returns free pages when
/// there is nothing else to do. Each of these is a method that can be called without the loop. Every server settles what it took in itself; one
/// server of an installation compacts.
/// </summary>
internal sealed partial class MetricsCompactor(Metrics metrics, Database database, TimeProvider clock, ILogger<MetricsCompactor> logger)
{
    /// <summary>How often batches are settled.</summary>
    public static readonly TimeSpan SettleEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How often runs are looked through for compaction.</summary>
    public static readonly TimeSpan CompactEvery = TimeSpan.FromSeconds(1);

    /// <summary>A batch waits about this long in the log at most, however small its run.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(20);

    /// <summary>Free pages given back at a time: 4 MB.</summary>
    public const int PagesMax = 1_000;

    private static readonly Meter Meter = new("Slipway.Tracking");
    private static long waiting;
    // One gauge a process, whichever compactor runs.
    private static readonly ObservableGauge<long> Gauge = Meter.CreateObservableGauge("slipway_metrics_uncompacted_points", static () => Volatile.Read(ref waiting), "{points}", "Points that wait in the log for their segments.");

    private readonly Queue<(long At, long Newest)> marks = new();
    private long agedUpTo;

    /// <summary>One round of everything but settling; answers whether it found work.</summary>
    public async Task<bool> CompactOnce(CancellationToken ct)
    {
        // Ids grow with time: what is not above the newest id of a while ago has waited at least that while.
        marks.Enqueue((clock.GetTimestamp(), await metrics.NewestBatch(ct)));
        while (marks.Count > 0 && clock.GetElapsedTime(marks.Peek().At) >= AgeMax) agedUpTo = marks.Dequeue().Newest;
        var moved = await metrics.Compact(agedUpTo, ct);
        if (moved.Problem is { } problem) Failed("compact", problem.Message);
        var swept = await metrics.Sweep(ct);
        if (moved is { Succeeded: true, Value: > 0 } || swept is { Succeeded: true, Value: true }) return true;
        // Under load the next batches use the free pages again: returning them is for quiet moments.
        return await database.ReturnFreePages(PagesMax, ct);
    }

    /// <summary>The resident job that compacts.</summary>
    public JobHandler Handler => new("metrics.compact", (_, ct) => Every(CompactEvery, async stop =>
    {
        // Before as well: behind a heavy load the rounds of one tick take a while.
        Volatile.Write(ref waiting, await metrics.PointsInLog(stop));
        // At most as long as a tick at a time when there is only sweeping to do, so that age is looked at.
        for (var round = 0; round < 50 && await CompactOnce(stop); round++) { }
        Volatile.Write(ref waiting, await metrics.PointsInLog(stop));
    }, ct), Resident: true);

    /// <summary>Settles until the stop.</summary>
    public Task Settle(CancellationToken ct) => Every(SettleEvery, async stop =>
    {
        if (await metrics.Settle(stop) is { } problem) Failed("settle", problem.Message);
    }, ct);

    private async Task Every(TimeSpan period, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, clock);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                await work(stop);
            }
            catch (StorageException failure)
            {
                // The database may be restarting; the next tick tries again.
                Failed("reach the database", failure.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Metrics could not {What}: {Why} It is tried again.")]
    private partial void Failed(string what, string why);
}
