using System.Text.Json.Nodes;
using Slipway.Faults.Processes;
using Slipway.Storage;

namespace Slipway.Faults.Stores;

/// <summary>Stored bytes that were changed or cut behind the server's back: found, named, and no reason for anything else to stop.</summary>
public sealed class DamageTests : IDisposable
{
    private const int PageBytes = 4_096;
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-damage-").FullName;

    private string Data => Path.Combine(folder, "data");

    private string DatabaseFile => Path.Combine(Data, "slipway.db");

    [Fact]
    public async Task A_damaged_page_is_named_and_the_rest_goes_on()
    {
        var (damaged, _) = await Prepare();
        var root = await Offline(static session => session.Long("SELECT rootpage FROM sqlite_master WHERE name = 'params'")!.Value);
        Overwrite(DatabaseFile, (root - 1) * PageBytes, PageBytes);

        await using var server = await RealServer.Start(Data);
        using var wire = new WireClient(server.Url);
        var read = await wire.Get("api/2.0/mlflow/runs/get?run_id=" + damaged);
        Assert.Equal((500, "DATA_LOSS"), (read.Status, (string?)read.Json["error_code"]));
        Assert.Contains("slipway.db", (string?)read.Json["message"], StringComparison.Ordinal);
        Assert.Equal(500, (await LogParam(wire, damaged, "more")).Status);

        Assert.True((await wire.Get("api/2.0/mlflow/experiments/get?experiment_id=0")).Ok);
        var created = await wire.Post("experiments/create", new JsonObject { ["name"] = "after the damage" });
        Assert.True(created.Ok, created.Body);
        Assert.True((await History(wire, damaged)).Ok);
        Assert.False(server.HasEnded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cut_off_or_foreign_database_file_is_refused_at_start_by_its_name(bool cutOff)
    {
        await Prepare();
        await Offline(static session => session.Long("SELECT 1")!.Value);
        if (cutOff)
        {
            using var file = File.OpenWrite(DatabaseFile);
            file.SetLength(file.Length / 2 / PageBytes * PageBytes);
        }
        else Overwrite(DatabaseFile, 0, 200);

        await using var server = await RealServer.Start(Data, wait: false);
        await server.Ended(TimeSpan.FromSeconds(60));
        Assert.NotEqual(0, server.ExitCode);
        Assert.Contains("slipway.db", server.LastWords, StringComparison.Ordinal);
        Assert.Contains("damaged", server.LastWords, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("metric_log", "payload", "log batch", 300)]
    [InlineData("metric_packs", "body", "pack", 20_000)]
    [InlineData("metric_segments", "body", "segment", 20_000)]
    public async Task Damaged_points_are_named_and_other_metrics_and_runs_answer(string table, string column, string called, int points)
    {
        var (damaged, other) = await Prepare(points, keys: table == "metric_segments" ? 1 : 10, until: table);
        var changed = await Offline<int>(session =>
        {
            var row = session.First($"SELECT id, {column} FROM {table} ORDER BY id LIMIT 1", static row => (Id: row.Long(0), Bytes: row.Bytes(1)));
            row.Bytes[row.Bytes.Length / 2] ^= 0x10;
            return session.Execute($"UPDATE {table} SET {column} = $1 WHERE id = $2", row.Bytes, row.Id);
        });
        Assert.Equal(1, changed);

        await using var server = await RealServer.Start(Data);
        using var wire = new WireClient(server.Url);
        var histories = new List<Reply>();
        for (var key = 0; key < 10; key++) histories.Add(await History(wire, damaged, "loss" + key));
        var found = Assert.Single(histories.Where(history => !history.Ok).DistinctBy(history => history.Status));
        Assert.Equal((500, "DATA_LOSS"), (found.Status, (string?)found.Json["error_code"]));
        Assert.Matches($"{called} [0-9]+ .* is damaged", (string?)found.Json["message"]);

        Assert.True((await History(wire, other)).Ok);
        Assert.True((await wire.Get("api/2.0/mlflow/runs/get?run_id=" + damaged)).Ok);
        Assert.True((await LogPoints(wire, damaged, 10, 1, from: 1_000_000)).Ok);
        Assert.True((await LogPoints(wire, other, 10, 1, from: 1_000_000)).Ok);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cut_off_or_missing_artifact_never_passes_for_whole(bool cutOff)
    {
        string root;
        await using (var server = await RealServer.Start(Data))
        {
            using var wire = new WireClient(server.Url);
            root = (await NewRun(wire)).Root;
            Assert.True((await wire.PutArtifact(root + "/large.bin", new byte[200_000])).Ok);
            Assert.True((await wire.PutArtifact(root + "/small.bin", new byte[100])).Ok);
        }
        var file = Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories).Single(path => new FileInfo(path).Length == 200_000);
        if (cutOff) File.WriteAllBytes(file, new byte[1_000]);
        else File.Delete(file);

        await using var again = await RealServer.Start(Data);
        using var client = new WireClient(again.Url);
        int status;
        try
        {
            status = (await client.GetArtifact(root + "/large.bin")).Status;
        }
        catch (HttpRequestException)
        {
            status = 0; // the connection was broken off before the length it promised
        }
        Assert.NotEqual(200, status);
        Assert.Equal(200, (await client.GetArtifact(root + "/small.bin")).Status);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Two runs with params and points; with <paramref name="until"/> waits until that table has rows, which compaction writes. Ends by a kill.</summary>
    private async Task<(string Damaged, string Other)> Prepare(int points = 10, int keys = 1, string? until = null)
    {
        await using var server = await RealServer.Start(Data);
        using var wire = new WireClient(server.Url);
        var (damaged, other) = ((await NewRun(wire)).Id, (await NewRun(wire)).Id);
        for (var n = 0; n < 20; n++) Assert.True((await LogParam(wire, damaged, "p" + n)).Ok);
        for (var from = 0; from < points; from += 1_000)
        {
            var logged = await LogPoints(wire, damaged, Math.Min(1_000, points - from), keys, from);
            Assert.True(logged.Ok, logged.Body);
        }
        Assert.True((await LogPoints(wire, other, 10, 1, 0)).Ok);
        if (until is null or "metric_log") return (damaged, other);
        // The file is read beside the server: SQLite lets others read.
        await using var database = Databases.Open("sqlite:" + DatabaseFile);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await database.Read(session => session.Long($"SELECT count(*) FROM {until}"), patience.Token) == 0) await Task.Delay(100, patience.Token);
        return (damaged, other);
    }

    /// <summary>Changes the database with no server on it; closing brings everything from the log into the file.</summary>
    private async Task<T> Offline<T>(Func<Session, T> work)
    {
        await using var database = Databases.Open("sqlite:" + DatabaseFile);
        return (await database.Write<T>(session => work(session), default)).Value;
    }

    private static void Overwrite(string path, long at, int count)
    {
        var noise = new byte[count];
        new Random(7).NextBytes(noise);
        using var file = File.OpenWrite(path);
        file.Position = at;
        file.Write(noise);
    }

    private static async Task<(string Id, string Root)> NewRun(WireClient wire)
    {
        var created = await wire.Post("runs/create", new JsonObject { ["experiment_id"] = "0" });
        Assert.True(created.Ok, created.Body);
        var info = created.Json["run"]!["info"]!;
        return ((string)info["run_id"]!, ((string)info["artifact_uri"]!)["mlflow-artifacts:/".Length..].TrimStart('/'));
    }

    private static Task<Reply> LogParam(WireClient wire, string run, string key) => wire.Post("runs/log-parameter", new JsonObject { ["run_id"] = run, ["key"] = key, ["value"] = "v" });

    private static Task<Reply> LogPoints(WireClient wire, string run, int count, int keys, int from) => wire.Post("runs/log-batch", new JsonObject
    {
        ["run_id"] = run,
        ["metrics"] = new JsonArray([.. Enumerable.Range(from, count).Select(n => (JsonNode)new JsonObject { ["key"] = "loss" + (n % keys), ["value"] = Math.Sin(n), ["timestamp"] = 1_700_000_000_000 + n, ["step"] = n })]),
    });

    private static Task<Reply> History(WireClient wire, string run, string key = "loss0") => wire.Get($"api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key={key}&max_results=100000");
}
