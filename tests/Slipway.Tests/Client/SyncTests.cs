using Slipway.Client;
using Slipway.Tests.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Client;

/// <summary>`slipway sync` from the command line to a real server.</summary>
public sealed class SyncTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("slipway-sync-");
    private TestServer server = null!;
    private SlipwayClient online = null!;

    private string Url => server.Http.BaseAddress!.ToString();

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        online = new SlipwayClient(new SlipwayClientOptions { Url = server.Http.BaseAddress!, RetriesMax = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        online.Dispose();
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task<(string Id, string Log)> Offline(int points, string name = "alone")
    {
        using var client = new SlipwayClient(new SlipwayClientOptions { Offline = true, LogFolder = folder.FullName });
        await using var run = await client.StartRunAsync("flights", new RunOptions { Name = name });
        for (var i = 0; i < points; i++) run.LogMetric("loss", i, i);
        run.LogParam("depth", 6);
        run.SetTag("team", "ops");
        await run.LogTextAsync("# Report", "report.md");
        await run.FinishAsync();
        return (run.Id, run.LogFolder!);
    }

    private async Task<List<long>> Steps(string id)
    {
        var steps = new List<long>();
        await foreach (var point in online.Runs.HistoryAsync(id, "loss")) steps.Add(point.Step);
        return steps;
    }

    [Fact]
    public async Task A_run_that_was_logged_offline_arrives_whole_under_its_own_id_and_once()
    {
        var (id, _) = await Offline(30_000);
        var said = await Shell.Run("sync", folder.FullName, "--url", Url);
        Assert.Equal((0, ""), (said.Code, said.Error));
        Assert.Contains(id, said.Output, StringComparison.Ordinal);

        var run = await online.Runs.GetAsync(id);
        Assert.Equal(("alone", RunStatus.Finished, "6", "ops"), (run.Name, run.Status, run.Params["depth"], run.Tags["team"]));
        Assert.Equal("LOCAL", run.Tags["mlflow.source.type"]);
        Assert.NotNull(await online.Experiments.FindAsync("flights"));
        Assert.Equal(30_000, (await Steps(id)).Distinct().Count());
        using var reader = new StreamReader(await online.Artifacts.OpenAsync(id, "report.md"));
        Assert.Equal("# Report", await reader.ReadToEndAsync());

        await online.Runs.SetTagAsync(id, "team", "changed since");
        var again = await Shell.Run("sync", folder.FullName, "--url", Url, "--json");
        Assert.Equal(0, again.Code);
        Assert.Contains("\"sent\": 0", again.Output, StringComparison.Ordinal);
        Assert.Equal("changed since", (await online.Runs.GetAsync(id)).Tags["team"]);
        Assert.Equal(30_000, (await Steps(id)).Count);
    }

    [Fact]
    public async Task A_workers_log_waits_for_the_log_that_makes_the_run()
    {
        using var client = new SlipwayClient(new SlipwayClientOptions { Offline = true, LogFolder = folder.FullName });
        string id, made;
        var joined = new List<string>();
        await using (var run = await client.StartRunAsync("flights"))
        {
            (id, made) = (run.Id, run.LogFolder!);
            for (var i = 0; i < 3; i++) // Their folders sort before and after the one that makes the run.
            {
                await using var worker = await client.JoinRunAsync(id);
                worker.LogMetric("loss", i, i);
                joined.Add(worker.LogFolder!);
            }
            await run.FinishAsync();
        }
        var first = await Shell.Run("sync", joined[0], "--url", Url);
        Assert.Equal(1, first.Code);
        Assert.Contains("ship that one's log first", first.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Shell.Run("sync", folder.FullName, "--url", Url)).Code);
        Assert.Equal([0L, 1L, 2L], (await Steps(id)).Order());
        Assert.True(Directory.Exists(made));
    }

    [Fact]
    public async Task Logs_are_removed_when_that_is_asked_for_and_the_server_has_them_whole()
    {
        var (whole, log) = await Offline(10);
        var (_, damaged) = await Offline(10);
        await File.AppendAllTextAsync(Path.Combine(damaged, "000001.log"), "x");
        await File.WriteAllTextAsync(Path.Combine(damaged, "000002.log"), "no segment");
        Assert.Equal(1, (await Shell.Run("sync", folder.FullName, "--url", Url, "--remove")).Code);
        Assert.False(Directory.Exists(log));
        Assert.True(Directory.Exists(damaged));
        Assert.Equal(10, (await Steps(whole)).Count);
    }

    [Fact]
    public async Task A_sync_that_was_interrupted_goes_on_where_it_was()
    {
        var (id, log) = await Offline(250_000);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in online.Logs.SyncAsync(log, new Once(stop.Cancel), ct: stop.Token)) { }
        });
        var half = (await Steps(id)).Count;
        Assert.InRange(half, 1, 249_999);
        await foreach (var synced in online.Logs.SyncAsync(folder.FullName)) Assert.InRange(synced.Sent, 1, 250_010 - half);
        Assert.Equal(Enumerable.Range(0, 250_000).Select(i => (long)i), (await Steps(id)).Order());
    }

    [Fact]
    public async Task A_damaged_log_gives_everything_before_and_behind_the_damage_and_names_file_and_byte()
    {
        var (id, log) = await Offline(120_000);
        var first = Path.Combine(log, "000001.log");
        var bytes = await File.ReadAllBytesAsync(first);
        bytes[100_000] ^= 0xFF;
        await File.WriteAllBytesAsync(first, bytes);

        var said = await Shell.Run("sync", log, "--url", Url);
        Assert.Equal(1, said.Code);
        Assert.Contains(first, said.Error, StringComparison.Ordinal);
        Assert.Contains("byte 99", said.Error, StringComparison.Ordinal);
        Assert.Contains("are not here any more", said.Error, StringComparison.Ordinal);
        var steps = await Steps(id);
        Assert.Contains(0, steps);
        Assert.Contains(119_999, steps);
        Assert.InRange(steps.Count, 100_000, 119_999);
        Assert.Equal(RunStatus.Finished, (await online.Runs.GetAsync(id)).Status);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_shipped_and_what_a_living_one_writes_is_left_alone()
    {
        using var client = new SlipwayClient(new SlipwayClientOptions { Offline = true, LogFolder = folder.FullName });
        await using var run = await client.StartRunAsync("flights");
        run.LogMetric("loss", 1, 1);
        var said = await Shell.Run("sync", folder.FullName, "--url", Url);
        Assert.Equal(0, said.Code);
        Assert.Contains("left alone", said.Output, StringComparison.Ordinal);

        // A copy without a living writer: what a kill leaves.
        var left = Directory.CreateDirectory(Path.Combine(folder.FullName, "left"));
        foreach (var file in Directory.GetFiles(run.LogFolder!)) if (!file.EndsWith("lock", StringComparison.Ordinal)) File.Copy(file, Path.Combine(left.FullName, Path.GetFileName(file)));
        Assert.Equal(0, (await Shell.Run("sync", left.FullName, "--url", Url)).Code);
        Assert.Equal([1L], await Steps(run.Id));
        Assert.Equal(RunStatus.Running, (await online.Runs.GetAsync(run.Id)).Status);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_a_sheet_that_is_damaged_and_a_server_that_is_away_are_told_apart()
    {
        Assert.Equal(3, (await Shell.Run("sync", Path.Combine(folder.FullName, "none"), "--url", Url)).Code);
        var (_, log) = await Offline(1);
        Assert.Equal(5, (await Shell.Run("sync", folder.FullName, "--url", "http://127.0.0.1:1")).Code);
        await File.WriteAllTextAsync(Path.Combine(log, "run.json"), "{\"log\": 5");
        var said = await Shell.Run("sync", folder.FullName, "--url", Url);
        Assert.Equal(1, said.Code);
        Assert.Contains("run.json", said.Error, StringComparison.Ordinal);
    }

    private sealed class Once(Action act) : IProgress<SyncProgress>
    {
        public void Report(SyncProgress value) => act();
    }
}
