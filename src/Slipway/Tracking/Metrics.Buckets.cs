using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>A series reduced to buckets.</summary>
/// <param name="From">The first step or millisecond.</param>
/// <param name="To">The last one.</param>
/// <param name="Buckets">The buckets that have points, in order.</param>
/// <param name="Damages">Stored parts that could not be read.</param>
internal sealed record BucketedSeries(long From, long To, IReadOnlyList<SeriesBucket> Buckets, IReadOnlyList<SeriesDamage> Damages);

internal sealed partial class Metrics
{
    /// <summary>Segments fetched by one statement: PostgreSQL sends all of its rows.</summary>
    private const int SegmentsFetched = 256;

    private const string SegmentsOfKey = $"SELECT {SegmentColumns} FROM metric_segments WHERE run_no = $1 AND key_id = $2 ORDER BY last_ms, last_step, last_ord";

    /// <summary>
    /// Count, range and both ends of a series in each of up to <paramref name="buckets"/> buckets, exactly. Segments and blocks within a
    /// bucket count by their roll-ups; only blocks that an edge cuts are decoded.
    /// </summary>
    public Task<BucketedSeries> Buckets(long workspace, long runNo, string key, SeriesAxis axis, long? from, long? to, int buckets, CancellationToken ct) =>
        database.Read(session => Buckets(session, workspace, runNo, key, axis, from, to, buckets), ct);

    /// <summary>The same within a read that also found the run.</summary>
    public BucketedSeries Buckets(Session session, long workspace, long runNo, string key, SeriesAxis axis, long? from, long? to, int buckets)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buckets);
        var damages = new List<SeriesDamage>();
        var nothing = new BucketedSeries(from ?? 0, to ?? 0, [], damages);
        if (KeyOf(session, workspace, key) is not { } keyId || IsDeleted(session, runNo)) return nothing;

        var segments = session.Query(SegmentsOfKey, ReadSegmentRow, runNo, keyId);
        using var loose = Loose(session, [runNo], keyId, damages)[runNo];
        var whole = SeriesSummary.Of(loose.Times, loose.Steps, loose.Values);
        foreach (var segment in segments) whole.Add(segment.Summary);
        if (whole.Count == 0) return nothing;
        var (start, end) = axis is SeriesAxis.Time ? (from ?? whole.First.TimeMs, to ?? whole.Last.TimeMs) : (from ?? whole.Low.Step, to ?? whole.High.Step);
        if (start > end) return nothing;

        var into = new SeriesBuckets(axis, start, end, Math.Min(buckets, SeriesBuckets.BucketsMax));
        var cut = new Dictionary<long, bool>();
        foreach (var segment in segments)
        {
            var (outside, isCut) = into.Place(segment.Summary);
            if (!outside && !isCut) into.AddWhole(segment.Summary);
            // A repeat of a point that is in a segment already must not count twice: it has to be looked up there.
            var overlaps = loose.FirstAtOrAfter(segment.Summary.First) is var first && first < loose.Count && loose[first] <= segment.Summary.Last;
            if (isCut || overlaps) cut[segment.Id] = isCut;
        }
        var repeats = loose.Count == 0 ? [] : new bool[loose.Count];
        foreach (var some in cut.Keys.Chunk(SegmentsFetched)) AddCut(session, some, cut, into, loose, repeats, damages);
        for (var i = 0; i < repeats.Length; i++)
            if (!repeats[i]) into.Add(loose[i]);
        return new(start, end, into.Filled(), damages);
    }

    private void AddCut(Session session, long[] ids, Dictionary<long, bool> cut, SeriesBuckets into, SeriesColumns loose, bool[] repeats, List<SeriesDamage> damages)
    {
        var entries = new List<SeriesBlockEntry>();
        using var points = new SeriesColumns(SeriesBlock.PointsMax);
        session.Each($"SELECT id, run_no, key_id, head, body FROM metric_segments WHERE id {session.Dialect.InLongs("$1")}", row =>
        {
            var isCut = cut[row.Long(0)];
            var damage = SeriesSegment.ReadHead(row.Blob(3), entries);
            var body = row.Blob(4);
            foreach (var entry in entries)
            {
                var (outside, blockCut) = into.Place(entry.Summary);
                if (isCut && !outside && !blockCut) into.AddWhole(entry.Summary);
                var first = loose.FirstAtOrAfter(entry.Summary.First);
                var overlaps = first < loose.Count && loose[first] <= entry.Summary.Last;
                if (!(isCut && blockCut) && !overlaps) continue;
                points.Truncate(0);
                damage ??= SeriesSegment.ReadBlock(body, entry, points);
                if (isCut && blockCut) into.Add(points);
                for (var i = first; i < loose.Count && loose[i] <= entry.Summary.Last; i++)
                    repeats[i] |= points.FirstAtOrAfter(loose[i]) is var at && at < points.Count && points[at] == loose[i];
            }
            if (damage is not null) Damaged(damages, new(row.Long(1), row.Long(2), "segment", row.Long(0), damage));
            return true;
        }, Arg.Longs(ids));
    }
}
