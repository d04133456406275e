using System.Buffers;

namespace Slipway.Tracking;

/// <summary>
/// Points in three columns on pooled arrays: what the codec reads and fills, and what a page of history is written from
/// without an object per point. Not thread-safe; dispose to give the arrays back.
/// </summary>
internal sealed class SeriesColumns(int capacity = 256) : IDisposable
{
    /// <summary>
    /// The shared pool keeps an array of every size for every thread: hundreds of megabytes once compaction has visited them all. Large
    /// arrays come from pools that keep only a few.
    /// </summary>
    private const int SharedMax = 4_096;

    private static readonly ArrayPool<long> LargeLongs = ArrayPool<long>.Create(1 << 19, 4);
    private static readonly ArrayPool<double> LargeDoubles = ArrayPool<double>.Create(1 << 19, 2);

    private long[] times = Longs(capacity).Rent(capacity);
    private long[] steps = Longs(capacity).Rent(capacity);
    private double[] values = Doubles(capacity).Rent(capacity);

    /// <summary>The number of points held.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<long> Times => times.AsSpan(0, Count);
    public ReadOnlySpan<long> Steps => steps.AsSpan(0, Count);
    public ReadOnlySpan<double> Values => values.AsSpan(0, Count);

    /// <summary>The points, writable.</summary>
    internal Room All => new(times.AsSpan(0, Count), steps.AsSpan(0, Count), values.AsSpan(0, Count));

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

    public void Dispose()
    {
        Longs(times.Length).Return(times);
        Longs(steps.Length).Return(steps);
        Doubles(values.Length).Return(values);
        (times, steps, values, Count) = ([], [], [], 0);
    }

    private int Capacity => Math.Min(Math.Min(times.Length, steps.Length), values.Length);

    private void Grow(int needed)
    {
        needed = Math.Max(needed, checked(Count * 2));
        times = Grown(Longs(needed), Longs(times.Length), times, needed, Count);
        steps = Grown(Longs(needed), Longs(steps.Length), steps, needed, Count);
        values = Grown(Doubles(needed), Doubles(values.Length), values, needed, Count);
    }

    private static T[] Grown<T>(ArrayPool<T> to, ArrayPool<T> from, T[] old, int needed, int count)
    {
        var grown = to.Rent(needed);
        old.AsSpan(0, count).CopyTo(grown);
        from.Return(old);
        return grown;
    }

    private static ArrayPool<long> Longs(int size) => size <= SharedMax ? ArrayPool<long>.Shared : LargeLongs;

    private static ArrayPool<double> Doubles(int size) => size <= SharedMax ? ArrayPool<double>.Shared : LargeDoubles;

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
