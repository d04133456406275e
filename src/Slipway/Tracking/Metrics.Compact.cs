using System.Collections.Concurrent;

namespace Slipway.Tracking;

/// <summary>Decides which runs' batches become segments, and when. <see cref="MetricsCompaction"/> does it for one run.</summary>
internal sealed partial class Metrics
{
    /// <summary>A run with so many batches in the log is compacted, however small they are: every read looks through them.</summary>
    public const int BatchesDue = 2_000;

    /// <summary>A run with so many points in the log is always compacted.</summary>
    public const int PointsDue = 262_144;

    /// <summary>With fewer points than this only age makes a run due.</summary>
    public const int PointsDueLeast = 16_384;

    /// <summary>Small runs compacted at a time, so that they share commits.</summary>
    private const int Together = 8;

    // Compacting packs rewrites them: waiting until the log holds a quarter of what they do keeps the work per point constant.
    private const string SelectBacklog = $"""
        SELECT l.run_no, l.points FROM
            (SELECT run_no, COUNT(*) AS batches, SUM(points) AS points, MIN(id) AS oldest FROM metric_log GROUP BY run_no) l
            LEFT JOIN metric_runs r ON r.run_no = l.run_no
         WHERE COALESCE(r.deleted, 0) = 0
           AND (l.oldest <= $1 OR l.batches >= $2 OR l.points >= $3 OR (l.points >= $4 AND l.points >= COALESCE(r.packed_points, 0) / 4))
         ORDER BY l.points DESC
        """;

    // Runs whose stored data is damaged: merging them again every second would only log the same error. Their points stay in the log.
    private readonly ConcurrentDictionary<long, byte> quarantined = new();

    /// <summary>How many points wait in the log; an index holds the answer.</summary>
    public Task<long> PointsInLog(CancellationToken ct) => database.Read(static session => session.Long("SELECT coalesce(sum(points), 0) FROM metric_log") ?? 0, ct);

    /// <summary>The id of the newest batch, or 0: what is not above it a while later has waited that long.</summary>
    public Task<long> NewestBatch(CancellationToken ct) => database.Read(static session => session.Long("SELECT MAX(id) FROM metric_log") ?? 0, ct);

    /// <summary>
    /// Moves batches from the log into segments: those of every run that has many, and all that are not newer than
    /// <paramref name="agedUpTo"/>. Safe beside logging, reading and other servers doing the same. Answers how many batches it moved.
    /// </summary>
    public async Task<Outcome<long>> Compact(long agedUpTo, CancellationToken ct)
    {
        if (await Settle(ct) is { } unsettled) return unsettled;
        var due = await database.Read(session => session.Query(SelectBacklog, static row => (Run: row.Long(0), Points: row.Long(1)), agedUpTo, BatchesDue, PointsDue, PointsDueLeast), ct);
        due.RemoveAll(run => quarantined.ContainsKey(run.Run));
        var (moved, first) = (0L, default(Problem));
        await Parallel.ForEachAsync(due.Where(run => run.Points >= PointsDueLeast), new ParallelOptions { MaxDegreeOfParallelism = 1, CancellationToken = ct }, One);
        await Parallel.ForEachAsync(due.Where(run => run.Points < PointsDueLeast), new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = ct }, One);
        return first is null ? moved : first;

        async ValueTask One((long Run, long Points) run, CancellationToken stop)
        {
            for (var more = true; more;)
            {
                var compaction = new MetricsCompaction(database, run.Run);
                var outcome = await compaction.Run(stop);
                if (outcome.Problem is { } problem)
                {
                    if (compaction.Damages.Count > 0 && quarantined.TryAdd(run.Run, 0))
                        foreach (var damage in compaction.Damages) LogDamage(damage.Kind, damage.Id, damage.RunNo, damage.What);
                    // Another compactor was faster: its work is as good as ours.
                    if (problem.Code is not ErrorCode.RESOURCE_CONFLICT) first ??= problem;
                    return;
                }
                Interlocked.Add(ref moved, outcome.Value);
                more = compaction.MayHaveMore;
            }
        }
    }
}
