using System.Text;
using Slipway.Client;
using Slipway.Tests.Server;

namespace Slipway.Tests.Client;

/// <summary>The SDK against the real server, over a real socket.</summary>
public sealed class ClientOnServerTests : IAsyncLifetime
{
    private TestServer server = null!;
    private SlipwayClient client = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        client = new SlipwayClient(new SlipwayClientOptions { Url = server.Http.BaseAddress!, RetriesMax = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task What_is_logged_is_read_back()
    {
        string id;
        await using (var run = await client.StartRunAsync("flights", new RunOptions { Name = "first" }))
        {
            id = run.Id;
            for (var step = 0; step < 2_500; step++) run.LogMetric("loss", 1.0 / (step + 1), step);
            run.LogMetric("strange", double.NaN);
            run.LogParam("depth", 6);
            run.SetTag("team", "ops");
            await run.FinishAsync();
        }

        var read = await client.Runs.GetAsync(id);
        Assert.Equal(("first", RunStatus.Finished), (read.Name, read.Status));
        Assert.NotNull(read.EndedAt);
        Assert.Equal((2_499, 1.0 / 2_500), (read.Metrics["loss"].Step, read.Metrics["loss"].Value));
        Assert.True(double.IsNaN(read.Metrics["strange"].Value));
        Assert.Equal("6", read.Params["depth"]);
        Assert.Equal("ops", read.Tags["team"]);
        Assert.Equal("LOCAL", read.Tags["mlflow.source.type"]);

        var steps = new List<long>();
        await foreach (var point in client.Runs.HistoryAsync(id, "loss")) steps.Add(point.Step);
        Assert.Equal(Enumerable.Range(0, 2_500).Select(step => (long)step), steps.Order());
    }

    [Fact]
    public async Task A_param_with_another_value_is_refused_and_everything_else_is_kept()
    {
        await using var run = await client.StartRunAsync("flights");
        run.LogParam("depth", 6);
        await run.FlushAsync();
        run.LogMetric("loss", 0.5);
        run.LogParam("depth", 7);
        run.LogMetric("loss", 0.4, 1);

        var failure = await Assert.ThrowsAsync<SlipwayException>(() => run.FinishAsync());

        Assert.Contains("'depth'", failure.Message, StringComparison.Ordinal);
        var read = await client.Runs.GetAsync(run.Id);
        Assert.Equal(("6", 0.4, RunStatus.Finished), (read.Params["depth"], read.Metrics["loss"].Value, read.Status));
    }

    [Fact]
    public async Task Searches_go_from_page_to_page()
    {
        var experiment = await client.Experiments.GetOrCreateAsync("flights");
        for (var i = 0; i < 7; i++)
        {
            await using var run = await client.StartRunInAsync(experiment.Id, new RunOptions { Name = $"run-{i}" });
            run.LogMetric("auc", i / 10.0);
            await run.FinishAsync();
        }
        var found = new List<string>();
        await foreach (var run in client.Runs.SearchAsync(new RunQuery { ExperimentIds = [experiment.Id], Filter = "metrics.auc >= 0.2", OrderBy = ["metrics.auc DESC"], PageSize = 2 })) found.Add(run.Name);
        Assert.Equal(["run-6", "run-5", "run-4", "run-3", "run-2"], found);
    }

    [Fact]
    public async Task Experiments_are_created_once_deleted_and_restored()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.Experiments.GetOrCreateAsync("shared")));
        Assert.Single(all.Select(one => one.Id).Distinct());
        await client.Experiments.DeleteAsync(all[0].Id);
        Assert.True((await client.Experiments.GetAsync(all[0].Id)).IsDeleted);
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Experiments.GetOrCreateAsync("shared"));
        Assert.Contains("restore", failure.Remedy, StringComparison.Ordinal);
        await client.Experiments.RestoreAsync(all[0].Id);
        Assert.False((await client.Experiments.FindAsync("shared"))!.IsDeleted);
        Assert.Null(await client.Experiments.FindAsync("never"));
    }

    [Fact]
    public async Task Artifacts_go_up_are_listed_and_come_down_whole()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-artifacts-");
        try
        {
            var big = new byte[3_000_000];
            new Random(7).NextBytes(big);
            Directory.CreateDirectory(Path.Combine(folder.FullName, "up", "deep"));
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "up", "deep", "größe 1.bin"), big);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "up", "a.txt"), "hello");
            await using var run = await client.StartRunAsync("flights");
            await run.LogArtifactsAsync(Path.Combine(folder.FullName, "up"), "data");
            await run.LogTextAsync("# Report", "report.md");

            var listed = new List<ArtifactFile>();
            await foreach (var file in client.Artifacts.ListAsync(run.Id, recursive: true)) listed.Add(file);
            Assert.Equal(["data", "data/a.txt", "data/deep", "data/deep/größe 1.bin", "report.md"], listed.Select(file => file.Path).Order(StringComparer.Ordinal));
            Assert.Equal(3_000_000, listed.Single(file => file.Path.EndsWith(".bin", StringComparison.Ordinal)).Bytes);

            var down = Path.Combine(folder.FullName, "down");
            Assert.Equal(2, await client.Artifacts.DownloadFolderAsync(run.Id, "data", down));
            Assert.Equal(big, await File.ReadAllBytesAsync(Path.Combine(down, "deep", "größe 1.bin")));
            await using var opened = await client.Artifacts.OpenAsync(run.Id, "report.md");
            Assert.Equal("# Report", await new StreamReader(opened, Encoding.UTF8).ReadToEndAsync());
            var missing = await Assert.ThrowsAsync<SlipwayException>(() => client.Artifacts.OpenAsync(run.Id, "none.txt"));
            Assert.True(missing.IsNotFound);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Data_and_models_are_found_on_the_run()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-model-");
        try
        {
            var file = Path.Combine(folder.FullName, "model.onnx");
            await File.WriteAllTextAsync(file, "weights");
            await using var run = await client.StartRunAsync("flights");
            var data = await DatasetVersion.OfFileAsync(file, "weights") with { Schema = DatasetVersion.SchemaOf(("hour", "long")), Profile = DatasetVersion.ProfileOf(10, 1) };
            await run.LogDatasetAsync(data, "training");
            await run.LogModelAsync(folder.FullName, ModelDescription.Onnx());
            await run.FinishAsync();

            var read = await client.Runs.GetAsync(run.Id);
            Assert.Equal([new UsedDataset(data, "training")], read.Datasets);
            Assert.Contains("\"artifact_path\":\"model\"", read.Tags["mlflow.log-model.history"], StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
