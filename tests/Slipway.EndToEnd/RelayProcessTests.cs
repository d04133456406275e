using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.EndToEnd;

/// <summary>The relay and the server as processes, killed without notice: what was answered is there afterwards, once.</summary>
public sealed class RelayProcessTests : IAsyncLifetime
{
    private const string Api = "/api/2.0/mlflow";

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-e2e-relay-").FullName;
    private readonly Uri serverUrl = new($"http://127.0.0.1:{FreePort()}"), relayUrl = new($"http://127.0.0.1:{FreePort()}");
    private readonly HttpClient http = new();
    private Process? server, relay;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Kill(relay);
        await Kill(server);
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Server_killed_half_way_and_relay_killed_after_it()
    {
        server = await StartServer();
        relay = await StartRelay();
        var experiment = (string)(await Post("/experiments/create", """{"name":"flights"}"""))["experiment_id"]!;
        var (first, _) = await NewRun(experiment);
        for (var step = 0; step < 20; step++) await Log(first, step);
        await Kill(server);
        for (var step = 20; step < 40; step++) await Log(first, step);
        // Made without a server: one in an experiment that is there, one in a new one.
        var (second, root) = await NewRun(experiment);
        var own = (string)(await Post("/experiments/create", """{"name":"new"}"""))["experiment_id"]!;
        var (third, _) = await NewRun(own);
        await Put(root, "weights.bin", 2_000_000);
        await Kill(relay);
        relay = await StartRelay();
        for (var step = 0; step < 10; step++) await Log(third, step);
        await Post("/runs/update", $$"""{"run_id":"{{first}}","status":"FINISHED","end_time":5}""");
        Assert.Equal("FINISHED", (string)(await Get(relayUrl, $"/runs/get?run_id={first}"))["run"]!["info"]!["status"]!);

        server = await StartServer();
        await Delivered();

        Assert.Equal(Enumerable.Range(0, 40).Select(step => (double)step), await History(first));
        Assert.Equal(Enumerable.Range(0, 10).Select(step => (double)step), await History(third));
        var there = (await Get(serverUrl, $"/runs/get?run_id={first}"))["run"]!["info"]!;
        Assert.Equal(("FINISHED", experiment), ((string)there["status"]!, (string)there["experiment_id"]!));
        Assert.Equal(2_000_000, (int)(await Get(serverUrl, $"/artifacts/list?run_id={second}"))["files"]![0]!["file_size"]!);
        Assert.Equal("new", (string)(await Get(serverUrl, "/experiments/get?experiment_id=" + (string)(await Get(serverUrl, $"/runs/get?run_id={third}"))["run"]!["info"]!["experiment_id"]!))["experiment"]!["name"]!);
        Assert.Equal(0, (await Status())["refused_count"]?.GetValue<int>() ?? 0);
    }

    [Fact]
    public async Task Relay_and_server_killed_again_and_again_while_a_client_logs()
    {
        server = await StartServer();
        relay = await StartRelay();
        var (run, _) = await NewRun("0");
        var taken = new HashSet<double>();
        var random = new Random(11);
        for (var step = 0; step < 300; step++)
        {
            if (step % 60 == 20) await Kill(server);
            if (step % 60 == 50) server = await StartServer();
            if (step % 75 == 40)
            {
                // In the middle of a request: it may be taken or not, but what was answered was taken.
                var under = TryLog(run, 10_000 + step);
                if (random.Next(2) == 0) await Task.Yield();
                await Kill(relay);
                if (await under) taken.Add(10_000 + step);
                relay = await StartRelay();
            }
            await Log(run, step);
            taken.Add(step);
        }
        if (server!.HasExited) server = await StartServer();
        await Delivered();
        var history = await History(run);
        Assert.Equal(history.Distinct().Count(), history.Count);
        Assert.Empty(taken.Except(history));
        Assert.All(history.Except(taken), step => Assert.InRange(step, 10_000, 11_000)); // taken, and its answer was cut off
    }

    private async Task<bool> TryLog(string run, int step)
    {
        try
        {
            await Log(run, step);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Task<JsonNode> Log(string run, int step) => Post("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"loss","value":{{step}},"timestamp":{{step}},"step":{{step}}}""");

    private async Task<(string Id, string Root)> NewRun(string experiment)
    {
        var info = (await Post("/runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":1}"""))["run"]!["info"]!;
        return ((string)info["run_id"]!, (string)info["artifact_uri"]!);
    }

    private async Task Put(string root, string name, int bytes)
    {
        using var answer = await http.PutAsync(new Uri(relayUrl, "/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/" + name), new ByteArrayContent(new byte[bytes]));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<List<double>> History(string run) =>
        [.. (await Get(serverUrl, $"/metrics/get-history?run_id={run}&metric_key=loss&max_results=10000"))["metrics"]!.AsArray().Select(point => (double)point!["value"]!)];

    private async Task<JsonNode> Post(string path, string json)
    {
        using var answer = await http.PostAsync(new Uri(relayUrl, Api + path), new StringContent(json, Encoding.UTF8, "application/json"));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private async Task<JsonNode> Get(Uri from, string path) => JsonNode.Parse(await http.GetStringAsync(new Uri(from, Api + path)))!;

    private async Task Delivered()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (((await Status())["waiting"]?.GetValue<int>() ?? 0) > 0) await Task.Delay(100, deadline.Token);
    }

    private async Task<JsonNode> Status()
    {
        using var status = ServerProcess.Run(["relay", "status", "--data", Path.Combine(folder, "relay"), "--json"]);
        var output = await status.StandardOutput.ReadToEndAsync();
        await status.WaitForExitAsync();
        return JsonNode.Parse(output)!;
    }

    private Task<Process> StartServer() => Listening(["server", "--urls", serverUrl.ToString(), "--data", Path.Combine(folder, "data"), "--log-level", "error"]);

    private Task<Process> StartRelay() => Listening(["relay", "--server", serverUrl.ToString(), "--urls", relayUrl.ToString(), "--data", Path.Combine(folder, "relay")]);

    private static async Task<Process> Listening(string[] arguments)
    {
        var process = ServerProcess.Run(arguments);
        _ = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            if (line.StartsWith("Listening on ", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return process;
            }
        throw new InvalidOperationException($"slipway {arguments[0]} ended before it listened.");
    }

    private static async Task Kill(Process? process)
    {
        if (process is null || process.HasExited) return;
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
