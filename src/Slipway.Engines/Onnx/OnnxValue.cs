using System.Runtime.InteropServices;
using System.Text;
using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Engines.Onnx;

/// <summary>
/// A tensor (or a classifier's sequence of maps) in native memory: 64-byte aligned, never moved by the garbage collector, so nothing is pinned or copied for a run.
/// </summary>
/// <remarks>
/// The memory lives until the value is disposed and no run uses it any more, whichever is later. A span taken from a value is valid until it is disposed; keep the value in a <c>using</c>.
/// </remarks>
public sealed unsafe class OnnxValue : IDisposable
{
    private const nuint Alignment = 64;      // a cache line, and the widest vector register
    private readonly ValueHandle handle;
    private readonly long[] shape;

    private OnnxValue(ValueHandle handle, OnnxKind kind, OnnxElement element, long[] shape, int length)
    {
        (this.handle, Kind, Element, this.shape, Length) = (handle, kind, element, shape, length);
    }

    /// <summary>Tensor, sequence or map.</summary>
    public OnnxKind Kind { get; }

    /// <summary>A tensor's element type.</summary>
    public OnnxElement Element { get; }

    /// <summary>A tensor's dimensions; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => shape;

    /// <summary>A tensor's elements, a sequence's items, 2 (keys and values) for a map.</summary>
    public int Length { get; }

    internal ValueHandle Handle => handle;

    /// <summary>Makes a tensor of zeros to be filled through <see cref="Span{T}"/>.</summary>
    /// <exception cref="ArgumentException">The shape is negative or too large.</exception>
    public static OnnxValue Zeros<T>(params ReadOnlySpan<long> shape) where T : unmanaged
    {
        var element = OnnxElements.Of<T>();
        var length = OnnxElements.Count(shape, sizeof(T));
        var bytes = (nuint)length * (nuint)sizeof(T);
        var buffer = NativeMemory.AlignedAlloc(Math.Max(bytes, 1), Alignment);
        NativeMemory.Clear(buffer, bytes);
        try
        {
            nint value;
            fixed (long* dimensions = shape) Check(CreateTensorOver(OnnxRuntime.CpuMemory, buffer, bytes, dimensions, (nuint)shape.Length, element, out value));
            return new(new ValueHandle(value, buffer), OnnxKind.Tensor, element, shape.ToArray(), length);
        }
        catch
        {
            NativeMemory.AlignedFree(buffer);
            throw;
        }
    }

    /// <summary>Makes a tensor with a copy of the data, row by row.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there is data.</exception>
    public static OnnxValue Tensor<T>(ReadOnlySpan<T> data, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        Match(data.Length, OnnxElements.Count(shape, sizeof(T)), shape);
        var tensor = Zeros<T>(shape);
        data.CopyTo(tensor.Span<T>());
        return tensor;
    }

    /// <summary>Makes a tensor of text.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are texts.</exception>
    public static OnnxValue Strings(ReadOnlySpan<string> texts, params ReadOnlySpan<long> shape)
    {
        Match(texts.Length, OnnxElements.Count(shape, 1), shape);
        nint value;
        fixed (long* dimensions = shape) Check(CreateTensor(OnnxRuntime.Allocator, dimensions, (nuint)shape.Length, OnnxElement.String, out value));
        var tensor = new OnnxValue(new ValueHandle(value, null), OnnxKind.Tensor, OnnxElement.String, shape.ToArray(), texts.Length);
        try
        {
            for (var i = 0; i < texts.Length; i++)
            {
                var bytes = Encoding.UTF8.GetByteCount(texts[i]);
                // The runtime's own string buffer is written in place: no null-terminated copy in between.
                Check(GetResizedStringBuffer(value, (nuint)i, (nuint)bytes, out var buffer));
                Encoding.UTF8.GetBytes(texts[i], new Span<byte>(buffer, bytes));
            }
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>A tensor's elements, row by row, in place.</summary>
    /// <exception cref="InvalidOperationException">It is not a tensor of this type.</exception>
    public Span<T> Span<T>() where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        if (Kind != OnnxKind.Tensor || Element != OnnxElements.Of<T>())
            throw new InvalidOperationException($"The value is {Described}, which cannot be read as {typeof(T).Name}.");
        Check(GetTensorData(handle.Value, out var data));
        return new(data, Length);
    }

    /// <summary>A copy of a tensor's elements, row by row.</summary>
    /// <exception cref="InvalidOperationException">It is not a tensor of this type.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        var copy = Span<T>().ToArray();
        GC.KeepAlive(this);
        return copy;
    }

    /// <summary>A text tensor's elements.</summary>
    /// <exception cref="InvalidOperationException">It is not a tensor of text.</exception>
    public string[] ToStrings()
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        if (Element != OnnxElement.String) throw new InvalidOperationException($"The value is {Described}, which cannot be read as text.");
        if (Length == 0) return [];
        Check(GetStringBytes(handle.Value, out var total));
        var bytes = new byte[Math.Max(1, checked((int)total))];
        var offsets = new nuint[Length];
        fixed (byte* content = bytes)
        fixed (nuint* starts = offsets)
            Check(GetStringContent(handle.Value, content, total, starts, (nuint)Length));
        GC.KeepAlive(this);
        var texts = new string[Length];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = Encoding.UTF8.GetString(bytes.AsSpan((int)offsets[i]..(i + 1 < Length ? (int)offsets[i + 1] : (int)total)));
        return texts;
    }

    /// <summary>An item of a sequence; of a map, its keys (0) or values (1). The caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    public OnnxValue Item(int index)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        if (Kind is not (OnnxKind.Sequence or OnnxKind.Map)) throw new InvalidOperationException($"The value is {Described}, which has no items.");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Length, nameof(index));
        Check(GetValue(handle.Value, index, OnnxRuntime.Allocator, out var item));
        GC.KeepAlive(this);
        return Own(item);
    }

    /// <summary>Takes over a value that a run or a container gave.</summary>
    internal static OnnxValue Own(nint value)
    {
        var handle = new ValueHandle(value, null);
        try
        {
            Check(GetValueType(value, out var kind));
            if ((OnnxKind)kind != OnnxKind.Tensor)
            {
                Check(GetValueCount(value, out var count));
                return new(handle, (OnnxKind)kind, OnnxElement.Undefined, [], checked((int)count));
            }
            Check(GetTensorTypeAndShape(value, out var info));
            try
            {
                var type = OnnxType.ReadTensor(info);
                var shape = (long[])type.Shape;
                return new(handle, OnnxKind.Tensor, type.Element, shape, OnnxElements.Count(shape, 1));
            }
            finally
            {
                ReleaseShape(info);
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private string Described => Kind == OnnxKind.Tensor ? $"a tensor of {Element}[{OnnxElements.Text(shape)}]" : $"a {Kind}";

    private static void Match(int data, int length, ReadOnlySpan<long> shape)
    {
        if (data != length) throw new ArgumentException($"A tensor of shape [{OnnxElements.Text(shape)}] has {length} elements, got {data}.", nameof(data));
    }

    /// <summary>Gives the memory back as soon as no run uses it.</summary>
    public void Dispose() => handle.Dispose();
}

/// <summary>A native value and the buffer it was made over, released together once the last user is done.</summary>
internal sealed unsafe class ValueHandle : SafeHandle
{
    private readonly void* buffer;

    internal ValueHandle(nint value, void* buffer) : base(0, ownsHandle: true)
    {
        this.buffer = buffer;
        SetHandle(value);
    }

    internal nint Value => handle;

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        ReleaseValue(handle);
        if (buffer is not null) NativeMemory.AlignedFree(buffer);
        return true;
    }
}
