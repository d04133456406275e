using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.EndToEnd;

public sealed class ServerProcessTests
{
    private const string Mlflow = "/api/2.0/mlflow";

    private static async Task<JsonNode> Post(ServerProcess server, string path, string json)
    {
        using var answer = await server.Http.PostAsync(Mlflow + path, new StringContent(json, Encoding.UTF8, "application/json"));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private static async Task<JsonNode> Get(ServerProcess server, string path) => (await server.Http.GetFromJsonAsync<JsonNode>(Mlflow + path))!;

    [Fact]
    public async Task Server_tracks_a_run_and_has_it_after_a_stop_and_after_a_kill()
    {
        var data = Path.Combine(Directory.CreateTempSubdirectory("slipway-e2e-").FullName, "data");
        string run;
        await using (var server = await ServerProcess.Start(data))
        {
            var experiment = (string)(await Post(server, "/experiments/create", """{"name":"flights"}"""))["experiment_id"]!;
            run = (string)(await Post(server, "/runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":1}"""))["run"]!["info"]!["run_id"]!;
            await Post(server, "/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"auc","value":0.5,"timestamp":1,"step":0}],"params":[{"key":"depth","value":"6"}]}""");
            Assert.Equal(0, await server.Stop());
        }
        await using (var server = await ServerProcess.Start(data))
        {
            await Post(server, "/runs/log-metric", $$"""{"run_id":"{{run}}","key":"auc","value":0.75,"timestamp":2,"step":1}""");
            await server.Kill();
        }
        await using (var server = await ServerProcess.Start(data))
        {
            var found = (await Get(server, "/runs/get?run_id=" + run))["run"]!["data"]!;
            Assert.Equal(0.75, (double)found["metrics"]![0]!["value"]!);
            Assert.Equal("6", (string)found["params"]![0]!["value"]!);
            var history = (await Get(server, $"/metrics/get-history?run_id={run}&metric_key=auc&max_results=10"))["metrics"]!.AsArray();
            Assert.Equal([0.5, 0.75], history.Select(point => (double)point!["value"]!));
        }
        Directory.Delete(Path.GetDirectoryName(data)!, recursive: true);
    }

    [Fact]
    public async Task Server_says_every_wrong_option_at_once_and_ends()
    {
        using var process = ServerProcess.Run(["server", "--urls", "ftp://nowhere", "--log-level", "loud"], new Dictionary<string, string> { ["SLIPWAY__LIMIT__REQUESTBYTES"] = "1" });
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("urls: got 'ftp://nowhere'", errors);
        Assert.Contains("log.level: got 'loud'", errors);
        Assert.Contains("'limits.requestBytes' perhaps", errors);
    }

    [Fact]
    public async Task Server_will_not_share_a_data_folder()
    {
        await using var server = await ServerProcess.Start();
        using var second = ServerProcess.Run(["server", "--urls", "http://127.0.0.1:0", "--data", server.Data]);
        var errors = await second.StandardError.ReadToEndAsync();
        await second.WaitForExitAsync();
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("in use by process " + server.Id, errors);
    }

    [Fact]
    public async Task Server_logs_json_lines_to_standard_error_when_asked()
    {
        await using var server = await ServerProcess.Start(null, "--log-format", "json");
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/healthz/ready")).StatusCode);
        await server.Stop();
        var lines = server.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.NotNull(JsonNode.Parse(line)!["Message"]));
    }
}
