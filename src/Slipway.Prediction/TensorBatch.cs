using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>
/// The tensors of one request or answer, in native memory that no garbage collector moves and no run copies. Rented, counted, and given back by whoever is last: a request
/// that was given up never frees what a native run still reads.
/// </summary>
internal sealed unsafe class TensorBatch
{
    /// <summary>The most tensors.</summary>
    public const int TensorsMax = OnnxModel.PortsMax;

    /// <summary>The most bytes of one request's tensors together.</summary>
    public const long BytesMax = 2L << 30;

    private const nuint Alignment = 64;
    private const long FirstBlockBytes = 16 * 1024, KeptBytesMax = 4 << 20;
    private const int KeptMax = 256;

    private static readonly ConcurrentQueue<TensorBatch> Pool = new();

    // The batch that this thread gave back last: most requests end where they began.
    [ThreadStatic]
    private static TensorBatch? spare;

    private bool guarded;
    private List<(nint Start, long Bytes)> blocks = [];
    private Tensor[] tensors = new Tensor[4];
    private string?[] names = new string?[4];
    private (nint Value, nint Release)[] adopted = [];
    private int count, block, adoptedCount, holders;
    private long used, total;

    private TensorBatch(bool guarded) => this.guarded = guarded;

    /// <summary>Batches that are rented now.</summary>
    public static int Rented => Volatile.Read(ref rented);

    private static int rented, pooled;

    /// <summary>How many tensors there are.</summary>
    public int Count => count;

    /// <summary>A tensor; the reference is valid until the next one is added.</summary>
    public ref Tensor this[int index] => ref tensors[(uint)index < (uint)count ? index : throw new ArgumentOutOfRangeException(nameof(index))];

    /// <summary>A tensor's name as the request had it; null where its port says it.</summary>
    public string? NameOf(int index) => names[index];

    /// <summary>The rows of all tensors; that of the first one where they differ.</summary>
    public long Rows => count == 0 ? 0 : tensors[0].Rows;

    /// <summary>An empty one, held once.</summary>
    public static TensorBatch Rent()
    {
        Interlocked.Increment(ref rented);
        TensorBatch? batch;
        if (TensorPoison.Enabled) batch = new TensorBatch(guarded: true);
        else if ((batch = spare) is not null) spare = null;
        else if (Pool.TryDequeue(out batch)) Interlocked.Decrement(ref pooled);
        else batch = new TensorBatch(guarded: false);
        batch.holders = 1;
        return batch;
    }

    /// <summary>One more holder: whoever starts a run that may outlive the request.</summary>
    public TensorBatch Hold()
    {
        Interlocked.Increment(ref holders);
        return this;
    }

    /// <summary>One holder less; the last one gives it back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref holders) is var left and not 0)
        {
            ObjectDisposedException.ThrowIf(left < 0, this);
            return;
        }
        Interlocked.Decrement(ref rented);
        Clear();
        if (guarded) return;
        if (total > KeptBytesMax) Free();
        if (spare is null) spare = this;
        else if (Interlocked.Increment(ref pooled) <= KeptMax) Pool.Enqueue(this);
        else
        {
            Interlocked.Decrement(ref pooled);
            Free();
        }
    }

    ~TensorBatch() => Free();

    /// <summary>Forgets the tensors and keeps the memory.</summary>
    public void Clear()
    {
        names.AsSpan(0, count).Clear();
        (count, block, used) = (0, 0, 0);
        while (adoptedCount > 0)
        {
            var (value, release) = adopted[--adoptedCount];
            ((delegate*<nint, void>)release)(value);
        }
        if (guarded) Free();
    }

    /// <summary>Takes over what a runtime made, so that tensors may lie in its memory: it is released with the tensors.</summary>
    public void Adopt(nint value, delegate*<nint, void> release)
    {
        if (adoptedCount == adopted.Length) Array.Resize(ref adopted, Math.Max(4, adoptedCount * 2));
        adopted[adoptedCount++] = (value, (nint)release);
    }

    /// <summary>Gives its tensors and memory to the other one and gets that one's; holders stay where they are.</summary>
    public void Exchange(TensorBatch other)
    {
        (guarded, other.guarded) = (other.guarded, guarded);
        (blocks, other.blocks) = (other.blocks, blocks);
        (tensors, other.tensors) = (other.tensors, tensors);
        (names, other.names) = (other.names, names);
        (adopted, other.adopted) = (other.adopted, adopted);
        (count, block, adoptedCount) = Swap(ref other.count, ref other.block, ref other.adoptedCount, (count, block, adoptedCount));
        (used, other.used) = (other.used, used);
        (total, other.total) = (other.total, total);
    }

    private static (int, int, int) Swap(ref int a, ref int b, ref int c, (int, int, int) mine)
    {
        var theirs = (a, b, c);
        (a, b, c) = mine;
        return theirs;
    }

    /// <summary>Adds a tensor without memory.</summary>
    public ref Tensor Add(OnnxElement element, ReadOnlySpan<long> shape, int port = -1, string? name = null)
    {
        if (count == TensorsMax) throw new InvalidOperationException($"A request may have at most {TensorsMax:N0} tensors.");
        if (shape.Length > TensorShape.RankMax) throw new ArgumentException($"A tensor has at most {TensorShape.RankMax} dimensions, got {shape.Length}.", nameof(shape));
        if (count == tensors.Length)
        {
            Array.Resize(ref tensors, count * 2);
            Array.Resize(ref names, count * 2);
        }
        names[count] = name;
        ref var tensor = ref tensors[count++];
        tensor = new Tensor { Port = port, Element = element, Rank = shape.Length };
        shape.CopyTo(tensor.Shape);
        return ref tensor;
    }

    /// <summary>Adds a tensor with memory for all its elements, not cleared. Not for texts.</summary>
    public ref Tensor AddNumbers(OnnxElement element, ReadOnlySpan<long> shape, int port = -1, string? name = null)
    {
        ref var tensor = ref Add(element, shape, port, name);
        tensor.Bytes = checked(tensor.Count * element.Bytes());
        tensor.Data = Take(tensor.Bytes);
        return ref tensor;
    }

    /// <summary>Memory that lives as long as the batch, aligned for the widest registers.</summary>
    /// <exception cref="InvalidOperationException">The batch would pass <see cref="BytesMax"/>.</exception>
    public byte* Take(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (guarded) return Guarded(bytes);
        for (; block < blocks.Count; block++, used = 0)
            if (blocks[block].Bytes - used >= bytes) return At(bytes);
        var size = Math.Max(bytes, Math.Max(FirstBlockBytes, Math.Min(total, 64 << 20)));
        if (total + size > BytesMax && (size = bytes) + total > BytesMax) throw new InvalidOperationException($"The tensors of a request may have at most {BytesMax:N0} bytes together.");
        blocks.Add(((nint)NativeMemory.AlignedAlloc((nuint)size, Alignment), size));
        total += size;
        return At(bytes);
    }

    /// <summary>Makes what was taken last larger; it moves when there is no room behind it, with what it holds.</summary>
    public byte* Grow(byte* start, long from, long to)
    {
        if (!guarded && block < blocks.Count && (nint)start >= blocks[block].Start && (nint)start < blocks[block].Start + (nint)blocks[block].Bytes)
        {
            var at = (nint)start - blocks[block].Start;
            if (blocks[block].Bytes - at >= to)
            {
                used = Math.Min(blocks[block].Bytes, at + Aligned(to));
                return start;
            }
        }
        var moved = Take(to);
        Buffer.MemoryCopy(start, moved, to, from);
        return moved;
    }

    private byte* At(long bytes)
    {
        var start = blocks[block].Start + (nint)used;
        used = Math.Min(blocks[block].Bytes, used + Aligned(bytes));
        return (byte*)start;
    }

    private static long Aligned(long bytes) => (bytes + (long)Alignment - 1) & -(long)Alignment;

    private byte* Guarded(long bytes)
    {
        if (total + bytes > BytesMax) throw new InvalidOperationException($"The tensors of a request may have at most {BytesMax:N0} bytes together.");
        var start = TensorPoison.Take(bytes);
        blocks.Add(((nint)start, bytes));
        total += bytes;
        return start;
    }

    private void Free()
    {
        foreach (var (start, bytes) in blocks)
        {
            if (guarded) TensorPoison.Free((byte*)start, bytes);
            else NativeMemory.AlignedFree((void*)start);
        }
        blocks.Clear();
        total = 0;
    }
}
