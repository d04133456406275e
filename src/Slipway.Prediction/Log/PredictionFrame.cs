using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>
/// A call as bytes, copied in one go on the request's thread: what it needs of the batches, which go back to their pool right after. Memory of this process only, never
/// stored: <see cref="PredictionSegmentWriter"/> makes columns of it in the background.
/// </summary>
internal static unsafe class PredictionFrame
{
    /// <summary>The longest id, key and trace id, in characters; longer ones are cut.</summary>
    public const int TextCharsMax = 200;

    /// <summary>The longest error, in characters.</summary>
    public const int ErrorCharsMax = 1_000;

    /// <summary>The numbers of a frame.</summary>
    public struct Head
    {
        /// <summary>Bytes of the whole frame.</summary>
        public int Bytes;

        /// <summary>Which of the chunk's sources.</summary>
        public int Source;

        /// <summary>Milliseconds since 1970.</summary>
        public long AtMs;

        /// <summary>As HTTP says it.</summary>
        public int Status;

        /// <summary>Rows of the first input.</summary>
        public int Rows;

        /// <summary>Microseconds.</summary>
        public int ParseUs, QueueUs, RunUs;

        /// <summary>Tensors that follow; -1 in <see cref="Inputs"/> when they were too large.</summary>
        public short Inputs, Outputs;

        /// <summary>Characters.</summary>
        public short Id, Key, Trace, Error, Protocol;
    }

    /// <summary>A tensor's numbers.</summary>
    public struct Part
    {
        /// <summary>Position among the model's inputs or outputs, or -1.</summary>
        public int Port;

        /// <summary>What it holds.</summary>
        public OnnxElement Element;

        /// <summary>Dimensions.</summary>
        public int Rank;

        /// <summary>Characters of its own name; -1 for none.</summary>
        public int Name;

        /// <summary>Bytes of values or texts.</summary>
        public int Bytes;

        /// <summary>Bytes of the texts' offsets.</summary>
        public int OffsetBytes;
    }

    /// <summary>Bytes of the tensors of a batch.</summary>
    public static long Size(TensorBatch batch)
    {
        var bytes = 0L;
        for (var i = 0; i < batch.Count; i++)
        {
            ref var tensor = ref batch[i];
            bytes += sizeof(Part) + tensor.Rank * sizeof(long) + (batch.NameOf(i)?.Length ?? 0) * sizeof(char) + tensor.Bytes + OffsetBytes(ref tensor);
        }
        return bytes;
    }

    /// <summary>Bytes of everything else.</summary>
    public static int Size(in Head head) => sizeof(Head) + (head.Id + head.Key + head.Trace + head.Error + head.Protocol) * sizeof(char);

    /// <summary>Writes a frame of exactly <see cref="Head.Bytes"/>.</summary>
    public static void Write(Span<byte> to, in Head head, PredictionCall call, ReadOnlySpan<char> trace, ReadOnlySpan<char> error)
    {
        var rest = to;
        MemoryMarshal.Write(rest, in head);
        rest = rest[sizeof(Head)..];
        Put(ref rest, MemoryMarshal.AsBytes(call.Id.AsSpan(0, head.Id)));
        Put(ref rest, MemoryMarshal.AsBytes(call.StickyKey.AsSpan(0, head.Key)));
        Put(ref rest, MemoryMarshal.AsBytes(trace[..head.Trace]));
        Put(ref rest, MemoryMarshal.AsBytes(error[..head.Error]));
        Put(ref rest, MemoryMarshal.AsBytes(call.Protocol.AsSpan(0, head.Protocol)));
        if (head.Inputs > 0) Put(ref rest, call.Inputs);
        if (head.Outputs > 0) Put(ref rest, call.Outputs);
        Debug.Assert(rest.IsEmpty, "A frame is as long as it was said to be.");
    }

    private static void Put(ref Span<byte> to, TensorBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            ref var tensor = ref batch[i];
            var name = batch.NameOf(i);
            var part = new Part { Port = tensor.Port, Element = tensor.Element, Rank = tensor.Rank, Name = name?.Length ?? -1, Bytes = (int)tensor.Bytes, OffsetBytes = OffsetBytes(ref tensor) };
            MemoryMarshal.Write(to, in part);
            to = to[sizeof(Part)..];
            Put(ref to, MemoryMarshal.AsBytes(tensor.Shape));
            Put(ref to, MemoryMarshal.AsBytes(name.AsSpan()));
            Put(ref to, new ReadOnlySpan<byte>(tensor.Offsets, part.OffsetBytes));
            Put(ref to, new ReadOnlySpan<byte>(tensor.Data, part.Bytes));
        }
    }

    private static int OffsetBytes(ref Tensor tensor) => tensor.Offsets is null ? 0 : checked((int)(tensor.Count + 1) * sizeof(int));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(ref Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to);
        to = to[bytes.Length..];
    }
}

/// <summary>Reads a frame in the order in which it was written.</summary>
internal ref struct PredictionFrameReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    /// <summary>The next numbers.</summary>
    public T Next<T>() where T : unmanaged
    {
        var value = MemoryMarshal.Read<T>(rest);
        rest = rest[Unsafe.SizeOf<T>()..];
        return value;
    }

    /// <summary>The next characters.</summary>
    public ReadOnlySpan<char> Chars(int count) => MemoryMarshal.Cast<byte, char>(Bytes(count * sizeof(char)));

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
