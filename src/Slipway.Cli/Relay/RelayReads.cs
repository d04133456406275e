using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Slipway.Artifacts;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>What is answered while the server is away, and what is learned for that while it is there.</summary>
internal static partial class RelayReads
{
    /// <summary>A larger answer is passed on and not learned from.</summary>
    public const int LearntBytesMax = 4 << 20;

    /// <summary>The answer, or null where only the server knows.</summary>
    public static Outcome<byte[]>? Answer(Lane lane, RelayCall call, IQueryCollection query)
    {
        switch (call.Ask)
        {
            case Ask.GetExperiment:
                return lane.Experiments.ById(query["experiment_id"].ToString()) is { } byId ? Json(byId) : default(Outcome<byte[]>?);
            case Ask.GetExperimentByName:
                var name = query["experiment_name"].ToString();
                if (name.Length == 0) return Problem.Missing("experiment_name");
                // A client makes what is not there; a name that the server has after all is found when it is back.
                return lane.Experiments.ByName(name) is { } byName ? Json(byName) : Problem.NotFound($"Could not find experiment with name '{name}'");
            case Ask.GetRun:
                return Maybe(lane.Shadow.Run(Run(query)));
            case Ask.GetHistory:
                return string.IsNullOrEmpty(query["page_token"]) ? Maybe(lane.Shadow.History(Run(query), query["metric_key"].ToString())) : default(Outcome<byte[]>?);
            case Ask.GetModel:
                return Maybe(lane.Shadow.Model(call.Id));
            case Ask.GetArtifact:
                return call.Id!.Split('/').Any(lane.Shadow.IsUnmade) ? Problem.NotFound($"There is no artifact '{call.Id}'.") : default(Outcome<byte[]>?);
            case Ask.ListStored:
                var folder = ArtifactPath.ParseFolder(query["path"]);
                return folder.Problem is { } bad ? bad : Bytes(new StoredArtifacts(Entries(lane, folder.Value.Text, "")));
            case Ask.ListOfRun:
                return lane.Shadow.ArtifactsOfRun(Run(query)) is { } ofRun ? List(lane, ofRun, query["path"]) : default(Outcome<byte[]>?);
            case Ask.ListOfModel:
                return lane.Shadow.ArtifactsOfModel(call.Id) is { } ofModel ? List(lane, ofModel, query["artifact_directory_path"]) : default(Outcome<byte[]>?);
            default:
                return null;
        }
    }

    /// <summary>The models that a client looks for by name or run, as it does to list what it has just logged; null for any other search.</summary>
    public static Outcome<byte[]>? Search(Lane lane, byte[] body)
    {
        if (JsonSerializer.Deserialize(body, TrackingJson.Default.SearchLoggedModels) is not { ExperimentIds.Length: > 0, PageToken: null or "", Datasets: null or [] } search) return null;
        var filter = ByNameOrRun().Match(search.Filter ?? "");
        if (!filter.Success) return null;
        var value = filter.Groups["value"].Value;
        return JsonSerializer.SerializeToUtf8Bytes(filter.Groups["key"].Value == "name" ? lane.Shadow.Models(search.ExperimentIds, value, null) : lane.Shadow.Models(search.ExperimentIds, null, value),
            TrackingJson.Default.LoggedModelsPage);
    }

    [GeneratedRegex(@"^\s*(?:attributes?\.)?(?<key>name|source_run_id)\s*=\s*'(?<value>[^']*)'\s*$")]
    private static partial Regex ByNameOrRun();

    /// <summary>Whether the server's answer is worth remembering.</summary>
    public static bool Teaches(RelayCall call) => call.Ask is Ask.GetExperiment or Ask.GetExperimentByName or Ask.GetRun;

    /// <summary>Remembers it; what cannot be read is not.</summary>
    public static void Learn(Lane lane, RelayCall call, byte[] body)
    {
        try
        {
            if (call.Ask is Ask.GetRun)
            {
                if (JsonSerializer.Deserialize(body, TrackingJson.Default.RunAnswer)?.Run is { Info: { } info } run)
                {
                    lane.Shadow.Learn(run);
                    lane.Experiments.Learn(info);
                }
            }
            else if (JsonSerializer.Deserialize(body, TrackingJson.Default.ExperimentAnswer)?.Experiment is { } experiment)
            {
                lane.Experiments.Learn(experiment);
            }
            lane.Experiments.Save();
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            // It only helps later.
        }
    }

    private static Outcome<byte[]> List(Lane lane, string root, string? path)
    {
        var below = ArtifactPath.ParseFolder(path);
        if (below.Problem is { } bad) return bad;
        var top = ArtifactPath.OfUri(root);
        if (top.Problem is { } elsewhere) return elsewhere;
        var folder = top.Value.Join(below.Value);
        if (folder.Problem is { } tooLong) return tooLong;
        return JsonSerializer.SerializeToUtf8Bytes(new ListedArtifacts(root, Entries(lane, folder.Value.Text, below.Value.IsRoot ? "" : below.Value.Text + "/")), Wire.Type<ListedArtifacts>());
    }

    private static ArtifactEntry[]? Entries(Lane lane, string folder, string prefix) =>
        lane.Shadow.ArtifactsBelow(folder) is { Count: > 0 } found ? [.. found.Select(one => new ArtifactEntry(prefix + one.Name, one.Bytes is null, one.Bytes))] : null;

    private static Outcome<byte[]>? Maybe(byte[]? known) => known is null ? default(Outcome<byte[]>?) : (Outcome<byte[]>)known;

    private static string? Run(IQueryCollection query) => query["run_id"] is [{ Length: > 0 } id, ..] ? id : query["run_uuid"] is [var uuid, ..] ? uuid : null;

    private static Outcome<byte[]> Json(Experiment experiment) => JsonSerializer.SerializeToUtf8Bytes(new ExperimentAnswer(experiment), TrackingJson.Default.ExperimentAnswer);

    private static Outcome<byte[]> Bytes(StoredArtifacts stored) => JsonSerializer.SerializeToUtf8Bytes(stored, Wire.Type<StoredArtifacts>());
}
