using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Quickstart;

namespace Slipway.Tests.Quickstart;

public sealed class LateFlightsTests
{
    /// <summary>Answers as a tracking server does and keeps what it was told; the real one is driven by the end-to-end tests.</summary>
    private sealed class Recorder : HttpMessageHandler
    {
        private int runs;

        public ConcurrentQueue<(string Path, JsonNode Body)> Calls { get; } = new();
        public ConcurrentDictionary<string, byte[]> Files { get; } = new();

        public IEnumerable<JsonNode> To(string path) => Calls.Where(call => call.Path.EndsWith(path, StringComparison.Ordinal)).Select(call => call.Body);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            var content = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
            var answer = "{}";
            if (request.Method == HttpMethod.Put) Files[path[(path.LastIndexOf("/artifacts/", StringComparison.Ordinal) + 11)..]] = content;
            else if (content.Length > 0) Calls.Enqueue((path, JsonNode.Parse(content)!));
            if (path.EndsWith("experiments/get-by-name", StringComparison.Ordinal)) answer = """{"experiment": {"experiment_id": "1", "name": "late-flights", "lifecycle_stage": "active"}}""";
            if (path.EndsWith("runs/create", StringComparison.Ordinal))
            {
                var id = $"{Interlocked.Increment(ref runs):x32}";
                answer = $$$$"""{"run": {"info": {"run_id": "{{{{id}}}}", "experiment_id": "1", "run_name": "run", "status": "RUNNING", "artifact_uri": "mlflow-artifacts:/1/{{{{id}}}}/artifacts"}, "data": {}}}""";
            }
            return new(HttpStatusCode.OK) { RequestMessage = request, Content = new StringContent(answer, Encoding.UTF8, "application/json") };
        }
    }

    private static QuickstartOptions Small(HttpMessageHandler server) => new()
    {
        Client = new() { Url = new("http://recorder"), Handler = server },
        ValidateFrom = new(2001, 1, 4),
        TestFrom = new(2001, 1, 5),
        TestTo = new(2001, 1, 6),
        Grid = [new() { Leaves = 7, Rounds = 6 }, new() { Leaves = 15, Rounds = 8, LearningRate = 0.2 }],
    };

    [Fact]
    public async Task The_whole_story_is_tracked_and_the_model_can_be_opened()
    {
        using var server = new Recorder();
        var told = new List<QuickstartProgress>();
        var summary = await LateFlights.Run(Small(server), told.Add);

        var created = server.To("runs/create").ToArray();
        Assert.Equal(3, created.Length);
        Assert.Equal(2, created.Count(run => run["tags"]?.AsArray().Any(tag => (string?)tag!["key"] == "mlflow.parentRunId" && (string?)tag["value"] == summary.RunId) is true));
        Assert.Equal(3, server.To("runs/update").Count(update => (string?)update["status"] == "FINISHED"));

        var points = server.To("runs/log-batch").SelectMany(batch => (batch["metrics"]?.AsArray() ?? []).Select(metric => (Run: (string?)batch["run_id"], Key: (string?)metric!["key"]))).ToArray();
        Assert.Equal(6 + 1, points.Count(point => point.Run == summary.Trials[0].RunId && point.Key == "valid_log_loss"));      // every round, and the last once more with the other scores
        Assert.Contains((summary.RunId, "test_auc"), points);
        Assert.Contains((summary.RunId, "base_rate_auc"), points);

        Assert.Equal(["training", "evaluation"], server.To("log-inputs").Select(inputs => (string?)inputs["datasets"]![0]!["tags"]![0]!["value"]));
        Assert.All(server.To("log-inputs"), inputs => Assert.Equal(summary.DatasetDigest, (string?)inputs["datasets"]![0]!["dataset"]!["digest"]));

        Assert.Equal(["conda.yaml", "input_example.json", "MLmodel", "model.onnx", "python_env.yaml", "requirements.txt"],
            server.Files.Keys.Where(path => path.StartsWith("model/", StringComparison.Ordinal)).Select(path => path[6..]).Order(StringComparer.OrdinalIgnoreCase));
        using var model = OnnxModel.Load(server.Files["model/model.onnx"]);
        Assert.Equal(string.Join(',', FlightFeatures.Names), model.Metadata.Custom["features"]);
        var mlmodel = Encoding.UTF8.GetString(server.Files["model/MLmodel"]);
        foreach (var part in new[] { "onnx:", "python_function:", "mlflow.onnx", "origin_recent_late_rate", "input_example.json", "conda.yaml" }) Assert.Contains(part, mlmodel);
        var example = JsonNode.Parse(server.Files["model/input_example.json"])!;
        Assert.Equal(FlightFeatures.Names, example["columns"]!.AsArray().Select(name => (string)name!));
        foreach (var curve in new[] { "roc", "calibration" })
        {
            Assert.StartsWith("<svg", Encoding.UTF8.GetString(server.Files[$"curves/{curve}.svg"]));
            Assert.True(Encoding.UTF8.GetString(server.Files[$"curves/{curve}.csv"]).Count(c => c == '\n') > 10);
        }

        Assert.True(summary.OnnxMaxDifference < 1e-5);
        Assert.True(summary.Metrics["test_auc"] > summary.BaseRate["auc"] + 0.02, "Three days of training already beat the hour and the airport.");
        Assert.Equal(["data", "features", "grid", "final", "model", "upload"], told.Select(step => step.Stage).Distinct());
        Assert.Equal(["data", "features", "grid", "final", "model", "upload", "total"], summary.Seconds.Keys);
        Assert.Equal(summary.RunId, (string?)JsonNode.Parse(summary.ToJson())!["run_id"]);
    }

    [Fact]
    public async Task Stopping_it_stops_it()
    {
        using var server = new Recorder();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LateFlights.Run(Small(server), step =>
        {
            if (step is { Stage: "grid", Fraction: > 0 }) stop.Cancel();
        }, stop.Token));
        Assert.DoesNotContain("test_auc", server.To("runs/log-batch").Select(batch => batch.ToJsonString()).Aggregate("", string.Concat));
    }
}
