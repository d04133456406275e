using Slipway.Artifacts;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Where a version's files come from, once that was checked.</summary>
/// <param name="DownloadUri">The source, or what its models:/ came down to.</param>
/// <param name="RunId">The run that made it, or null.</param>
/// <param name="LoggedModelId">The logged model that it was made of, or null.</param>
/// <param name="Held">True when the files lie among the artifacts of that run or model: nobody but who may write there put them there.</param>
internal sealed record ResolvedSource(string DownloadUri, string? RunId, string? LoggedModelId, bool Held);

/// <summary>
/// Checks the source of a version, as strictly as the reference does since its path traversals were found, and a little more: nothing here may
/// lead to a file of a server, to artifacts that the caller may not see, or to another place than it says.
/// </summary>
internal static class ModelSource
{
    /// <summary>Resolves a source within the write that makes the version.</summary>
    public static Outcome<ResolvedSource> Resolve(Session session, Caller caller, string source, string? runId, string? modelId, bool isPrompt)
    {
        var looking = caller with { Acting = Right.None };
        if (string.IsNullOrEmpty(runId)) runId = null;
        if (string.IsNullOrEmpty(modelId)) modelId = null;
        if (isPrompt) return SourceText.CheckPrompt(source) is { } bad ? bad : new ResolvedSource(source, runId, modelId, false);
        LoggedModel? model = null;
        if (modelId is not null)
        {
            if (LoggedModels.Find(session, looking, modelId, false, out var row) is { } refused) return refused;
            model = LoggedModels.Records(session, [row.No])[0];
            runId ??= model.Info!.SourceRunId is { Length: > 0 } maker ? maker : null;
        }
        if (ModelUri.Is(source)) return OfModels(session, looking, source, runId, modelId);
        var run = runId is not null && Runs.Find(session, looking, runId, "", out var found) is null ? found : null;
        var roots = new List<string>();
        if (run is not null) roots.Add(run.ArtifactUri);
        if (model?.Info?.ArtifactUri is { } uri) roots.Add(uri);
        if (SourceText.IsLocal(source)) return SourceText.CheckLocal(source, roots, modelId is null ? "run_id" : "model_id") is { } outside ? outside : new ResolvedSource(source, runId, modelId, true);
        if (SourceText.CheckRemote(source) is { } tricked) return tricked;
        if (source.StartsWith("mlflow-artifacts:", StringComparison.OrdinalIgnoreCase)) return OfArtifacts(session, looking, source, run, runId, modelId, roots);
        if (SourceText.RunOf(source) is { } ofRun) return OfRun(session, looking, source, ofRun, runId, modelId);
        return new ResolvedSource(source, runId, modelId, roots.Exists(root => SourceText.LiesIn(source, root)));
    }

    /// <summary>Where the files of a download URI lie: that of a run is below the run's artifacts.</summary>
    public static Outcome<string> Files(Session session, Caller caller, string downloadUri)
    {
        if (SourceText.RunOf(downloadUri) is not { } ofRun) return SourceText.SchemeOf(downloadUri) == "mlflow-artifacts" ? SourceText.Collapse(downloadUri) : downloadUri;
        if (Runs.Find(session, caller, ofRun, "", out var run) is { } missing) return missing;
        var path = downloadUri["runs:".Length..].TrimStart('/');
        return Experiments.Below(run.ArtifactUri, path.Length > ofRun.Length ? path[(ofRun.Length + 1)..] : "").TrimEnd('/');
    }

    private static Outcome<ResolvedSource> OfModels(Session session, Caller caller, string source, string? runId, string? modelId)
    {
        if (ModelUri.Parse(source) is not { } uri)
            return Problem.Invalid($"Not a proper models:/ URI: {SearchText.Cut(source)}. Models URIs must be of the form 'models:/model_name/suffix' or 'models:/model_name@alias' where suffix is a model version, stage, or the string 'latest', or 'models:/model_id'.");
        if (uri.LoggedModel is { } id)
        {
            if (LoggedModels.Find(session, caller, id, false, out var row) is { } refused) return Unfetched(source, refused);
            var info = LoggedModels.Records(session, [row.No])[0].Info!;
            return new ResolvedSource(row.ArtifactUri, runId ?? (string.IsNullOrEmpty(info.SourceRunId) ? null : info.SourceRunId), modelId ?? id, true);
        }
        if (RegisteredModels.Find(session, caller, uri.Name!, "", out var model) is { } unknown) return Unfetched(source, unknown);
        var version = uri.Version ?? (uri.Alias is { } alias ? ModelVersions.OfAlias(session, model.Id, alias)
            : uri.IsLatest ? session.Long("SELECT max(version) FROM model_versions WHERE model_id = $1", model.Id)
            : session.Long("SELECT max(version) FROM model_versions WHERE model_id = $1 AND stage = $2", model.Id, uri.Stage));
        if (version is not { } number) return Unfetched(source, Problem.NotFound($"No version of '{model.Name}' fits."));
        if (ModelVersions.Find(session, caller, model.Name, number, "", out var original) is { } missing) return Unfetched(source, missing);
        return new ResolvedSource(original.DownloadUri, runId ?? original.RunId, modelId ?? original.LoggedModelId, original.Held && (runId is null || runId == original.RunId));
    }

    /// <summary>Files of this server: they must be where the caller may look, run or no run.</summary>
    private static Outcome<ResolvedSource> OfArtifacts(Session session, Caller caller, string source, RunRow? run, string? runId, string? modelId, List<string> roots)
    {
        var path = ArtifactPath.OfUri(SourceText.Collapse(source));
        if (path.Problem is { } malformed) return malformed;
        if (TrackedArtifacts.Gate(session, caller, path.Value, write: false) is { } refused) return refused;
        var held = roots.Exists(root => SourceText.LiesIn(SourceText.Collapse(source), root))
            || run is not null && LoggedModels.MadeBy(session, run.RunId, run.ExperimentId).Exists(root => SourceText.LiesIn(SourceText.Collapse(source), root));
        return new ResolvedSource(source, runId, modelId, held);
    }

    // The run of the URI need not be on this server; the client that downloads asks for it.
    private static ResolvedSource OfRun(Session session, Caller caller, string source, string ofRun, string? runId, string? modelId) =>
        new(source, runId, modelId, ofRun == runId && Runs.Find(session, caller, ofRun, "", out _) is null);

    private static Problem Unfetched(string source, Problem why) =>
        why with { Message = $"Unable to fetch model from model URI source artifact location '{SearchText.Cut(source)}'. Error: {why.Message}" };
}
