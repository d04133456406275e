namespace Slipway.Quickstart.Learner;

/// <summary>Columns of floats cut into at most 256 bins each, one byte a value: what makes histograms, and so training, fast.</summary>
/// <remarks>An edge is a float itself, and <c>x &lt;= edge</c> is decided on floats everywhere, so the exported model takes the same branch for every input.</remarks>
public sealed class Bins
{
    /// <summary>Bins a column may have.</summary>
    public const int Max = 255;

    private Bins(float[][] edges, byte[][] columns) => (Edges, Columns) = (edges, columns);

    /// <summary>Per column, the largest value of each bin but the last, ascending.</summary>
    public float[][] Edges { get; }

    /// <summary>Per column, each row's bin.</summary>
    public byte[][] Columns { get; }

    /// <summary>How many rows there are.</summary>
    public int Rows => Columns[0].Length;

    /// <summary>Finds the edges from the first <paramref name="fitRows"/> rows (later ones must not be looked at) and sorts all rows into the bins.</summary>
    /// <exception cref="ArgumentException">A value is not a finite number.</exception>
    public static Bins Of(float[][] columns, int fitRows, int max = Max)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, Max);
        var edges = new float[columns.Length][];
        var binned = new byte[columns.Length][];
        Parallel.For(0, columns.Length, column =>
        {
            if (!Array.TrueForAll(columns[column], float.IsFinite)) throw new ArgumentException($"Column {column} holds a value that is not a finite number.", nameof(columns));
            edges[column] = FindEdges(columns[column].AsSpan(0, fitRows).ToArray(), max);
            binned[column] = Array.ConvertAll(columns[column], value => BinOf(edges[column], value));
        });
        return new(edges, binned);
    }

    /// <summary>The bin of a value: how many edges lie below it.</summary>
    public static byte BinOf(float[] edges, float value)
    {
        int low = 0, high = edges.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (value <= edges[middle]) high = middle;
            else low = middle + 1;
        }
        return (byte)low;
    }

    // Quantiles, so that bins hold about the same number of rows; a value that fills several quantiles gets one bin.
    private static float[] FindEdges(float[] values, int max)
    {
        Array.Sort(values);
        var distinct = 1;
        for (var i = 1; i < values.Length && distinct <= max; i++)
            if (values[i] != values[i - 1]) distinct++;
        var edges = new List<float>();
        if (distinct <= max)
        {
            for (var i = 1; i < values.Length; i++)
                if (values[i] != values[i - 1]) edges.Add(Between(values[i - 1], values[i]));
            return [.. edges];
        }
        for (var bin = 1; bin < max; bin++)
        {
            var at = (int)((long)bin * values.Length / max);
            var last = values[at - 1];
            if (edges.Count > 0 && last <= edges[^1]) continue;
            while (at < values.Length && values[at] == last) at++;
            if (at < values.Length) edges.Add(Between(last, values[at]));
        }
        return [.. edges];
    }

    // Half-way, but never up to the upper value: rounding must not move it into the lower bin.
    private static float Between(float low, float high)
    {
        var middle = low + (high - low) / 2;
        return middle < high ? middle : low;
    }
}
