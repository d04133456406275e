namespace Slipway.Tracking;

/// <summary>Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs (C. Spearman, 1904). Any growing relation is 1, any falling one -1.</summary>
internal static class RankCorrelation
{
    /// <summary>Over the rows in which both are numbers; null for fewer than 3, and when one of them is always the same.</summary>
    public static double? Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (a, b) = (new List<double>(x.Length), new List<double>(x.Length));
        for (var i = 0; i < x.Length; i++)
        {
            if (double.IsNaN(x[i]) || double.IsNaN(y[i])) continue;
            a.Add(x[i]);
            b.Add(y[i]);
        }
        if (a.Count < 3) return null;
        var (ra, rb, mean) = (Ranks(a), Ranks(b), (a.Count - 1) / 2.0);
        var (both, varianceA, varianceB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < ra.Length; i++)
        {
            both += (ra[i] - mean) * (rb[i] - mean);
            varianceA += (ra[i] - mean) * (ra[i] - mean);
            varianceB += (rb[i] - mean) * (rb[i] - mean);
        }
        return varianceA == 0 || varianceB == 0 ? null : Math.Clamp(both / Math.Sqrt(varianceA * varianceB), -1, 1);
    }

    private static double[] Ranks(List<double> values)
    {
        var (sorted, rows, ranks) = (values.ToArray(), Enumerable.Range(0, values.Count).ToArray(), new double[values.Count]);
        Array.Sort(sorted, rows);
        for (var from = 0; from < sorted.Length;)
        {
            var to = from;
            while (to < sorted.Length && sorted[to] == sorted[from]) to++;
            for (var i = from; i < to; i++) ranks[rows[i]] = (from + to - 1) / 2.0;
            from = to;
        }
        return ranks;
    }
}
