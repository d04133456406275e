using System.Runtime.InteropServices;

namespace Slipway.Server;

/// <summary>
/// Keeps the C library's heap small. glibc gives threads arenas of their own, eight for every core, and SQLite's page caches, filled by one thread of the pool and
/// freed by another, leave each of them full of holes that it does not give back by itself. Without glibc nothing happens.
/// </summary>
internal static class NativeHeap
{
    private const int ArenaMax = -8;       // M_ARENA_MAX
    private const int MmapThreshold = -3;  // M_MMAP_THRESHOLD; setting it also keeps it from growing
    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(5);

    /// <summary>Call before the first thread of the pool starts: arenas that exist are used on.</summary>
    public static unsafe void Limit()
    {
        if (Find("mallopt") is not { } address) return;
        var option = (delegate* unmanaged[Cdecl]<int, int, int>)address;
        _ = option(ArenaMax, 1);
        _ = option(MmapThreshold, 256 * 1024);
    }

    /// <summary>Gives free pages back to the system every few seconds, until the stop: a few milliseconds each time.</summary>
    public static async Task Trim(TimeProvider clock, CancellationToken stop)
    {
        if (Find("malloc_trim") is not { } address) return;
        using var timer = new PeriodicTimer(TrimEvery, clock);
        while (await timer.WaitForNextTickAsync(stop)) Trim(address);
    }

    private static unsafe void Trim(nint address) => ((delegate* unmanaged[Cdecl]<nuint, int>)address)(0);

    private static nint? Find(string function) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, function, out var address) ? address : null;
}
