namespace Slipway.Tracking;

/// <summary>
/// A regression tree (L. Breiman and others, Classification and Regression Trees, 1984): each node parts its rows in two so that the squared error falls most. A column's
/// at most 64 bins are one word, so that any split is a mask: of numbers the bins up to a place, of categories those with the least means, which is the best of all
/// partings in two (W. D. Fisher, On Grouping for Maximum Homogeneity, 1958).
/// </summary>
internal sealed class RegressionTree
{
    /// <summary>The deepest leaf.</summary>
    public const int DepthMax = 12;

    private readonly List<Node> nodes = [];
    private readonly bool[] used;

    private RegressionTree(int columns) => used = new bool[columns];

    /// <summary>Grows one from the rows drawn, which it reorders.</summary>
    public static RegressionTree Grow(IReadOnlyList<BinnedColumn> columns, double[] y, int[] drawn, Random random)
    {
        var tree = new RegressionTree(columns.Count);
        var grower = new Grower(columns, y, drawn, random, tree);
        grower.Grow();
        return tree;
    }

    /// <summary>True when some node asks for the column.</summary>
    public bool Uses(int column) => used[column];

    /// <summary>What the tree says of a row, with another bin in the place of one column's where that is given.</summary>
    public double Predict(IReadOnlyList<BinnedColumn> columns, int row, int changed = -1, byte bin = 0)
    {
        var at = 0;
        while (nodes[at] is { Column: >= 0 } node)
        {
            var asked = node.Column == changed ? bin : columns[node.Column].Bins[row];
            at = (node.Left >> asked & 1) != 0 ? node.Child : node.Child + 1;
        }
        return nodes[at].Value;
    }

    // A leaf has no column. The two children stand next to each other.
    private readonly record struct Node(int Column, ulong Left, int Child, double Value);

    private sealed class Grower(IReadOnlyList<BinnedColumn> columns, double[] y, int[] drawn, Random random, RegressionTree tree)
    {
        // A third of the columns is tried at each node, as Breiman has it for regression.
        private readonly int tried = Math.Max(1, (columns.Count + 2) / 3);
        private readonly int leafMin = Math.Clamp(drawn.Length / 100, 1, 5);
        private readonly int[] order = [.. Enumerable.Range(0, columns.Count)];
        private readonly double[] sums = new double[BinnedColumn.BinsMax];
        private readonly int[] counts = new int[BinnedColumn.BinsMax];
        private readonly int[] bins = new int[BinnedColumn.BinsMax];
        private readonly double[] means = new double[BinnedColumn.BinsMax];

        public void Grow()
        {
            tree.nodes.Add(default);
            var waiting = new Stack<(int Node, int From, int To, int Depth)>([(0, 0, drawn.Length, 0)]);
            while (waiting.TryPop(out var next))
            {
                var (node, from, to, depth) = next;
                var sum = 0.0;
                for (var i = from; i < to; i++) sum += y[drawn[i]];
                if (depth == DepthMax || to - from < 2 * leafMin || Best(from, to, sum) is not { Column: >= 0 } best)
                {
                    tree.nodes[node] = new Node(-1, 0, 0, sum / (to - from));
                    continue;
                }
                tree.used[best.Column] = true;
                var child = tree.nodes.Count;
                tree.nodes[node] = new Node(best.Column, best.Left, child, 0);
                tree.nodes.Add(default);
                tree.nodes.Add(default);
                var middle = Part(from, to, columns[best.Column].Bins, best.Left);
                waiting.Push((child, from, middle, depth + 1));
                waiting.Push((child + 1, middle, to, depth + 1));
            }
        }

        private (int Column, ulong Left) Best(int from, int to, double sum)
        {
            // Gains below rounding are none: rows that are all alike are not parted.
            var (best, gain) = ((-1, 0UL), 1e-9 + sum * sum / (to - from));
            for (var i = 0; i < tried; i++)
            {
                var other = random.Next(i, order.Length);
                (order[i], order[other]) = (order[other], order[i]);
                var column = order[i];
                var found = Best(columns[column], from, to, sum, gain);
                if (found.Gain > gain) (best, gain) = ((column, found.Left), found.Gain);
            }
            return best;
        }

        private (double Gain, ulong Left) Best(BinnedColumn column, int from, int to, double sum, double atLeast)
        {
            Array.Clear(sums, 0, column.Count);
            Array.Clear(counts, 0, column.Count);
            for (var i = from; i < to; i++)
            {
                var row = drawn[i];
                var bin = column.Bins[row];
                sums[bin] += y[row];
                counts[bin]++;
            }
            var filled = 0;
            for (var bin = 0; bin < column.Count; bin++)
            {
                if (counts[bin] == 0) continue;
                means[filled] = sums[bin] / counts[bin];
                bins[filled++] = bin;
            }
            if (column.IsCategorical) Array.Sort(means, bins, 0, filled);
            var (left, mask, count, all) = (0.0, 0UL, 0, to - from);
            var best = (Gain: atLeast, Left: 0UL);
            var seen = 0UL;
            for (var i = 0; i < filled; i++) seen |= 1UL << bins[i];
            for (var i = 0; i < filled - 1; i++)
            {
                left += sums[bins[i]];
                count += counts[bins[i]];
                mask |= 1UL << bins[i];
                if (count < leafMin || all - count < leafMin) continue;
                var gain = left * left / count + (sum - left) * (sum - left) / (all - count);
                // Rows to foretell may be in bins that no row here is in: numbers go with the nearer side, categories with the larger one.
                if (gain > best.Gain) best = (gain, !column.IsCategorical ? (1UL << (bins[i] + bins[i + 1]) / 2 << 1) - 1 : 2 * count > all ? mask | ~seen : mask);
            }
            return best;
        }

        private int Part(int from, int to, byte[] bins, ulong left)
        {
            var middle = from;
            for (var i = from; i < to; i++)
                if ((left >> bins[drawn[i]] & 1) != 0) (drawn[middle], drawn[i]) = (drawn[i], drawn[middle++]);
            return middle;
        }
    }
}
