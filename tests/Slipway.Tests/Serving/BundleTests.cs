using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Server;
using Slipway.Serving;
using Slipway.Tests.Cli;
using static Slipway.Engines.Onnx.OnnxType;

namespace Slipway.Tests.Serving;

/// <summary>Folders that answer without any server, and what must not be in them.</summary>
public sealed class BundleTests : IDisposable
{
    private readonly string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "bundle-" + Guid.NewGuid().ToString("N"))).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Two versions: one answers what it is asked, the other twice that.</summary>
    private async Task Write(double canary = 0)
    {
        foreach (var (version, graph) in new[] { ("1", new OnnxGraph("same").Input("x", Tensor(OnnxElement.Float, "batch", 2)).Output("y", Tensor(OnnxElement.Float, "batch", 2)).Node("Identity", ["x"], ["y"])),
            ("2", new OnnxGraph("twice").Input("x", Tensor(OnnxElement.Float, "batch", 2)).Output("y", Tensor(OnnxElement.Float, "batch", 2)).Node("Add", ["x", "x"], ["y"])) })
        {
            Directory.CreateDirectory(Path.Combine(folder, "models", "m", version));
            await File.WriteAllBytesAsync(Path.Combine(folder, "models", "m", version, "model.onnx"), graph.ToArray());
        }
        Bundle.Write(folder, new BundleManifest(1, 0, "test", null, null, new BundleEndpoint("edge", null, "full", null, null, null, 3),
            [new BundleArm("champion", "m", "1", "champion", 1 - canary, "models/m/1"), new BundleArm("canary", "m", "2", null, canary, "models/m/2")],
            [await Bundle.Describe(folder, "models/m/1/model.onnx", default), await Bundle.Describe(folder, "models/m/2/model.onnx", default)]));
    }

    private static ServerOptions Options => new() { Urls = ["http://127.0.0.1:0"] };

    private static JsonObject Ask(float one, float two) => new() { ["inputs"] = new JsonArray(new JsonObject { ["name"] = "x", ["shape"] = new JsonArray(1, 2), ["datatype"] = "FP32", ["data"] = new JsonArray(one, two) }) };

    [Fact]
    public async Task Bundle_answers_at_its_name_and_at_the_root()
    {
        await Write();
        await using var server = await BundleServer.Start(Options, new BundleChoices(folder), default);
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0]) };
        using var infer = await http.PostAsJsonAsync("/v2/models/edge/infer", Ask(3, 4));
        var answer = JsonNode.Parse(await infer.Content.ReadAsStringAsync())!;
        Assert.Equal((HttpStatusCode.OK, "1", 4f), (infer.StatusCode, (string)answer["model_version"]!, (float)answer["outputs"]![0]!["data"]!.AsArray().Last()!));
        using var second = await http.PostAsJsonAsync("/v2/models/edge/versions/2/infer", Ask(3, 4));
        Assert.Equal(8f, (float)JsonNode.Parse(await second.Content.ReadAsStringAsync())!["outputs"]![0]!["data"]!.AsArray().Last()!);
        using var invocations = await http.PostAsJsonAsync("/invocations", new JsonObject { ["inputs"] = new JsonArray(new JsonArray(1, 2)) });
        Assert.True(invocations.IsSuccessStatusCode, await invocations.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/ping")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsJsonAsync("/v2/models/other/infer", Ask(1, 2))).StatusCode);
        var metrics = await http.GetStringAsync("/metrics");
        Assert.Contains("slipway_predictions_total{endpoint=\"edge\",version=\"2\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_is_asked_for_where_there_is_one()
    {
        await Write();
        await using var server = await BundleServer.Start(Options, new BundleChoices(folder) { Token = "sesame" }, default);
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0]) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("/v2/models/edge/infer", Ask(1, 2))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2/health/live")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "sesam");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("/v2/models/edge/infer", Ask(1, 2))).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsJsonAsync("/v2/models/edge/infer", Ask(1, 2))).StatusCode);
    }

    [Theory]
    [InlineData("changed", "models/m/1/model.onnx is not what it was")]
    [InlineData("missing", "models/m/1/model.onnx cannot be read")]
    [InlineData("added", "models/m/1/evil.py was added")]
    [InlineData("leads-out", "is no path below the bundle")]
    [InlineData("other-folder", "expected one below models/")]
    [InlineData("format", "has the format 2")]
    [InlineData("no-json", "is not understood")]
    [InlineData("nothing", "There is no bundle.json")]
    public async Task What_is_not_as_it_was_exported_does_not_start(string what, string message)
    {
        await Write();
        var (model, manifest) = (Path.Combine(folder, "models", "m", "1", "model.onnx"), Path.Combine(folder, Bundle.FileName));
        switch (what)
        {
            case "changed": await File.AppendAllTextAsync(model, "x"); break;
            case "missing": File.Delete(model); break;
            case "added": await File.WriteAllTextAsync(Path.Combine(folder, "models", "m", "1", "evil.py"), ""); break;
            case "leads-out": await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"models/m/1/model.onnx\"", "\"models/../../x\"", StringComparison.Ordinal)); break;
            case "other-folder": await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"models/m/1\"", "\"/etc\"", StringComparison.Ordinal)); break;
            case "format": await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal)); break;
            case "no-json": await File.WriteAllTextAsync(manifest, "{"); break;
            default: File.Delete(manifest); break;
        }
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => BundleServer.Start(Options, new BundleChoices(folder), default));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_share_out_by_weight()
    {
        await Write(canary: 0.5);
        await using var server = await BundleServer.Start(Options, new BundleChoices(folder), default);
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0]) };
        var seen = new HashSet<string>();
        for (var i = 0; i < 64 && seen.Count < 2; i++)
        {
            using var answer = await http.PostAsJsonAsync("/v2/models/edge/infer", Ask(1, 2));
            seen.Add((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["model_version"]!);
        }
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task Program_starts_within_a_second_and_drains_on_SIGTERM()
    {
        await Write();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var process = Shell.Start("serve", "--bundle", folder, "--urls", "http://127.0.0.1:0", "--log-level", "warning");
        try
        {
            var line = await process.StandardOutput.ReadLineAsync();
            Assert.StartsWith("Serving 'edge' on http://127.0.0.1:", line, StringComparison.Ordinal);
            TestContext.Current.TestOutputHelper?.WriteLine($"{clock.ElapsedMilliseconds} ms to the first answer");
            using var http = new HttpClient { BaseAddress = new Uri(line!["Serving 'edge' on ".Length..]) };
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2/health/ready")).StatusCode);
            using var ask = System.Diagnostics.Process.Start("kill", ["-TERM", process.Id.ToString()]);
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
