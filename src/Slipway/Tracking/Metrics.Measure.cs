using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Functions of many series, for search. What a series' settled row says decides most comparisons; only where it does not are points read,
/// and of those only what may change the answer. Memory is bounded by the runs of a step, not by their points.
/// </summary>
internal sealed partial class Metrics
{
    /// <summary>Runs whose loose points are read together: each has at most 4,096 in a pack and what the log holds.</summary>
    private const int MeasuredTogether = 64;

    /// <summary>Roll-ups of segments held at a time: 5 MB; a series of 80 million points has so many.</summary>
    private const int SummariesMax = 20_000;

    /// <summary>Segments read at a time.</summary>
    private const int BodiesMax = 4;

    /// <summary>
    /// Tells <paramref name="accept"/> of every run what is known of the function's value and goes on until it answers true; the last time it is told the exact
    /// value. Await <see cref="EnsureSettled"/> before the session begins.
    /// </summary>
    public void Measure(Session session, long keyId, SeriesCall call, SearchSet among, Func<long, SeriesRange, bool> accept)
    {
        var open = among.Copy();
        bool Open(long run, SeriesRange range)
        {
            if (!open.Contains(run) || !accept(run, range)) return true;
            open.Remove(run);
            return false;
        }

        var known = new SearchSet();
        session.Each($"SELECT run_no, step, min_value, max_value FROM metric_latest WHERE key_id = $1 AND run_no {session.Dialect.InLongs("$2")}", row =>
        {
            known.Add(row.Long(0));
            Open(row.Long(0), SeriesRange.Of(call, row.Long(1), row.DoubleOrNull(2) ?? double.NaN, row.DoubleOrNull(3) ?? double.NaN));
            return true;
        }, keyId, Arg.Longs([.. open.Numbers()]));
        var absent = call.Function is SeriesFunction.Count ? SeriesRange.Of(0) : SeriesRange.Absent;
        foreach (var run in open.Numbers().ToList())
            if (!known.Contains(run)) Open(run, absent);
        foreach (var some in open.Numbers().Chunk(MeasuredTogether)) MeasureExactly(session, keyId, call, some, accept);
    }

    private void MeasureExactly(Session session, long keyId, SeriesCall call, long[] runs, Func<long, SeriesRange, bool> accept)
    {
        var damages = new List<SeriesDamage>();
        var measures = runs.ToDictionary(run => run, _ => new SeriesMeasure(call));
        var loose = Loose(session, runs, keyId, damages);
        try
        {
            var owned = session.Query($"SELECT run_no, count(*) FROM metric_segments WHERE run_no {session.Dialect.InLongs("$1")} AND key_id = $2 GROUP BY run_no ORDER BY run_no",
                static row => (Run: row.Long(0), Segments: row.Long(1)), Arg.Longs(runs), keyId);
            if (call.Function is not SeriesFunction.Count)
                foreach (var (run, points) in loose) measures[run].Add(points, 0, points.Count);
            foreach (var some in Steps(owned))
            {
                var segments = session.Query($"SELECT {SegmentColumns} FROM metric_segments WHERE run_no {session.Dialect.InLongs("$1")} AND key_id = $2", ReadSegmentRow, Arg.Longs(some), keyId);
                foreach (var run in segments.GroupBy(segment => segment.RunNo))
                {
                    if (call.Function is SeriesFunction.Count) CountOwned(session, measures[run.Key], [.. run], loose[run.Key], damages);
                    else MeasureOwned(session, measures[run.Key], [.. run], damages);
                }
            }
            if (call.Function is SeriesFunction.Count)
                foreach (var (run, points) in loose) measures[run].Add(points, 0, points.Count);
        }
        finally
        {
            foreach (var points in loose.Values) points.Dispose();
        }
        foreach (var (run, measure) in measures) accept(run, measure.Result);
    }

    private static IEnumerable<long[]> Steps(List<(long Run, long Segments)> owned)
    {
        var (some, sum) = (new List<long>(), 0L);
        foreach (var (run, segments) in owned)
        {
            if (some.Count > 0 && sum + segments > SummariesMax)
            {
                yield return [.. some];
                some.Clear();
                sum = 0;
            }
            some.Add(run);
            sum += segments;
        }
        if (some.Count > 0) yield return [.. some];
    }

    private void MeasureOwned(Session session, SeriesMeasure measure, SegmentRow[] segments, List<SeriesDamage> damages)
    {
        Array.Sort(segments, (a, b) => measure.Compare(a.Summary, b.Summary));
        using var points = new SeriesColumns(SeriesBlock.PointsMax);
        for (var next = 0; ;)
        {
            var wanted = new List<SegmentRow>();
            for (; next < segments.Length && wanted.Count < BodiesMax; next++)
                if (measure.Needs(segments[next].Summary)) wanted.Add(segments[next]);
            if (wanted.Count == 0) return;
            EachBody(session, wanted, (_, entries, body) =>
            {
                var order = entries.ToArray();
                Array.Sort(order, (a, b) => measure.Compare(a.Summary, b.Summary));
                foreach (var entry in order)
                {
                    if (!measure.Needs(entry.Summary)) continue;
                    points.Truncate(0);
                    if (SeriesSegment.ReadBlock(body, entry, points) is { } damage) return damage;
                    measure.Add(points, 0, points.Count);
                }
                return null;
            }, damages);
        }
    }

    /// <summary>Counts the segments and takes out of the loose points those within their bounds, counted with them: a point may be in the log and in a segment.</summary>
    private void CountOwned(Session session, SeriesMeasure measure, SegmentRow[] segments, SeriesColumns loose, List<SeriesDamage> damages)
    {
        using var outside = new SeriesColumns(Math.Max(loose.Count, 1));
        using var points = new SeriesColumns(SeriesSegment.PointsMax);
        using var inside = new SeriesColumns();
        using var union = new SeriesColumns(SeriesSegment.PointsMax);
        Array.Sort(segments, static (a, b) => a.Summary.First.CompareTo(b.Summary.First));
        var (passed, wanted) = (0, new List<SegmentRow>());
        var reach = new Dictionary<long, (int Start, int End)>();
        foreach (var segment in segments)
        {
            var (start, end) = (loose.FirstAtOrAfter(segment.Summary.First), loose.FirstAfter(segment.Summary.Last));
            outside.Add(loose, passed, start - passed);
            passed = end;
            reach[segment.Id] = (start, end);
            if (start < end || !measure.Counted(segment.Summary)) wanted.Add(segment);
        }
        outside.Add(loose, passed, loose.Count - passed);
        foreach (var some in wanted.Chunk(BodiesMax))
            EachBody(session, some, (segment, entries, body) =>
            {
                var (start, end) = reach[segment.Id];
                points.Truncate(0);
                foreach (var entry in entries)
                {
                    if (start == end && measure.Counted(entry.Summary)) continue;
                    if (SeriesSegment.ReadBlock(body, entry, points) is { } damage) return damage;
                }
                inside.Truncate(0);
                inside.Add(loose, start, end - start);
                union.Truncate(0);
                SeriesMerge.Union(points, inside, union);
                measure.Add(union, 0, union.Count);
                return null;
            }, damages);
        loose.Truncate(0);
        loose.Add(outside, 0, outside.Count);
    }

    private delegate string? ReadBody(SegmentRow segment, List<SeriesBlockEntry> entries, ReadOnlySpan<byte> body);

    private void EachBody(Session session, IReadOnlyList<SegmentRow> segments, ReadBody read, List<SeriesDamage> damages)
    {
        var entries = new List<SeriesBlockEntry>();
        session.Each($"SELECT id, head, body FROM metric_segments WHERE id {session.Dialect.InLongs("$1")}", row =>
        {
            var segment = segments.First(one => one.Id == row.Long(0));
            var damage = SeriesSegment.ReadHead(row.Blob(1), entries) ?? read(segment, entries, row.Blob(2));
            if (damage is not null) Damaged(damages, new(segment.RunNo, segment.Key, "segment", segment.Id, damage));
            return true;
        }, Arg.Longs([.. segments.Select(segment => segment.Id)]));
    }
}
