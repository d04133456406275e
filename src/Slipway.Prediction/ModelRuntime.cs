namespace Slipway.Prediction;

/// <summary>Something that turns input tensors into output tensors: ONNX Runtime in this process, workers of another language, another server. Any number of runs at once.</summary>
internal abstract class ModelRuntime : IAsyncDisposable
{
    /// <summary>As the Open Inference Protocol names it, such as `onnxruntime_onnx`.</summary>
    public abstract string Platform { get; }

    /// <summary>What goes in, in the order in which <see cref="Tensor.Port"/> counts.</summary>
    public abstract IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>What comes out.</summary>
    public abstract IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>True when a run happens on the caller's thread and its task is done when the call returns.</summary>
    public abstract bool Inline { get; }

    /// <summary>About how many bytes of memory it takes in this process; 0 when that is not known or it is elsewhere.</summary>
    public virtual long Bytes => 0;

    /// <summary>
    /// Runs on inputs that fit <see cref="Inputs"/>, each with its port, and adds the outputs. Whoever implements it holds both batches while anything may still read or write
    /// them, also when the caller has given up.
    /// </summary>
    /// <returns>Null, or what went wrong: 400 when the model refused the values, 500 when it failed, 503 when nobody could run it.</returns>
    public abstract ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
