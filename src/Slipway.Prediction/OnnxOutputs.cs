using Slipway.Engines.Onnx;
using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Prediction;

/// <summary>
/// Brings a run's outputs into a batch. Where the shape is known from the rows, the run writes there itself; small tensors are copied; large ones stay in the runtime's memory, which the batch releases.
/// </summary>
internal sealed unsafe class OnnxOutputs(IReadOnlyList<TensorSpec> inputs, IReadOnlyList<TensorSpec> outputs)
{
    private const int CopiedBytesMax = 4_096;

    // An output is bound once a run has shown that its shape is [rows, the rest as declared]; never again after it was another.
    private enum Binding { Unknown, Bound, Never }

    private readonly TensorSpec[] specs = [.. outputs];
    private readonly Binding[] bindings = [.. outputs.Select(spec => Declared(spec) && inputs.Count > 0 && inputs.All(static input => input.Shape is [-1, ..]) ? Binding.Unknown : Binding.Never)];

    /// <summary>Runs a frame whose inputs are set.</summary>
    /// <returns>Null, or what went wrong.</returns>
    /// <exception cref="OnnxException">An output cannot be read, or is nothing that can be answered.</exception>
    public OnnxException? Run(OnnxFrame frame, TensorBatch from, TensorBatch to, CancellationToken ct)
    {
        var rows = from.Rows;
        var bound = false;
        for (var i = 0; i < specs.Length; i++) bound |= Prepare(frame, to, i, rows);
        var failure = frame.Run(ct);
        if (failure is not null && bound && !ct.IsCancellationRequested)
        {
            // The shape may have been another than the rows said: once more without telling where to write, and then never again.
            frame.ClearOutputs();
            to.Clear();
            failure = frame.Run(ct);
            if (failure is not null) return failure;
            Array.Fill(bindings, Binding.Never);
            for (var i = 0; i < specs.Length; i++) to.Add(specs[i].Element, [], i);
            bound = false;
        }
        if (failure is not null) return failure;
        for (var i = 0; i < specs.Length; i++)
            if (to[i].Data is null) Read(frame, to, i, rows);
        return null;
    }

    private static bool Declared(TensorSpec spec)
    {
        if (spec.Element.Bytes() == 0 || spec.Shape is not [-1, ..]) return false;
        return spec.Shape.AsSpan(1).IndexOf(-1L) < 0;
    }

    private bool Prepare(OnnxFrame frame, TensorBatch to, int port, long rows)
    {
        var spec = specs[port];
        if (bindings[port] != Binding.Bound)
        {
            to.Add(spec.Element, [], port);
            return false;
        }
        Span<long> shape = stackalloc long[TensorShape.RankMax];
        spec.Shape.CopyTo(shape);
        shape[0] = rows;
        shape = shape[..spec.Shape.Length];
        ref var tensor = ref to.AddNumbers(spec.Element, shape, port);
        frame.Output(port, spec.Element, shape, tensor.Data, tensor.Bytes);
        return true;
    }

    private void Read(OnnxFrame frame, TensorBatch to, int port, long rows)
    {
        var value = frame.Take(port);
        try
        {
            Check(GetValueType(value, out var kind));
            if ((OnnxKind)kind == OnnxKind.Tensor) ReadTensor(ref value, to, port, rows);
            else OnnxNested.Read(value, (OnnxKind)kind, to, port, specs[port].Name);
        }
        finally
        {
            if (value != 0) ReleaseValue(value);
        }
    }

    private void ReadTensor(ref nint value, TensorBatch to, int port, long rows)
    {
        ref var tensor = ref to[port];
        Shape(value, ref tensor);
        if (bindings[port] == Binding.Unknown) bindings[port] = Fits(ref tensor, specs[port], rows) ? Binding.Bound : Binding.Never;
        if (tensor.Element == OnnxElement.String)
        {
            Texts(value, to, ref tensor);
            return;
        }
        tensor.Bytes = tensor.Count * tensor.Element.Bytes();
        Check(GetTensorData(value, out var data));
        if (tensor.Bytes > CopiedBytesMax)
        {
            tensor.Data = (byte*)data;
            to.Adopt(value, &Release);
            value = 0;
            return;
        }
        tensor.Data = to.Take(tensor.Bytes);
        Buffer.MemoryCopy(data, tensor.Data, tensor.Bytes, tensor.Bytes);
    }

    private static bool Fits(ref Tensor tensor, TensorSpec spec, long rows)
    {
        if (tensor.Element != spec.Element || tensor.Rank != spec.Shape.Length || tensor.Dimensions[0] != rows) return false;
        return tensor.Shape[1..].SequenceEqual(spec.Shape.AsSpan(1));
    }

    /// <summary>Element type and dimensions of a native tensor.</summary>
    internal static void Shape(nint value, ref Tensor tensor)
    {
        Check(GetTensorTypeAndShape(value, out var info));
        try
        {
            Check(GetElement(info, out tensor.Element));
            Check(GetRank(info, out var rank));
            if (rank > TensorShape.RankMax) throw new OnnxException($"The model answered a tensor of {rank} dimensions; at most {TensorShape.RankMax} can be served.");
            tensor.Rank = (int)rank;
            fixed (long* dimensions = tensor.Shape) Check(GetDimensions(info, dimensions, rank));
        }
        finally
        {
            ReleaseShape(info);
        }
    }

    /// <summary>The texts of a native tensor, into the batch's memory.</summary>
    internal static void Texts(nint value, TensorBatch to, ref Tensor tensor)
    {
        var count = tensor.Count;
        nuint total = 0;
        if (count > 0) Check(GetStringBytes(value, out total));
        if (total > int.MaxValue || count >= int.MaxValue) throw new OnnxException($"The model answered {total:N0} bytes of text; at most {int.MaxValue:N0} can be served.");
        tensor.Bytes = (long)total;
        tensor.Data = to.Take(Math.Max(1, tensor.Bytes));
        var wide = (nuint*)to.Take((count + 1) * sizeof(nuint));
        if (count > 0) Check(GetStringContent(value, tensor.Data, total, wide, (nuint)count));
        // The runtime's offsets are twice as wide as ours: narrowed in place, front to back.
        tensor.Offsets = (int*)wide;
        for (var i = 0L; i < count; i++) tensor.Offsets[i] = (int)wide[i];
        tensor.Offsets[count] = (int)total;
    }
}
