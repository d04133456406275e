using System.Collections.Concurrent;
using System.Diagnostics;
using Slipway.Engines;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>An ONNX model in this process. It reads a batch's memory where it lies and writes its answer into the other batch's, or lends its own.</summary>
internal sealed unsafe class OnnxServed : ModelRuntime
{
    private const int FramesKeptMax = 64;

    // Stopping a run takes an object of the runtime's and a callback: not for runs that are over before anybody could ask.
    private static readonly long StoppableTicks = Stopwatch.Frequency / 500;

    private readonly OnnxModel model;
    private readonly OnnxOutputs outputs;
    private readonly ConcurrentQueue<OnnxFrame> frames = new();
    private OnnxFrame? frame;
    private int framesKept;
    private long lastRunTicks = long.MaxValue;
    private volatile bool closed;

    private OnnxServed(OnnxModel model, long bytes, IReadOnlyList<string> labels)
    {
        this.model = model;
        (Bytes, Labels) = (bytes, labels);
        Inputs = [.. model.Inputs.Select(Input)];
        Outputs = [.. model.Outputs.Select(Output)];
        outputs = new OnnxOutputs(Inputs, Outputs);
    }

    /// <inheritdoc/>
    public override string Platform => "onnxruntime_onnx";

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Inputs { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Outputs { get; }

    /// <inheritdoc/>
    public override bool Inline => true;

    /// <inheritdoc/>
    public override long Bytes { get; }

    /// <summary>The class labels of a ZipMap that was taken out, in the order of the probabilities' columns; empty otherwise. For <see cref="ModelColumns.Labels"/>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Which library runs models, its version and where it was found: a line for logs.</summary>
    /// <exception cref="DllNotFoundException">There is none; the message lists every place that was tried.</exception>
    public static string Library => $"ONNX Runtime {OnnxRuntime.Version} from {EngineLibrary.OnnxRuntime.Path} ({EngineLibrary.OnnxRuntime.Origin})";

    /// <summary>Opens a model file.</summary>
    /// <param name="path">The file; weights in files beside it are found.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="stripZipMaps">False to have dictionaries walked as they are.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="OnnxException">It is not a model that can be served; the message says why.</exception>
    public static OnnxServed Open(string path, OnnxOptions? options = null, bool stripZipMaps = true)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model file {path}.", path);
        // Weights and what the runtime makes of them: twice the file, and about a megabyte that any session needs (bench, 500 models).
        var bytes = 2 * new FileInfo(path).Length + (1 << 20);
        var (model, labels) = stripZipMaps ? Stripped(path, options) : (null, []);
        model ??= OnnxModel.Open(path, options);
        try
        {
            return new OnnxServed(model, bytes, labels);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return ValueTask.FromResult<Problem?>(Refusals.Gone);
        var taken = Interlocked.Exchange(ref frame, null);
        if (taken is null && frames.TryDequeue(out taken)) Interlocked.Decrement(ref framesKept);
        taken ??= model.Frame();
        // Held here too: the request may be given up while the native run goes on.
        inputs.Hold();
        outputs.Hold();
        try
        {
            return ValueTask.FromResult(Run(taken, inputs, outputs, ct));
        }
        finally
        {
            taken.Clear();
            Keep(taken);
            outputs.Release();
            inputs.Release();
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        closed = true;
        Interlocked.Exchange(ref frame, null)?.Dispose();
        while (frames.TryDequeue(out var one)) one.Dispose();
        model.Dispose();
        return ValueTask.CompletedTask;
    }

    private Problem? Run(OnnxFrame run, TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        try
        {
            if (Bind(run, inputs) is { } wrong) return wrong;
            var stoppable = Volatile.Read(ref lastRunTicks) > StoppableTicks ? ct : default;
            var started = Stopwatch.GetTimestamp();
            if (this.outputs.Run(run, inputs, outputs, stoppable) is { } failure)
            {
                outputs.Clear();
                return ct.IsCancellationRequested ? Refusals.Gone : Said(failure);
            }
            Volatile.Write(ref lastRunTicks, Stopwatch.GetTimestamp() - started);
            return null;
        }
        catch (OnnxException failure)
        {
            outputs.Clear();
            return Said(failure);
        }
    }

    private Problem? Bind(OnnxFrame run, TensorBatch inputs)
    {
        var bound = 0;
        for (var i = 0; i < inputs.Count; i++)
        {
            ref var tensor = ref inputs[i];
            if ((uint)tensor.Port >= (uint)Inputs.Count) continue;
            bound++;
            if (tensor.Element == OnnxElement.String) run.Texts(tensor.Port, tensor.Shape, tensor.Data, tensor.Offsets, tensor.Count);
            // The runtime would read past the end of a tensor that is shorter than its shape says.
            else if (tensor.Element.Bytes() is var size && (size == 0 || tensor.Bytes < tensor.Count * size))
                return Problem.Internal($"The input '{Inputs[tensor.Port].Name}' has {tensor.Bytes} bytes, too few for {tensor.Count} values of {tensor.Element}.");
            else if (tensor.Element == OnnxElement.Bool && tensor.Values<byte>().ContainsAnyExceptInRange((byte)0, (byte)1))
                return Problem.Invalid($"The input '{Inputs[tensor.Port].Name}' holds booleans, each a byte of 0 or 1, and got another.");
            else run.Input(tensor.Port, tensor.Element, tensor.Shape, tensor.Data, tensor.Bytes);
        }
        return bound == Inputs.Count ? null : Problem.Invalid($"The model has {Inputs.Count} inputs ({string.Join(", ", Inputs.Select(static input => input.Name))}), got {bound}.");
    }

    private void Keep(OnnxFrame used)
    {
        if (!closed)
        {
            if (Interlocked.CompareExchange(ref frame, used, null) is null) return;
            if (Interlocked.Increment(ref framesKept) <= FramesKeptMax)
            {
                frames.Enqueue(used);
                return;
            }
            Interlocked.Decrement(ref framesKept);
        }
        used.Dispose();
    }

    private static Problem Said(OnnxException failure) => failure.Refused ? Problem.Invalid(failure.Message) : Problem.Internal($"The model failed: {failure.Message}");

    private static (OnnxModel? Model, IReadOnlyList<string> Labels) Stripped(string path, OnnxOptions? options)
    {
        try
        {
            using (var file = File.OpenRead(path))
            {
                if (file.Length > OnnxZipMap.FileBytesMax || !OnnxFile.Read(file).Operators.ContainsKey("ai.onnx.ml.ZipMap")) return (null, []);
            }
            // A model with weights in files beside it does not open from memory; then its maps are walked.
            return OnnxZipMap.Strip(File.ReadAllBytes(path)) is { } edit ? (OnnxModel.Load(edit.Model, options), edit.Labels) : (null, []);
        }
        catch (Exception failure) when (failure is OnnxException or InvalidDataException or IOException)
        {
            return (null, []);
        }
    }

    private static TensorSpec Input(OnnxPort port)
    {
        if (port.Type.Kind != OnnxKind.Tensor) throw new OnnxException($"The input '{port.Name}' is {port.Type}; only tensors can be sent. Convert the model so that it takes tensors.");
        return Spec(port.Name, port.Type, port.Type.Shape);
    }

    private static TensorSpec Output(OnnxPort port)
    {
        var inner = port.Type;
        while (inner is { Kind: OnnxKind.Sequence or OnnxKind.Map, Inner: { } next }) inner = next;
        if (inner.Kind != OnnxKind.Tensor) throw new OnnxException($"The output '{port.Name}' is {port.Type}, which cannot be answered.");
        if (port.Type.Kind == OnnxKind.Tensor) return Spec(port.Name, inner, inner.Shape);
        var ofMaps = port.Type.Kind == OnnxKind.Map || port.Type.Inner!.Kind == OnnxKind.Map;
        return Spec(port.Name, inner, ofMaps ? [-1, -1] : [-1, .. inner.Shape]);
    }

    private static TensorSpec Spec(string name, OnnxType type, IReadOnlyList<long> shape)
    {
        if (type.Element != OnnxElement.String && type.Element.Bytes() == 0) throw new OnnxException($"'{name}' is a tensor of {type.Element}, which cannot be served.");
        if (shape.Count > TensorShape.RankMax) throw new OnnxException($"'{name}' has {shape.Count} dimensions; at most {TensorShape.RankMax} can be served.");
        return new(name, type.Element, [.. shape]);
    }
}
