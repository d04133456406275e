using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Quickstart;
using Slipway.Tests.Client;

namespace Slipway.Tests.Quickstart;

public sealed class LateFlightsTests
{
    private static QuickstartOptions Small(FakeServer server) => new()
    {
        Client = new() { Url = new("http://recorder"), Handler = server, LogFolder = server.Logs.FullName },
        ValidateFrom = new(2001, 1, 4),
        TestFrom = new(2001, 1, 5),
        TestTo = new(2001, 1, 6),
        Grid = [new() { Leaves = 7, Rounds = 6 }, new() { Leaves = 15, Rounds = 8, LearningRate = 0.2 }],
    };

    [Fact]
    public async Task The_whole_story_is_tracked_and_the_model_can_be_opened()
    {
        using var server = new FakeServer();
        var told = new List<QuickstartProgress>();
        var summary = await LateFlights.Run(Small(server), told.Add);

        var created = server.To("/runs/create").Select(one => one.Json).ToArray();
        Assert.Equal(3, created.Length);
        Assert.Equal(2, created.Count(run => run["tags"]?.AsArray().Any(tag => (string?)tag!["key"] == "mlflow.parentRunId" && (string?)tag["value"] == summary.RunId) is true));
        Assert.Equal(3, server.Records.Count(line => line.EndsWith(" state 3", StringComparison.Ordinal)));

        var points = server.Records.Select(line => line.Split(' ')).Where(parts => parts[1] == "point").Select(parts => (Run: parts[0], Key: parts[2])).ToArray();
        Assert.Equal(6 + 1, points.Count(point => point.Run == summary.Trials[0].RunId && point.Key == "valid_log_loss"));      // every round, and the last once more with the other scores
        Assert.Contains((summary.RunId, "test_auc"), points);
        Assert.Contains((summary.RunId, "base_rate_auc"), points);

        Assert.Equal(["training", "evaluation"], server.To("/log-inputs").Select(inputs => (string?)inputs.Json["datasets"]![0]!["tags"]![0]!["value"]));
        Assert.All(server.To("/log-inputs"), inputs => Assert.Equal(summary.DatasetDigest, (string?)inputs.Json["datasets"]![0]!["dataset"]!["digest"]));

        var files = server.All.Where(one => one.Method is "PUT").GroupBy(one => one.Path[(one.Path.LastIndexOf("/artifacts/", StringComparison.Ordinal) + 11)..]).ToDictionary(path => path.Key, path => path.Last().Bytes);
        Assert.Equal(["conda.yaml", "input_example.json", "MLmodel", "model.onnx", "python_env.yaml", "requirements.txt"],
            files.Keys.Where(path => path.StartsWith("model/", StringComparison.Ordinal)).Select(path => path[6..]).Order(StringComparer.OrdinalIgnoreCase));
        using var model = OnnxModel.Load(files["model/model.onnx"]);
        Assert.Equal(string.Join(',', FlightFeatures.Names), model.Metadata.Custom["features"]);
        var mlmodel = Encoding.UTF8.GetString(files["model/MLmodel"]);
        foreach (var part in new[] { "onnx:", "python_function:", "mlflow.onnx", "origin_recent_late_rate", "input_example.json", "conda.yaml" }) Assert.Contains(part, mlmodel);
        var example = JsonNode.Parse(files["model/input_example.json"])!;
        Assert.Equal(FlightFeatures.Names, example["columns"]!.AsArray().Select(name => (string)name!));
        foreach (var curve in new[] { "roc", "calibration" })
        {
            Assert.StartsWith("<svg", Encoding.UTF8.GetString(files[$"curves/{curve}.svg"]));
            Assert.True(Encoding.UTF8.GetString(files[$"curves/{curve}.csv"]).Count(c => c == '\n') > 10);
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
        using var server = new FakeServer();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LateFlights.Run(Small(server), step =>
        {
            if (step is { Stage: "grid", Fraction: > 0 }) stop.Cancel();
        }, stop.Token));
        Assert.DoesNotContain(server.Records, line => line.Contains(" test_auc ", StringComparison.Ordinal));
    }
}
