namespace Slipway.Tracking;

/// <summary>
/// The points of one ingest request on their way into batches of the log: read once into columns, then sorted, summarised and encoded key by key. A metric whose
/// points came in one section, the usual case, is never copied.
/// </summary>
internal sealed class IngestPoints : IDisposable
{
    /// <summary>A batch ends with the key that brings it to this many points: a row of about half a megabyte.</summary>
    public const int BatchPoints = 50_000;

    private readonly SeriesColumns columns = new(16_384);
    private readonly List<Slice> slices = [];
    private readonly Dictionary<string, int> keys = new(StringComparer.Ordinal);
    private readonly List<string> names = [];

    private readonly record struct Slice(IngestedRun Run, int Key, int Start, int Count);

    /// <summary>Reads the section at hand.</summary>
    public void Add(ref IngestReader reader, IngestedRun run)
    {
        if (!keys.TryGetValue(reader.Name, out var key))
        {
            keys.Add(reader.Name, key = names.Count);
            names.Add(reader.Name);
        }
        var start = columns.Count;
        var (times, steps, values) = columns.Append(reader.Count);
        if (!reader.ReadPoints(times, steps, values)) return;
        for (var i = 0; i < values.Length; i++) values[i] = SeriesPoint.Canonical(values[i]);
        slices.Add(new(run, key, start, reader.Count));
    }

    /// <summary>Gives each run its batches; a key that no metric may have and timestamps before 1970 are refused.</summary>
    public void Build(IngestRejections rejected)
    {
        slices.Sort(static (a, b) => a.Run.Place != b.Run.Place ? a.Run.Place.CompareTo(b.Run.Place) : a.Key != b.Key ? a.Key.CompareTo(b.Key) : a.Start.CompareTo(b.Start));
        using var joined = new SeriesColumns();
        var batch = new Batch();
        for (var from = 0; from < slices.Count;)
        {
            var first = slices[from];
            var (to, count) = (from + 1, first.Count);
            // Sections of one metric are joined as long as a batch may hold them: a series is a set, also in two batches.
            while (to < slices.Count && slices[to].Run == first.Run && slices[to].Key == first.Key && count + slices[to].Count <= MetricBatch.PointsMax) count += slices[to++].Count;
            if (batch.Points > 0 && (batch.Run != first.Run || batch.Points + count > BatchPoints)) batch.End();
            if (WireCheck.Key(names[first.Key], "key", Metric.KeyCharsMax) is { } problem) rejected.Add(first.Run.RunId, names[first.Key], problem);
            else if (to == from + 1) batch.Add(first.Run, names[first.Key], columns, first.Start, first.Count, rejected);
            else
            {
                var start = joined.Count;
                for (var i = from; i < to; i++) joined.Add(columns, slices[i].Start, slices[i].Count);
                batch.Add(first.Run, names[first.Key], joined, start, count, rejected);
            }
            from = to;
        }
        if (batch.Points > 0) batch.End();
    }

    public void Dispose() => columns.Dispose();

    /// <summary>A batch in the making: which parts of the columns it takes.</summary>
    private sealed class Batch
    {
        private readonly List<string> keys = [];
        private readonly List<SeriesExtremes> summaries = [];
        private readonly List<(SeriesColumns Columns, int Start, int Count)> parts = [];

        public IngestedRun? Run { get; private set; }

        public int Points { get; private set; }

        public void Add(IngestedRun run, string key, SeriesColumns columns, int start, int count, IngestRejections rejected)
        {
            var (t, s, v) = columns.Part(start, count);
            count = SeriesMerge.SortDistinct(t, s, v);
            if (t[0] < 0)
            {
                rejected.Add(run.RunId, key, LoggedBatchConverter.NegativeTime(key, t[0], v[0]));
                return;
            }
            Run = run;
            keys.Add(key);
            summaries.Add(SeriesExtremes.Of(SeriesSummary.Of(t[..count], s[..count], v[..count])));
            parts.Add((columns, start, count));
            Points += count;
        }

        public void End()
        {
            using (var encoder = new MetricsPayload.Encoder(parts.Count, Points))
            {
                foreach (var (columns, start, count) in parts)
                {
                    var (t, s, v) = columns.Part(start, count);
                    encoder.Add(t, s, v);
                }
                Run!.Points.Add(MetricBatch.Of([.. keys], [.. summaries], encoder.Build(), Points));
            }
            keys.Clear();
            summaries.Clear();
            parts.Clear();
            Points = 0;
        }
    }
}
