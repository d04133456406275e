using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Serving;

namespace Slipway.Quickstart;

/// <summary>
/// The champion answers: deployed to an endpoint, asked by two protocols, and followed by a second version that goes up a canary's ladder. The requests are those of any client:
/// JSON over HTTP.
/// </summary>
public static class ModelServing
{
    private static readonly TimeSpan CanaryMost = TimeSpan.FromMinutes(2);

    internal static async Task<QuickstartServing> Run(QuickstartOptions options, SlipwayClient client, QuickstartSummary trained, string version, Stages clock, CancellationToken ct)
    {
        var at = options.Client ?? new SlipwayClientOptions();
        using var http = new HttpClient { BaseAddress = Root(at.Url) };
        if (at.Token is { } token) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        clock.Start("deploy", "the champion answers, on every protocol at once");
        var endpoint = ModelRelease.Model;
        await client.Endpoints.DeployAsync(endpoint, new DeployVersion(endpoint, ModelRelease.Model, Alias: ModelRelease.Alias, Reason: "The quickstart's."), ct);
        await Ready(client, endpoint, ct);
        var example = JsonNode.Parse(await http.GetStringAsync($"model-versions/get-artifact?name={ModelRelease.Model}&version={version}&path=input_example.json", ct))!;
        // The same flights, by MLflow's scoring protocol and by the Open Inference Protocol.
        var table = new JsonObject { ["dataframe_split"] = example.DeepClone() }.ToJsonString();
        var rows = example["data"]!.AsArray();
        var names = example["columns"]!.AsArray().Select(static name => (string)name!).ToList();
        var columns = new JsonArray([.. names.Select((name, i) => (JsonNode)new JsonObject
        {
            ["name"] = name,
            ["datatype"] = "FP32",
            ["shape"] = new JsonArray(rows.Count),
            ["data"] = new JsonArray([.. rows.Select(row => row![i]!.DeepClone())]),
        })]);
        var byMlflow = (await Ask(http, $"endpoints/{endpoint}/invocations", table, ct))["predictions"]!.AsArray();
        var byOpenInference = (await Ask(http, $"v2/models/{endpoint}/infer", new JsonObject { ["inputs"] = columns }.ToJsonString(), ct))["outputs"]![0]!["data"]!.AsArray();
        var (one, other) = (Number(byMlflow[0]!), Number(byOpenInference[0]!));
        if (Math.Abs(one - other) > 1e-6) throw new SlipwayException($"Two protocols answered differently: {one} and {other}.");

        clock.Start("canary", "a second version takes over step by step, while people ask");
        var second = (await client.Models.RegisterAsync(ModelRelease.Model, trained.ModelUri, trained.RunId, ct: ct)).Version!;
        var state = await client.Endpoints.DeployAsync(endpoint, new DeployVersion(endpoint, ModelRelease.Model, second, Canary: new CanaryPlan([20, 50, 100], Requests: 100, HoldSeconds: 0), Reason: "The quickstart's second version."), ct);
        var asked = 2L;
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); state.Canary is { State: "running" } canary; state = await client.Endpoints.GetAsync(endpoint, ct))
        {
            if (waited.Elapsed > CanaryMost) throw new SlipwayException($"The canary did not come up in {CanaryMost.TotalMinutes} minutes: it is at {canary.Share:P0} with {canary.StepRequests} requests.", null, null, $"slipway endpoints get {endpoint} says why.");
            clock.Tell($"a second version takes over step by step, while people ask: {canary.Share:P0}", Math.Min(0.99, canary.Share));
            for (var i = 0; i < 100; i++, asked++) await Ask(http, $"endpoints/{endpoint}/invocations", table, ct);
        }
        return new QuickstartServing(endpoint, second, state.Canary?.State ?? "", state.Canary?.Reason, asked, one);
    }

    private static Uri Root(Uri url) => url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");

    private static async Task Ready(SlipwayClient client, string endpoint, CancellationToken ct)
    {
        for (var state = await client.Endpoints.GetAsync(endpoint, ct); state.Arms!.Any(static arm => arm.State != "ready"); state = await client.Endpoints.GetAsync(endpoint, ct))
        {
            if (state.Arms!.FirstOrDefault(static arm => arm.State == "failed") is { } failed) throw new SlipwayException($"Version {failed.Version} of {failed.Model} cannot be served: {failed.Problem}");
            await Task.Delay(100, ct);
        }
    }

    private static async Task<JsonNode> Ask(HttpClient http, string path, string json, CancellationToken ct)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(path, content, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new SlipwayException($"{path} answered {(int)answer.StatusCode}: {text}", (int)answer.StatusCode);
    }

    // A list of one number a row, or of lists of one.
    private static double Number(JsonNode value) => value is JsonArray nested ? Number(nested[0]!) : value is JsonObject record ? Number(record.First().Value!) : (double)value;
}

/// <summary>What became of the endpoint.</summary>
/// <param name="Endpoint">Its name.</param>
/// <param name="CanaryVersion">The version that went up the ladder.</param>
/// <param name="CanaryState">promoted, or what else it came to.</param>
/// <param name="CanaryReason">Why.</param>
/// <param name="Requests">How many requests were sent.</param>
/// <param name="Probability">What the first flight of the example was answered, by both protocols.</param>
public sealed record QuickstartServing(string Endpoint, string CanaryVersion, string CanaryState, string? CanaryReason, long Requests, double Probability);
