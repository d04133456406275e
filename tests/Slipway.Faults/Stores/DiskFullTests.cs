using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Faults.Processes;
using Slipway.Storage;

namespace Slipway.Faults.Stores;

/// <summary>The disk under the data folder fills up: writes and uploads say so with 507, reads go on, and with space everything works again.</summary>
public sealed class DiskFullTests : IAsyncLifetime
{
    private const string Size = "48m";
    private readonly string mount = Directory.CreateTempSubdirectory("slipway-full-").FullName;
    private bool mounted;

    [Fact]
    public async Task A_full_disk_answers_507_keeps_reading_and_recovers()
    {
        var data = Path.Combine(mount, "data");
        await using (var server = await RealServer.Start(data))
        {
            using var wire = new WireClient(server.Url);
            var created = await wire.Post("runs/create", new JsonObject { ["experiment_id"] = "0" });
            Assert.True(created.Ok, created.Body);
            var info = created.Json["run"]!["info"]!;
            var run = (string)info["run_id"]!;
            var root = ((string)info["artifact_uri"]!)["mlflow-artifacts:/".Length..].TrimStart('/');
            Assert.True((await LogParam(wire, run, "before", 10)).Ok);
            Assert.True((await wire.PutArtifact(root + "/before.bin", new byte[1000])).Ok);

            var filler = Path.Combine(mount, "filler");
            await Fill(filler);
            var write = await UntilRefused(n => LogParam(wire, run, "full" + n, 5_000));
            CheckFull(write);
            var upload = await wire.PutArtifact(root + "/full.bin", new byte[3_000_000]);
            CheckFull(upload);
            var read = await wire.Get("api/2.0/mlflow/runs/get?run_id=" + run);
            Assert.True(read.Ok, read.Body);
            Assert.Equal(200, (await wire.GetArtifact(root + "/before.bin")).Status);
            Assert.False(server.HasEnded);

            File.Delete(filler);
            var after = await UntilGood(() => LogParam(wire, run, "after", 10));
            Assert.True(after.Ok, after.Body);
            Assert.True((await wire.PutArtifact(root + "/after.bin", new byte[3_000_000])).Ok);
            Assert.Equal(404, (await wire.GetArtifact(root + "/full.bin")).Status);
            var audit = await wire.Get("api/slipway/v1/audit/verify");
            Assert.True(audit.Json["whole"]!.GetValue<bool>(), audit.Body);
        }
        await using var database = Databases.Open("sqlite:" + Path.Combine(data, "slipway.db"));
        Assert.Equal(["ok"], await database.Read(static session => session.Query("PRAGMA integrity_check", static row => row.Text(0)), default));
    }

    public async ValueTask InitializeAsync()
    {
        using var process = OperatingSystem.IsLinux() ? Process.Start(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=" + Size, "tmpfs", mount]) { RedirectStandardError = true }) : null;
        if (process is not null) await process.WaitForExitAsync();
        mounted = process?.ExitCode == 0;
        if (mounted) return;
        Assert.False(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") == "1", "A small file system of its own is required and could not be mounted: run as root on Linux.");
        Assert.Skip("No small file system could be mounted (it takes root on Linux): a full disk cannot be shown.");
    }

    public async ValueTask DisposeAsync()
    {
        if (mounted)
        {
            using var process = Process.Start("umount", [mount]);
            await process.WaitForExitAsync();
        }
        Directory.Delete(mount, recursive: true);
    }

    private static Task<Reply> LogParam(WireClient wire, string run, string key, int length) =>
        wire.Post("runs/log-parameter", new JsonObject { ["run_id"] = run, ["key"] = key, ["value"] = new string('v', length) });

    private static async Task Fill(string path)
    {
        var block = new byte[64 * 1024];
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) await file.WriteAsync(block);
        }
        catch (IOException)
        {
            return; // full, as wished
        }
    }

    // What is left of allocated pages takes a few more writes.
    private static async Task<Reply> UntilRefused(Func<int, Task<Reply>> send)
    {
        for (var n = 0; n < 20_000; n++)
            if (await send(n) is { Ok: false } refused) return refused;
        throw new InvalidOperationException("The disk never filled up.");
    }

    private static async Task<Reply> UntilGood(Func<Task<Reply>> send)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(100))
            if (await send() is var reply && (reply.Ok || waited.Elapsed > TimeSpan.FromSeconds(20))) return reply;
    }

    private static void CheckFull(Reply reply)
    {
        Assert.True(reply.Status == 507, $"{reply.Status} {reply.Body}");
        Assert.Equal("INTERNAL_ERROR", (string?)reply.Json["error_code"]);
        Assert.Contains("full", (string?)reply.Json["message"], StringComparison.Ordinal);
    }
}
