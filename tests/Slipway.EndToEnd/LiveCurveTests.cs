using System.Diagnostics;
using Slipway.Client;

namespace Slipway.EndToEnd;

/// <summary>The ten lines that docs/sdk.md begins with, as a newcomer runs them.</summary>
public sealed class LiveCurveTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void The_page_shows_the_program_that_is_tested() =>
        Assert.Contains(File.ReadAllText(Path.Combine(Root, "samples", "LiveCurve", "Program.cs")).Trim(), File.ReadAllText(Path.Combine(Root, "docs", "sdk.md")), StringComparison.Ordinal);

    [Fact]
    public async Task Its_curve_is_on_the_server_while_it_runs()
    {
        await using var server = await ServerProcess.Start();
        var logs = Directory.CreateTempSubdirectory("slipway-e2e-logs-");
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "LiveCurve", new DirectoryInfo(AppContext.BaseDirectory).Name, OperatingSystem.IsWindows() ? "LiveCurve.exe" : "LiveCurve"));
        using var running = Process.Start(new ProcessStartInfo(program) { Environment = { ["SLIPWAY_URL"] = server.Address.ToString(), ["SLIPWAY_LOG_DIR"] = logs.FullName } })!;
        try
        {
            using var client = new SlipwayClient(new SlipwayClientOptions { Url = server.Address, LogFolder = logs.FullName });
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            var points = 0;
            Run? run = null;
            while (points < 20)
            {
                await Task.Delay(50, deadline.Token);
                if (await client.Experiments.FindAsync("live-curve", deadline.Token) is not { } experiment) continue;
                await foreach (var found in client.Runs.SearchAsync(new RunQuery { ExperimentIds = [experiment.Id] }, deadline.Token)) run = found;
                if (run is null) continue;
                points = 0;
                await foreach (var _ in client.Runs.HistoryAsync(run.Id, "loss", deadline.Token)) points++;
            }
            Assert.Equal(RunStatus.Running, run!.Status);
            Assert.False(running.HasExited);
            Assert.Equal("0.1", run.Params["learning_rate"]);
        }
        finally
        {
            running.Kill();
            await running.WaitForExitAsync();
            logs.Delete(recursive: true);
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Slipway.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Slipway.slnx is in no folder above the tests.");
        return folder;
    }
}
