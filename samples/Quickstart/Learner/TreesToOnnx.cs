using Slipway.Engines.Onnx;

namespace Slipway.Quickstart.Learner;

/// <summary>Writes boosted trees as an ONNX model: one float row per question in, the probability of yes out (a plain tensor, no ZipMap).</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html</remarks>
public static class TreesToOnnx
{
    /// <summary>The input: float[batch, features].</summary>
    public const string Input = "features";

    /// <summary>The output: float[batch, 1].</summary>
    public const string Output = "probability";

    /// <summary>Writes the model.</summary>
    /// <param name="model">The trees.</param>
    /// <param name="features">The columns' names, kept in the file's metadata so that a caller can fill them by name.</param>
    /// <param name="name">The graph's name.</param>
    public static byte[] Write(BoostedTrees model, IReadOnlyList<string> features, string name)
    {
        var nodes = model.Trees.SelectMany((tree, t) => tree.Nodes.Select((node, n) => (Tree: (long)t, Id: (long)n, Node: node))).ToArray();
        var leaves = nodes.Where(node => node.Node.IsLeaf).ToArray();
        return new OnnxGraph(name) { Producer = "slipway-quickstart", Description = "Gradient-boosted trees; gives the probability of yes." }
            .Input(Input, OnnxType.Tensor(OnnxElement.Float, "batch", features.Count))
            .Output(Output, OnnxType.Tensor(OnnxElement.Float, "batch", 1))
            .MlNode("TreeEnsembleRegressor", [Input], ["score"],
                new("n_targets", 1L), new("base_values", [model.BaseScore]), new("aggregate_function", "SUM"), new("post_transform", "NONE"),
                new("nodes_treeids", Each(node => node.Tree)), new("nodes_nodeids", Each(node => node.Id)), new("nodes_featureids", Each(node => node.Node.Feature)),
                new("nodes_modes", Array.ConvertAll(nodes, node => node.Node.IsLeaf ? "LEAF" : "BRANCH_LEQ")),
                new("nodes_values", Array.ConvertAll(nodes, node => node.Node.Threshold)),
                new("nodes_truenodeids", Each(node => node.Node.Left)), new("nodes_falsenodeids", Each(node => node.Node.Right)),
                new("target_treeids", Array.ConvertAll(leaves, leaf => leaf.Tree)), new("target_nodeids", Array.ConvertAll(leaves, leaf => leaf.Id)),
                new("target_ids", new long[leaves.Length]), new("target_weights", Array.ConvertAll(leaves, leaf => leaf.Node.Value)))
            .Node("Sigmoid", ["score"], [Output])
            .Note("features", string.Join(',', features))
            .ToArray();

        long[] Each(Func<(long Tree, long Id, TreeNode Node), long> value) => Array.ConvertAll(nodes, node => value(node));
    }
}
