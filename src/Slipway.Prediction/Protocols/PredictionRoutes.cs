using Microsoft.AspNetCore.Http;

namespace Slipway.Prediction.Protocols;

/// <summary>Who may use a route of the protocols.</summary>
internal enum PredictionAccess
{
    /// <summary>Whoever reaches the port.</summary>
    Anyone,
    /// <summary>Who may ask endpoints.</summary>
    Invoke,
    /// <summary>Who may change endpoints.</summary>
    Change,
}

/// <summary>One route of a protocol, as data: the server and `slipway serve` each map them in their way.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path with parameters.</param>
/// <param name="Access">Who may use it.</param>
/// <param name="Summary">One sentence for people.</param>
/// <param name="Protocol">In whose words problems are told.</param>
/// <param name="Handle">Answers it, problems too.</param>
internal sealed record PredictionRoute(string Method, string Path, PredictionAccess Access, string Summary, Protocol Protocol, Func<HttpContext, Caller, Task> Handle);

/// <summary>Every route of every protocol.</summary>
internal sealed class PredictionRoutes
{
    /// <summary>Open Inference over REST.</summary>
    public static readonly OpenInference Oip = new();

    /// <summary>TensorFlow Serving's predict.</summary>
    public static readonly TfServing Tf = new();

    /// <summary>MLflow's invocations.</summary>
    public static readonly MlflowScoring Mlflow = new();

    /// <summary>TorchServe's predictions.</summary>
    public static readonly TorchServe Torch = new();

    private static readonly TfExamples Classify = new(classify: true), Regress = new(classify: false);

    private readonly List<PredictionRoute> all = [];
    private readonly PredictionHost host;

    private PredictionRoutes(PredictionHost host) => this.host = host;

    /// <summary>The routes with the endpoint's name in their paths.</summary>
    public static IReadOnlyList<PredictionRoute> Of(PredictionHost host)
    {
        var routes = new PredictionRoutes(host);
        routes.OpenInference();
        routes.TensorFlow();
        routes.Others();
        routes.all.AddRange(GrpcRoutes.Of(host));
        return routes.all;
    }

    /// <summary>The contracts that know one model only, at the root: MLflow's, SageMaker's, Vertex'.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The only endpoint.</param>
    /// <param name="predictPath">Where Vertex asks (`AIP_PREDICT_ROUTE`), or null for `/predict`.</param>
    /// <param name="healthPath">Where Vertex looks (`AIP_HEALTH_ROUTE`), or null.</param>
    public static IReadOnlyList<PredictionRoute> Single(PredictionHost host, string name, string? predictPath = null, string? healthPath = null)
    {
        var routes = new PredictionRoutes(host);
        routes.Post("/invocations", "Predicts, as mlflow models serve and SageMaker have it.", Mlflow, (http, caller) => NdjsonStream.IsNdjson(http) ? NdjsonStream.Answer(host, http, caller, name) : host.Answer(http, caller, Mlflow, name));
        routes.Post(predictPath ?? "/predict", "Predicts, as Vertex has it.", Tf, (http, caller) => host.Answer(http, caller, Tf, name));
        var healths = new List<string> { "/ping", "/health" };
        if (healthPath is not null && !healths.Contains(healthPath)) healths.Add(healthPath);
        foreach (var health in healths) routes.Get(health, PredictionAccess.Anyone, "Whether the model answers.", Mlflow, (http, caller) => routes.Ping(http, caller, name));
        routes.Get("/version", PredictionAccess.Anyone, "The version of MLflow whose contract this is.", Mlflow, (http, _) => Text(http, host.MlflowVersion));
        return routes.all;
    }

    private void OpenInference()
    {
        Get("/v2", PredictionAccess.Anyone, "What the server is and can do.", Oip, (http, _) => OipMetadata.Server(http, host));
        Get("/v2/health/live", PredictionAccess.Anyone, "Whether the server runs.", Oip, static (http, _) => OipMetadata.Live(http));
        Get("/v2/health/ready", PredictionAccess.Anyone, "Whether the server answers predictions.", Oip, (http, _) => OipMetadata.Ready(http, host));
        foreach (var path in (string[])["/v2/models/{name}", "/v2/models/{name}/versions/{version}"])
        {
            Get(path, PredictionAccess.Invoke, "What goes into a model and what comes out.", Oip, (http, caller) => OipMetadata.Model(http, caller, host));
            Get(path + "/ready", PredictionAccess.Invoke, "Whether a model answers.", Oip, (http, caller) => OipMetadata.ModelReady(http, caller, host));
            Get(path + "/config", PredictionAccess.Invoke, "A model's configuration in Triton's words.", Oip, (http, caller) => OipMetadata.Config(http, caller, host));
            Get(path + "/stats", PredictionAccess.Invoke, "What a model has done since the start.", Oip, (http, caller) => OipMetadata.Stats(http, caller, host));
            Post(path + "/infer", "Predicts from tensors.", Oip, (http, caller) => host.Answer(http, caller, Oip, Name(http), Value(http, "version")));
        }
        Get("/v2/models/stats", PredictionAccess.Invoke, "What all models have done since the start.", Oip, (http, caller) => OipMetadata.Stats(http, caller, host));
        Add("POST", "/v2/repository/index", PredictionAccess.Invoke, "Every model with its state.", Oip, (http, caller) => OipMetadata.Index(http, caller, host));
        Add("POST", "/v2/repository/models/{name}/load", PredictionAccess.Change, "Loads a model.", Oip, (http, caller) => OipMetadata.Change(http, caller, host, load: true));
        Add("POST", "/v2/repository/models/{name}/unload", PredictionAccess.Change, "Unloads a model.", Oip, (http, caller) => OipMetadata.Change(http, caller, host, load: false));
    }

    private void TensorFlow()
    {
        foreach (var path in (string[])["/v1/models/{name}", "/v1/models/{name}/versions/{version}", "/v1/models/{name}/labels/{label}"])
        {
            Get(path, PredictionAccess.Invoke, "The state of a model's versions.", Tf, (http, caller) => TfMetadata.Status(http, caller, host));
            Get(path + "/metadata", PredictionAccess.Invoke, "A model's signature.", Tf, (http, caller) => TfMetadata.Signature(http, caller, host));
            Post(path + ":predict", "Predicts from rows or columns.", Tf, (http, caller) => host.Answer(http, caller, Tf, Name(http), Value(http, "version"), Value(http, "label")));
            Post(path + ":classify", "Labels with scores for examples.", Tf, (http, caller) => host.Answer(http, caller, Classify, Name(http), Value(http, "version"), Value(http, "label")));
            Post(path + ":regress", "Numbers for examples.", Tf, (http, caller) => host.Answer(http, caller, Regress, Name(http), Value(http, "version"), Value(http, "label")));
        }
        Post("/v1/models/{name}:explain", "Explains predictions.", Tf, (http, caller) => host.Answer(http, caller, Tf, Name(http), explain: true));
    }

    private void Others()
    {
        Post("/endpoints/{name}/invocations", "Predicts from a table, as mlflow models serve has it.", Mlflow, (http, caller) => NdjsonStream.IsNdjson(http) ? NdjsonStream.Answer(host, http, caller, Name(http)) : host.Answer(http, caller, Mlflow, Name(http)));
        Get("/endpoints/{name}/ping", PredictionAccess.Invoke, "Whether the endpoint answers.", Mlflow, (http, caller) => Ping(http, caller, Name(http)));
        Get("/endpoints/{name}/health", PredictionAccess.Invoke, "Whether the endpoint answers.", Mlflow, (http, caller) => Ping(http, caller, Name(http)));
        Get("/endpoints/{name}/version", PredictionAccess.Invoke, "The version of MLflow whose contract this is.", Mlflow, (http, _) => Text(http, host.MlflowVersion));
        Get("/endpoints/{name}/openapi.json", PredictionAccess.Invoke, "The OpenAPI document of an endpoint.", Mlflow, (http, caller) => EndpointDocument.Answer(http, caller, host));
        Post("/predictions/{name}", "Predicts, as TorchServe has it.", Torch, (http, caller) => host.Answer(http, caller, Torch, Name(http)));
        Post("/predictions/{name}/{version}", "Predicts with a version, as TorchServe has it.", Torch, (http, caller) => host.Answer(http, caller, Torch, Name(http), Value(http, "version")));
        Post("/explanations/{name}", "Explains predictions, as TorchServe has it.", Torch, (http, caller) => host.Answer(http, caller, Torch, Name(http), explain: true));
        Add("OPTIONS", "/predictions/{name}", PredictionAccess.Invoke, "The OpenAPI document of an endpoint.", Torch, (http, caller) => EndpointDocument.Answer(http, caller, host));
        Get("/ping", PredictionAccess.Anyone, "Whether the server runs, as TorchServe has it.", Torch, (http, _) => Json(http, host.Ready() ? 200 : 503, host.Ready() ? "{\"status\":\"Healthy\"}"u8 : "{\"status\":\"Unhealthy\"}"u8));
    }

    private Task Ping(HttpContext http, Caller caller, string name)
    {
        var found = host.Find(caller, name);
        return found.Succeeded ? Text(http, "\n") : PredictionHost.WriteProblem(http, Mlflow, found.Problem);
    }

    /// <summary>Plain text.</summary>
    internal static Task Text(HttpContext http, string text)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = text.Length;
        return http.Response.WriteAsync(text, http.RequestAborted);
    }

    /// <summary>JSON that is ready.</summary>
    internal static Task Json(HttpContext http, int status, ReadOnlySpan<byte> json)
    {
        http.Response.StatusCode = status;
        var answer = AnswerBuffer.Rent();
        JsonAnswer.Raw(answer, json);
        return PredictionHost.Send(http.Response, answer, "application/json");
    }

    /// <summary>The endpoint's name in the path.</summary>
    internal static string Name(HttpContext http) => Value(http, "name")!;

    /// <summary>A part of the path, or null.</summary>
    internal static string? Value(HttpContext http, string key) => http.Request.RouteValues.TryGetValue(key, out var value) ? (string?)value : null;

    private void Get(string path, PredictionAccess access, string summary, Protocol protocol, Func<HttpContext, Caller, Task> handle) => Add("GET", path, access, summary, protocol, handle);

    private void Post(string path, string summary, Protocol protocol, Func<HttpContext, Caller, Task> handle) => Add("POST", path, PredictionAccess.Invoke, summary, protocol, handle);

    private void Add(string method, string path, PredictionAccess access, string summary, Protocol protocol, Func<HttpContext, Caller, Task> handle) =>
        all.Add(new PredictionRoute(method, path, access, summary, protocol, handle));
}
