using System.Collections.Concurrent;

namespace Slipway.Prediction;

/// <summary>
/// Where calls wait to be written: chunks of memory, a lane for each processor so that requests seldom meet, bounded by bytes. Full means that a record is not taken; nobody waits.
/// </summary>
internal sealed class PredictionRing
{
    /// <summary>An ordinary chunk; a larger record gets one of its own.</summary>
    public const int ChunkBytes = 256 * 1024;

    private const int LanesMax = 16;

    private readonly Lane[] lanes = new Lane[Math.Clamp(Environment.ProcessorCount, 1, LanesMax)];
    private readonly ConcurrentQueue<Chunk> full = new();
    private readonly ConcurrentBag<byte[]> free = [];
    private readonly long bytesMax;
    private long held;

    public PredictionRing(long bytesMax)
    {
        this.bytesMax = bytesMax;
        for (var i = 0; i < lanes.Length; i++) lanes[i] = new Lane();
    }

    /// <summary>Bytes of chunks that are not written yet.</summary>
    public long Held => Volatile.Read(ref held);

    /// <summary>Called when a chunk is full.</summary>
    public Action? Filled { get; set; }

    /// <summary>Takes a call; false when there is no room.</summary>
    public bool TryAdd(in Source source, ref PredictionFrame.Head head, PredictionCall call, ReadOnlySpan<char> trace, ReadOnlySpan<char> error)
    {
        var lane = lanes[(uint)Thread.GetCurrentProcessorId() % (uint)lanes.Length];
        var filled = false;
        lock (lane)
        {
            var chunk = lane.Chunk;
            if (chunk is null || chunk.Bytes.Length - chunk.Used < head.Bytes)
            {
                var size = Math.Max(ChunkBytes, head.Bytes);
                if (Interlocked.Add(ref held, size) > bytesMax)
                {
                    Interlocked.Add(ref held, -size);
                    return false;
                }
                if (chunk is not null)
                {
                    full.Enqueue(chunk);
                    filled = true;
                }
                lane.Chunk = chunk = new Chunk(size == ChunkBytes && free.TryTake(out var kept) ? kept : GC.AllocateUninitializedArray<byte>(size));
            }
            head.Source = chunk.IndexOf(source);
            PredictionFrame.Write(chunk.Bytes.AsSpan(chunk.Used, head.Bytes), head, call, trace, error);
            chunk.Used += head.Bytes;
        }
        if (filled) Filled?.Invoke();
        return true;
    }

    /// <summary>Everything that waits now, also in chunks that are not full; each is given back by <see cref="Return"/>.</summary>
    public List<Chunk> TakeAll()
    {
        List<Chunk> taken = [];
        foreach (var lane in lanes)
            lock (lane)
            {
                if (lane.Chunk is { Used: > 0 } chunk)
                {
                    full.Enqueue(chunk);
                    lane.Chunk = null;
                }
            }
        while (full.TryDequeue(out var one)) taken.Add(one);
        return taken;
    }

    /// <summary>The chunk was read.</summary>
    public void Return(Chunk chunk)
    {
        Interlocked.Add(ref held, -chunk.Bytes.Length);
        if (chunk.Bytes.Length == ChunkBytes && free.Count < lanes.Length * 2) free.Add(chunk.Bytes);
    }

    /// <summary>What many records share.</summary>
    internal readonly record struct Source(PredictionTarget Target, EndpointArm Arm);

    /// <summary>Frames one after the other.</summary>
    internal sealed class Chunk(byte[] bytes)
    {
        private readonly Dictionary<Source, int> known = new(SameSource.Instance);
        private Source last;
        private int lastIndex = -1;

        public byte[] Bytes => bytes;

        public int Used;

        public List<Source> Sources { get; } = [];

        public int IndexOf(in Source source)
        {
            if (lastIndex >= 0 && ReferenceEquals(last.Arm, source.Arm) && ReferenceEquals(last.Target, source.Target)) return lastIndex;
            if (!known.TryGetValue(source, out var index))
            {
                known.Add(source, index = Sources.Count);
                Sources.Add(source);
            }
            (last, lastIndex) = (source, index);
            return index;
        }
    }

    private sealed class Lane
    {
        public Chunk? Chunk;
    }

    // An arm is a record: comparing two by value would cost more than the copy of the call.
    private sealed class SameSource : IEqualityComparer<Source>
    {
        public static SameSource Instance { get; } = new();

        public bool Equals(Source x, Source y) => ReferenceEquals(x.Arm, y.Arm) && ReferenceEquals(x.Target, y.Target);

        public int GetHashCode(Source source) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(source.Arm);
    }
}
