using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Storage;
using Slipway.Tests.Registry;
using Slipway.Tests.Server;

namespace Slipway.Tests.Serving;

public sealed class ServingOnSqlite() : ServingServer(Dialect.Sqlite);

public sealed class ServingOnPostgres() : ServingServer(Dialect.Postgres);

/// <summary>A server with models that can be served; each test has models and endpoints of its own.</summary>
public abstract class ServingServer(Dialect dialect) : RegistryServer(dialect)
{
    // Tests judge canaries themselves: a job that does it at the same time would be faster now and then.
    private protected override void Compose(Slipway.Server.Parts parts) => parts.JobHandlers.RemoveAll(static handler => handler.Kind == "serving.rollouts");

    /// <summary>A model that answers its input, added to a constant that tells versions apart.</summary>
    public static byte[] Adds(float constant) => new OnnxGraph("adds").Input("x", OnnxType.Tensor(OnnxElement.Float, "batch", 1)).Output("y", OnnxType.Tensor(OnnxElement.Float, "batch", 1))
        .Node("Constant", [], ["c"], new OnnxAttribute("value_float", constant)).Node("Add", ["x", "c"], ["y"]).ToArray();

    /// <summary>Registers another version of a model from an ONNX file, or from whatever bytes; answers its number.</summary>
    public async Task<string> Onnx(string model, byte[]? content = null)
    {
        var run = (await Ok("/runs/create", $$"""{"experiment_id":"{{await Experiment()}}"}"""))["run"]!["info"]!;
        var put = await Server.Send(new HttpRequestMessage(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..]}/model/model.onnx") { Content = new ByteArrayContent(content ?? Adds(1)) });
        Assert.Equal(200, (int)put.Status);
        return await Version(model, $"runs:/{run["run_id"]}/model");
    }

    /// <summary>A new model with so many versions, which add 1, 2 and so on.</summary>
    public async Task<string> Served(int versions)
    {
        var model = await Model("served");
        for (var i = 1; i <= versions; i++) await Onnx(model, Adds(i));
        return model;
    }

    /// <summary>An answer of an endpoint's route; 200 is expected.</summary>
    public Task<JsonNode> Endpoint(string method, string path, string? json = null) => this.Own200(method, "/endpoints" + path, json);

    /// <summary>A refusal of an endpoint's route.</summary>
    public Task<Answer> Refuses(int status, string says, string method, string path, string? json = null) => this.Own400(status, says, method, "/endpoints" + path, json);

    /// <summary>The endpoint when something is true of it.</summary>
    public async Task<JsonNode> When(string name, Func<JsonNode, bool> isTrue)
    {
        var endpoint = await Endpoint("GET", "/" + name);
        for (var waited = Stopwatch.StartNew(); !isTrue(endpoint); endpoint = await Endpoint("GET", "/" + name))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(2), "It never came: " + endpoint.ToJsonString());
            await Task.Delay(50);
        }
        return endpoint;
    }

    /// <summary>The endpoint when all its arms are ready.</summary>
    public Task<JsonNode> Ready(string name) => When(name, static endpoint => endpoint["arms"]!.AsArray().All(static arm => (string)arm!["state"]! == "ready"));

    /// <summary>Arms as `name=version weight`.</summary>
    public static string[] Arms(JsonNode endpoint) => [.. endpoint["arms"]!.AsArray().Select(static arm => $"{arm!["name"]}={arm["version"]}{((bool)arm["shadow"]! ? " shadow" : $" {(double)arm["weight"]!:0.##}")}")];
}
