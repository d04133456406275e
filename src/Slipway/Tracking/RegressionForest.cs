namespace Slipway.Tracking;

/// <summary>What a forest found.</summary>
/// <param name="Weights">For each column its share of what all explain: they make 1, or all are 0.</param>
/// <param name="Explained">R² on rows that a tree had not learned from, at least 0.</param>
internal sealed record ForestFindings(double[] Weights, double Explained);

/// <summary>
/// A random forest for regression, and the importance of its columns by permutation (L. Breiman, Random Forests, Machine Learning 45, 2001). Each tree learns from
/// a bootstrap sample; on the rows that it did not draw its error is measured, once as they are and once for each column with that column's values shuffled. The
/// growth of the error, averaged over the trees, is the column's importance: what does not help to foretell new runs gets none, however well it fits old ones.
/// Of columns that say the same each gets a part.
/// </summary>
internal static class RegressionForest
{
    /// <summary>How many trees: importances of two runs with other seeds then differ by a few hundredths.</summary>
    public const int Trees = 64;

    /// <summary>Fewer rows leave nothing to measure an error on.</summary>
    public const int RowsMin = 8;

    /// <summary>Grows it. The same input and seed give the same answer.</summary>
    /// <param name="columns">Values of each column, as bins, a row each.</param>
    /// <param name="target">Finite numbers, a row each.</param>
    /// <param name="random">All chance there is.</param>
    /// <param name="ct">Looked at before each tree.</param>
    public static ForestFindings Grow(IReadOnlyList<BinnedColumn> columns, double[] target, Random random, CancellationToken ct)
    {
        var (rows, grown) = (target.Length, new double[columns.Count]);
        if (rows < RowsMin || columns.Count == 0 || Standard(target) is not { } y) return new ForestFindings(grown, 0);
        var (sum, times) = (new double[rows], new int[rows]);
        var (drawn, isDrawn, outside, shuffled) = (new int[rows], new bool[rows], new List<int>(rows), new byte[rows]);
        for (var t = 0; t < Trees; t++)
        {
            ct.ThrowIfCancellationRequested();
            Array.Clear(isDrawn);
            for (var i = 0; i < rows; i++) isDrawn[drawn[i] = random.Next(rows)] = true;
            var tree = RegressionTree.Grow(columns, y, drawn, random);
            outside.Clear();
            for (var row = 0; row < rows; row++)
                if (!isDrawn[row]) outside.Add(row);
            if (outside.Count < 2) continue;
            var error = 0.0;
            foreach (var row in outside)
            {
                var said = tree.Predict(columns, row);
                (sum[row], times[row]) = (sum[row] + said, times[row] + 1);
                error += (said - y[row]) * (said - y[row]);
            }
            for (var column = 0; column < columns.Count; column++)
                if (tree.Uses(column)) grown[column] += (Shuffled(tree, columns, column, y, outside, shuffled, random) - error) / outside.Count;
        }
        return new ForestFindings(Shares(grown), Explained(y, sum, times));
    }

    private static double Shuffled(RegressionTree tree, IReadOnlyList<BinnedColumn> columns, int column, double[] y, List<int> outside, byte[] shuffled, Random random)
    {
        var bins = columns[column].Bins;
        for (var i = 0; i < outside.Count; i++) shuffled[i] = bins[outside[i]];
        random.Shuffle(shuffled.AsSpan(0, outside.Count));
        var error = 0.0;
        for (var i = 0; i < outside.Count; i++)
        {
            var said = tree.Predict(columns, outside[i], column, shuffled[i]);
            error += (said - y[outside[i]]) * (said - y[outside[i]]);
        }
        return error;
    }

    /// <summary>Mean 0 and variance 1, so that no square overflows; null when all are the same.</summary>
    private static double[]? Standard(double[] target)
    {
        var scale = 0.0;
        foreach (var value in target) scale = Math.Max(scale, Math.Abs(value));
        if (scale == 0) return null;
        var y = Array.ConvertAll(target, value => value / scale);
        var mean = y.Average();
        var variance = y.Sum(value => (value - mean) * (value - mean)) / y.Length;
        if (variance < 1e-24) return null; // nothing but rounding
        var deviation = Math.Sqrt(variance);
        return Array.ConvertAll(y, value => (value - mean) / deviation);
    }

    private static double[] Shares(double[] grown)
    {
        var total = grown.Sum(static one => Math.Max(0, one));
        return Array.ConvertAll(grown, one => total > 0 ? Math.Max(0, one) / total : 0);
    }

    private static double Explained(double[] y, double[] sum, int[] times)
    {
        var (error, variance) = (0.0, 0.0);
        for (var row = 0; row < y.Length; row++)
        {
            if (times[row] == 0) continue;
            var off = sum[row] / times[row] - y[row];
            (error, variance) = (error + off * off, variance + y[row] * y[row]);
        }
        return variance > 0 ? Math.Max(0, 1 - error / variance) : 0;
    }
}
