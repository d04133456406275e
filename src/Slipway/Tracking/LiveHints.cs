using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Hints that metrics of runs have new points, for streams of many roots: gathered by run before anything is written, each run told of at most twice a second however often it logs, the text made once
/// for all streams.
/// </summary>
internal sealed class LiveHints(Metrics metrics, TimeProvider clock)
{
    /// <summary>The least time between two hints about one run.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>The most keys that one hint names.</summary>
    public const int KeysMax = 100;

    /// <summary>The most runs of which one look reads what they logged; others are told of without keys.</summary>
    public const int RunsMax = 200;

    /// <summary>The most batches of one look that are read.</summary>
    private const int BatchesMax = 5_000;

    /// <summary>The most runs that are remembered; then what was told lately is forgotten, and may be told a little early.</summary>
    private const int KnownMax = 10_000;

    private static string KeysOf(Dialect dialect) => $"SELECT run_no, keys, max(id) FROM metric_log WHERE id > $1 AND run_no {dialect.InLongs("$2")} GROUP BY run_no, keys LIMIT $3";

    // What compaction took away between two looks shows in what search reads.
    private static string MarksOf(Dialect dialect) => $"SELECT run_no, count(*), max(step), max(time_ms) FROM metric_latest WHERE run_no {dialect.InLongs("$1")} GROUP BY run_no";

    private readonly Dictionary<long, Known> known = [];

    private sealed class Known(string runId, long experiment)
    {
        public string RunId => runId;
        public long Experiment => experiment;
        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
        public bool IsDue { get; set; }
        public bool All { get; set; }
        public long Batch { get; set; }
        public long BatchBefore { get; set; }
        public long ToldAt { get; set; } = long.MinValue;
        public bool ToldSinceMark { get; set; }
        public (long Count, long Step, long Time)? Mark { get; set; }
    }

    /// <summary>Takes in which runs got points, as one look saw it.</summary>
    /// <param name="session">The look's.</param>
    /// <param name="after">The newest batch of the look before.</param>
    /// <param name="touched">Runs with batches after that.</param>
    /// <param name="bundles">Who listens.</param>
    public void Note(Session session, long after, IEnumerable<(long RunNo, string RunId, long Experiment, long Batch)> touched, IReadOnlyCollection<LiveBundle> bundles)
    {
        if (known.Count > KnownMax) known.Clear();
        var fresh = new List<long>();
        foreach (var run in touched)
        {
            if (!bundles.Any(bundle => bundle.WantsPoints(run.RunNo, run.Experiment))) continue;
            var one = Of(run.RunNo, run.RunId, run.Experiment);
            if (one.Batch >= run.Batch) continue;
            (one.BatchBefore, one.Batch, one.IsDue) = (one.Batch, run.Batch, true);
            if (fresh.Count < RunsMax) fresh.Add(run.RunNo);
            else one.All = true;
        }
        if (fresh.Count > 0) ReadKeys(session, after, fresh);
    }

    /// <summary>Looks whether runs moved on without a batch that a look saw.</summary>
    public void NoteMarks(Session session, IReadOnlyCollection<LiveBundle> bundles)
    {
        var runs = bundles.SelectMany(static bundle => bundle.Runs).DistinctBy(static run => run.No).ToDictionary(static run => run.No);
        if (runs.Count == 0) return;
        session.Each(MarksOf(session.Dialect), row =>
        {
            var run = runs[row.Long(0)];
            var one = Of(run.No, run.RunId, run.Experiment);
            var mark = (row.Long(1), row.Long(2), row.Long(3));
            if (one.Mark is { } before && before != mark && !one.ToldSinceMark && !one.IsDue) one.IsDue = one.All = true;
            (one.Mark, one.ToldSinceMark) = (mark, false);
            return true;
        }, Arg.Longs(runs.Keys));
    }

    /// <summary>Sends what is due.</summary>
    public void Tell(IReadOnlyCollection<LiveBundle> bundles)
    {
        var now = clock.GetTimestamp();
        foreach (var (no, one) in known)
        {
            if (!one.IsDue || one.ToldAt != long.MinValue && clock.GetElapsedTime(one.ToldAt, now) < Pause) continue;
            LiveItem? item = null;
            foreach (var bundle in bundles)
                if (bundle.WantsPoints(no, one.Experiment))
                    if (bundle.Busy) bundle.Late.Add(no);
                    else bundle.Send(item ??= LiveJson.Points(one.RunId, one.Experiment, one.All ? null : one.Keys));
            (one.IsDue, one.All, one.ToldAt, one.ToldSinceMark) = (false, false, now, true);
            one.Keys.Clear();
        }
        foreach (var bundle in bundles)
        {
            if (bundle.Late.Count == 0 || bundle.Busy) continue;
            foreach (var no in bundle.Late)
                if (known.TryGetValue(no, out var one)) bundle.Send(LiveJson.Points(one.RunId, one.Experiment, null));
            bundle.Late.Clear();
        }
    }

    /// <summary>Forgets everything: nobody listens.</summary>
    public void Clear() => known.Clear();

    private Known Of(long no, string runId, long experiment)
    {
        if (!known.TryGetValue(no, out var one)) known.Add(no, one = new Known(runId, experiment));
        return one;
    }

    private void ReadKeys(Session session, long after, List<long> runs)
    {
        var keyIds = new List<long>();
        var read = new List<(long Run, long[] Keys)>();
        var batches = 0;
        session.Each(KeysOf(session.Dialect), row =>
        {
            batches++;
            if (row.Long(2) <= known[row.Long(0)].BatchBefore) return true;
            // A damaged batch is for those who read its points to say.
            if (MetricsPayload.DecodeKeys(row.Blob(1), keyIds) is null) read.Add((row.Long(0), [.. keyIds]));
            else known[row.Long(0)].All = true;
            return true;
        }, after, Arg.Longs(runs), BatchesMax);
        if (batches == BatchesMax)
        {
            foreach (var run in runs) known[run].All = true;
            return;
        }
        var names = metrics.NamesOf(session, read.SelectMany(static batch => batch.Keys));
        foreach (var (run, keys) in read)
        {
            var one = known[run];
            foreach (var key in keys)
                if (one.Keys.Count < KeysMax) one.Keys.Add(names[key]);
                else one.All |= !one.Keys.Contains(names[key]);
        }
    }
}
