using System.Buffers;

namespace Slipway.Tracking;

/// <summary>
/// Points in three columns on pooled arrays: what the codec reads and fills, and what a page of history is written from
/// without an object per point. Not thread-safe; dispose to give the arrays back.
/// </summary>
internal sealed class SeriesColumns(int capacity = 256) : IDisposable
{
    private long[] times = ArrayPool<long>.Shared.Rent(capacity);
    private long[] steps = ArrayPool<long>.Shared.Rent(capacity);
    private double[] values = ArrayPool<double>.Shared.Rent(capacity);

    /// <summary>The number of points held.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<long> Times => times.AsSpan(0, Count);
    public ReadOnlySpan<long> Steps => steps.AsSpan(0, Count);
    public ReadOnlySpan<double> Values => values.AsSpan(0, Count);

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

    /// <summary>Makes the points a set in history's order. Points that already are in order, the usual case, cost one pass.</summary>
    public void SortDistinct()
    {
        var (sorted, distinct) = (true, true);
        for (var i = 1; i < Count && sorted; i++)
        {
            if (times[i] > times[i - 1]) continue;
            var order = this[i].CompareTo(this[i - 1]);
            if (order < 0) sorted = false;
            if (order == 0) distinct = false;
        }
        if (sorted && distinct) return;
        if (!sorted) Sort();
        var kept = 1;
        for (var i = 1; i < Count; i++)
        {
            if (times[i] == times[kept - 1] && steps[i] == steps[kept - 1] && SeriesPoint.Ordinal(values[i]) == SeriesPoint.Ordinal(values[kept - 1])) continue;
            (times[kept], steps[kept], values[kept]) = (times[i], steps[i], values[i]);
            kept++;
        }
        Count = kept;
    }

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
        ArrayPool<long>.Shared.Return(times);
        ArrayPool<long>.Shared.Return(steps);
        ArrayPool<double>.Shared.Return(values);
        (times, steps, values, Count) = ([], [], [], 0);
    }

    private int Capacity => Math.Min(Math.Min(times.Length, steps.Length), values.Length);

    private void Sort()
    {
        var rows = ArrayPool<SeriesPoint>.Shared.Rent(Count);
        for (var i = 0; i < Count; i++) rows[i] = new SeriesPoint(times[i], steps[i], values[i]);
        rows.AsSpan(0, Count).Sort();
        for (var i = 0; i < Count; i++) (times[i], steps[i], values[i]) = rows[i];
        ArrayPool<SeriesPoint>.Shared.Return(rows);
    }

    private void Grow(int needed)
    {
        needed = Math.Max(needed, checked(Count * 2));
        times = Grown(times, needed, Count);
        steps = Grown(steps, needed, Count);
        values = Grown(values, needed, Count);
    }

    private static T[] Grown<T>(T[] old, int needed, int count)
    {
        var grown = ArrayPool<T>.Shared.Rent(needed);
        old.AsSpan(0, count).CopyTo(grown);
        ArrayPool<T>.Shared.Return(old);
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
