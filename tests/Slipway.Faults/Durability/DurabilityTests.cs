using System.Diagnostics;

namespace Slipway.Faults.Durability;

/// <summary>
/// Everything acknowledged is on the disk, whatever a power failure does with what was not synced. A process under the shim runs a load; at
/// sync points of its recording we build the disks a crash could leave, open each, and look for all that had been acknowledged by then.
/// </summary>
public sealed class DurabilityTests(ITestOutputHelper output)
{
    private static readonly Unsynced[] Ways = [Unsynced.Dropped, Unsynced.Kept, Unsynced.Scattered, Unsynced.Journalled];

    [Theory]
    [InlineData("system")]
    [InlineData("bundled")]
    public async Task Everything_acknowledged_survives_a_crash_at_any_sync_point(string sqlite)
    {
        var seed = Scale.Seed();
        var losses = await Prove(seed, sqlite, skip: "", points: Scale.Of(full: 2_000, least: 30));
        Assert.True(losses.Count == 0, $"SLIPWAY_TEST_SEED={seed}\n" + string.Join('\n', losses.Take(20)));
    }

    [Theory]
    [InlineData("*", "acknowledged writes are gone")]
    [InlineData("-wal", "acknowledged writes are gone")]
    [InlineData("/", "has a row and no content")]
    public async Task A_missing_sync_is_found(string planted, string finding)
    {
        var losses = await Prove(Scale.Seed(), "system", planted, points: 60, until: loss => loss.Contains(finding, StringComparison.Ordinal));
        Assert.Contains(losses, loss => loss.Contains(finding, StringComparison.Ordinal));
    }

    private async Task<List<string>> Prove(int seed, string sqlite, string skip, int points, Func<string, bool>? until = null)
    {
        // The images are many and small; memory spares the machine's disk.
        var folder = Directory.Exists("/dev/shm") ? Directory.CreateDirectory($"/dev/shm/slipway-{Guid.NewGuid():N}").FullName : Directory.CreateTempSubdirectory("slipway-faults-").FullName;
        try
        {
            var log = Path.Combine(folder, "recording");
            await Record(Directory.CreateDirectory(Path.Combine(folder, "root")).FullName, log, sqlite, skip, seed);
            return await Replay(log, folder, seed, points, until);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Record(string root, string log, string sqlite, string skip, int seed)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Slipway.Faults"), ["durability-load", root, seed.ToString(), "15"]);
        Shim.Into(start, root, log, skip);
        start.Environment["SLIPWAY_SQLITE"] = sqlite;
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private async Task<List<string>> Replay(string log, string folder, int seed, int points, Func<string, bool>? until)
    {
        var random = new Random(seed);
        var syncs = DiskRecording.Read(log).Count(call => call.Call is DiskCall.Sync or DiskCall.Skipped);
        var (disk, acknowledged, losses) = (new Disk(), new Acknowledged(), new List<string>());
        int sync = 0, images = 0, marks = 0;
        foreach (var call in DiskRecording.Read(log))
        {
            if (call.Call is DiskCall.Mark)
            {
                acknowledged.Add(call.Text);
                marks++;
            }
            // Just before a sync the most hangs in memory.
            if (call.Call is DiskCall.Sync or DiskCall.Skipped)
            {
                // Spread over the whole load, each point with the same chance.
                if (random.Next(syncs - sync) < points)
                {
                    points--;
                    foreach (var way in Ways)
                    {
                        await Look(disk, way, random, folder, acknowledged, losses, $"before sync {sync}");
                        images++;
                        if (until is not null && losses.Any(until)) return losses;
                    }
                }
                sync++;
            }
            disk.Apply(call);
        }
        foreach (var way in Ways) await Look(disk, way, random, folder, acknowledged, losses, "at the end");
        Assert.Empty(disk.Unmodelled);
        // A proof over nothing would also pass.
        Assert.True(syncs > 50 && marks > 100, $"The recording holds {syncs} syncs and {marks} acknowledgements: did the shim see the process?");
        output.WriteLine($"{images} images at {syncs} sync points, {marks} acknowledgements, {disk.SkippedSyncs} syncs swallowed");
        return losses;
    }

    private static async Task Look(Disk disk, Unsynced way, Random random, string folder, Acknowledged acknowledged, List<string> losses, string when)
    {
        var image = Path.Combine(folder, "image");
        disk.Crash(image, way, random);
        losses.AddRange((await DurabilityCheck.Losses(image, acknowledged)).Select(loss => $"{when}, unsynced {way}: {loss}"));
        Directory.Delete(image, recursive: true);
    }
}
