using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Slipway.Server;

/// <summary>
/// Adds up what the product's meters measure, for Prometheus to fetch. Any instrument of a meter whose name begins with `Slipway` appears
/// without further ado; an instrument holds at most <see cref="SeriesMax"/> combinations of tags, and the rest share one.
/// </summary>
internal sealed class MetricStore : IDisposable
{
    /// <summary>The most series of one instrument: a route and a status make one, so a few hundred are ordinary.</summary>
    public const int SeriesMax = 5_000;

    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Powers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384];

    private readonly Lock collecting = new();
    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<Instrument, Family> families = new();

    public MetricStore()
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (!instrument.Meter.Name.StartsWith("Slipway", StringComparison.Ordinal)) return;
            var family = new Family(instrument);
            if (families.TryAdd(instrument, family)) own.EnableMeasurementEvents(instrument, family);
        };
        listener.MeasurementsCompleted = (instrument, _) => families.TryRemove(instrument, out var _);
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((Family)state!).Add(value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((Family)state!).Add(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((Family)state!).Add(value, tags));
        listener.Start();
    }

    /// <summary>The families with at least one series, observables asked now, by name. One collection at a time: each asks the observables afresh.</summary>
    public IReadOnlyList<(Family Family, IReadOnlyList<KeyValuePair<TagSet, Series>> Series)> Collect()
    {
        lock (collecting)
        {
            foreach (var family in families.Values) family.BeforeObserving();
            listener.RecordObservableInstruments();
            return [.. families.Values.Select(family => (family, family.Snapshot())).Where(pair => pair.Item2.Count > 0).OrderBy(pair => pair.family.Name, StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    /// <summary>What Prometheus calls a metric.</summary>
    internal enum Kind
    {
        Counter,
        Gauge,
        Histogram,
    }

    /// <summary>One instrument with its series.</summary>
    internal sealed class Family
    {
        private static readonly TagSet Overflow = new([new("overflow", "true")]);
        private readonly bool observable;
        private readonly ConcurrentDictionary<TagSet, Series> series;
        private readonly ConcurrentDictionary<TagSet, Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> lookup;

        public Family(Instrument instrument)
        {
            Name = instrument.Name.Replace('.', '_');
            Help = instrument.Description ?? "";
            observable = instrument.IsObservable;
            var type = instrument.GetType().GetGenericTypeDefinition();
            Kind = type == typeof(Histogram<>) ? Kind.Histogram : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? Kind.Counter : Kind.Gauge;
            Absolute = type == typeof(Gauge<>);
            if (Kind == Kind.Counter && !Name.EndsWith("_total", StringComparison.Ordinal)) Name += "_total";
            Bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? (instrument.Unit == "s" ? Seconds : Powers);
            series = new(new TagSet.Comparer());
            lookup = series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        }

        public string Name { get; }

        public string Help { get; }

        public Kind Kind { get; }

        public double[] Bounds { get; }

        /// <summary>True where each measurement is the value itself, not a part of it.</summary>
        public bool Absolute { get; }

        /// <summary>The series of this moment. Only the dictionary's own copy is atomic: LINQ's would count first and copy later.</summary>
        public IReadOnlyList<KeyValuePair<TagSet, Series>> Snapshot() => series.ToArray();

        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!lookup.TryGetValue(tags, out var one))
                one = series.GetOrAdd(series.Count < SeriesMax ? new TagSet(tags.ToArray()) : Overflow, _ => new Series(this));
            one.Add(value);
        }

        // An observable tells its value anew each time; several servers of one process (as in tests) tell theirs in turn, and they add up.
        public void BeforeObserving()
        {
            if (observable) series.Clear();
        }
    }

    /// <summary>One combination of tags.</summary>
    internal sealed class Series(Family family)
    {
        private readonly Lock gate = new();
        private readonly long[] counts = family.Kind == Kind.Histogram ? new long[family.Bounds.Length + 1] : [];
        private double sum;

        public void Add(double value)
        {
            lock (gate)
            {
                sum = family.Absolute ? value : sum + value;
                if (counts.Length == 0) return;
                var bucket = 0;
                while (bucket < family.Bounds.Length && value > family.Bounds[bucket]) bucket++;
                counts[bucket]++;
            }
        }

        public (double Sum, long[] Counts) Read()
        {
            lock (gate) return (sum, [.. counts]);
        }
    }
}

/// <summary>The tags of a series, compared by value.</summary>
internal sealed class TagSet(KeyValuePair<string, object?>[] tags)
{
    public KeyValuePair<string, object?>[] Tags => tags;

    internal sealed class Comparer : IEqualityComparer<TagSet>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, TagSet>
    {
        public bool Equals(TagSet? x, TagSet? y) => x is not null && y is not null && Equals(x.Tags, y);

        public int GetHashCode(TagSet obj) => GetHashCode(obj.Tags);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, TagSet other)
        {
            if (alternate.Length != other.Tags.Length) return false;
            for (var i = 0; i < alternate.Length; i++)
                if (alternate[i].Key != other.Tags[i].Key || !Equals(alternate[i].Value, other.Tags[i].Value)) return false;
            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = new HashCode();
            foreach (var (_, value) in alternate) hash.Add(value);
            return hash.ToHashCode();
        }

        public TagSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());
    }
}
