using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// One pass of compaction over one run: reads a bounded part of its log on a snapshot, merges and encodes outside the writer, and
/// changes segments in short writes. Points may be in the log and in segments at once without harm, as a series is a set; so the batches
/// are deleted in the last write, whatever happens before.
/// </summary>
internal sealed partial class MetricsCompaction(Database database, long runNo)
{
    /// <summary>The most points of one pass: 4 MB of columns.</summary>
    public const int PointsMax = 160_000;

    /// <summary>A pass ends with the batch that brings a key to this many points, so that no array of it is over a few megabytes.</summary>
    public const int KeyPointsMax = 80_000;

    /// <summary>The most batches of one pass.</summary>
    public const int BatchesMax = 20_000;

    /// <summary>A write is sent when its blobs reach this: the writer must not be held up for long.</summary>
    public const int WriteBytes = 3 * 1024 * 1024;

    // Through the index alone; and only batches that metric_latest knows, since settling a batch may have to read it.
    private const string SelectBatches = """
        SELECT l.id, l.points FROM metric_log l
         WHERE l.run_no = $1 AND NOT EXISTS (SELECT 1 FROM metric_unsettled u WHERE u.log_id = l.id)
         ORDER BY l.id LIMIT $2
        """;

    // Of a key's segments those that new points may overlap, and the last one before them, which may have room.
    private static string SegmentsInReach(Dialect dialect) => $"""
        SELECT {Metrics.SegmentColumns} FROM metric_segments WHERE run_no = $1 AND key_id {dialect.InLongs("$2")} AND last_ms >= $3
        UNION ALL
        SELECT {Metrics.SegmentColumns} FROM metric_segments WHERE id IN (
            SELECT (SELECT s.id FROM metric_segments s WHERE s.run_no = $1 AND s.key_id = k.value AND s.last_ms < $3 ORDER BY s.last_ms DESC, s.last_step DESC, s.last_ord DESC LIMIT 1)
              FROM {dialect.EachLong("$2", "k")})
         ORDER BY key_id, last_ms, last_step, last_ord
        """;

    private readonly SortedDictionary<long, SeriesColumns> fresh = [];
    private readonly List<long> batches = [];
    private readonly SeriesCurve curve = new();
    private readonly List<(long Key, byte[] Curve)> curves = [];
    private long? epoch;

    /// <summary>What could not be read. A pass that met damage changes nothing more.</summary>
    public List<SeriesDamage> Damages { get; } = [];

    /// <summary>True when the pass took as much as a pass may.</summary>
    public bool MayHaveMore { get; private set; }

    /// <summary>Does the pass; answers how many batches it moved. A conflict means that another compactor changed the run meanwhile.</summary>
    public async Task<Outcome<int>> Run(CancellationToken ct)
    {
        try
        {
            var stored = await database.Read(ReadPlan, ct);
            if (Damages.Count > 0) return Damaged();
            if (batches.Count == 0) return 0;
            if (await MergeOwned(stored.Segments, ct) is { } first) return first;
            if (await MergePacks(stored.Packs, stored.Segments, ct) is { } second) return second;
            WidenCurves(stored.Curves);
            if (await Send(batches, ct) is { } last) return last;
            return batches.Count;
        }
        finally
        {
            foreach (var points in fresh.Values) points.Dispose();
        }
    }

    private sealed record Stored(Dictionary<long, List<Metrics.SegmentRow>> Segments, List<PackRow> Packs, List<(long Key, byte[] Curve)> Curves);

    private sealed record PackRow(long Id, int Points, List<SeriesPackEntry> Entries);

    private Stored ReadPlan(Session session)
    {
        epoch = session.Long("SELECT epoch FROM metric_runs WHERE run_no = $1", runNo);
        var points = 0;
        session.Each(SelectBatches, row =>
        {
            batches.Add(row.Long(0));
            points += row.Int(1);
            MayHaveMore = points >= PointsMax || batches.Count == BatchesMax;
            return !MayHaveMore;
        }, runNo, BatchesMax);
        if (batches.Count == 0) return new([], [], []);

        var keys = new List<long>();
        var read = 0;
        session.Each($"SELECT id, keys, payload FROM metric_log WHERE id {session.Dialect.InLongs("$1")} ORDER BY id", row =>
        {
            read++;
            var damage = MetricsPayload.DecodeKeys(row.Blob(1), keys);
            damage ??= MetricsPayload.Decode(row.Blob(2), keys.Count, place =>
            {
                if (!fresh.TryGetValue(keys[place], out var columns)) fresh[keys[place]] = columns = new SeriesColumns();
                return columns;
            });
            if (damage is not null) Damages.Add(new(runNo, 0, "log batch", row.Long(0), damage));
            return !keys.Exists(key => fresh.TryGetValue(key, out var columns) && columns.Count >= KeyPointsMax);
        }, Arg.Longs(batches));
        MayHaveMore |= read < batches.Count;
        batches.RemoveRange(read, batches.Count - read);

        if (Damages.Count > 0) return new([], [], []);
        var first = long.MaxValue;
        foreach (var columns in fresh.Values)
        {
            columns.SortDistinct();
            if (columns.Count > 0) first = Math.Min(first, columns.Times[0]);
        }
        var segments = session.Query(SegmentsInReach(session.Dialect), Metrics.ReadSegmentRow, runNo, Arg.Longs([.. fresh.Keys]), first);
        var packs = session.Query("SELECT id, points, head FROM metric_packs WHERE run_no = $1 ORDER BY id", row =>
        {
            var entries = new List<SeriesPackEntry>();
            if (SeriesPack.ReadHead(row.Blob(2), entries) is { } damage) Damages.Add(new(runNo, 0, "pack", row.Long(0), damage));
            return new PackRow(row.Long(0), row.Int(1), entries);
        }, runNo);
        // Only of keys with segments of their own: for the others every point is at hand.
        var owned = segments.GroupBy(segment => segment.Key).ToDictionary(key => key.Key, key => key.ToList());
        var drawn = owned.Count == 0 ? [] : session.Query($"SELECT key_id, curve FROM metric_curves WHERE run_no = $1 AND key_id {session.Dialect.InLongs("$2")}",
            static row => (row.Long(0), row.Bytes(1)), runNo, Arg.Longs(owned.Keys));
        return new(owned, packs, drawn);
    }

    /// <summary>A curve of all points of a series.</summary>
    private void Draw(long key, SeriesColumns points)
    {
        if (points.Count < SeriesCurve.PointsMin) return;
        curve.Clear();
        curve.Add(points);
        curves.Add((key, curve.Encode()));
    }

    /// <summary>Curves of long series take in what is new. One that is damaged stays so: searches read the points instead.</summary>
    private void WidenCurves(List<(long Key, byte[] Curve)> drawn)
    {
        foreach (var (key, bytes) in drawn)
        {
            if (!curve.Decode(bytes)) continue;
            curve.Add(fresh[key]);
            curves.Add((key, curve.Encode()));
        }
        curves.Sort(static (a, b) => a.Key.CompareTo(b.Key));
    }

    private Problem Damaged() => Problem.Damaged($"Run number {runNo}: {Damages[0].Kind} {Damages[0].Id} is damaged: {Damages[0].What}. Its metrics stay in the log, uncompacted.");
}
