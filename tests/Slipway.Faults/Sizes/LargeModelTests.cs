using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Faults.Processes;

namespace Slipway.Faults.Sizes;

/// <summary>A model far larger than memory may grow: uploaded, registered, looked into, verified, promoted, sent.</summary>
public sealed class LargeModelTests(ITestOutputHelper output) : IDisposable
{
    private const long GrowthMax = 150;

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-large-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_model_of_many_gigabytes_goes_its_way_in_flat_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        var bytes = Scale.Of(full: 10_000, least: 1_000) * 1_000_000L;
        Assert.SkipUnless(new DriveInfo(folder).AvailableFreeSpace > 4 * bytes, "Not enough disk for a model, its copy for the scan and the one in another workspace.");
        await using var server = await RealServer.Start(Path.Combine(folder, "data"));
        using var http = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(30) };
        await Post(http, "api/3.0/mlflow/workspaces", """{"name":"prod"}""");
        var run = (await Post(http, "api/2.0/mlflow/runs/create", """{"experiment_id":"0","start_time":1}"""))["run"]!["info"]!;
        var before = server.PeakMegabytes;
        using (var sent = await http.PutAsync($"api/2.0/mlflow-artifacts/artifacts/{((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..]}/model/weights.bin", new StreamContent(new ZeroStream(bytes), 1 << 20))) sent.EnsureSuccessStatusCode();
        await Post(http, "api/2.0/mlflow/registered-models/create", """{"name":"large"}""");
        await Post(http, "api/2.0/mlflow/model-versions/create", $$"""{"name":"large","source":"runs:/{{run["run_id"]}}/model"}""");
        var package = await Until(http, "api/slipway/v1/models/large/versions/1/package", static said => (string)said["scan"]!["status"]! != "pending");
        Assert.Equal("clean", (string)package["scan"]!["status"]!);
        Assert.Equal((bytes, Convert.ToHexStringLower(await SHA256.HashDataAsync(new ZeroStream(bytes)))), ((long)package["files"]![0]!["size"]!, (string)package["files"]![0]!["sha256"]!));
        await Post(http, "api/slipway/v1/models/large/versions/1/promote", """{"workspace":"prod","reason":"large"}""");
        var promoted = await Until(http, "api/slipway/v1/models/large/versions/1/promotions", static said => (string)said["promotions"]![0]!["status"]! is not ("WAITING" or "RUNNING"));
        Assert.Equal("DONE", (string)promoted["promotions"]![0]!["status"]!);
        var (length, buffer) = (0L, new byte[1 << 20]);
        await using (var whole = await http.GetStreamAsync("model-versions/get-artifact?name=large&version=1&path=weights.bin"))
            for (int read; (read = await whole.ReadAsync(buffer)) > 0;) length += read;
        Assert.Equal(bytes, length);
        var growth = server.PeakMegabytes - before;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:N1} GB: resident memory at its highest {before:N0} MB before, {growth:N0} MB more after"));
        Assert.True(growth < GrowthMax, $"The server's memory grew by {growth:N0} MB for a model of {bytes / 1e9:N1} GB; expected less than {GrowthMax} MB, whatever the size.");
    }

    private static async Task<JsonNode> Until(HttpClient http, string path, Func<JsonNode, bool> done)
    {
        while (true)
        {
            if (JsonNode.Parse(await http.GetStringAsync(path)) is { } said && done(said)) return said;
            await Task.Delay(100);
        }
    }

    private static async Task<JsonNode> Post(HttpClient http, string path, string json)
    {
        using var answer = await http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
