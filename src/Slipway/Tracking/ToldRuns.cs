using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Datasets;
using Slipway.Events;
using Slipway.Lineage;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What other systems are told of a run that ended: when it began, how it ended, which data it read and which models it wrote.</summary>
internal static class ToldRuns
{
    private const int DataMax = 1_000;

    /// <summary>Events of OpenLineage for a change of a run; none unless it ended.</summary>
    public static IEnumerable<JsonObject> Of(Session session, Event change, OpenLineageText text)
    {
        if (change.Kind != "run.lost" && Status(change.Data) is not ("FINISHED" or "FAILED" or "KILLED")) yield break;
        var id = change.Subject["run/".Length..];
        var run = session.First("SELECT r.no, r.status, r.start_ms, r.end_ms, e.name FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE r.run_id = $1",
            static row => (No: row.Long(0), Status: (RunStatus)row.Int(1), StartMs: row.LongOrNull(2), EndMs: row.LongOrNull(3), Experiment: row.Text(4)), id);
        if (run.Experiment is null) yield break;
        var space = text.SpaceOf(change.Workspace);
        var sets = DatasetVersions.Places(session, session.Query("SELECT dataset_id FROM run_datasets WHERE run_no = $1 ORDER BY position, dataset_id LIMIT $2", static row => row.Long(0), run.No, DataMax));
        var models = session.Query("SELECT model_id FROM run_models WHERE run_no = $1 AND is_output = 1 UNION SELECT model_id FROM logged_models WHERE source_run_id = $2 AND deleted_ms IS NULL ORDER BY model_id LIMIT $3",
            static row => row.Text(0), run.No, id, DataMax);
        var type = run.Status switch { RunStatus.FAILED => "FAIL", RunStatus.KILLED => "ABORT", _ => "COMPLETE" };
        var end = run.EndMs ?? change.At.ToUnixTimeMilliseconds();
        yield return OpenLineageText.Event("START", run.StartMs ?? end, id, space, run.Experiment, [], []);
        yield return OpenLineageText.Event(type, end, id, space, run.Experiment, sets.Select(set => OpenLineageText.Data(set.Address?.Namespace ?? space, set.Address?.Name ?? set.Name, set.Digest)),
            models.Select(model => OpenLineageText.Data(space, Model(model), null)));
    }

    /// <summary>How other systems know a logged model.</summary>
    public static string Model(string id) => "logged-models/" + id;

    private static string? Status(string? data)
    {
        if (data is null) return null;
        using var json = JsonDocument.Parse(data);
        return json.RootElement.TryGetProperty("status", out var status) ? status.GetString() : null;
    }
}
