using System.Diagnostics;

namespace Slipway.Benchmarks;

/// <summary>What this machine gives at this moment, measured beside every table: a data sync, a plain copy.</summary>
internal static class Floor
{
    /// <summary>Median time in ms of appending 4 KB and syncing it.</summary>
    public static double SyncMs(string folder)
    {
        var path = Path.Combine(folder, "sync-probe");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        var block = new byte[4096];
        var times = new double[200];
        for (var i = 0; i < times.Length; i++)
        {
            file.Write(block);
            var started = Stopwatch.GetTimestamp();
            file.Flush(flushToDisk: true);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Array.Sort(times);
        return times[times.Length / 2];
    }
}
