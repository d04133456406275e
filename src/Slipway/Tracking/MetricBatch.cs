using System.Text;

namespace Slipway.Tracking;

/// <summary>
/// Points of one request on their way into the log: sorted, encoded and summarised before the transaction, so that inside it one row is
/// written whatever the number of points. Immutable: a write may run twice.
/// </summary>
internal sealed class MetricBatch
{
    /// <summary>The longest metric key, in characters.</summary>
    public const int KeyLengthMax = 250;

    /// <summary>The most points of one batch: far above the wire's limit, so that importers may write large ones.</summary>
    public const int PointsMax = 100_000;

    private MetricBatch(string[] keys, SeriesExtremes[] summaries, byte[] payload, int points) =>
        (Keys, Summaries, Payload, Points) = (keys, summaries, payload, points);

    /// <summary>The names of the keys, each once.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The number of distinct points.</summary>
    public int Points { get; }

    /// <summary>What the batch says of each key, for "latest", min and max.</summary>
    internal SeriesExtremes[] Summaries { get; }

    /// <summary>The points, by the keys' places in <see cref="Keys"/>; see <see cref="MetricsPayload"/>.</summary>
    internal byte[] Payload { get; }

    /// <summary>A batch of one point, the body of log-metric.</summary>
    public static MetricBatch Of(string key, long timeMs, long step, double value)
    {
        using var builder = new Builder();
        builder.Add(builder.KeyOf(key), timeMs, step, value);
        return builder.Build();
    }

    /// <summary>A batch that was sorted, summarised and encoded elsewhere.</summary>
    internal static MetricBatch Of(string[] keys, SeriesExtremes[] summaries, byte[] payload, int points) => new(keys, summaries, payload, points);

    /// <summary>Takes points in any order. May be used again: <see cref="Build"/> empties it. Not thread-safe.</summary>
    internal sealed class Builder : IDisposable
    {
        private readonly Dictionary<string, int> indexes;
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byText;
        private readonly List<string> names = [];
        private readonly List<int> keys = [];
        private readonly SeriesColumns points = new(256);
        private int last = -1;

        public Builder()
        {
            indexes = new(StringComparer.Ordinal);
            byText = indexes.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        /// <summary>The points added since the last <see cref="Build"/>, repeats included.</summary>
        public int Points => points.Count;

        /// <summary>A key's place in the batch. The caller has checked the name.</summary>
        public int KeyOf(ReadOnlySpan<char> name)
        {
            if (last >= 0 && name.SequenceEqual(names[last])) return last;
            if (!byText.TryGetValue(name, out last))
            {
                var key = new string(name);
                indexes.Add(key, last = names.Count);
                names.Add(key);
            }
            return last;
        }

        /// <summary>A key's place in the batch, from UTF-8.</summary>
        public int KeyOf(ReadOnlySpan<byte> utf8)
        {
            if (utf8.Length > 4 * KeyLengthMax) return KeyOf(Encoding.UTF8.GetString(utf8));
            Span<char> text = stackalloc char[utf8.Length];
            return KeyOf(text[..Encoding.UTF8.GetChars(utf8, text)]);
        }

        /// <summary>Adds a point to a key's series.</summary>
        public void Add(int key, long timeMs, long step, double value)
        {
            keys.Add(key);
            points.Add(timeMs, step, value);
        }

        /// <summary>The batch; the builder is empty again.</summary>
        public MetricBatch Build()
        {
            using var grouped = new SeriesColumns(Math.Max(16, points.Count));
            var ends = Group(grouped);
            var (times, steps, values) = grouped.All;
            var summaries = new SeriesExtremes[names.Count];
            using var encoder = new MetricsPayload.Encoder(names.Count, points.Count);
            var (start, distinct) = (0, 0);
            for (var key = 0; key < ends.Length; key++)
            {
                var t = times[start..ends[key]];
                var s = steps[start..ends[key]];
                var v = values[start..ends[key]];
                var count = SeriesMerge.SortDistinct(t, s, v);
                summaries[key] = SeriesExtremes.Of(SeriesSummary.Of(t[..count], s[..count], v[..count]));
                encoder.Add(t[..count], s[..count], v[..count]);
                distinct += count;
                start = ends[key];
            }
            var batch = new MetricBatch([.. names], summaries, encoder.Build(), distinct);
            points.Truncate(0);
            keys.Clear();
            indexes.Clear();
            names.Clear();
            last = -1;
            return batch;
        }

        public void Dispose() => points.Dispose();

        /// <summary>Moves points next to their key's others, in the order they came; answers where each key's points end.</summary>
        private int[] Group(SeriesColumns grouped)
        {
            var ends = new int[names.Count];
            foreach (var key in keys) ends[key]++;
            for (var key = 1; key < ends.Length; key++) ends[key] += ends[key - 1];
            var (t, s, v) = grouped.Append(points.Count);
            for (var i = points.Count - 1; i >= 0; i--)
            {
                var at = --ends[keys[i]];
                (t[at], s[at], v[at]) = (points.Times[i], points.Steps[i], points.Values[i]);
            }
            // Counting down left the starts: each key ends where the next one starts.
            for (var key = 0; key < ends.Length; key++) ends[key] = key + 1 < ends.Length ? ends[key + 1] : points.Count;
            return ends;
        }
    }
}
