using System.Globalization;
using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Benchmarks;

/// <summary>The models of the serving measures, and requests for them.</summary>
internal static class ServingModels
{
    public const int Features = 30;

    /// <summary>Full binary trees over 30 features: what gradient boosting and forests export.</summary>
    public static byte[] Trees(int trees, int depth = 6, int seed = 1)
    {
        var random = new Random(seed);
        var (inner, all) = ((1 << depth) - 1, (1 << (depth + 1)) - 1);
        var count = trees * all;
        var (treeIds, nodeIds, features, yes, no) = (new long[count], new long[count], new long[count], new long[count], new long[count]);
        var (values, modes) = (new float[count], new string[count]);
        List<long> leafTrees = [], leafNodes = [];
        List<float> weights = [];
        for (var tree = 0; tree < trees; tree++)
            for (var node = 0; node < all; node++)
            {
                var at = tree * all + node;
                (treeIds[at], nodeIds[at], modes[at]) = (tree, node, node < inner ? "BRANCH_LEQ" : "LEAF");
                if (node < inner) (features[at], values[at], yes[at], no[at]) = (random.Next(Features), random.NextSingle(), 2 * node + 1, 2 * node + 2);
                else
                {
                    leafTrees.Add(tree);
                    leafNodes.Add(node);
                    weights.Add(random.NextSingle() / trees);
                }
            }
        return new OnnxGraph("trees").Input("features", OnnxType.Tensor(OnnxElement.Float, "batch", Features)).Output("score", OnnxType.Tensor(OnnxElement.Float, "batch", 1))
            .MlNode("TreeEnsembleRegressor", ["features"], ["score"], new("n_targets", 1L), new("aggregate_function", "SUM"), new("post_transform", "NONE"),
                new("nodes_treeids", treeIds), new("nodes_nodeids", nodeIds), new("nodes_featureids", features), new("nodes_modes", modes), new("nodes_values", values),
                new("nodes_truenodeids", yes), new("nodes_falsenodeids", no), new("target_treeids", leafTrees.ToArray()), new("target_nodeids", leafNodes.ToArray()),
                new("target_ids", new long[leafTrees.Count]), new("target_weights", weights.ToArray()))
            .ToArray();
    }

    public static float[] Rows(int rows, int seed = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows * Features).Select(_ => random.NextSingle())];
    }

    /// <summary>A request of the Open Inference Protocol with this many digits behind the point.</summary>
    public static byte[] OipJson(int rows, int digits = 6)
    {
        var random = new Random(2);
        var data = string.Join(',', Enumerable.Range(0, rows * Features).Select(_ => random.NextDouble().ToString("F" + digits, CultureInfo.InvariantCulture)));
        return Encoding.ASCII.GetBytes($$"""{"inputs":[{"name":"features","shape":[{{rows}},{{Features}}],"datatype":"FP32","data":[{{data}}]}]}""");
    }

    /// <summary>The same as MLflow's clients send it.</summary>
    public static byte[] MlflowJson(int rows)
    {
        var random = new Random(2);
        var columns = string.Join(',', Enumerable.Range(0, Features).Select(static i => $"\"f{i}\""));
        var data = string.Join(',', Enumerable.Range(0, rows).Select(_ => "[" + string.Join(',', Enumerable.Range(0, Features).Select(_ => random.NextDouble().ToString("F6", CultureInfo.InvariantCulture))) + "]"));
        return Encoding.ASCII.GetBytes($$$"""{"dataframe_split":{"columns":[{{{columns}}}],"data":[{{{data}}}]}}""");
    }

    /// <summary>The same with the numbers as bytes behind the JSON, and how long the JSON is.</summary>
    public static (byte[] Body, int Json) OipBinary(int rows)
    {
        var head = Encoding.ASCII.GetBytes($$$"""{"inputs":[{"name":"features","shape":[{{{rows}}},{{{Features}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{rows * Features * 4}}}}}],"parameters":{"binary_data_output":true}}""");
        return ([.. head, .. System.Runtime.InteropServices.MemoryMarshal.AsBytes(Rows(rows).AsSpan())], head.Length);
    }
}
