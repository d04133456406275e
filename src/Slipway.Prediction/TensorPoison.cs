using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Slipway.Prediction;

/// <summary>
/// Memory for tensors that finds misuse, for tests: every piece stands alone between guards, is filled when it is taken and when it is freed, and what was freed is kept for a while to see whether
/// somebody still writes to it. What still reads it gets numbers that no model gives.
/// </summary>
internal static unsafe class TensorPoison
{
    private const int GuardBytes = 64;
    private const byte Guard = 0xA5, Fresh = 0xCD, Freed = 0xDD;
    private const long KeptBytesMax = 32 << 20;

    private static readonly ConcurrentQueue<(nint Start, long Bytes)> Kept = new();
    private static long keptBytes;

    /// <summary>Whether batches that are rented from now on are guarded. Set before the first request; the environment variable `SLIPWAY_TENSOR_POISON=1` does.</summary>
    public static bool Enabled { get; set; } = Environment.GetEnvironmentVariable("SLIPWAY_TENSOR_POISON") == "1";

    /// <summary>What was found: each a sentence.</summary>
    public static ConcurrentQueue<string> Found { get; } = new();

    /// <summary>Memory between guards, filled.</summary>
    public static byte* Take(long bytes)
    {
        var whole = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + 2 * GuardBytes), GuardBytes);
        NativeMemory.Fill(whole, GuardBytes, Guard);
        NativeMemory.Fill(whole + GuardBytes, (nuint)bytes, Fresh);
        NativeMemory.Fill(whole + GuardBytes + bytes, GuardBytes, Guard);
        return whole + GuardBytes;
    }

    /// <summary>Checks the guards, fills what is freed, and frees what was freed long ago.</summary>
    public static void Free(byte* start, long bytes)
    {
        if (!All(start - GuardBytes, GuardBytes, Guard)) Found.Enqueue($"Something wrote before a tensor of {bytes:N0} bytes.");
        if (!All(start + bytes, GuardBytes, Guard)) Found.Enqueue($"Something wrote behind a tensor of {bytes:N0} bytes.");
        NativeMemory.Fill(start, (nuint)bytes, Freed);
        Kept.Enqueue(((nint)start, bytes));
        Interlocked.Add(ref keptBytes, bytes);
        while (Volatile.Read(ref keptBytes) > KeptBytesMax && Kept.TryDequeue(out var oldest)) End((byte*)oldest.Start, oldest.Bytes);
    }

    /// <summary>Frees all that is kept, looking at it once more.</summary>
    public static void Drain()
    {
        while (Kept.TryDequeue(out var one)) End((byte*)one.Start, one.Bytes);
    }

    private static void End(byte* start, long bytes)
    {
        Interlocked.Add(ref keptBytes, -bytes);
        if (!All(start, bytes, Freed)) Found.Enqueue($"Something wrote into a tensor of {bytes:N0} bytes after it was freed.");
        NativeMemory.AlignedFree(start - GuardBytes);
    }

    private static bool All(byte* start, long bytes, byte value)
    {
        for (; bytes > int.MaxValue; bytes -= int.MaxValue, start += int.MaxValue)
            if (new ReadOnlySpan<byte>(start, int.MaxValue).ContainsAnyExcept(value)) return false;
        return !new ReadOnlySpan<byte>(start, (int)bytes).ContainsAnyExcept(value);
    }
}
