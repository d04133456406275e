using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>A page of a series in history's order, as columns. Dispose when written.</summary>
/// <param name="Columns">The points: Times, Steps, Values (NaN and infinities as they are).</param>
/// <param name="Next">The last point when there are more after it: the cursor of the next page.</param>
/// <param name="Damages">Stored parts that could not be read; empty but for a damaged disk.</param>
internal sealed record SeriesPage(SeriesColumns Columns, SeriesPoint? Next, IReadOnlyList<SeriesDamage> Damages) : IDisposable
{
    public void Dispose() => Columns.Dispose();
}

internal sealed partial class Metrics
{
    /// <summary>The most points of a page: 5 MB of columns.</summary>
    public const int HistoryMax = 200_000;

    private const string SegmentsAfter = $"""
        SELECT {SegmentColumns}, head, body FROM metric_segments
         WHERE run_no = $1 AND key_id = $2 AND (last_ms, last_step, last_ord) > ($3, $4, $5)
         ORDER BY last_ms, last_step, last_ord LIMIT $6
        """;

    /// <summary>Before every point there can be.</summary>
    private static readonly (long TimeMs, long Step, long Ordinal) Beginning = (long.MinValue, long.MinValue, long.MinValue);

    /// <summary>The points of a series after a cursor, in the order timestamp, step, value, at most <paramref name="limit"/>.</summary>
    public Task<SeriesPage> History(long workspace, long runNo, string key, SeriesPoint? after, int limit, CancellationToken ct) =>
        database.Read(session => History(session, workspace, runNo, key, after, limit), ct);

    /// <summary>The same within a read that also found the run.</summary>
    public SeriesPage History(Session session, long workspace, long runNo, string key, SeriesPoint? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        limit = Math.Min(limit, HistoryMax);
        var damages = new List<SeriesDamage>();
        if (KeyOf(session, workspace, key) is not { } keyId || IsDeleted(session, runNo)) return new(new SeriesColumns(0), null, damages);

        var loose = Loose(session, [runNo], keyId, damages)[runNo];
        if (after is { } cursor) loose.RemoveFirst(loose.FirstAfter(cursor));
        // One more than the page holds, to know whether there is a next one.
        var owned = Owned(session, runNo, keyId, after, limit + 1, damages);
        var page = owned;
        if (loose.Count > 0)
        {
            page = new SeriesColumns(loose.Count + owned.Count);
            SeriesMerge.Union(loose, owned, page);
            owned.Dispose();
        }
        loose.Dispose();
        var more = page.Count > limit;
        page.Truncate(limit);
        return new(page, more ? page[limit - 1] : null, damages);
    }

    /// <summary>At least <paramref name="wanted"/> points of the key's own segments after the cursor, or all there are.</summary>
    private SeriesColumns Owned(Session session, long runNo, long keyId, SeriesPoint? after, int wanted, List<SeriesDamage> damages)
    {
        var columns = new SeriesColumns(Math.Min(wanted, 4 * SeriesSegment.PointsMax));
        // The block that holds the cursor also brings points up to it, which go again.
        if (after is not null) wanted += SeriesBlock.PointsMax;
        var from = after is { } cursor ? (cursor.TimeMs, cursor.Step, SeriesPoint.Ordinal(cursor.Value)) : Beginning;
        var entries = new List<SeriesBlockEntry>();
        for (var full = true; full && columns.Count < wanted;)
        {
            // Bounded, because PostgreSQL sends all rows of a statement.
            var (segments, seen) = (Math.Clamp((wanted - columns.Count) / SeriesSegment.PointsMax + 1, 1, 64), 0);
            session.Each(SegmentsAfter, row =>
            {
                seen++;
                var segment = ReadSegmentRow(row);
                from = (segment.Summary.Last.TimeMs, segment.Summary.Last.Step, SeriesPoint.Ordinal(segment.Summary.Last.Value));
                if (columns.Count >= wanted) return false;
                var damage = SeriesSegment.ReadHead(row.Blob(HeadColumn), entries);
                var body = row.Blob(HeadColumn + 1);
                for (var i = 0; i < entries.Count && damage is null; i++)
                    if (after is not { } start || entries[i].Summary.Last > start) damage = SeriesSegment.ReadBlock(body, entries[i], columns);
                if (damage is not null) Damaged(damages, new(runNo, keyId, "segment", segment.Id, damage));
                return true;
            }, runNo, keyId, from.TimeMs, from.Item2, from.Item3, segments);
            full = seen == segments;
        }
        columns.SortDistinct();
        if (after is { } passed) columns.RemoveFirst(columns.FirstAfter(passed));
        return columns;
    }
}
