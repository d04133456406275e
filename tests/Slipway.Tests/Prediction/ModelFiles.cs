using Slipway.Engines.Onnx;
using Slipway.Prediction;
using static Slipway.Engines.Onnx.OnnxType;

namespace Slipway.Tests.Prediction;

/// <summary>Small ONNX models in files.</summary>
internal static class ModelFiles
{
    /// <summary>Opens a graph as the server does, from a file that is gone afterwards.</summary>
    public static OnnxServed Serve(OnnxGraph graph, bool strip = true)
    {
        var file = Path.Combine(Path.GetTempPath(), $"slipway-{Guid.NewGuid():n}.onnx");
        File.WriteAllBytes(file, graph.ToArray());
        try
        {
            return OnnxServed.Open(file, stripZipMaps: strip);
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static OnnxGraph Identity(OnnxElement element) => new OnnxGraph("identity")
        .Input("x", Tensor(element, "batch", 3)).Output("y", Tensor(element, "batch", 3)).Node("Identity", ["x"], ["y"]);

    /// <summary>y = x times a constant, row by row, without anything that crosses rows.</summary>
    public static OnnxGraph Scaled(int columns) => new OnnxGraph("scaled").Input("x", Tensor(OnnxElement.Float, "batch", columns)).Output("y", Tensor(OnnxElement.Float, "batch", columns))
        .MlNode("Scaler", ["x"], ["y"], new OnnxAttribute("offset", Enumerable.Range(0, columns).Select(static i => i * 0.5f).ToArray()), new OnnxAttribute("scale", Enumerable.Repeat(3f, columns).ToArray()));

    /// <summary>A classifier as converters write it: a ZipMap at the end.</summary>
    public static OnnxGraph ZipMap(bool numbers) => new OnnxGraph("zipmap").Input("scores", Tensor(OnnxElement.Float, "batch", 2))
        .Output("probabilities", Sequence(Map(numbers ? OnnxElement.Int64 : OnnxElement.String, Tensor(OnnxElement.Float))))
        .Node("Neg", ["scores"], ["inner"])
        .MlNode("ZipMap", ["inner"], ["probabilities"], numbers ? new OnnxAttribute("classlabels_int64s", [7L, -3L]) : new OnnxAttribute("classlabels_strings", ["on time", "late"]));

    /// <summary>Rows minus the mean over all rows: what merged requests must not be.</summary>
    public static OnnxGraph Centred() => new OnnxGraph("centred").Input("x", Tensor(OnnxElement.Float, "batch", 2)).Output("y", Tensor(OnnxElement.Float, "batch", 2))
        .Node("ReduceMean", ["x"], ["mean"], new OnnxAttribute("axes", [0L]), new OnnxAttribute("keepdims", 1L)).Node("Sub", ["x", "mean"], ["y"]);
}
