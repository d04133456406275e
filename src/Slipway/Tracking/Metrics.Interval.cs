using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>A sample of several runs' series.</summary>
/// <param name="Runs">The points of each asked run, in the order asked, each by step, timestamp, value.</param>
/// <param name="Damages">Stored parts that could not be read.</param>
internal sealed record SeriesSample(IReadOnlyList<(long RunNo, SeriesPoint[] Points)> Runs, IReadOnlyList<SeriesDamage> Damages);

internal sealed partial class Metrics
{
    /// <summary>The most runs of one sample.</summary>
    public const int IntervalRunsMax = 100;

    /// <summary>The most points of one run in a sample, as the reference has it.</summary>
    public const int IntervalPointsMax = 25_000;

    /// <summary>
    /// The reference's get-history-bulk-interval: evenly spaced steps among all that any of the runs has between the two, and each run's
    /// least and greatest step; of these all points. Without bounds the interval is everything, negative steps too.
    /// </summary>
    public Task<SeriesSample> Interval(long workspace, IReadOnlyList<long> runNos, string key, long? startStep, long? endStep, int maxResults, CancellationToken ct) =>
        database.Read(session => Interval(session, workspace, runNos, key, startStep, endStep, maxResults), ct);

    /// <summary>The same within a read that also found the runs. A fixed number of statements, whatever the number of runs.</summary>
    public SeriesSample Interval(Session session, long workspace, IReadOnlyList<long> runNos, string key, long? startStep, long? endStep, int maxResults)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(runNos.Count, IntervalRunsMax);
        var damages = new List<SeriesDamage>();
        var deleted = session.Query($"SELECT run_no FROM metric_runs WHERE deleted = 1 AND run_no {session.Dialect.InLongs("$1")}", static row => row.Long(0), Arg.Longs(runNos));
        var runs = runNos.Distinct().Except(deleted).ToList();
        if (runs.Count == 0 || KeyOf(session, workspace, key) is not { } keyId) return new([.. runNos.Select(run => (run, Array.Empty<SeriesPoint>()))], damages);

        var loose = Loose(session, runs, keyId, damages);
        try
        {
            var segments = SegmentHeads(session, $"run_no {session.Dialect.InLongs("$1")} AND key_id = $2", damages, Arg.Longs(runs), keyId);
            var ends = Ends(loose, segments);
            if (ends.Count == 0) return new([.. runNos.Select(run => (run, Array.Empty<SeriesPoint>()))], damages);
            // The interval's bounds are those of the data where they are wider: the bitmap is as small as can be.
            var (least, most) = (ends.Values.Min(end => end.Low), ends.Values.Max(end => end.High));
            var (start, end) = (Math.Max(startStep ?? least, least), Math.Min(endStep ?? most, most));
            var wanted = start > end ? [] : Sampled(session, loose, segments, start, end, maxResults, damages);
            foreach (var (low, high) in ends.Values)
            {
                if (low >= start && low <= end) wanted.Add(low);
                if (high >= start && high <= end) wanted.Add(high);
            }
            var points = AtSteps(session, loose, segments, wanted, damages);
            return new([.. runNos.Select(run => (run, points.GetValueOrDefault(run, [])))], damages);
        }
        finally
        {
            foreach (var columns in loose.Values) columns.Dispose();
        }
    }

    private static Dictionary<long, (long Low, long High)> Ends(Dictionary<long, SeriesColumns> loose, List<SegmentWithBlocks> segments)
    {
        var ends = new Dictionary<long, (long Low, long High)>();
        void Widen(long run, long low, long high) => ends[run] = ends.TryGetValue(run, out var end) ? (Math.Min(end.Low, low), Math.Max(end.High, high)) : (low, high);
        foreach (var (run, columns) in loose)
            foreach (var step in columns.Steps) Widen(run, step, step);
        foreach (var (segment, _) in segments) Widen(segment.RunNo, segment.Summary.Low.Step, segment.Summary.High.Step);
        return ends;
    }

    private SortedSet<long> Sampled(Session session, Dictionary<long, SeriesColumns> loose, List<SegmentWithBlocks> segments, long start, long end, int maxResults, List<SeriesDamage> damages)
    {
        var steps = new SeriesSteps(start, end);
        foreach (var columns in loose.Values) steps.Add(columns.Steps);
        foreach (var (_, blocks) in segments)
            foreach (var block in blocks)
                if (block.StepsRegular) steps.Add(block.Summary.First.Step, block.Summary.Last.Step, block.Summary.Count);
        DecodeBlocks(session, segments, (_, block) => !block.StepsRegular && block.Summary.High.Step >= start && block.Summary.Low.Step <= end, (_, _, points) => steps.Add(points.Steps), damages);
        return steps.Sample(maxResults);
    }

    private Dictionary<long, SeriesPoint[]> AtSteps(Session session, Dictionary<long, SeriesColumns> loose, List<SegmentWithBlocks> segments, SortedSet<long> wanted, List<SeriesDamage> damages)
    {
        var sorted = wanted.ToArray();
        var found = loose.Keys.ToDictionary(run => run, _ => new HashSet<SeriesPoint>());
        void Take(long run, SeriesColumns points)
        {
            for (var i = 0; i < points.Count; i++)
                if (Array.BinarySearch(sorted, points.Steps[i]) >= 0) found[run].Add(points[i]);
            // Loops that never set a step have all their points at step 0.
            if (found[run].Count > 4 * IntervalPointsMax) found[run] = [.. Lowest(found[run])];
        }
        bool Has(SeriesBlockEntry block)
        {
            var at = Array.BinarySearch(sorted, block.Summary.Low.Step);
            if (at < 0) at = ~at;
            return at < sorted.Length && sorted[at] <= block.Summary.High.Step;
        }
        foreach (var (run, columns) in loose) Take(run, columns);
        DecodeBlocks(session, segments, (_, block) => Has(block), (segment, _, points) => Take(segment.RunNo, points), damages);
        return found.ToDictionary(run => run.Key, run => Lowest(run.Value));
    }

    private static SeriesPoint[] Lowest(HashSet<SeriesPoint> found)
    {
        var points = found.ToArray();
        Array.Sort(points, static (a, b) => a.CompareByStep(b));
        return points.Length > IntervalPointsMax ? points[..IntervalPointsMax] : points;
    }
}
