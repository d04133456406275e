using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>
/// What a lane's clients wrote, for the answers that the server cannot give while it is away: runs, logged models, and the artifacts that wait. It is
/// memory only: after a restart it is made anew from the spool.
/// </summary>
internal sealed class Shadow(KnownExperiments experiments)
{
    /// <summary>About the most memory that it takes in one lane; then what was not used for longest is forgotten, and asking for it is answered 503.</summary>
    public const long BytesMax = 64 << 20;

    /// <summary>Of more runs and models that wait to be made it is forgotten that the server has nothing of them.</summary>
    private const int UnmadeMax = 100_000;

    private readonly Lock access = new();
    private readonly Dictionary<string, ShadowRun> runs = [];
    private readonly Dictionary<string, (LoggedModel Model, long Touched)> models = [];
    private readonly SortedDictionary<string, (SpoolHead Head, string Path)> artifacts = new(StringComparer.Ordinal);
    private readonly HashSet<string> unmade = [];
    private long bytes, touches;

    /// <summary>
    /// Notes a write that the server took or that was kept for it, and answers what the server would have. A write that cannot stand beside what is
    /// known is refused, and nothing is noted. <paramref name="said"/> is the server's answer where there is one.
    /// </summary>
    /// <exception cref="JsonException">The body is not what the route takes.</exception>
    public Outcome<byte[]> Note(RelayCall call, ReadOnlySpan<byte> body, long nowMs, byte[]? said = null)
    {
        var parsed = Parse(call, body);
        lock (access)
        {
            var answer = Apply(call, parsed, nowMs, said);
            if (bytes > BytesMax) Forget();
            return answer;
        }
    }

    /// <summary>The answer of runs/get, or null when not all of it is known here.</summary>
    public byte[]? Run(string? id)
    {
        lock (access)
            return id is not null && runs.TryGetValue(id, out var run) && run.Complete ? Json(new RunAnswer(Touch(run).ToRun()), TrackingJson.Default.RunAnswer) : null;
    }

    /// <summary>The answer of metrics/get-history with the points that are known here, or null.</summary>
    public byte[]? History(string? id, string key)
    {
        lock (access)
            return id is not null && runs.TryGetValue(id, out var run) && run.Complete ? Json(new HistoryPage(Touch(run).History(key)), TrackingJson.Default.HistoryPage) : null;
    }

    /// <summary>Where a run's artifacts lie, or null.</summary>
    public string? ArtifactsOfRun(string? id)
    {
        lock (access) return id is not null && runs.TryGetValue(id, out var run) ? run.Info.ArtifactUri : null;
    }

    public byte[]? Model(string? id)
    {
        lock (access) return id is not null && models.TryGetValue(id, out var known) ? Json(new LoggedModelAnswer(known.Model), TrackingJson.Default.LoggedModelAnswer) : null;
    }

    /// <summary>The models of some experiments with a name or a source run, newest first.</summary>
    public LoggedModelsPage Models(IReadOnlyCollection<string> experimentIds, string? name, string? sourceRunId)
    {
        lock (access)
            return new LoggedModelsPage([.. models.Values.Select(known => known.Model)
                .Where(model => experimentIds.Contains(model.Info?.ExperimentId ?? "") && (name is null || model.Info!.Name == name) && (sourceRunId is null || model.Info!.SourceRunId == sourceRunId))
                .OrderByDescending(model => model.Info!.CreationTimestampMs)]);
    }

    /// <summary>Whether the server has not made the run or model of this id yet, so that nothing of it is there.</summary>
    public bool IsUnmade(string id)
    {
        lock (access) return unmade.Contains(id);
    }

    /// <summary>The server has made it, or never will.</summary>
    public void Made(string? id)
    {
        lock (access)
            if (id is not null) unmade.Remove(id);
    }

    public string? ArtifactsOfModel(string? id)
    {
        lock (access) return id is not null && models.TryGetValue(id, out var known) ? known.Model.Info?.ArtifactUri : null;
    }

    /// <summary>Takes over what the server said of a run, unless more is known here.</summary>
    public void Learn(Run run)
    {
        if (run.Info?.RunId is not { } id) return;
        var learnt = new ShadowRun(run.Info, complete: true);
        foreach (var param in run.Data?.Params ?? []) learnt.Put(param);
        foreach (var tag in run.Data?.Tags ?? []) learnt.Put(tag);
        foreach (var point in run.Data?.Metrics ?? []) learnt.Put(point);
        foreach (var data in run.Inputs?.DatasetInputs ?? []) learnt.Put(data);
        foreach (var model in run.Inputs?.ModelInputs ?? []) learnt.Put(model);
        foreach (var model in run.Outputs?.ModelOutputs ?? []) learnt.Put(model);
        lock (access)
        {
            if (runs.TryGetValue(id, out var known) && known.Complete) return;
            Add(learnt);
            if (bytes > BytesMax) Forget();
        }
    }

    /// <summary>An artifact that waits for the server.</summary>
    public void Waits(string path, SpoolHead head, string file)
    {
        lock (access) artifacts[path] = (head, file);
    }

    /// <summary>It has arrived; a newer one of its name waits on.</summary>
    public void Arrived(string path, SpoolHead head)
    {
        lock (access)
            if (artifacts.TryGetValue(path, out var waiting) && waiting.Head.Ordinal == head.Ordinal) artifacts.Remove(path);
    }

    /// <summary>The file of an artifact that waits, or null.</summary>
    public (SpoolHead Head, string File)? Artifact(string path)
    {
        lock (access) return artifacts.TryGetValue(path, out var waiting) ? (waiting.Head, waiting.Path) : null;
    }

    /// <summary>The files and folders right below a folder, of those that wait: names with sizes, null for folders.</summary>
    public List<(string Name, long? Bytes)> ArtifactsBelow(string folder)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var found = new SortedDictionary<string, long?>(StringComparer.Ordinal);
        lock (access)
            foreach (var (path, waiting) in artifacts)
            {
                if (!path.StartsWith(prefix, StringComparison.Ordinal)) continue;
                var rest = path[prefix.Length..];
                if (rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash) found[rest[..slash]] = null;
                else found[rest] = waiting.Head.FileBytes;
            }
        return [.. found.Select(pair => (pair.Key, pair.Value))];
    }

    private static object? Parse(RelayCall call, ReadOnlySpan<byte> body) => call.Ask switch
    {
        Ask.CreateRun => Read(body, TrackingJson.Default.CreateRun),
        Ask.UpdateRun => Read(body, TrackingJson.Default.UpdateRun),
        Ask.DeleteRun or Ask.RestoreRun => Read(body, TrackingJson.Default.RunRef),
        Ask.LogBatch => Read(body, TrackingJson.Default.LogBatch),
        Ask.LogMetric => Read(body, TrackingJson.Default.LogMetric),
        Ask.LogParam => Read(body, TrackingJson.Default.LogParam),
        Ask.SetTag => Read(body, TrackingJson.Default.SetTag),
        Ask.DeleteTag => Read(body, TrackingJson.Default.DeleteTag),
        Ask.LogInputs => Read(body, TrackingJson.Default.LogInputs),
        Ask.LogOutputs => Read(body, TrackingJson.Default.LogOutputs),
        Ask.LogModel => Read(body, TrackingJson.Default.LogModel),
        Ask.CreateModel => Read(body, TrackingJson.Default.CreateLoggedModel),
        Ask.FinishModel => Read(body, TrackingJson.Default.FinalizeLoggedModel),
        Ask.TagModel => Read(body, TrackingJson.Default.SetLoggedModelTags),
        Ask.ParamModel => Read(body, TrackingJson.Default.LogLoggedModelParams),
        _ => null,
    };

    private Outcome<byte[]> Apply(RelayCall call, object? request, long nowMs, byte[]? said)
    {
        switch (request)
        {
            case CreateRun create: return Create(create, nowMs, said);
            case CreateLoggedModel create: return Create(create, nowMs, said);
            case FinalizeLoggedModel or SetLoggedModelTags or LogLoggedModelParams: return Change(call, request, nowMs);
            case null when call.Ask is Ask.UntagModel: return Change(call, null, nowMs);
            case null: return Empty;
        }
        var id = request switch
        {
            UpdateRun one => one.RunId ?? one.RunUuid,
            RunRef one => one.RunId ?? one.RunUuid,
            LogBatch one => one.RunId,
            LogMetric one => one.RunId ?? one.RunUuid,
            LogParam one => one.RunId ?? one.RunUuid,
            SetTag one => one.RunId ?? one.RunUuid,
            DeleteTag one => one.RunId,
            LogInputs one => one.RunId,
            LogOutputs one => one.RunId,
            LogModel one => one.RunId,
            _ => null,
        };
        if (WireCheck.RunId(id) is { } bad) return bad;
        if (!runs.TryGetValue(id!, out var run)) Add(run = new ShadowRun(new RunInfo(id, id, Status: "RUNNING", LifecycleStage: "active"), complete: false));
        if (run.Deleted && request is not RunRef && said is null) return Problem.Invalid($"The run {id} must be in the 'active' state. Current state is deleted.");
        var before = run.Bytes;
        var answer = Write(Touch(run), call, request, said is not null);
        bytes += run.Bytes - before;
        return answer;
    }

    private static Outcome<byte[]> Write(ShadowRun run, RelayCall call, object request, bool taken)
    {
        if (!taken)
            foreach (var param in request is LogBatch several ? several.Params ?? [] : request is LogParam single ? [new Param(single.Key, single.Value)] : Array.Empty<Param>())
                if (run.OtherValue(param) is { } other)
                    return Problem.Invalid($"Changing param values is not allowed. Param with key='{param.Key}' was already logged with value={WireCheck.Quote(other)} for run ID='{run.Info.RunId}'. Attempted logging new value {WireCheck.Quote(param.Value ?? "")}.");
        switch (request)
        {
            case UpdateRun change:
                run.Change(change);
                return Json(new RunUpdated(run.Info), TrackingJson.Default.RunUpdated);
            case RunRef:
                run.SetDeleted(call.Ask is Ask.DeleteRun);
                break;
            case LogBatch batch:
                foreach (var point in batch.Metrics ?? []) run.Put(point);
                foreach (var param in batch.Params ?? []) run.Put(param);
                foreach (var tag in batch.Tags ?? []) run.Put(tag);
                break;
            case LogMetric point:
                run.Put(new Metric(point.Key, point.Value, point.Timestamp, point.Step, point.DatasetName, point.DatasetDigest, point.ModelId));
                break;
            case LogParam param:
                run.Put(new Param(param.Key, param.Value));
                break;
            case SetTag tag:
                run.Put(new RunTag(tag.Key, tag.Value));
                break;
            case DeleteTag tag:
                run.Untag(tag.Key ?? "");
                break;
            case LogInputs inputs:
                foreach (var data in inputs.Datasets ?? []) run.Put(data);
                foreach (var model in inputs.Models ?? []) run.Put(model);
                break;
            case LogOutputs outputs:
                foreach (var model in outputs.Models ?? []) run.Put(model);
                break;
        }
        return Empty;
    }

    private Outcome<byte[]> Create(CreateRun create, long nowMs, byte[]? said)
    {
        RunInfo info;
        if (said is not null && JsonSerializer.Deserialize(said, TrackingJson.Default.RunAnswer)?.Run?.Info is { RunId: not null } made) info = made;
        else
        {
            if (WireCheck.RunId(create.RunId) is { } bad) return bad;
            var experimentId = string.IsNullOrEmpty(create.ExperimentId) ? Experiment.DefaultId : create.ExperimentId;
            if (WireCheck.ExperimentId(experimentId) is { } badExperiment) return badExperiment;
            var experiment = experiments.ById(experimentId);
            if (experiment?.LifecycleStage == "deleted") return Problem.Invalid($"The experiment {experimentId} must be in the 'active' state. Current state is deleted.");
            info = new RunInfo(create.RunId, create.RunId, create.RunName, experimentId, create.UserId, "RUNNING", create.StartTime ?? nowMs, null,
                Experiments.Below(experiment?.ArtifactLocation ?? $"mlflow-artifacts:/{experimentId}", $"{create.RunId}/artifacts"), "active");
        }
        if (!runs.TryGetValue(info.RunId!, out var run))
        {
            run = new ShadowRun(info, complete: true);
            foreach (var tag in create.Tags ?? []) run.Put(tag);
            if (info.RunName is { } name) run.Put(new RunTag("mlflow.runName", name));
            Add(run);
            if (said is null && unmade.Count < UnmadeMax) unmade.Add(info.RunId!);
        }
        return Json(new RunAnswer(run.ToRun()), TrackingJson.Default.RunAnswer);
    }

    private Outcome<byte[]> Create(CreateLoggedModel create, long nowMs, byte[]? said)
    {
        if (said is not null && JsonSerializer.Deserialize(said, TrackingJson.Default.LoggedModelAnswer)?.Model is { Info.ModelId: { } id } made)
        {
            models[id] = (made, ++touches);
            return said;
        }
        if (WireCheck.ExperimentId(create.ExperimentId) is { } bad) return bad;
        if (create.ModelId is null || WireCheck.ChosenId(create.ModelId, "model_id", "m-") is not null) return Problem.Invalid("model_id: expected 'm-' and 32 lowercase hexadecimal digits.");
        var location = experiments.ById(create.ExperimentId!)?.ArtifactLocation ?? $"mlflow-artifacts:/{create.ExperimentId}";
        if (!models.TryGetValue(create.ModelId, out var known))
        {
            known = (new LoggedModel(new LoggedModelInfo(create.ModelId, create.ExperimentId, create.Name, nowMs, nowMs, Experiments.Below(location, $"models/{create.ModelId}/artifacts"),
                "LOGGED_MODEL_PENDING", create.ModelType, create.SourceRunId, null, create.Tags), new LoggedModelData(create.Params)), ++touches);
            models[create.ModelId] = known;
            bytes += 2_000;
            if (unmade.Count < UnmadeMax) unmade.Add(create.ModelId);
        }
        return Json(new LoggedModelAnswer(known.Model), TrackingJson.Default.LoggedModelAnswer);
    }

    private Outcome<byte[]> Change(RelayCall call, object? request, long nowMs)
    {
        // One of which only the id is known: what is answered about it says no more.
        var model = models.TryGetValue(call.Id!, out var known) ? known.Model : new LoggedModel(new LoggedModelInfo(call.Id), new LoggedModelData());
        var (info, data) = (model.Info! with { LastUpdatedTimestampMs = nowMs }, model.Data ?? new LoggedModelData());
        switch (request)
        {
            case FinalizeLoggedModel finish:
                info = info with { Status = finish.Status, StatusMessage = finish.StatusMessage ?? info.StatusMessage };
                break;
            case SetLoggedModelTags set:
                info = info with { Tags = [.. (info.Tags ?? []).Where(tag => !(set.Tags ?? []).Any(newer => newer.Key == tag.Key)), .. set.Tags ?? []] };
                break;
            case LogLoggedModelParams log:
                data = data with { Params = [.. data.Params ?? [], .. log.Params ?? []] };
                break;
            default:
                info = info with { Tags = [.. (info.Tags ?? []).Where(tag => tag.Key != call.Item)] };
                break;
        }
        model = new LoggedModel(info, data);
        if (known.Model is not null) models[call.Id!] = (model, ++touches);
        return request is LogLoggedModelParams ? Empty : Json(new LoggedModelAnswer(model), TrackingJson.Default.LoggedModelAnswer);
    }

    private void Add(ShadowRun run)
    {
        if (runs.Remove(run.Info.RunId!, out var old)) bytes -= old.Bytes;
        runs[run.Info.RunId!] = Touch(run);
        bytes += run.Bytes;
    }

    private ShadowRun Touch(ShadowRun run)
    {
        run.Touched = ++touches;
        return run;
    }

    // The older half goes at once, so that this is rare.
    private void Forget()
    {
        foreach (var run in runs.Values.OrderBy(run => run.Touched).Take((runs.Count + 1) / 2).ToList())
        {
            runs.Remove(run.Info.RunId!);
            bytes -= run.Bytes;
        }
        foreach (var (id, _) in models.OrderBy(pair => pair.Value.Touched).Take((models.Count + 1) / 2).ToList())
        {
            models.Remove(id);
            bytes -= 2_000;
        }
    }

    private static readonly byte[] Empty = "{}"u8.ToArray();

    private static T Read<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null is no request.");

    private static byte[] Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);
}
