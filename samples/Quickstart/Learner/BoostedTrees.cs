namespace Slipway.Quickstart.Learner;

/// <summary>
/// Gradient-boosted trees for a yes-or-no question: each tree is grown on what the ones before it still get wrong (logistic loss).
/// </summary>
public sealed class BoostedTrees
{
    private BoostedTrees(float baseScore, IReadOnlyList<Tree> trees, int features) => (BaseScore, Trees, FeatureCount) = (baseScore, trees, features);

    /// <summary>The log-odds before any tree: the training rows' own rate.</summary>
    public float BaseScore { get; }

    /// <summary>The trees, in the order they were grown.</summary>
    public IReadOnlyList<Tree> Trees { get; }

    /// <summary>How many columns the model was trained on.</summary>
    public int FeatureCount { get; }

    /// <summary>Trains on the first rows of the table, one per label.</summary>
    /// <param name="bins">The features; rows after those with labels are not looked at.</param>
    /// <param name="labels">The answers.</param>
    /// <param name="options">How the trees are grown.</param>
    /// <param name="grown">Called after each round with the round's number (from 1) and its tree.</param>
    /// <param name="ct">Stops between rounds.</param>
    public static BoostedTrees Train(Bins bins, bool[] labels, BoostOptions options, Action<int, Tree>? grown = null, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(labels.Length, bins.Rows);
        var baseScore = BaseScoreOf(labels);
        var random = new Random(options.Seed);
        var scores = new double[labels.Length];
        Array.Fill(scores, baseScore);
        var slopes = new Slope[labels.Length];
        var all = Enumerable.Range(0, labels.Length).ToArray();
        var grower = new TreeGrower(bins, labels.Length, options);
        var trees = new List<Tree>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            ct.ThrowIfCancellationRequested();
            Blocks(slopes.Length, row =>
            {
                var probability = Probability(scores[row]);
                slopes[row] = new((float)(probability - (labels[row] ? 1 : 0)), (float)(probability * (1 - probability)));
            });
            var sample = options.RowShare < 1 ? Array.FindAll(all, _ => random.NextDouble() < options.RowShare) : all;
            var tree = grower.Grow(sample, slopes, scores);
            if (sample.Length < all.Length) Complete(tree, bins, sample, scores);
            trees.Add(tree);
            grown?.Invoke(round, tree);
        }
        return new(baseScore, trees, bins.Columns.Length);
    }

    /// <summary>The log-odds of yes among labels, as a float, for that is what the exported model holds.</summary>
    /// <exception cref="ArgumentException">All labels are the same: there is nothing to learn.</exception>
    public static float BaseScoreOf(ReadOnlySpan<bool> labels)
    {
        var yes = labels.Count(true);
        if (yes == 0 || yes == labels.Length) throw new ArgumentException($"Both answers must occur; all {labels.Length} labels are the same.", nameof(labels));
        return (float)Math.Log((double)yes / (labels.Length - yes));
    }

    /// <summary>The probability of yes for rows of a table with the same bins.</summary>
    public double[] Predict(Bins bins, int start, int count)
    {
        var probabilities = new double[count];
        Blocks(count, i =>
        {
            double score = BaseScore;
            foreach (var tree in Trees) score += tree.Score(bins.Columns, start + i);
            probabilities[i] = Probability(score);
        });
        return probabilities;
    }

    /// <summary>The probability of yes for one row of plain features.</summary>
    public double Predict(ReadOnlySpan<float> features)
    {
        double score = BaseScore;
        foreach (var tree in Trees) score += tree.Score(features);
        return Probability(score);
    }

    /// <summary>Each feature's share of all the loss that the trees' questions took away; they add up to 1.</summary>
    public double[] Importance()
    {
        var gains = new double[FeatureCount];
        foreach (var node in Trees.SelectMany(tree => tree.Nodes)) gains[node.Feature] += node.Gain;
        var total = gains.Sum();
        return total > 0 ? Array.ConvertAll(gains, gain => gain / total) : gains;
    }

    /// <summary>The logistic function.</summary>
    public static double Probability(double score) => 1 / (1 + Math.Exp(-score));

    private const int Block = 4_096;

    // Rows are independent of each other here, so cores share them in blocks.
    private static void Blocks(int count, Action<int> each) => Parallel.For(0, (count + Block - 1) / Block, block =>
    {
        for (var i = block * Block; i < Math.Min(count, (block + 1) * Block); i++) each(i);
    });

    // Rows left out of a sample still need the tree's answer before the next round.
    private static void Complete(Tree tree, Bins bins, int[] sample, double[] scores)
    {
        var next = 0;
        for (var row = 0; row < scores.Length; row++)
            if (next < sample.Length && sample[next] == row) next++;
            else scores[row] += tree.Score(bins.Columns, row);
    }
}
