namespace Slipway.Tracking;

/// <summary>
/// Points in three columns on pooled arrays: what the codec reads and fills, and what a page of history is written from
/// without an object per point. Not thread-safe; dispose to give the arrays back.
/// </summary>
internal sealed class SeriesColumns(int capacity = 256) : IDisposable
{
    private static readonly SeriesPool<long> Longs = new(bytesMax: 16 * 1024 * 1024);
    private static readonly SeriesPool<double> Doubles = new(bytesMax: 8 * 1024 * 1024);

    private long[] times = Longs.Rent(capacity);
    private long[] steps = Longs.Rent(capacity);
    private double[] values = Doubles.Rent(capacity);

    /// <summary>The number of points held.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<long> Times => times.AsSpan(0, Count);
    public ReadOnlySpan<long> Steps => steps.AsSpan(0, Count);
    public ReadOnlySpan<double> Values => values.AsSpan(0, Count);

    /// <summary>The points, writable.</summary>
    internal Room All => new(times.AsSpan(0, Count), steps.AsSpan(0, Count), values.AsSpan(0, Count));

    /// <summary>Some of the points, writable.</summary>
    internal Room Part(int start, int count) => new(times.AsSpan(start, count), steps.AsSpan(start, count), values.AsSpan(start, count));

    public SeriesPoint this[int i] => new(Times[i], Steps[i], Values[i]);

    /// <summary>Adds a point; its value becomes canonical.</summary>
    public void Add(long timeMs, long step, double value)
    {
        if (Count == Capacity) Grow(Count + 1);
        times[Count] = timeMs;
        steps[Count] = step;
        values[Count++] = SeriesPoint.Canonical(value);
    }

    public void Add(SeriesPoint point) => Add(point.TimeMs, point.Step, point.Value);

    /// <summary>Adds a range of canonical points.</summary>
    public void Add(ReadOnlySpan<long> moreTimes, ReadOnlySpan<long> moreSteps, ReadOnlySpan<double> moreValues)
    {
        var (t, s, v) = Append(moreTimes.Length);
        moreTimes.CopyTo(t);
        moreSteps.CopyTo(s);
        moreValues.CopyTo(v);
    }

    public void Add(SeriesColumns other, int start, int count) =>
        Add(other.Times.Slice(start, count), other.Steps.Slice(start, count), other.Values.Slice(start, count));

    /// <summary>Makes room for <paramref name="count"/> more points, which the caller fills with canonical values.</summary>
    public Room Append(int count)
    {
        if (Count + count > Capacity) Grow(Count + count);
        var room = new Room(times.AsSpan(Count, count), steps.AsSpan(Count, count), values.AsSpan(Count, count));
        Count += count;
        return room;
    }

    /// <summary>Forgets the points from <paramref name="count"/> on.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    /// <summary>Forgets the first points.</summary>
    public void RemoveFirst(int count)
    {
        times.AsSpan(count, Count - count).CopyTo(times);
        steps.AsSpan(count, Count - count).CopyTo(steps);
        values.AsSpan(count, Count - count).CopyTo(values);
        Count -= count;
    }

    /// <summary>Makes the points a set in history's order.</summary>
    public void SortDistinct() => Count = SeriesMerge.SortDistinct(times.AsSpan(0, Count), steps.AsSpan(0, Count), values.AsSpan(0, Count));

    /// <summary>The first index whose point is at or after <paramref name="point"/>, in points that are in order.</summary>
    public int FirstAtOrAfter(SeriesPoint point)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle] < point) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>The first index whose point is after <paramref name="point"/>, in a set that is in order.</summary>
    public int FirstAfter(SeriesPoint point)
    {
        var first = FirstAtOrAfter(point);
        return first < Count && this[first] == point ? first + 1 : first;
    }

    public void Dispose()
    {
        Longs.Return(times);
        Longs.Return(steps);
        Doubles.Return(values);
        (times, steps, values, Count) = ([], [], [], 0);
    }

    private int Capacity => Math.Min(Math.Min(times.Length, steps.Length), values.Length);

    private void Grow(int needed)
    {
        needed = Math.Max(needed, checked(Count * 2));
        times = Grown(Longs, times, needed, Count);
        steps = Grown(Longs, steps, needed, Count);
        values = Grown(Doubles, values, needed, Count);
    }

    private static T[] Grown<T>(SeriesPool<T> pool, T[] old, int needed, int count) where T : unmanaged
    {
        var grown = pool.Rent(needed);
        old.AsSpan(0, count).CopyTo(grown);
        pool.Return(old);
        return grown;
    }

    /// <summary>Space at the end of the columns.</summary>
    internal readonly ref struct Room(Span<long> times, Span<long> steps, Span<double> values)
    {
        public Span<long> Times { get; } = times;
        public Span<long> Steps { get; } = steps;
        public Span<double> Values { get; } = values;

        public void Deconstruct(out Span<long> t, out Span<long> s, out Span<double> v)
        {
            t = Times;
            s = Steps;
            v = Values;
        }
    }
}
