using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>An ONNX model in this process.</summary>
internal sealed class OnnxServed : ModelRuntime
{
    private readonly OnnxModel model;

    private OnnxServed(OnnxModel model)
    {
        this.model = model;
        Inputs = [.. model.Inputs.Select(static port => Spec(port))];
        Outputs = [.. model.Outputs.Select(static port => Spec(port))];
    }

    /// <inheritdoc/>
    public override string Platform => "onnxruntime_onnx";

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Inputs { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Outputs { get; }

    /// <inheritdoc/>
    public override bool Inline => true;

    /// <summary>Opens a model file.</summary>
    public static OnnxServed Open(string path) => new(OnnxModel.Open(path));

    /// <inheritdoc/>
    public override ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        var values = new OnnxValue[inputs.Count];
        try
        {
            for (var i = 0; i < values.Length; i++) values[inputs[i].Port] = ValueOf(ref inputs[i]);
            using var results = model.Run(values, ct);
            for (var i = 0; i < results.Count; i++) Add(outputs, results[i], i);
            return ValueTask.FromResult<Problem?>(null);
        }
        catch (OnnxException refused)
        {
            return ValueTask.FromResult<Problem?>(Problem.Invalid(refused.Message));
        }
        finally
        {
            foreach (var value in values) value?.Dispose();
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        model.Dispose();
        return ValueTask.CompletedTask;
    }

    private static TensorSpec Spec(OnnxPort port) => new(port.Name, port.Type.Element, [.. port.Type.Shape]);

    private static OnnxValue ValueOf(ref Tensor tensor) => tensor.Element switch
    {
        OnnxElement.Float => OnnxValue.Tensor<float>(tensor.Values<float>(), tensor.Shape),
        OnnxElement.Double => OnnxValue.Tensor<double>(tensor.Values<double>(), tensor.Shape),
        OnnxElement.Int64 => OnnxValue.Tensor<long>(tensor.Values<long>(), tensor.Shape),
        OnnxElement.Int32 => OnnxValue.Tensor<int>(tensor.Values<int>(), tensor.Shape),
        _ => throw new OnnxException($"Inputs of {tensor.Element} are not served yet."),
    };

    private static void Add(TensorBatch outputs, OnnxValue value, int port)
    {
        ref var tensor = ref outputs.AddNumbers(value.Element, value.Shape, port);
        switch (value.Element)
        {
            case OnnxElement.Float: value.Span<float>().CopyTo(tensor.Values<float>()); break;
            case OnnxElement.Double: value.Span<double>().CopyTo(tensor.Values<double>()); break;
            case OnnxElement.Int64: value.Span<long>().CopyTo(tensor.Values<long>()); break;
            default: throw new OnnxException($"Outputs of {value.Element} are not served yet.");
        }
    }
}
