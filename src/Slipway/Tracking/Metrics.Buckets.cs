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
        Fill(session, into, segments, loose, damages);
        return new(start, end, into.Filled(), damages);
    }

    /// <summary>Puts a whole series into buckets: what lies in one by its roll-up, the rest by its points.</summary>
    private void Fill(Session session, SeriesBuckets into, List<SegmentRow> segments, SeriesColumns loose, List<SeriesDamage> damages)
    {
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
    }

    private void AddCut(Session session, long[] ids, Dictionary<long, bool> cut, SeriesBuckets into, SeriesColumns loose, bool[] repeats, List<SeriesDamage> damages)
    {
        var segments = SegmentHeads(session, $"id {session.Dialect.InLongs("$1")}", damages, Arg.Longs(ids));
        foreach (var (segment, blocks) in segments)
        {
            if (!cut[segment.Id]) continue;
            foreach (var block in blocks)
                if (into.Place(block.Summary) is { Outside: false, Cut: false }) into.AddWhole(block.Summary);
        }
        bool IsCut(SegmentRow segment, SeriesBlockEntry block) => cut[segment.Id] && into.Place(block.Summary).Cut;
        bool Overlaps(SeriesBlockEntry block) => loose.FirstAtOrAfter(block.Summary.First) is var first && first < loose.Count && loose[first] <= block.Summary.Last;
        DecodeBlocks(session, segments, (segment, block) => IsCut(segment, block) || Overlaps(block), (segment, block, points) =>
        {
            if (IsCut(segment, block)) into.Add(points);
            for (var i = loose.FirstAtOrAfter(block.Summary.First); i < loose.Count && loose[i] <= block.Summary.Last; i++)
                repeats[i] |= points.FirstAtOrAfter(loose[i]) is var at && at < points.Count && points[at] == loose[i];
        }, damages);
    }
}
