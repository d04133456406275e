namespace Slipway.Tracking;

/// <summary>Set operations on points in history's order.</summary>
internal static class SeriesMerge
{
    private static readonly SeriesPool<SeriesPoint> Rows = new(bytesMax: 8 * 1024 * 1024);

    /// <summary>
    /// Makes points a set in history's order, in place; answers how many remain. Points that already are one, the usual case, cost one pass.
    /// </summary>
    public static int SortDistinct(Span<long> times, Span<long> steps, Span<double> values)
    {
        var (sorted, distinct) = (true, true);
        for (var i = 1; i < times.Length && sorted; i++)
        {
            if (times[i] > times[i - 1]) continue;
            var order = new SeriesPoint(times[i], steps[i], values[i]).CompareTo(new(times[i - 1], steps[i - 1], values[i - 1]));
            sorted = order >= 0;
            distinct &= order != 0;
        }
        if (sorted && distinct) return times.Length;
        if (!sorted) Sort(times, steps, values);
        var kept = 1;
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] == times[kept - 1] && steps[i] == steps[kept - 1] && SeriesPoint.Ordinal(values[i]) == SeriesPoint.Ordinal(values[kept - 1])) continue;
            (times[kept], steps[kept], values[kept]) = (times[i], steps[i], values[i]);
            kept++;
        }
        return kept;
    }

    private static void Sort(Span<long> times, Span<long> steps, Span<double> values)
    {
        var rows = Rows.Rent(times.Length);
        for (var i = 0; i < times.Length; i++) rows[i] = new SeriesPoint(times[i], steps[i], values[i]);
        rows.AsSpan(0, times.Length).Sort();
        for (var i = 0; i < times.Length; i++) (times[i], steps[i], values[i]) = rows[i];
        Rows.Return(rows);
    }

    /// <summary>The union of two sets, appended to <paramref name="into"/>. Stretches of one side alone are copied whole.</summary>
    public static void Union(SeriesColumns a, SeriesColumns b, SeriesColumns into)
    {
        var (i, j) = (0, 0);
        while (i < a.Count && j < b.Count)
        {
            var order = a[i].CompareTo(b[j]);
            if (order == 0)
            {
                into.Add(a, i++, 1);
                j++;
            }
            else if (order < 0)
            {
                var end = Gallop(a, i, b[j]);
                into.Add(a, i, end - i);
                i = end;
            }
            else
            {
                var end = Gallop(b, j, a[i]);
                into.Add(b, j, end - j);
                j = end;
            }
        }
        into.Add(a, i, a.Count - i);
        into.Add(b, j, b.Count - j);
    }

    /// <summary>The first index from <paramref name="start"/> on at or after the point: doubling steps, then halving.</summary>
    private static int Gallop(SeriesColumns points, int start, SeriesPoint until)
    {
        var stride = 1;
        var low = start;
        while (low + stride < points.Count && points[low + stride] < until)
        {
            low += stride;
            stride = Math.Min(stride * 2, 1 << 20);
        }
        var high = Math.Min(low + stride, points.Count);
        low++;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (points[middle] < until) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
