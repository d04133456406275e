using System.Runtime.InteropServices;

namespace Slipway.Server;

/// <summary>
/// Keeps the C library's heap small. glibc gives threads arenas of their own, eight for every core, and SQLite's page caches, filled by one thread of the pool and
/// freed by another, leave each of them full of holes.
/// </summary>
internal static unsafe class NativeHeap
{
    private const int ArenaMax = -8;       // M_ARENA_MAX
    private const int MmapThreshold = -3;  // M_MMAP_THRESHOLD; setting it also keeps it from growing
    private const int TrimThreshold = -1;  // M_TRIM_THRESHOLD

    /// <summary>Call before the first thread of the pool starts. Without glibc nothing happens.</summary>
    public static void Limit()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "mallopt", out var address)) return;
        var option = (delegate* unmanaged[Cdecl]<int, int, int>)address;
        _ = option(ArenaMax, 1);
        _ = option(MmapThreshold, 256 * 1024);
        _ = option(TrimThreshold, 1024 * 1024);
    }
}
