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

    private MetricBatch(string[] keys, SeriesSummary[] summaries, byte[] payload, int points) =>
        (Keys, Summaries, Payload, Points) = (keys, summaries, payload, points);

    /// <summary>The names of the keys, each once.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The number of distinct points.</summary>
    public int Points { get; }

    /// <summary>What the batch says of each key, for "latest", min and max.</summary>
    internal SeriesSummary[] Summaries { get; }

    /// <summary>The points, by the keys' places in <see cref="Keys"/>; see <see cref="MetricsPayload"/>.</summary>
    internal byte[] Payload { get; }

    /// <summary>A batch of one point, the body of log-metric.</summary>
    public static MetricBatch Of(string key, long timeMs, long step, double value)
    {
        using var builder = new Builder();
        builder.Add(builder.KeyOf(key), timeMs, step, value);
        return builder.Build();
    }

    /// <summary>
    /// Takes points in any order. Keep one per request or reuse it: <see cref="Build"/> empties it. Not thread-safe.
    /// </summary>
    internal sealed class Builder : IDisposable
    {
        private readonly Dictionary<string, int> indexes;
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byText;
        private readonly List<string> names = [];
        private readonly List<SeriesColumns> columns = [];
        private int last = -1;

        public Builder()
        {
            indexes = new(StringComparer.Ordinal);
            byText = indexes.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        /// <summary>The points added since the last <see cref="Build"/>, repeats included.</summary>
        public int Points { get; private set; }

        /// <summary>A key's place in the batch. The caller has checked the name.</summary>
        public int KeyOf(ReadOnlySpan<char> name)
        {
            if (last >= 0 && name.SequenceEqual(names[last])) return last;
            if (!byText.TryGetValue(name, out last))
            {
                var key = new string(name);
                indexes.Add(key, last = names.Count);
                names.Add(key);
                if (columns.Count < names.Count) columns.Add(new SeriesColumns(16));
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
            columns[key].Add(timeMs, step, value);
            Points++;
        }

        /// <summary>The batch; the builder is empty again.</summary>
        public MetricBatch Build()
        {
            var summaries = new SeriesSummary[names.Count];
            var points = 0;
            for (var i = 0; i < names.Count; i++)
            {
                columns[i].SortDistinct();
                summaries[i] = SeriesSummary.Of(columns[i].Times, columns[i].Steps, columns[i].Values);
                points += columns[i].Count;
            }
            var batch = new MetricBatch([.. names], summaries, MetricsPayload.Encode(columns.Take(names.Count), names.Count, points), points);
            foreach (var column in columns) column.Truncate(0);
            indexes.Clear();
            names.Clear();
            (last, Points) = (-1, 0);
            return batch;
        }

        public void Dispose()
        {
            foreach (var column in columns) column.Dispose();
            columns.Clear();
        }
    }
}
