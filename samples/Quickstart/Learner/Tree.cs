namespace Slipway.Quickstart.Learner;

/// <summary>A node: a question (<c>feature &lt;= threshold</c>, then <see cref="Left"/>, else <see cref="Right"/>) or, when <see cref="Left"/> is 0, a leaf with a value.</summary>
/// <param name="Feature">The column asked about.</param>
/// <param name="Bin">The last bin that goes left.</param>
/// <param name="Threshold">That bin's edge.</param>
/// <param name="Left">The node for yes; node 0 is the root, so 0 says leaf.</param>
/// <param name="Right">The node for no.</param>
/// <param name="Value">What a leaf adds to the score (log-odds).</param>
/// <param name="Gain">How much the question lowered the training loss.</param>
public readonly record struct TreeNode(int Feature, byte Bin, float Threshold, int Left, int Right, float Value, double Gain)
{
    /// <summary>Whether it answers instead of asking.</summary>
    public bool IsLeaf => Left == 0;
}

/// <summary>One regression tree.</summary>
public sealed class Tree(TreeNode[] nodes)
{
    /// <summary>The nodes, the root first.</summary>
    public IReadOnlyList<TreeNode> Nodes => nodes;

    /// <summary>The leaf's value for a row of a binned table.</summary>
    public float Score(byte[][] bins, int row)
    {
        var at = 0;
        while (!nodes[at].IsLeaf) at = bins[nodes[at].Feature][row] <= nodes[at].Bin ? nodes[at].Left : nodes[at].Right;
        return nodes[at].Value;
    }

    /// <summary>The leaf's value for a row of plain features.</summary>
    public float Score(ReadOnlySpan<float> features)
    {
        var at = 0;
        while (!nodes[at].IsLeaf) at = features[nodes[at].Feature] <= nodes[at].Threshold ? nodes[at].Left : nodes[at].Right;
        return nodes[at].Value;
    }
}
