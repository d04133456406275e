namespace Slipway.Tracking;

/// <summary>Set operations on points in history's order.</summary>
internal static class SeriesMerge
{
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
