using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Functions of many series, for search. A series' curve, or for a short one its settled row, decides most comparisons; only where it does
/// not are points read, and of those only what may change the answer. Memory is bounded by the runs of a step, not by their points.
/// </summary>
internal sealed partial class Metrics
{
    /// <summary>Runs whose curves are read together.</summary>
    private const int CurvesTogether = 4_096;

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
        foreach (var some in among.Numbers().Chunk(CurvesTogether))
        {
            var open = SearchSet.Of(some);
            FromCurves(session, keyId, call, open, (run, range) =>
            {
                var decided = accept(run, range);
                if (decided) open.Remove(run);
                return decided;
            });
            foreach (var few in open.Numbers().Chunk(MeasuredTogether)) MeasureExactly(session, keyId, call, few, accept);
        }
    }

    /// <summary>Says of each run what is known without its points; curves do not hold what is still in the log, which is added to them.</summary>
    private void FromCurves(Session session, long keyId, SeriesCall call, SearchSet open, Func<long, SeriesRange, bool> accept)
    {
        var logged = Logged(session, open);
        var drawn = new SearchSet();
        var widened = new Dictionary<long, SeriesCurve>();
        var curve = new SeriesCurve();
        var numbers = open.Numbers().ToList();
        // Rows of one key lie together: a dense set of runs is one stretch.
        var dense = numbers[^1] - numbers[0] < 4L * numbers.Count;
        Arg[] args = dense ? [keyId, numbers[0], numbers[^1]] : [keyId, Arg.Longs(numbers)];
        session.Each($"SELECT run_no, curve FROM metric_curves WHERE key_id = $1 AND run_no {(dense ? "BETWEEN $2 AND $3" : session.Dialect.InLongs("$2"))}", row =>
        {
            var run = row.Long(0);
            if (!open.Contains(run) || !curve.Decode(row.Blob(1))) return true;
            drawn.Add(run);
            if (!logged.Contains(run))
            {
                accept(run, curve.Measure(call));
                return true;
            }
            widened[run] = curve;
            curve = new SeriesCurve();
            return true;
        }, args);
        if (widened.Count > 0) Widen(session, keyId, widened);
        foreach (var (run, each) in widened) accept(run, each.Measure(call));
        if (drawn.Count == numbers.Count) return;

        // Short series have no curve; runs without the metric have no row either.
        var known = new SearchSet();
        session.Each($"SELECT run_no, step, min_value, max_value FROM metric_latest WHERE key_id = $1 AND run_no {session.Dialect.InLongs("$2")}", row =>
        {
            known.Add(row.Long(0));
            accept(row.Long(0), SeriesRange.Of(call, row.Long(1), row.DoubleOrNull(2) ?? double.NaN, row.DoubleOrNull(3) ?? double.NaN));
            return true;
        }, keyId, Arg.Longs([.. numbers.Where(run => !drawn.Contains(run))]));
        foreach (var run in numbers)
            if (!drawn.Contains(run) && !known.Contains(run)) accept(run, call.Function is SeriesFunction.Count ? SeriesRange.Of(0) : SeriesRange.Absent);
    }

    /// <summary>The runs with something in the log, which is nearly empty unless the server is behind.</summary>
    private static SearchSet Logged(Session session, SearchSet among)
    {
        var all = session.Query("SELECT run_no FROM metric_log LIMIT $1", static row => row.Long(0), CurvesTogether);
        return SearchSet.Of(all.Count < CurvesTogether ? all
            : session.Query($"SELECT DISTINCT run_no FROM metric_log WHERE run_no {session.Dialect.InLongs("$1")}", static row => row.Long(0), Arg.Longs([.. among.Numbers()])));
    }

    private void Widen(Session session, long keyId, Dictionary<long, SeriesCurve> curves)
    {
        var keyIds = new List<long>();
        using var points = new SeriesColumns();
        session.Each($"SELECT id, run_no, keys, payload FROM metric_log WHERE run_no {session.Dialect.InLongs("$1")}", row =>
        {
            var damage = MetricsPayload.DecodeKeys(row.Blob(2), keyIds);
            if (damage is null && !keyIds.Contains(keyId)) return true;
            points.Truncate(0);
            damage ??= MetricsPayload.Decode(row.Blob(3), keyIds.Count, place => keyIds[place] == keyId ? points : null);
            if (damage is null) curves[row.Long(1)].Add(points);
            else LogDamage("log batch", row.Long(0), row.Long(1), damage);
            return true;
        }, Arg.Longs(curves.Keys));
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
