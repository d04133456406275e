using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Storage;
using Slipway.Tests.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Import;

public sealed class ImportMlflowFromSqlite() : ImportMlflowTests(Dialect.Sqlite);

public sealed class ImportMlflowFromPostgres() : ImportMlflowTests(Dialect.Postgres);

/// <summary>`slipway import mlflow` from a database into a real server.</summary>
public abstract class ImportMlflowTests(Dialect dialect) : IAsyncLifetime
{
    private TestServer server = null!;
    private SlipwayClient client = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        client = new SlipwayClient(new SlipwayClientOptions { Url = server.Http.BaseAddress! });
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Runs_arrive_with_their_ids_and_everything_logged(int version)
    {
        await using var store = await MlflowStore.Create(dialect, version);
        var report = await Import(store);
        var run = await client.Runs.GetAsync(MlflowStore.First);
        Assert.Equal(("first", RunStatus.Finished, 1000L, 2000L, false), (run.Name, run.Status, run.StartedAt.ToUnixTimeMilliseconds(), run.EndedAt!.Value.ToUnixTimeMilliseconds(), run.IsDeleted));
        Assert.Equal(("0.1", "x y\nz"), (run.Params["lr"], run.Params["text"]));
        Assert.Equal(("v", "ada", "abc123", MlflowStore.First), (run.Tags["k"], run.Tags["mlflow.user"], run.Tags["mlflow.source.git.commit"], run.Tags["slipway.import.id"]));
        Assert.Equal([(1L, 0.5, 1001L), (2, 0.25, 1002), (3, 0.25, 1002)], await Points(MlflowStore.First, "loss"));
        Assert.True(double.IsNaN((await Points(MlflowStore.First, "nan")).Single().Value));
        Assert.Equal(("Infinity", "-Infinity"), (await Extreme("val/acc top"), await Extreme("down")));
        Assert.Equal(-5, (await Points(MlflowStore.First, "down")).Single().Step);
        var child = await client.Runs.GetAsync(MlflowStore.Child);
        Assert.Equal((RunStatus.Failed, MlflowStore.First), (child.Status, child.Tags["mlflow.parentRunId"]));
        Assert.Equal("ops", (await client.Experiments.FindAsync("flights"))!.Tags["team"]);
        Assert.Equal(["d.json", "sub dir", "sub dir/ä.txt"], await Files(MlflowStore.First));
        Assert.Equal((4, 8, 2), ((int)report["imported"]!["runs"]!, (int)report["imported"]!["metric points"]!, (int)report["imported"]!["params"]!));
        Assert.Contains(LeftOut(report), one => one.What == "registered models" && one.Count == 1);
        Assert.Contains(LeftOut(report), one => one.What == "artifacts of runs" && one.Why.Contains("s3:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_deleted_stays_deleted_and_can_be_restored()
    {
        await using var store = await MlflowStore.Create(dialect, 3);
        await Import(store);
        Assert.True((await client.Runs.GetAsync(MlflowStore.Broken)).IsDeleted);
        var gone = (await client.Experiments.FindAsync("gone"))!;
        Assert.True(gone.IsDeleted);
        Assert.True((await client.Runs.GetAsync(MlflowStore.Gone)).IsDeleted);
        await client.Experiments.RestoreAsync(gone.Id);
        Assert.False((await client.Runs.GetAsync(MlflowStore.Gone)).IsDeleted); // it went with the experiment
        Assert.True((await client.Runs.GetAsync(MlflowStore.Broken)).IsDeleted);
        await client.Runs.RestoreAsync(MlflowStore.Broken);
        Assert.Equal(RunStatus.Killed, (await client.Runs.GetAsync(MlflowStore.Broken)).Status);
    }

    [Fact]
    public async Task Data_sets_and_logged_models_arrive()
    {
        await using var store = await MlflowStore.Create(dialect, 3);
        await Import(store);
        var run = (await server.Get($"/api/2.0/mlflow/runs/get?run_id={MlflowStore.First}")).Json["run"]!;
        var used = run["inputs"]!["dataset_inputs"]!.AsArray().Single()!;
        Assert.Equal(("flights-3m", "300830b9", "training"), ((string)used["dataset"]!["name"]!, (string)used["dataset"]!["digest"]!, (string)used["tags"]![0]!["value"]!));
        Assert.Equal((MlflowStore.Model, 3L), ((string)run["outputs"]!["model_outputs"]![0]!["model_id"]!, (long)run["outputs"]!["model_outputs"]![0]!["step"]!));
        var model = (await server.Get($"/api/2.0/mlflow/logged-models/{MlflowStore.Model}")).Json["model"]!;
        Assert.Equal(("net", "Agent", "LOGGED_MODEL_READY", MlflowStore.First), ((string)model["info"]!["name"]!, (string)model["info"]!["model_type"]!, (string)model["info"]!["status"]!, (string)model["info"]!["source_run_id"]!));
        Assert.Equal(("depth", "loss", 0.25), ((string)model["data"]!["params"]![0]!["key"]!, (string)model["data"]!["metrics"]![0]!["key"]!, (double)model["data"]!["metrics"]![0]!["value"]!));
        var experiment = (string)model["info"]!["experiment_id"]!;
        Assert.Equal("flavors: {}\n", (await server.Get($"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{MlflowStore.Model}/artifacts/MLmodel")).Body);
    }

    [Fact]
    public async Task A_second_import_changes_nothing_and_a_later_one_brings_what_is_new()
    {
        await using var store = await MlflowStore.Create(dialect, 3);
        await Import(store);
        var before = await Everything();
        var again = await Import(store);
        Assert.Equal(before, await Everything());
        Assert.Equal(3, (int)again["imported"]!["runs that were there already, unchanged"]!);
        Assert.Null(again["imported"]!["runs"]);

        await store.Do($"INSERT INTO metrics VALUES ('loss', 0.125, 1009, '{MlflowStore.First}', 4, '0'); UPDATE tags SET value = 'w' WHERE \"key\" = 'k'");
        store.Put($"1/{MlflowStore.First}/artifacts/later.txt", "more");
        var third = await Import(store);
        Assert.Equal(4, (await Points(MlflowStore.First, "loss")).Count);
        Assert.Equal("w", (await client.Runs.GetAsync(MlflowStore.First)).Tags["k"]);
        Assert.Contains("later.txt", await Files(MlflowStore.First));
        Assert.Equal((1, 2), ((int)third["imported"]!["artifacts"]!, (int)third["imported"]!["artifacts that were there already"]!));
    }

    [Fact]
    public async Task A_run_that_was_deleted_here_is_not_raised_from_the_dead()
    {
        await using var store = await MlflowStore.Create(dialect, 3);
        await Import(store);
        await client.Runs.DeleteAsync(MlflowStore.First);
        await store.Do($"INSERT INTO metrics VALUES ('loss', 0.125, 1009, '{MlflowStore.First}', 4, '0')");
        Assert.Contains(LeftOut(await Import(store)), one => one.What == "runs" && one.Why.Contains("restore it", StringComparison.Ordinal));
        Assert.True((await client.Runs.GetAsync(MlflowStore.First)).IsDeleted);
    }

    [Fact]
    public async Task Artifacts_outside_the_source_are_uploaded_only_from_folders_that_are_named()
    {
        await using var store = await MlflowStore.Create(dialect, 3);
        var outside = Directory.CreateTempSubdirectory("slipway-outside-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(outside, "artifacts"));
            await File.WriteAllTextAsync(Path.Combine(outside, "artifacts", "secret.txt"), "s");
            File.CreateSymbolicLink(Path.Combine(store.Folder, "mlruns", "1", MlflowStore.First, "artifacts", "link.txt"), Path.Combine(outside, "artifacts", "secret.txt"));
            Directory.CreateSymbolicLink(Path.Combine(store.Folder, "way"), outside);
            await store.Do($"UPDATE runs SET artifact_uri = '{outside}/artifacts' WHERE run_uuid = '{MlflowStore.Child}'; UPDATE runs SET artifact_uri = '{store.Folder}/way/artifacts' WHERE run_uuid = '{MlflowStore.Gone}'");
            var report = await Import(store);
            Assert.Empty(await Files(MlflowStore.Child));
            Assert.Empty(await Files(MlflowStore.Gone));
            Assert.DoesNotContain("link.txt", await Files(MlflowStore.First));
            Assert.Equal(2, LeftOut(report).Where(one => one.Why.Contains("--artifacts", StringComparison.Ordinal)).Sum(one => one.Count));
            Assert.Contains(LeftOut(report), one => one.Why.Contains("a link", StringComparison.Ordinal));

            await store.Do($"INSERT INTO metrics VALUES ('x', 2, 1109, '{MlflowStore.Child}', 1, '0')");
            await Import(store, "--artifacts", outside);
            Assert.Equal(["secret.txt"], await Files(MlflowStore.Child));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task One_of_several_workspaces_is_chosen()
    {
        await using var store = await MlflowStore.Create(dialect, 3);
        await store.Do("UPDATE experiments SET workspace = 'other' WHERE experiment_id = 2");
        var refused = await Shell.Run("import", "mlflow", store.Source, "--url", server.Http.BaseAddress!.AbsoluteUri);
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("--from-workspace", refused.Error, StringComparison.Ordinal);
        await Import(store, "--from-workspace", "other");
        Assert.Null(await client.Experiments.FindAsync("flights"));
        Assert.NotNull(await client.Experiments.FindAsync("gone"));
    }

    private async Task<JsonNode> Import(MlflowStore store, params string[] options)
    {
        var named = dialect is Dialect.Postgres && !options.Contains("--artifacts") ? ["--artifacts", store.Folder] : Array.Empty<string>();
        var said = await Shell.Run(["import", "mlflow", store.Source, "--json", "--url", server.Http.BaseAddress!.AbsoluteUri, .. named, .. options]);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return JsonNode.Parse(said.Output)!;
    }

    private static List<(string What, long Count, string Why)> LeftOut(JsonNode report) =>
        [.. report["left_out"]!.AsArray().Select(one => ((string)one!["what"]!, (long)one["count"]!, (string)one["why"]!))];

    private async Task<List<(long Step, double Value, long TimeMs)>> Points(string run, string key)
    {
        var points = new List<(long, double, long)>();
        await foreach (var point in client.Runs.HistoryAsync(run, key)) points.Add((point.Step, point.Value, point.At.ToUnixTimeMilliseconds()));
        return points;
    }

    private async Task<string> Extreme(string key) =>
        (string)(await server.Get($"/api/slipway/v1/runs/{MlflowStore.First}/metrics/series?key={Uri.EscapeDataString(key)}")).Json["max"]![0]!;

    private async Task<List<string>> Files(string run)
    {
        var files = new List<string>();
        await foreach (var file in client.Artifacts.ListAsync(run, null, recursive: true)) files.Add(file.Path);
        return [.. files.Order(StringComparer.Ordinal)];
    }

    private async Task<string> Everything()
    {
        var all = new JsonArray();
        foreach (var run in (string[])[MlflowStore.First, MlflowStore.Child, MlflowStore.Broken, MlflowStore.Gone])
            all.Add((await server.Get($"/api/2.0/mlflow/runs/get?run_id={run}")).Json);
        foreach (var point in await Points(MlflowStore.First, "loss")) all.Add(point.ToString());
        return all.ToJsonString();
    }
}
