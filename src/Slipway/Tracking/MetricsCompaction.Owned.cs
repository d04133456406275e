using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Keys with segments of their own: new points go between, behind or into them, and only what they overlap is rewritten.</summary>
internal sealed partial class MetricsCompaction
{
    /// <summary>Segments decoded at a time: 6 MB of columns.</summary>
    private const int SegmentsTogether = 64;

    /// <summary>A segment to merge with a stretch of a key's new points.</summary>
    private readonly record struct Rewrite(Metrics.SegmentRow Segment, int Start, int End, bool IsTail);

    private async Task<Problem?> MergeOwned(Dictionary<long, List<Metrics.SegmentRow>> segments, CancellationToken ct)
    {
        var rewrites = new List<Rewrite>();
        foreach (var (key, rows) in segments)
        {
            Plan(fresh[key], rows, rewrites);
            if (changes.Bytes >= WriteBytes && await Send(null, ct) is { } problem) return problem;
        }
        foreach (var some in rewrites.Chunk(SegmentsTogether))
        {
            var old = await database.Read(session => ReadBodies(session, some), ct);
            try
            {
                if (Damages.Count > 0) return Damaged();
                foreach (var rewrite in some)
                {
                    Apply(rewrite, old[rewrite.Segment.Id]);
                    if (changes.Bytes >= WriteBytes && await Send(null, ct) is { } problem) return problem;
                }
            }
            finally
            {
                foreach (var columns in old.Values) columns.Dispose();
            }
        }
        return null;
    }

    /// <summary>Gives each stretch of new points to the segment that begins at or before it; stretches that touch no segment need none.</summary>
    private void Plan(SeriesColumns points, List<Metrics.SegmentRow> rows, List<Rewrite> rewrites)
    {
        var start = 0;
        for (var i = 0; i < rows.Count && start < points.Count; i++)
        {
            var tail = i == rows.Count - 1;
            var end = tail ? points.Count : points.FirstAtOrAfter(rows[i + 1].Summary.First);
            if (end == start) continue;
            var apart = points[start] > rows[i].Summary.Last;
            var full = rows[i].Summary.Count >= SeriesSegment.PointsMax;
            if (apart && full)
            {
                // A gap behind a full segment. Rather than one more small segment, the next one takes the points if it has room.
                if (!tail && rows[i + 1].Summary.Count + end - start <= SeriesSegment.PointsMax) continue;
                Encode(rows[i].Key, points, start, end, tail);
            }
            else
            {
                // What the last segment neither overlaps nor has room for goes behind it without being copied.
                var own = tail ? Math.Min(end, points.FirstAfter(rows[i].Summary.Last) + Math.Max(0, SeriesSegment.PointsMax - rows[i].Summary.Count)) : end;
                rewrites.Add(new(rows[i], start, own, tail && own == end));
                if (own < end) Encode(rows[i].Key, points, own, end, isTail: true);
            }
            start = end;
        }
    }

    private Dictionary<long, SeriesColumns> ReadBodies(Session session, Rewrite[] some)
    {
        var found = new Dictionary<long, SeriesColumns>();
        var entries = new List<SeriesBlockEntry>();
        session.Each($"SELECT id, key_id, head, body FROM metric_segments WHERE id {session.Dialect.InLongs("$1")}", row =>
        {
            var columns = found[row.Long(0)] = new SeriesColumns(SeriesSegment.PointsMax);
            var damage = SeriesSegment.ReadHead(row.Blob(2), entries);
            var body = row.Blob(3);
            for (var i = 0; i < entries.Count && damage is null; i++) damage = SeriesSegment.ReadBlock(body, entries[i], columns);
            if (damage is not null) Damages.Add(new(runNo, row.Long(1), "segment", row.Long(0), damage));
            return true;
        }, Arg.Longs([.. some.Select(rewrite => rewrite.Segment.Id)]));
        // A segment that is gone was replaced by another compactor: an empty one here loses nothing, as the write will conflict.
        foreach (var rewrite in some) found.TryAdd(rewrite.Segment.Id, new SeriesColumns(1));
        return found;
    }

    private void Apply(Rewrite rewrite, SeriesColumns old)
    {
        var key = rewrite.Segment.Key;
        using var added = new SeriesColumns(rewrite.End - rewrite.Start);
        added.Add(fresh[key], rewrite.Start, rewrite.End - rewrite.Start);
        using var union = new SeriesColumns(old.Count + added.Count);
        SeriesMerge.Union(old, added, union);
        // Only repeats: the segment stays as it is.
        if (union.Count == rewrite.Segment.Summary.Count) return;
        changes.DeletedSegments.Add(rewrite.Segment.Id);
        Encode(key, union, 0, union.Count, rewrite.IsTail);
    }

    /// <summary>
    /// Encodes a stretch of points. At the end of a series segments are filled, since what follows comes behind; elsewhere they are cut
    /// evenly, so that the next late points find room.
    /// </summary>
    private void Encode(long key, SeriesColumns points, int start, int end, bool isTail)
    {
        var pieces = (end - start + SeriesSegment.PointsMax - 1) / SeriesSegment.PointsMax;
        for (var piece = 0; piece < pieces; piece++)
        {
            var count = isTail ? Math.Min(SeriesSegment.PointsMax, end - start) : (end - start) / (pieces - piece);
            changes.Add(key, SeriesSegment.Encode(points.Times.Slice(start, count), points.Steps.Slice(start, count), points.Values.Slice(start, count)));
            start += count;
        }
    }
}
