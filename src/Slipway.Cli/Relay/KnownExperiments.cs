using System.Text.Json;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>What a lane keeps about experiments in `known.json`.</summary>
/// <param name="Experiments">Those that were seen, or are to be made.</param>
/// <param name="Made">Ids that were answered before the server had made the experiment, with what became of them.</param>
/// <param name="Runs">The runs that were last seen at the server, without what was logged to them.</param>
internal sealed record KnownSheet(List<Experiment> Experiments, Dictionary<string, MadeExperiment> Made, List<RunInfo>? Runs = null);

/// <summary>What became of an experiment that was answered with an id of the relay's.</summary>
/// <param name="Id">The server's id.</param>
/// <param name="Location">Where the server keeps its artifacts.</param>
internal sealed record MadeExperiment(string Id, string Location);

/// <summary>
/// The experiments that a lane has seen, so that a name or id finds one while the server is away; and the ids that it answered itself. Such an id is a
/// decimal number too, of 18 digits, which no server's counter reaches: the relay understands it for ever and sends the server's instead.
/// </summary>
internal sealed class KnownExperiments
{
    /// <summary>The most that are remembered; after that those beyond it are forgotten, but for those to be made.</summary>
    public const int ExperimentsMax = 10_000;

    /// <summary>The most runs whose sheet is remembered.</summary>
    public const int RunsMax = 1_000;

    private const string FileName = "known.json", Scheme = "mlflow-artifacts:/";

    private readonly string file;
    private readonly Lock access = new();
    private readonly Dictionary<string, Experiment> byId = [];
    private readonly Dictionary<string, MadeExperiment> made;
    private readonly OrderedDictionary<string, RunInfo> runs = [];
    private bool changed;

    /// <summary>Reads what is there; a damaged file is as none, because everything but the ids it answered is learned anew.</summary>
    public KnownExperiments(string folder)
    {
        file = Path.Combine(folder, FileName);
        var sheet = Read(file);
        made = sheet?.Made ?? [];
        foreach (var one in sheet?.Experiments ?? [])
            if (one?.ExperimentId is { } id) byId[id] = one;
        foreach (var run in sheet?.Runs ?? [])
            if (run?.RunId is { } id) runs[id] = run;
    }

    /// <summary>An experiment by its id, the relay's own too; the Default one is known to everybody.</summary>
    public Experiment? ById(string id)
    {
        lock (access)
        {
            if (made.TryGetValue(id, out var become) && byId.TryGetValue(become.Id, out var final)) return final;
            return byId.TryGetValue(id, out var known) ? known
                : id == Experiment.DefaultId ? new Experiment(id, Experiment.DefaultName, Scheme + id, "active")
                : null;
        }
    }

    public Experiment? ByName(string name)
    {
        lock (access)
            foreach (var known in byId.Values)
                if (known.Name == name) return known;
        return name == Experiment.DefaultName ? ById(Experiment.DefaultId) : null;
    }

    /// <summary>Notes what the server said, or what it is to make.</summary>
    public void Learn(Experiment experiment)
    {
        if (experiment.ExperimentId is not { } id) return;
        lock (access)
        {
            if (byId.TryGetValue(id, out var known) && known.Name == experiment.Name && known.LifecycleStage == experiment.LifecycleStage && known.ArtifactLocation == experiment.ArtifactLocation) return;
            if (byId.Count >= ExperimentsMax && !byId.ContainsKey(id)) byId.Remove(byId.Keys.First(key => !IsOwn(key)));
            byId[id] = experiment;
            changed = true;
        }
    }

    /// <summary>The runs that were last seen at the server.</summary>
    public List<RunInfo> Runs
    {
        get
        {
            lock (access) return [.. runs.Values];
        }
    }

    /// <summary>Notes a run that the server has, so that it is known when the relay is started anew without the server.</summary>
    public void Learn(RunInfo run)
    {
        lock (access)
        {
            if (run.RunId is not { } id || !runs.TryAdd(id, run)) return;
            if (runs.Count > RunsMax) runs.RemoveAt(0);
            changed = true;
        }
    }

    /// <summary>An experiment for the server to make, with an id of the relay's own.</summary>
    public static Experiment Provisional(CreateExperiment request, long nowMs)
    {
        var id = "9" + Random.Shared.NextInt64(0, 100_000_000_000_000_000).ToString("00000000000000000");
        return new Experiment(id, request.Name, string.IsNullOrEmpty(request.ArtifactLocation) ? Scheme + id : request.ArtifactLocation.TrimEnd('/'), "active", nowMs, nowMs, request.Tags);
    }

    /// <summary>The server has it. Durable when this returns: everything that waits may name the old id.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Became(string own, Experiment final)
    {
        lock (access)
        {
            made[own] = new MadeExperiment(final.ExperimentId!, final.ArtifactLocation ?? Scheme + final.ExperimentId);
            byId.Remove(own);
            byId[final.ExperimentId!] = final;
            changed = true;
        }
        Save();
    }

    /// <summary>The text with the server's ids and places instead of the relay's own.</summary>
    public string Final(string text)
    {
        lock (access)
            foreach (var (own, become) in made)
            {
                if (!text.Contains(own, StringComparison.Ordinal)) continue;
                text = text.Replace($"{Scheme}{own}", become.Location, StringComparison.Ordinal).Replace($"\"{own}\"", $"\"{become.Id}\"", StringComparison.Ordinal);
            }
        return text;
    }

    /// <summary>The request line with the server's ids and places instead of the relay's own.</summary>
    public string FinalTarget(string target)
    {
        lock (access)
            foreach (var (own, become) in made)
            {
                if (!target.Contains(own, StringComparison.Ordinal)) continue;
                var artifacts = $"/mlflow-artifacts/artifacts/{own}/";
                if (target.Contains(artifacts, StringComparison.Ordinal) && become.Location.StartsWith(Scheme, StringComparison.Ordinal))
                    target = target.Replace(artifacts, $"/mlflow-artifacts/artifacts/{string.Join('/', become.Location[Scheme.Length..].TrimStart('/').Split('/').Select(Uri.EscapeDataString))}/", StringComparison.Ordinal);
                else
                    target = target.Replace($"={own}", $"={become.Id}", StringComparison.Ordinal);
            }
        return target;
    }

    /// <summary>Whether any id was answered that a request may name.</summary>
    public bool HasOwn
    {
        get
        {
            lock (access) return made.Count > 0;
        }
    }

    /// <summary>Writes what changed.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Save()
    {
        lock (access)
        {
            if (!changed) return;
            var part = file + ".part";
            using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                JsonSerializer.Serialize(stream, new KnownSheet([.. byId.Values.Where(one => !IsOwn(one.ExperimentId!))], made, [.. runs.Values]), RelayJson.Default.KnownSheet);
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, file, overwrite: true);
            BlobFiles.SyncFolder(Path.GetDirectoryName(file)!);
            changed = false;
        }
    }

    private static bool IsOwn(string id) => id.Length == 18 && id[0] == '9';

    private static KnownSheet? Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, RelayJson.Default.KnownSheet);
        }
        catch (Exception fault) when (fault is FileNotFoundException or JsonException)
        {
            return null;
        }
    }
}
