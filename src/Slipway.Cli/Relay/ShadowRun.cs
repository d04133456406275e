using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>A run as its client knows it: what it wrote through the relay. Not safe for use by several threads: the shadow locks.</summary>
internal sealed class ShadowRun(RunInfo info, bool complete)
{
    private readonly Dictionary<string, string> @params = [], tags = [];
    /// <summary>The newest points of a metric that are kept for its history.</summary>
    public const int PointsMax = 2_000;

    private readonly Dictionary<string, Metric> latest = [];
    private readonly Dictionary<string, Queue<Metric>> points = [];
    private readonly Dictionary<(string?, string?), DatasetInput> datasets = [];
    private readonly Dictionary<string, ModelInput> inputs = [];
    private readonly Dictionary<string, ModelOutput> outputs = [];

    public RunInfo Info { get; private set; } = info;

    /// <summary>Whether everything that was ever logged to it is known here.</summary>
    public bool Complete { get; } = complete;

    /// <summary>About how much memory it takes.</summary>
    public long Bytes { get; private set; } = 1_000;

    /// <summary>When it was last used, by the shadow's count.</summary>
    public long Touched { get; set; }

    public bool Deleted => Info.LifecycleStage == "deleted";

    /// <summary>The value that stands against a new one, or null.</summary>
    public string? OtherValue(Param param) => @params.TryGetValue(param.Key ?? "", out var stored) && stored != Kept(param.Value) ? stored : null;

    public void Put(Param param)
    {
        if (param.Key is not { } key || !@params.TryAdd(key, Kept(param.Value))) return;
        Bytes += 100 + 2 * (key.Length + (param.Value?.Length ?? 0));
    }

    public void Put(RunTag tag)
    {
        if (tag.Key is not { } key) return;
        if (key == "mlflow.runName" && tag.Value is { } name) Info = Info with { RunName = name };
        tags[key] = tag.Value ?? "";
        Bytes += 100 + 2 * (key.Length + (tag.Value?.Length ?? 0));
    }

    public void Untag(string key) => tags.Remove(key);

    public void Put(Metric point)
    {
        if (point.Key is not { } key) return;
        if (!points.TryGetValue(key, out var kept)) points[key] = kept = [];
        kept.Enqueue(point with { Step = point.Step ?? 0 });
        if (kept.Count > PointsMax) kept.Dequeue();
        else Bytes += 150;
        if (!latest.TryGetValue(key, out var last)) Bytes += 200 + 2 * key.Length;
        else if (Order(point).CompareTo(Order(last)) <= 0) return;
        latest[key] = point with { Step = point.Step ?? 0 };
    }

    public void Put(DatasetInput input)
    {
        // What only pages show is not kept in memory.
        var data = input.Dataset is { Profile.Length: > 65_536 } ? input.Dataset with { Profile = null } : input.Dataset;
        datasets[(data?.Name, data?.Digest)] = input with { Dataset = data };
        Bytes += 300 + 2 * ((data?.Schema?.Length ?? 0) + (data?.Profile?.Length ?? 0) + (data?.Source?.Length ?? 0));
    }

    public void Put(ModelInput model) => inputs[model.ModelId ?? ""] = model;

    public void Put(ModelOutput model) => outputs[model.ModelId ?? ""] = model;

    public void Change(UpdateRun change)
    {
        Info = Info with { Status = change.Status ?? Info.Status, EndTime = change.EndTime ?? Info.EndTime, RunName = change.RunName ?? Info.RunName };
        if (change.RunName is { Length: > 0 } name) Put(new RunTag("mlflow.runName", name));
    }

    public void SetDeleted(bool deleted) => Info = Info with { LifecycleStage = deleted ? "deleted" : "active" };

    /// <summary>A metric's points as far as they are kept, in the order of get-history.</summary>
    public Metric[] History(string key) =>
        points.TryGetValue(key, out var kept) ? [.. kept.Distinct().OrderBy(point => point.Timestamp).ThenBy(point => point.Step).ThenBy(point => point.Value)] : [];

    public Run ToRun() => new(Info,
        new RunData([.. latest.Values], [.. @params.Select(pair => new Param(pair.Key, pair.Value))], [.. tags.Select(pair => new RunTag(pair.Key, pair.Value))]),
        new RunInputs([.. datasets.Values], [.. inputs.Values]), new RunOutputs([.. outputs.Values]));

    private static string Kept(string? value) => value is null ? "" : value.Length > Param.ValueCharsMax ? value[..Param.ValueCharsMax] : value;

    private static (long, long, double) Order(Metric point) => (point.Step ?? 0, point.Timestamp ?? 0, point.Value ?? 0);
}
