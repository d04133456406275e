using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Charts of many series at once: what lies in the log and in packs is read once for all of them, segments by their roll-ups, and points only where an edge cuts or where they are so few that a chart
/// shows each.
/// </summary>
internal sealed partial class Metrics
{
    /// <summary>Points that are read to see whether there are few: a little more than what a late point may have split into segments.</summary>
    public const int FewMax = 4 * SeriesSegment.PointsMax;

    private static readonly Comparison<SeriesPoint> ByStep = static (a, b) => a.CompareByStep(b);

    /// <summary>
    /// Hands over a chart for each of the series, in their order. Memory is bounded by what the series have outside of segments and by <see cref="SummariesMax"/> roll-ups, so callers pass some dozens at
    /// a time, of few runs or few metrics: what lies at the crossings of other runs and metrics is passed over.
    /// </summary>
    public void Charts(Session session, IReadOnlyList<SeriesKey> series, SeriesAxis axis, long? from, long? to, int buckets, Action<SeriesChart> take, int few = FewMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buckets);
        var runs = Arg.Longs([.. series.Select(static one => one.RunNo).Distinct()]);
        var keyIds = Arg.Longs([.. series.Select(static one => one.KeyId).Distinct()]);
        var deleted = session.Query($"SELECT run_no FROM metric_runs WHERE deleted = 1 AND run_no {session.Dialect.InLongs("$1")}", static row => row.Long(0), runs).ToHashSet();
        var asked = series.Where(one => !deleted.Contains(one.RunNo)).ToHashSet();
        var damages = new List<SeriesDamage>();
        var loose = Loose(session, asked, damages);
        try
        {
            var owned = new Dictionary<SeriesKey, long>();
            session.Each($"SELECT run_no, key_id, count(*) FROM metric_segments WHERE run_no {session.Dialect.InLongs("$1")} AND key_id {session.Dialect.InLongs("$2")} GROUP BY run_no, key_id", row =>
            {
                owned[new(row.Long(0), row.Long(1))] = row.Long(2);
                return true;
            }, runs, keyIds);
            var segments = new Dictionary<SeriesKey, List<SegmentRow>>();
            for (int i = 0, read = 0; i < series.Count; i++)
            {
                if (i == read) read = ReadSegments(session, series, i, owned, segments);
                var one = series[i];
                if (!asked.Contains(one)) take(SeriesChart.Empty(from, to));
                else take(Chart(session, segments.GetValueOrDefault(one, []), loose[one], axis, from, to, buckets, few, damages, one));
            }
        }
        finally
        {
            foreach (var columns in loose.Values) columns.Dispose();
        }
    }

    /// <summary>Reads the roll-ups of the next series, as many as fit; answers the first series without.</summary>
    private static int ReadSegments(Session session, IReadOnlyList<SeriesKey> series, int start, Dictionary<SeriesKey, long> owned, Dictionary<SeriesKey, List<SegmentRow>> into)
    {
        into.Clear();
        var (end, sum) = (start, 0L);
        for (; end < series.Count; end++)
        {
            if (!owned.TryGetValue(series[end], out var count) || into.ContainsKey(series[end])) continue;
            if (sum > 0 && sum + count > SummariesMax) break;
            sum += count;
            into.Add(series[end], []);
        }
        if (into.Count == 0) return end;
        session.Each($"SELECT {SegmentColumns} FROM metric_segments WHERE run_no {session.Dialect.InLongs("$1")} AND key_id {session.Dialect.InLongs("$2")} ORDER BY run_no, key_id, last_ms, last_step, last_ord", row =>
        {
            if (into.TryGetValue(new(row.Long(1), row.Long(2)), out var list)) list.Add(ReadSegmentRow(row));
            return true;
        }, Arg.Longs([.. into.Keys.Select(static one => one.RunNo).Distinct()]), Arg.Longs([.. into.Keys.Select(static one => one.KeyId).Distinct()]));
        return end;
    }

    private SeriesChart Chart(Session session, List<SegmentRow> segments, SeriesColumns loose, SeriesAxis axis, long? from, long? to, int buckets, int few, List<SeriesDamage> damages, SeriesKey key)
    {
        var whole = SeriesSummary.Of(loose.Times, loose.Steps, loose.Values);
        foreach (var segment in segments) whole.Add(segment.Summary);
        if (whole.Count == 0) return Done(SeriesChart.Empty(from, to));
        var (start, end) = axis is SeriesAxis.Time ? (from ?? whole.First.TimeMs, to ?? whole.Last.TimeMs) : (from ?? whole.Low.Step, to ?? whole.High.Step);
        if (start > end) return Done(SeriesChart.Empty(from, to));

        var into = new SeriesBuckets(axis, start, end, buckets, apart: true);
        var near = segments.FindAll(segment => !into.Place(segment.Summary).Outside);
        if (near.Sum(static segment => segment.Summary.Count) + loose.Count > buckets + few)
        {
            Fill(session, into, segments, loose, damages);
            var total = 0L;
            for (var i = 0; i < into.Count; i++) total += into[i].Count;
            if (total > buckets) return Done(new(start, end, null, into, false));
        }
        using var points = Within(session, into, near, loose, damages);
        if (points.Count <= buckets) return Done(new(start, end, Ordered(points, axis), null, false));
        into.Add(points);
        return Done(new(start, end, null, into, false));

        SeriesChart Done(SeriesChart chart) => chart with { IsDamaged = damages.Exists(damage => damage.RunNo == key.RunNo && damage.Key == key.KeyId) };
    }

    /// <summary>The points of a range, a set in history's order.</summary>
    private SeriesColumns Within(Session session, SeriesBuckets range, List<SegmentRow> near, SeriesColumns loose, List<SeriesDamage> damages)
    {
        var points = new SeriesColumns();
        Take(loose);
        foreach (var some in near.Chunk(SegmentsFetched))
        {
            var heads = SegmentHeads(session, $"id {session.Dialect.InLongs("$1")}", damages, Arg.Longs([.. some.Select(static segment => segment.Id)]));
            DecodeBlocks(session, heads, (_, block) => !range.Place(block.Summary).Outside, (_, _, columns) => Take(columns), damages);
        }
        points.SortDistinct();
        return points;

        void Take(SeriesColumns columns)
        {
            for (var i = 0; i < columns.Count; i++)
                if (range.Holds(columns[i])) points.Add(columns[i]);
        }
    }

    private static SeriesPoint[] Ordered(SeriesColumns points, SeriesAxis axis)
    {
        var ordered = new SeriesPoint[points.Count];
        var rises = true;
        for (var i = 0; i < ordered.Length; i++)
        {
            ordered[i] = points[i];
            rises &= i == 0 || ordered[i - 1].CompareByStep(ordered[i]) <= 0;
        }
        if (axis is SeriesAxis.Step && !rises) Array.Sort(ordered, ByStep);
        return ordered;
    }
}
