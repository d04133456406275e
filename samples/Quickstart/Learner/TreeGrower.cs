using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Quickstart.Learner;

/// <summary>A row's first and second derivative of the loss.</summary>
internal readonly record struct Slope(float Gradient, float Hessian);

/// <summary>Grows one tree, the most useful split first.</summary>
/// <remarks>
/// For each leaf, each column's rows are summed into bins (a histogram); a split's gain is read off the sums. The larger child's histogram is the parent's less the smaller
/// child's, so only the smaller child's rows are visited. Columns are shared between cores, never rows: each sum is added in row order, so the result does not depend on the cores.
/// Friedman 2001 (doi:10.1214/aos/1013203451); the gain with L2 is Chen and Guestrin 2016 (arXiv:1603.02754, equation 7); histograms and best-first growth as in LightGBM (Ke et al. 2017).
/// </remarks>
internal sealed class TreeGrower
{
    private const int ParallelRows = 4_096;      // below it, sharing the columns costs more than it saves
    private const double HessianMin = 1e-3;

    private readonly Bins bins;
    private readonly BoostOptions options;
    private readonly int[] rows, right;
    private readonly Slope[] ordered;
    private readonly Stack<Sum[]> histograms = new();

    public TreeGrower(Bins bins, int rowCount, BoostOptions options)
    {
        (this.bins, this.options) = (bins, options);
        (rows, right, ordered) = (new int[rowCount], new int[rowCount], new Slope[rowCount]);
    }

    /// <summary>Sums over the rows of one bin.</summary>
    private struct Sum
    {
        public double Gradient, Hessian;
        public int Rows;
    }

    private struct Split
    {
        public double Gain;
        public int Feature;
        public byte Bin;
        public Sum Left;
    }

    private sealed class Leaf
    {
        public int Node, Start, Count;
        public Sum Total;
        public Split Best;
        public required Sum[] Histogram;
    }

    /// <summary>Grows a tree on the given rows and adds its answers to the scores of all rows it was given.</summary>
    public Tree Grow(ReadOnlySpan<int> sample, Slope[] slopes, double[] scores)
    {
        sample.CopyTo(rows);
        var nodes = new List<TreeNode> { default };
        var root = new Leaf { Node = 0, Start = 0, Count = sample.Length, Histogram = Take() };
        foreach (var row in sample)
        {
            root.Total.Gradient += slopes[row].Gradient;
            root.Total.Hessian += slopes[row].Hessian;
        }
        root.Total.Rows = sample.Length;
        Search(root, slopes, null);

        var leaves = new List<Leaf> { root };
        while (leaves.Count < options.Leaves)
        {
            var leaf = leaves.MaxBy(candidate => candidate.Best.Gain)!;      // the first of equals: deterministic
            if (leaf.Best.Gain <= 0) break;
            var split = leaf.Best;
            var leftCount = Partition(leaf);
            var left = new Leaf { Node = nodes.Count, Start = leaf.Start, Count = leftCount, Total = split.Left, Histogram = Take() };
            var right = new Leaf { Node = nodes.Count + 1, Start = leaf.Start + leftCount, Count = leaf.Count - leftCount, Total = Minus(leaf.Total, split.Left), Histogram = leaf.Histogram };
            nodes[leaf.Node] = new(split.Feature, split.Bin, bins.Edges[split.Feature][split.Bin], left.Node, right.Node, 0, split.Gain);
            nodes.AddRange([default, default]);
            // The parent's histogram becomes the larger child's.
            var (smaller, larger) = left.Count <= right.Count ? (left, right) : (right, left);
            (smaller.Histogram, larger.Histogram) = (left.Histogram, right.Histogram);
            Search(smaller, slopes, larger);
            leaves[leaves.IndexOf(leaf)] = left;
            leaves.Add(right);
        }

        foreach (var leaf in leaves)
        {
            var value = (float)(-options.LearningRate * leaf.Total.Gradient / (leaf.Total.Hessian + options.L2));
            nodes[leaf.Node] = new(0, 0, 0, 0, 0, value, 0);
            foreach (var row in rows.AsSpan(leaf.Start, leaf.Count)) scores[row] += value;
            histograms.Push(leaf.Histogram);
        }
        return new Tree([.. nodes]);
    }

    /// <summary>Fills a leaf's histogram from its rows, takes it off its sibling's, and finds the best split of both.</summary>
    private void Search(Leaf leaf, Slope[] slopes, Leaf? sibling)
    {
        var members = rows.AsSpan(leaf.Start, leaf.Count);
        for (var i = 0; i < members.Length; i++) ordered[i] = slopes[members[i]];      // gathered once, read once per column
        var best = new Split[bins.Columns.Length];
        var bestOfSibling = new Split[bins.Columns.Length];
        if (leaf.Count < ParallelRows)
            for (var feature = 0; feature < best.Length; feature++) SearchColumn(feature);
        else
            Parallel.For(0, best.Length, SearchColumn);
        leaf.Best = Best(best);
        if (sibling is not null) sibling.Best = Best(bestOfSibling);

        void SearchColumn(int feature)
        {
            var sums = leaf.Histogram.AsSpan(feature * (Bins.Max + 1), bins.Edges[feature].Length + 1);
            sums.Clear();
            Add(sums, bins.Columns[feature], rows.AsSpan(leaf.Start, leaf.Count), ordered);
            best[feature] = BestOf(feature, sums, leaf.Total);
            if (sibling is null) return;
            var siblings = sibling.Histogram.AsSpan(feature * (Bins.Max + 1), sums.Length);
            for (var bin = 0; bin < sums.Length; bin++) siblings[bin] = Minus(siblings[bin], sums[bin]);
            bestOfSibling[feature] = BestOf(feature, siblings, sibling.Total);
        }
    }

    // The innermost loop of training: references instead of indexes, for a bin number is always within its histogram.
    private static void Add(Span<Sum> sums, byte[] column, ReadOnlySpan<int> members, Slope[] ordered)
    {
        ref var firstSum = ref MemoryMarshal.GetReference(sums);
        ref var firstBin = ref MemoryMarshal.GetArrayDataReference(column);
        for (var i = 0; i < members.Length; i++)
        {
            ref var sum = ref Unsafe.Add(ref firstSum, Unsafe.Add(ref firstBin, members[i]));
            sum.Gradient += ordered[i].Gradient;
            sum.Hessian += ordered[i].Hessian;
            sum.Rows++;
        }
    }

    private Split BestOf(int feature, ReadOnlySpan<Sum> sums, in Sum total)
    {
        var best = new Split { Feature = feature };
        var parent = Worth(total);
        Sum left = default;
        for (var bin = 0; bin < sums.Length - 1; bin++)
        {
            left.Gradient += sums[bin].Gradient;
            left.Hessian += sums[bin].Hessian;
            left.Rows += sums[bin].Rows;
            if (left.Rows < options.MinLeafRows) continue;
            var right = Minus(total, left);
            if (right.Rows < options.MinLeafRows) break;
            if (left.Hessian < HessianMin || right.Hessian < HessianMin) continue;
            var gain = Worth(left) + Worth(right) - parent;
            if (gain > best.Gain) best = new() { Gain = gain, Feature = feature, Bin = (byte)bin, Left = left };
        }
        return best;
    }

    private double Worth(in Sum sum) => sum.Gradient * sum.Gradient / (sum.Hessian + options.L2);

    private static Split Best(Split[] splits) => splits.MaxBy(split => split.Gain);

    private static Sum Minus(in Sum all, in Sum part) =>
        new() { Gradient = all.Gradient - part.Gradient, Hessian = all.Hessian - part.Hessian, Rows = all.Rows - part.Rows };

    /// <summary>Moves the rows that go left before those that go right, keeping their order.</summary>
    private int Partition(Leaf leaf)
    {
        var column = bins.Columns[leaf.Best.Feature];
        var members = rows.AsSpan(leaf.Start, leaf.Count);
        int lefts = 0, rights = 0;
        foreach (var row in members)
        {
            // Both are written and one is kept: no branch to mispredict.
            var goesLeft = column[row] <= leaf.Best.Bin ? 1 : 0;
            members[lefts] = row;
            right[rights] = row;
            lefts += goesLeft;
            rights += 1 - goesLeft;
        }
        right.AsSpan(0, rights).CopyTo(members[lefts..]);
        return lefts;
    }

    private Sum[] Take() => histograms.TryPop(out var used) ? used : new Sum[bins.Columns.Length * (Bins.Max + 1)];
}
