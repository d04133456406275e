using Slipway.Artifacts;

namespace Slipway.Cli.Relay;

/// <summary>What a request asks for, as far as the relay must know.</summary>
internal enum Ask
{
    /// <summary>Something that only the server can answer.</summary>
    Other,
    GetExperiment, GetExperimentByName, CreateExperiment, TagExperiment,
    CreateRun, GetRun, GetHistory, UpdateRun, DeleteRun, RestoreRun, LogBatch, LogMetric, LogParam, SetTag, DeleteTag, LogModel, LogInputs, LogOutputs,
    CreateModel, GetModel, SearchModels, FinishModel, TagModel, UntagModel, ParamModel,
    PutArtifact, GetArtifact, ListStored, ListOfRun, ListOfModel,
}

/// <summary>A request by its method and path.</summary>
/// <param name="Ask">What it asks for.</param>
/// <param name="Id">The model's id or an artifact's path, where the path holds it.</param>
/// <param name="Item">A tag's key, where the path holds it.</param>
internal readonly record struct RelayCall(Ask Ask, string? Id = null, string? Item = null)
{
    public const string ArtifactPrefix = "/api/2.0/mlflow-artifacts/artifacts";

    private static readonly Dictionary<(string Method, string Path), Ask> Fixed = new()
    {
        [("GET", "experiments/get")] = Ask.GetExperiment,
        [("GET", "experiments/get-by-name")] = Ask.GetExperimentByName,
        [("POST", "experiments/create")] = Ask.CreateExperiment,
        [("POST", "experiments/set-experiment-tag")] = Ask.TagExperiment,
        [("POST", "experiments/delete-experiment-tag")] = Ask.TagExperiment,
        [("POST", "runs/create")] = Ask.CreateRun,
        [("GET", "runs/get")] = Ask.GetRun,
        [("GET", "metrics/get-history")] = Ask.GetHistory,
        [("POST", "runs/update")] = Ask.UpdateRun,
        [("POST", "runs/delete")] = Ask.DeleteRun,
        [("POST", "runs/restore")] = Ask.RestoreRun,
        [("POST", "runs/log-batch")] = Ask.LogBatch,
        [("POST", "runs/log-metric")] = Ask.LogMetric,
        [("POST", "runs/log-parameter")] = Ask.LogParam,
        [("POST", "runs/set-tag")] = Ask.SetTag,
        [("POST", "runs/delete-tag")] = Ask.DeleteTag,
        [("POST", "runs/log-model")] = Ask.LogModel,
        [("POST", "runs/log-inputs")] = Ask.LogInputs,
        [("POST", "runs/outputs")] = Ask.LogOutputs,
        [("POST", "logged-models")] = Ask.CreateModel,
        [("POST", "logged-models/search")] = Ask.SearchModels,
        [("GET", "artifacts/list")] = Ask.ListOfRun,
    };

    /// <summary>Whether it may wait for the server: it writes, and the answer needs nothing that only the server knows.</summary>
    public bool Waits => Ask is Ask.CreateExperiment or Ask.TagExperiment or Ask.CreateRun or (>= Ask.UpdateRun and <= Ask.CreateModel) or (>= Ask.FinishModel and <= Ask.PutArtifact);

    /// <summary>Reads the request line. Fails for an artifact's path that is none.</summary>
    /// <param name="method">In capitals.</param>
    /// <param name="target">Path and query as they were sent.</param>
    public static Outcome<RelayCall> Of(string method, string target)
    {
        var path = target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? target[..query] : target;
        // Both prefixes mean the same; the version is 2.0 for all that may wait.
        var rest = path.StartsWith("/api/2.0/", StringComparison.Ordinal) ? path[9..] : path.StartsWith("/ajax-api/2.0/", StringComparison.Ordinal) ? path[14..] : null;
        if (rest is null) return new RelayCall(Ask.Other);
        if (rest is "mlflow-artifacts/artifacts") return new RelayCall(method is "GET" ? Ask.ListStored : Ask.Other);
        if (rest.StartsWith("mlflow-artifacts/artifacts/", StringComparison.Ordinal))
        {
            if (method is not ("PUT" or "GET")) return new RelayCall(Ask.Other);
            var artifact = ArtifactPath.FromTarget(path, routeSegments: 4);
            return artifact.Problem is { } refused ? refused : new RelayCall(method is "PUT" ? Ask.PutArtifact : Ask.GetArtifact, artifact.Value.Text);
        }
        if (!rest.StartsWith("mlflow/", StringComparison.Ordinal)) return new RelayCall(Ask.Other);
        rest = rest["mlflow/".Length..];
        return Fixed.TryGetValue((method, rest), out var ask) ? new RelayCall(ask) : OfModel(method, rest);
    }

    private static RelayCall OfModel(string method, string rest)
    {
        var parts = rest.Split('/', 6);
        if (parts is not ["logged-models", { Length: > 0 } raw, ..] || raw is "search") return new RelayCall(Ask.Other);
        var id = Uri.UnescapeDataString(raw);
        return (method, parts[2..]) switch
        {
            ("GET", []) => new(Ask.GetModel, id),
            ("PATCH", []) => new(Ask.FinishModel, id),
            ("PATCH", ["tags"]) => new(Ask.TagModel, id),
            ("DELETE", ["tags", var key]) => new(Ask.UntagModel, id, Uri.UnescapeDataString(key)),
            ("POST", ["params"]) => new(Ask.ParamModel, id),
            ("GET", ["artifacts", "directories"]) => new(Ask.ListOfModel, id),
            _ => new(Ask.Other),
        };
    }
}
