using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Hard deletion: a mark at once, the rest in small steps, since giving back 80 MB of pages would hold up the one writer of SQLite.</summary>
internal sealed partial class Metrics
{
    /// <summary>The most segments, or batches of the log, that one step of the sweep deletes: about 2 MB.</summary>
    public const int SweptMax = 64;

    private const string MarkDeleted = """
        INSERT INTO metric_runs (run_no, epoch, packed_points, deleted) VALUES ($1, 1, 0, 1)
        ON CONFLICT (run_no) DO UPDATE SET epoch = metric_runs.epoch + 1, deleted = 1
        """;

    /// <summary>Deletes all metrics of a run for good, inside the write that deletes the run. Reads no longer see them; <see cref="Sweep"/> frees the space.</summary>
    public void Delete(Session session, long runNo)
    {
        quarantined.TryRemove(runNo, out _);
        session.Execute(MarkDeleted, runNo);
        // By the keys that the run has: curves lie by key.
        session.Execute("DELETE FROM metric_curves WHERE run_no = $1 AND key_id IN (SELECT l.key_id FROM metric_latest l WHERE l.run_no = $1)", runNo);
        session.Execute("DELETE FROM metric_latest WHERE run_no = $1", runNo);
    }

    /// <summary>One step of freeing what deleted runs left; answers whether more is to be done.</summary>
    public async Task<Outcome<bool>> Sweep(CancellationToken ct)
    {
        var run = await database.Read(static session => session.Long("SELECT run_no FROM metric_runs WHERE deleted = 1 ORDER BY run_no LIMIT 1"), ct);
        return run is { } runNo ? await database.Write<bool>(session => SweepSome(session, runNo), ct) : false;
    }

    private static Outcome<bool> SweepSome(Session session, long runNo)
    {
        // Settling on another server may have passed the mark unseen: batches go first, then what they may have raised.
        session.Execute("DELETE FROM metric_unsettled WHERE log_id IN (SELECT id FROM metric_log WHERE run_no = $1 ORDER BY id LIMIT $2)", runNo, SweptMax * 16);
        var left = session.Execute("DELETE FROM metric_log WHERE id IN (SELECT id FROM metric_log WHERE run_no = $1 ORDER BY id LIMIT $2)", runNo, SweptMax * 16);
        if (left > 0) return true;
        session.Execute("DELETE FROM metric_latest WHERE run_no = $1", runNo);
        foreach (var table in (ReadOnlySpan<string>)["metric_packs", "metric_segments"])
            if (session.Execute($"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE run_no = $1 LIMIT $2)", runNo, SweptMax) > 0) return true;
        session.Execute("DELETE FROM metric_runs WHERE run_no = $1", runNo);
        return true;
    }
}
