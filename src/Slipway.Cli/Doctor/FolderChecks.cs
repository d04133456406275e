using System.Diagnostics;

namespace Slipway.Cli.Doctor;

/// <summary>The data folder and the disk under it.</summary>
internal static class FolderChecks
{
    private const long FreeWarn = 5L << 30;
    private const long FreeFail = 100L << 20;
    private const int Syncs = 15;

    /// <summary>Above this a single logged value waits noticeably for its commit.</summary>
    private static readonly TimeSpan SyncWarn = TimeSpan.FromMilliseconds(20);

    public static IEnumerable<Check> Run(string data)
    {
        var folder = Path.GetFullPath(data);
        if (File.Exists(folder))
        {
            yield return Check.Fail("data folder", $"{folder} is a file.", "Name a folder with --data.");
            yield break;
        }
        // A folder that is not there yet is created by the server: then its parent must allow that.
        var present = folder;
        while (!Directory.Exists(present)) present = Path.GetDirectoryName(present)!;
        var writable = Writable(present);
        yield return writable is null
            ? Check.Ok("data folder", present == folder ? $"{folder} is writable." : $"{folder} is not there yet; the server will create it.")
            : Check.Fail("data folder", $"{present} cannot be written: {writable}", "Give the user that runs the server write permission, or name another folder with --data.");
        if (writable is not null) yield break;
        yield return Free(present);
        yield return Sync(present);
    }

    private static string? Writable(string folder)
    {
        var probe = Path.Combine(folder, $".slipway-doctor-{Guid.NewGuid():n}");
        try
        {
            File.WriteAllBytes(probe, [1]);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
        finally
        {
            File.Delete(probe);
        }
    }

    private static Check Free(string folder)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var finding = $"{Listing.Bytes(free)} free.";
        return free < FreeFail ? Check.Fail("disk space", finding, "Free space: writes are refused when the disk is full.")
            : free < FreeWarn ? Check.Warn("disk space", finding, "Free space before runs and artifacts fill the disk.")
            : Check.Ok("disk space", finding);
    }

    /// <summary>What one durable commit costs: the median of a few small synced writes.</summary>
    private static Check Sync(string folder)
    {
        var probe = Path.Combine(folder, $".slipway-doctor-{Guid.NewGuid():n}");
        var times = new List<TimeSpan>();
        var page = new byte[4096];
        try
        {
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            for (var i = 0; i < Syncs; i++)
            {
                var started = Stopwatch.GetTimestamp();
                file.Write(page);
                file.Flush(flushToDisk: true);
                times.Add(Stopwatch.GetElapsedTime(started));
            }
        }
        catch (IOException failure)
        {
            return Check.Fail("sync", $"A small write could not be synced: {failure.Message}", "Check the disk and the file system's messages.");
        }
        times.Sort();
        var median = times[Syncs / 2];
        var finding = $"A synced write takes {median.TotalMilliseconds:0.00} ms.";
        return median <= SyncWarn ? Check.Ok("sync", finding)
            : Check.Warn("sync", finding, "Put the data folder on a faster disk: every commit waits for this (many share one).");
    }
}
