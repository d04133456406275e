using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>What the Open Inference Protocol tells beside predictions: server, health, models, repository, statistics.</summary>
internal static class OipMetadata
{
    /// <summary>The extensions that are spoken.</summary>
    public static readonly string[] Extensions = ["binary_tensor_data", "classification", "model_repository", "model_configuration", "statistics", "schedule_policy", "parameters"];

    /// <summary>`GET /v2`.</summary>
    public static Task Server(HttpContext http, PredictionHost host) => Write(http, json =>
    {
        json.WriteStartObject();
        json.WriteString("name", "slipway");
        json.WriteString("version", host.Version);
        json.WriteStartArray("extensions");
        foreach (var extension in Extensions) json.WriteStringValue(extension);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>`GET /v2/health/live`.</summary>
    public static Task Live(HttpContext http) => PredictionRoutes.Json(http, 200, "{\"live\":true}"u8);

    /// <summary>`GET /v2/health/ready`: 503 when not, which probes understand.</summary>
    public static Task Ready(HttpContext http, PredictionHost host) => host.Ready() ? PredictionRoutes.Json(http, 200, "{\"ready\":true}"u8) : PredictionRoutes.Json(http, 503, "{\"ready\":false}"u8);

    /// <summary>`GET /v2/models/NAME`.</summary>
    public static Task Model(HttpContext http, Caller caller, PredictionHost host)
    {
        var found = Of(http, caller, host);
        return !found.Succeeded ? PredictionHost.WriteProblem(http, PredictionRoutes.Oip, found.Problem) : Write(http, json =>
        {
            var (endpoint, model) = found.Value;
            json.WriteStartObject();
            json.WriteString("name", endpoint.Name);
            json.WriteStartArray("versions");
            foreach (var version in endpoint.Arms.Select(static arm => arm.Model.Version).Distinct()) json.WriteStringValue(version);
            json.WriteEndArray();
            json.WriteString("platform", model.Runtime.Platform);
            Tensors(json, "inputs", model.Runtime.Inputs);
            Tensors(json, "outputs", model.Runtime.Outputs);
            json.WriteEndObject();
        });
    }

    /// <summary>`GET /v2/models/NAME/ready`.</summary>
    public static Task ModelReady(HttpContext http, Caller caller, PredictionHost host)
    {
        var found = Of(http, caller, host);
        if (!found.Succeeded && found.Problem.Status != 503) return PredictionHost.WriteProblem(http, PredictionRoutes.Oip, found.Problem);
        return Write(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("name", PredictionRoutes.Name(http));
            json.WriteBoolean("ready", found.Succeeded);
            json.WriteEndObject();
        }, found.Succeeded ? 200 : 503);
    }

    /// <summary>`GET /v2/models/NAME/config`.</summary>
    public static Task Config(HttpContext http, Caller caller, PredictionHost host)
    {
        var found = Of(http, caller, host);
        return !found.Succeeded ? PredictionHost.WriteProblem(http, PredictionRoutes.Oip, found.Problem) : Write(http, json => Config(json, found.Value.Endpoint, found.Value.Model));
    }

    /// <summary>Triton's model configuration as JSON.</summary>
    public static void Config(Utf8JsonWriter json, ServedEndpoint endpoint, ServedModel model)
    {
        json.WriteStartObject();
        json.WriteString("name", endpoint.Name);
        json.WriteString("platform", model.Runtime.Platform);
        json.WriteString("backend", model.Runtime.Platform.Split('_')[0]);
        json.WriteNumber("max_batch_size", 0);
        foreach (var (name, specs) in (ReadOnlySpan<(string, IReadOnlyList<TensorSpec>)>)[("input", model.Runtime.Inputs), ("output", model.Runtime.Outputs)])
        {
            json.WriteStartArray(name);
            foreach (var spec in specs)
            {
                json.WriteStartObject();
                json.WriteString("name", spec.Name);
                json.WriteString("data_type", "TYPE_" + (spec.Element is OnnxElement.String ? "STRING" : spec.Element.Oip()));
                json.WriteStartArray("dims");
                foreach (var dimension in spec.Shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>`GET /v2/models[/NAME]/stats`.</summary>
    public static Task Stats(HttpContext http, Caller caller, PredictionHost host)
    {
        var (name, version) = (PredictionRoutes.Value(http, "name"), PredictionRoutes.Value(http, "version"));
        if (name is not null && host.Find(caller, name) is { Succeeded: false } missing) return PredictionHost.WriteProblem(http, PredictionRoutes.Oip, missing.Problem!);
        return Write(http, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("model_stats");
            foreach (var (endpoint, arm) in Arms(caller, host, name, version)) Stat(json, endpoint, arm.Model.Version, host);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>The versions that a caller may see, each once for an endpoint, in the order of names.</summary>
    public static IEnumerable<(ServedEndpoint Endpoint, EndpointArm Arm)> Arms(Caller caller, PredictionHost host, string? name, string? version) =>
        host.Endpoints.All.Where(endpoint => endpoint.Workspace == caller.Workspace && (name is null || endpoint.Name == name) && host.Refuses(caller, endpoint) is null)
            .OrderBy(static endpoint => endpoint.Name, StringComparer.Ordinal)
            .SelectMany(static endpoint => endpoint.Arms.DistinctBy(static arm => arm.Model.Version).Select(arm => (endpoint, arm)))
            .Where(pair => version is null || pair.arm.Model.Version == version);

    /// <summary>`POST /v2/repository/index`.</summary>
    public static async Task Index(HttpContext http, Caller caller, PredictionHost host)
    {
        var (body, problem) = await RequestBytes.Read(http, 64 * 1024);
        body.Return();
        if (problem is not null) await PredictionHost.WriteProblem(http, PredictionRoutes.Oip, problem);
        else await Write(http, json =>
        {
            json.WriteStartArray();
            foreach (var (endpoint, arm) in Arms(caller, host, null, null))
            {
                json.WriteStartObject();
                json.WriteString("name", endpoint.Name);
                json.WriteString("version", arm.Model.Version);
                json.WriteString("state", "READY");
                json.WriteString("reason", "");
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>`POST /v2/repository/models/NAME/load` and `unload`.</summary>
    public static async Task Change(HttpContext http, Caller caller, PredictionHost host, bool load)
    {
        var (body, problem) = await RequestBytes.Read(http, 1 << 20);
        body.Return();
        problem ??= await Change(host, caller, PredictionRoutes.Name(http), load, http.RequestAborted);
        if (problem is not null) await PredictionHost.WriteProblem(http, PredictionRoutes.Oip, problem);
        else await PredictionRoutes.Json(http, 200, "{}"u8);
    }

    /// <summary>Loads or unloads where the host can.</summary>
    public static async Task<Problem?> Change(PredictionHost host, Caller caller, string name, bool load, CancellationToken ct) =>
        host.Change is { } change ? await change(caller, name, load, ct) : new Problem(ErrorCode.NOT_IMPLEMENTED, "This host loads and unloads by itself: deploy to the endpoint instead.", 501);

    /// <summary>The endpoint and version that a path names.</summary>
    public static Outcome<(ServedEndpoint Endpoint, ServedModel Model)> Of(HttpContext http, Caller caller, PredictionHost host) =>
        Of(caller, host, PredictionRoutes.Name(http), PredictionRoutes.Value(http, "version"), PredictionRoutes.Value(http, "label"));

    /// <summary>An endpoint and one of its versions: that of the largest weight when none is named.</summary>
    public static Outcome<(ServedEndpoint Endpoint, ServedModel Model)> Of(Caller caller, PredictionHost host, string name, string? version, string? label)
    {
        var found = host.Find(caller, name);
        if (!found.Succeeded) return found.Problem;
        EndpointArm? best = null;
        foreach (var arm in found.Value.Arms)
            if (version is not null ? arm.Model.Version == version : label is not null ? arm.Name == label : best is null || arm.Weight > best.Weight) best = arm;
        if (best is not null) return (found.Value, best.Model);
        return version is null && label is null ? Problem.Busy($"No version of the endpoint '{name}' is loaded.")
            : Problem.NotFound($"The endpoint '{name}' serves no version {version ?? label}; it serves {string.Join(", ", found.Value.Arms.Select(static arm => arm.Model.Version))}.");
    }

    /// <summary>Writes JSON.</summary>
    public static Task Write(HttpContext http, Action<Utf8JsonWriter> write, int status = 200)
    {
        var answer = AnswerBuffer.Rent();
        try
        {
            write(answer.Json);
            answer.Json.Flush();
        }
        catch
        {
            AnswerBuffer.Return(answer);
            throw;
        }
        http.Response.StatusCode = status;
        return PredictionHost.Send(http.Response, answer, "application/json");
    }

    private static void Tensors(Utf8JsonWriter json, string name, IReadOnlyList<TensorSpec> specs)
    {
        json.WriteStartArray(name);
        foreach (var spec in specs)
        {
            json.WriteStartObject();
            json.WriteString("name", spec.Name);
            json.WriteString("datatype", spec.Element.Oip());
            json.WriteStartArray("shape");
            foreach (var dimension in spec.Shape) json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Stat(Utf8JsonWriter json, ServedEndpoint endpoint, string version, PredictionHost host)
    {
        var count = host.Counts.Of(endpoint, version);
        var totals = count?.Totals ?? default;
        var times = count?.Nanoseconds ?? default;
        json.WriteStartObject();
        json.WriteString("name", endpoint.Name);
        json.WriteString("version", version);
        json.WriteNumber("last_inference", totals.LastMs);
        json.WriteNumber("inference_count", totals.Inferences);
        json.WriteNumber("execution_count", totals.Succeeded);
        json.WriteStartObject("inference_stats");
        Duration("success", totals.Succeeded, times.Queue + times.Input + times.Run + times.Output);
        Duration("fail", totals.Failed, times.Failed);
        Duration("queue", totals.Succeeded, times.Queue);
        Duration("compute_input", totals.Succeeded, times.Input);
        Duration("compute_infer", totals.Succeeded, times.Run);
        Duration("compute_output", totals.Succeeded, times.Output);
        Duration("cache_hit", 0, 0);
        Duration("cache_miss", 0, 0);
        json.WriteEndObject();
        json.WriteStartArray("batch_stats");
        json.WriteEndArray();
        json.WriteEndObject();

        void Duration(string name, long number, long nanoseconds)
        {
            json.WriteStartObject(name);
            json.WriteNumber("count", number);
            json.WriteNumber("ns", nanoseconds);
            json.WriteEndObject();
        }
    }
}
