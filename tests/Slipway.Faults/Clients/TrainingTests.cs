using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Slipway.Client;
using Slipway.Client.Logs;
using Slipway.Faults.Processes;

namespace Slipway.Faults.Clients;

/// <summary>A program that trains, and what may befall it and its server: whatever a log call returned for is on the server in the end, once.</summary>
public sealed class TrainingTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-training-").FullName;

    private string Logs => Path.Combine(folder, "logs");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_training_killed_without_a_server_loses_nothing_that_a_call_returned_for()
    {
        var random = new Random(Scale.Seed());
        await using var server = await RealServer.Start(Path.Combine(folder, "data"));
        for (var round = 0; round < Scale.Of(full: 60, least: 3); round++)
        {
            await using var training = TrainingProcess.Start(Logs, null, null, threads: random.Next(1, 9), steps: 100_000_000);
            var run = await training.Run();
            await training.Says(random.Next(1, 400));
            await Task.Delay(random.Next(10));
            await training.Kill();
            await Sync(server.Url);
            await Verify(server.Url, run, training, $"round {round}");
        }
    }

    [Fact]
    public async Task A_training_killed_while_it_sends_loses_nothing_and_doubles_nothing()
    {
        var random = new Random(Scale.Seed());
        await using var server = await RealServer.Start(Path.Combine(folder, "data"));
        for (var round = 0; round < Scale.Of(full: 60, least: 3); round++)
        {
            await using var training = TrainingProcess.Start(Logs, server.Url, null, threads: 2, steps: 100_000_000, pauseEvery: 100);
            var run = await training.Run();
            await training.Says(random.Next(5, 60));
            await training.Kill();
            await Sync(server.Url);
            await Verify(server.Url, run, training, $"round {round}");
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_again_and_again_costs_nothing()
    {
        var random = new Random(Scale.Seed());
        var (data, port) = (Path.Combine(folder, "data"), FreePort());
        var server = await At(port, data);
        await using var training = TrainingProcess.Start(Logs, server.Url, null, threads: 4, steps: 30_000, pauseEvery: 20);
        var run = await training.Run();
        var kills = 0;
        try
        {
            for (; !training.HasEnded && kills < Scale.Of(full: 40, least: 4); kills++)
            {
                await Task.Delay(random.Next(50, 400));
                await server.Kill();
                await server.DisposeAsync();
                server = await At(port, data);
            }
            await training.Ended();
            Assert.True(training.ExitCode == 0, training.Errors);
            Assert.Equal((true, 0), training.Done);
            await Verify(server.Url, run, training, $"{kills} kills", steps: 30_000, threads: 4);
            using var client = Client(server.Url);
            Assert.Equal(RunStatus.Finished, (await client.Runs.GetAsync(run)).Status);
        }
        finally
        {
            await server.DisposeAsync();
        }
        output.WriteLine($"{kills} kills");
    }

    [Fact]
    public async Task A_server_that_is_put_back_to_a_backup_is_filled_up_again()
    {
        var port = FreePort();
        var (before, after, backup) = (Path.Combine(folder, "before"), Path.Combine(folder, "after"), Path.Combine(folder, "backup"));
        await using var first = await At(port, before);
        await using var ended = TrainingProcess.Start(Logs, first.Url, null, threads: 1, steps: 2_000);
        await ended.Ended();
        await using var training = TrainingProcess.Start(Logs, first.Url, null, threads: 2, steps: 40_000, pauseEvery: 20);
        var run = await training.Run();
        await training.Says(10);
        using (var client = Client(first.Url))
        await using (var file = File.Create(backup)) await client.Installation.BackupAsync(file);
        await training.Says(20);
        await using var late = TrainingProcess.Start(Logs, first.Url, null, threads: 1, steps: 2_000); // The backup knows nothing of it.
        await late.Ended();
        await first.Kill();
        Slipway(["restore", backup, "--data", after]);
        await using var second = await At(port, after);
        await training.Ended();
        Assert.Equal((true, 0), training.Done);
        await Verify(second.Url, run, training, "restored", steps: 40_000, threads: 2);
        await Verify(second.Url, await ended.Run(), ended, "before the backup", steps: 2_000, threads: 1);

        // Whoever comes next, or this client itself, fills up what ended since.
        await Sync(second.Url);
        await Verify(second.Url, await late.Run(), late, "between backup and restore", steps: 2_000, threads: 1);
    }

    [Fact]
    public async Task Two_processes_of_four_threads_log_to_one_run()
    {
        await using var server = await RealServer.Start(Path.Combine(folder, "data"));
        using var client = Client(server.Url);
        await using var run = await client.StartRunAsync("training");
        await using var one = TrainingProcess.Start(Logs, server.Url, run.Id, threads: 4, steps: 20_000);
        await using var two = TrainingProcess.Start(Path.Combine(folder, "others"), server.Url, run.Id, threads: 4, steps: 20_000);
        await one.Ended();
        await two.Ended();
        Assert.Equal(((true, 0L), (true, 0L)), (one.Done, two.Done));
        await Verify(server.Url, run.Id, one, "one", 20_000, 4);
        await Verify(server.Url, run.Id, two, "two", 20_000, 4);
        Assert.Equal(RunStatus.Running, (await client.Runs.GetAsync(run.Id)).Status);
    }

    [Fact]
    public async Task A_full_disk_does_not_stop_training_and_what_is_dropped_is_counted()
    {
        Directory.CreateDirectory(Logs);
        using (var mount = Process.Start(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", Logs]) { RedirectStandardError = true })!)
        {
            await mount.WaitForExitAsync();
            if (mount.ExitCode != 0) Assert.Skip("No small file system could be mounted (it takes root on Linux): a full disk cannot be shown.");
        }
        try
        {
            // Without a server: 20 MB of points, 3 MB of disk, 4 MB of memory.
            await using var alone = TrainingProcess.Start(Logs, null, null, threads: 2, steps: 600_000);
            await alone.Ended();
            Assert.True(alone.ExitCode == 0, $"exit code {alone.ExitCode}: {alone.Errors}");
            Assert.InRange(alone.Done!.Value.Dropped, 1, 1_200_000);
            Assert.Single(alone.Errors.Split('\n'), line => line.Contains("The disk does not take", StringComparison.Ordinal));

            // What the disk took before it was full is whole.
            await using var server = await RealServer.Start(Path.Combine(folder, "data"));
            using (var client = Client(server.Url))
                await foreach (var log in client.Logs.SyncAsync(Logs)) Assert.Empty(log.Damage);
            using (var client = Client(server.Url))
            {
                var steps = await Steps(client, await alone.Run(), alone.Returned.Keys.First());
                Assert.True(steps.Count > 10_000, $"{steps.Count} points");
                Assert.Equal(steps.Count, steps.Distinct().Count());
            }

            // With a server, memory is emptied as fast as it fills.
            await using var online = TrainingProcess.Start(Logs, server.Url, null, threads: 1, steps: 200_000, pauseEvery: 50);
            await online.Ended();
            Assert.True(online.ExitCode == 0, online.Errors);
            Assert.Equal((true, 0), online.Done);
            await Verify(server.Url, await online.Run(), online, "with a server", 200_000, 1);
        }
        finally
        {
            using var unmount = Process.Start("umount", [Logs]);
            await unmount.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_disk_that_fills_up_under_a_log_leaves_whole_records_whether_it_is_mapped_or_written(bool mapped)
    {
        Directory.CreateDirectory(Logs);
        using (var mount = Process.Start(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", Logs]) { RedirectStandardError = true })!)
        {
            mount.WaitForExit();
            if (mount.ExitCode != 0) Assert.Skip("No small file system could be mounted (it takes root on Linux): a full disk cannot be shown.");
        }
        try
        {
            var warnings = new List<string>();
            var log = LogFolder.Create(Logs, new LogSheet(Guid.NewGuid().ToString("N"), new string('a', 32), "x", null, "x", 0, null, null, null, true), mapped);
            using var writer = new LogWriter(log, Guid.NewGuid(), 1, 0, 2 << 20, warnings.Add, static () => { });
            const int Points = 500_000;
            for (var i = 0; i < Points; i++) writer.Point("loss", i, i, i);
            Assert.Single(warnings);
            Assert.InRange(writer.Dropped, 1, Points - 1);

            // What is readable now, from disk and memory, is everything that was not dropped; what the disk has alone is whole records of it.
            var living = LogStream.Of(writer, log);
            var all = 0L;
            while (living.Next(out var record) is LogStep.Record) Assert.Equal(all++, record.Step);
            Assert.Equal(Points - writer.Dropped, all);
            living.Leave();
            var dead = LogStream.Of(log);
            var (kept, last) = (0L, -1L);
            for (; dead.Next(out var record) is LogStep.Record; kept++)
            {
                Assert.True(record.Step > last, $"{record.Step} follows {last}");
                last = record.Step;
            }
            dead.Leave();
            Assert.Empty(dead.Damage);
            Assert.InRange(kept, 10_000, all);
            log.Release();
        }
        finally
        {
            using var unmount = Process.Start("umount", ["-l", Logs]);
            unmount.WaitForExit();
        }
    }

    private SlipwayClient Client(Uri url) => new(new SlipwayClientOptions { Url = url, LogFolder = Path.Combine(folder, "own"), Capture = Captures.None });

    private async Task Sync(Uri url)
    {
        using var client = Client(url);
        await foreach (var log in client.Logs.SyncAsync(Logs)) Assert.True(log.IsWhole, $"{log.Folder}: {log.Missing} missing, {log.Refused} refused ({log.FirstRefusal}), held: {log.IsHeld}, {string.Join("; ", log.Damage)}");
    }

    /// <summary>Every key's steps are 0 to some last one, each once, and the last one is not before what a call returned for.</summary>
    private async Task Verify(Uri url, string run, TrainingProcess training, string when, int? steps = null, int? threads = null)
    {
        using var client = Client(url);
        if (threads is { } all) Assert.Equal(all, training.Returned.Count);
        foreach (var (key, returned) in training.Returned)
        {
            var found = await Steps(client, run, key);
            found.Sort();
            for (var i = 0; i < found.Count; i++) Assert.True(found[i] == i, $"{when}: {key} has {found[i]} where {i} should be");
            Assert.True(found.Count > returned, $"{when}: {key} ends at {found.Count - 1}, a call returned for {returned}");
            if (steps is { } exact) Assert.Equal(exact, found.Count);
        }
    }

    private static async Task<List<long>> Steps(SlipwayClient client, string run, string key)
    {
        var steps = new List<long>();
        await foreach (var point in client.Runs.HistoryAsync(run, key)) steps.Add(point.Step);
        return steps;
    }

    private static Task<RealServer> At(int port, string data) => RealServer.Start(data, change: start => start.ArgumentList[2] = $"http://127.0.0.1:{port}");

    private static void Slipway(string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(RealServer.Executable(), args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
