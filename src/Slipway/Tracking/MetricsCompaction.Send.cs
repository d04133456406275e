using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>The writes of a pass. Each takes the run's epoch and moves it on: of two compactors of one run the second finds it moved and stops.</summary>
internal sealed partial class MetricsCompaction
{
    private static readonly string[] SegmentFields = ["run_no", "key_id", "points", "nans", "first_ms", "first_step", "first_ord", "last_ms", "last_step", "last_ord",
        "low_ms", "low_step", "low_ord", "high_ms", "high_step", "high_ord", "min_ord", "max_ord", "head", "body"];
    private static readonly string[] PackFields = ["run_no", "points", "head", "body"];

    private const string PutCurve = "INSERT INTO metric_curves (key_id, run_no, curve) VALUES ($1, $2, $3) ON CONFLICT (key_id, run_no) DO UPDATE SET curve = excluded.curve";

    private readonly Changes changes = new();

    private sealed class Changes
    {
        public List<long> DeletedSegments { get; } = [];
        public List<long> DeletedPacks { get; } = [];
        public List<(long Key, SeriesSegment Segment)> Segments { get; } = [];
        public List<SeriesPack> Packs { get; } = [];
        public int PackedPoints { get; private set; }
        public int Bytes { get; private set; }

        public void Add(long key, SeriesSegment segment)
        {
            Segments.Add((key, segment));
            Bytes += segment.Head.Length + segment.Body.Length;
        }

        public void Add(SeriesPack pack)
        {
            Packs.Add(pack);
            PackedPoints += pack.Points;
            Bytes += pack.Head.Length + pack.Body.Length;
        }

        public void Delete(long packId, int points)
        {
            DeletedPacks.Add(packId);
            PackedPoints -= points;
        }

        public void Clear()
        {
            DeletedSegments.Clear();
            DeletedPacks.Clear();
            Segments.Clear();
            Packs.Clear();
            (PackedPoints, Bytes) = (0, 0);
        }
    }

    /// <summary>Writes what is collected, and with <paramref name="consumed"/> deletes the batches that are in segments now.</summary>
    private async Task<Problem?> Send(List<long>? consumed, CancellationToken ct)
    {
        FailPoint.Hit(FailPoint.BeforeCompaction);
        var outcome = await database.Write<long>(session => Apply(session, consumed), ct, changes.Bytes + (consumed is null ? 0 : curves.Sum(static one => one.Curve.Length)));
        if (outcome.Problem is { } problem) return problem;
        FailPoint.Hit(consumed is null ? FailPoint.CompactedNotConsumed : FailPoint.AfterCompaction);
        epoch = outcome.Value;
        changes.Clear();
        return null;
    }

    private Outcome<long> Apply(Session session, List<long>? consumed)
    {
        var claimed = epoch is { } known
            ? session.Execute("UPDATE metric_runs SET epoch = epoch + 1, packed_points = packed_points + $3 WHERE run_no = $1 AND epoch = $2 AND deleted = 0", runNo, known, changes.PackedPoints)
            : session.Execute("INSERT INTO metric_runs (run_no, epoch, packed_points, deleted) VALUES ($1, 1, $2, 0) ON CONFLICT (run_no) DO NOTHING", runNo, changes.PackedPoints);
        if (claimed != 1) return Conflict();
        if (Delete(session, "metric_segments", changes.DeletedSegments) is { } segments) return segments;
        if (Delete(session, "metric_packs", changes.DeletedPacks) is { } packs) return packs;
        if (consumed is not null && Delete(session, "metric_log", consumed) is { } log) return log;
        session.InsertMany("metric_segments", SegmentFields, changes.Segments, (row, each) =>
        {
            var summary = each.Segment.Summary;
            row.Add(runNo).Add(each.Key).Add(summary.Count).Add(summary.Nans);
            foreach (var point in (ReadOnlySpan<SeriesPoint>)[summary.First, summary.Last, summary.Low, summary.High])
                row.Add(point.TimeMs).Add(point.Step).Add(SeriesPoint.Ordinal(point.Value));
            row.Add(SeriesPoint.Ordinal(summary.Min)).Add(SeriesPoint.Ordinal(summary.Max)).Add(each.Segment.Head).Add(each.Segment.Body);
        });
        session.InsertMany("metric_packs", PackFields, changes.Packs, (row, pack) => row.Add(runNo).Add(pack.Points).Add(pack.Head).Add(pack.Body));
        // With the batches: what is no longer in the log is in the curves.
        if (consumed is not null) session.ExecuteMany(PutCurve, curves, (row, one) => row.Add(one.Key).Add(runNo).Add(one.Curve));
        return (epoch ?? 0) + 1;
    }

    private Problem? Delete(Session session, string table, List<long> ids) =>
        ids.Count == 0 || session.Execute($"DELETE FROM {table} WHERE id {session.Dialect.InLongs("$1")}", Arg.Longs(ids)) == ids.Count ? null : Conflict();

    private Problem Conflict() => Problem.Conflict($"The metrics of run number {runNo} were compacted or deleted by another server meanwhile; nothing was changed.");
}
