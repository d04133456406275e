using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Slipway.Tracking;

/// <summary>
/// Arrays for columns of points. Small ones come from the shared pool. That pool keeps an array of every size for every thread, which is hundreds
/// of megabytes once compaction has visited them all; so large ones come from here, where all threads together keep at most a number of bytes.
/// </summary>
internal sealed class SeriesPool<T>(long bytesMax) where T : unmanaged
{
    /// <summary>The longest array that the shared pool serves.</summary>
    private const int SharedMax = 4_096;

    private readonly ConcurrentStack<T[]>[] bySize = [.. Enumerable.Range(0, 31).Select(_ => new ConcurrentStack<T[]>())];
    private long kept;

    /// <summary>The bytes that wait here for their next use.</summary>
    public long Kept => Volatile.Read(ref kept);

    /// <summary>An array of at least this length, with whatever it held before.</summary>
    public T[] Rent(int length)
    {
        if (length <= SharedMax) return ArrayPool<T>.Shared.Rent(length);
        var size = BitOperations.Log2((uint)(length - 1)) + 1;
        if (!bySize[size].TryPop(out var array)) return GC.AllocateUninitializedArray<T>(1 << size);
        Interlocked.Add(ref kept, -Bytes(array));
        return array;
    }

    /// <summary>Takes an array back, or leaves it to the collector when enough are kept.</summary>
    public void Return(T[] array)
    {
        if (array.Length <= SharedMax)
        {
            if (array.Length > 0) ArrayPool<T>.Shared.Return(array);
            return;
        }
        var bytes = Bytes(array);
        if (Interlocked.Add(ref kept, bytes) > bytesMax) Interlocked.Add(ref kept, -bytes);
        else bySize[BitOperations.Log2((uint)array.Length)].Push(array);
    }

    private static long Bytes(T[] array) => (long)array.Length * Unsafe.SizeOf<T>();
}
