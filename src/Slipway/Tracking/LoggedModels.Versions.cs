using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What the registry, a layer above, needs to know and to note about logged models.</summary>
internal sealed partial class LoggedModels
{
    /// <summary>The tag in which the reference's pages look for the versions that were made of a model.</summary>
    public const string VersionsTag = "mlflow.modelVersions";

    /// <summary>The most models of one run that are looked through for their files.</summary>
    private const int MadeByMax = 1_000;

    /// <summary>Where the models lie that a run made.</summary>
    public static List<string> MadeBy(Session session, string runId, long experimentId) =>
        session.Query("SELECT artifact_uri FROM logged_models WHERE experiment_id = $1 AND source_run_id = $2 AND deleted_ms IS NULL ORDER BY no DESC LIMIT $3",
            static row => row.Text(0), experimentId, runId, MadeByMax);

    /// <summary>Notes in the model's tags that a version was made of it, in the write that makes the version. The oldest are dropped where the tag is full.</summary>
    public static void NoteVersion(Session session, Caller caller, EventLog events, string modelId, string name, long version, long now)
    {
        if (Find(session, caller with { Acting = Right.None }, modelId, true, out var row) is not null) return;
        var before = session.Text("SELECT value FROM logged_model_tags WHERE model_no = $1 AND key = $2", row.No, VersionsTag);
        var entries = Parse(before);
        entries.Add($$"""{"name": {{Json(name)}}, "version": {{version.ToString(CultureInfo.InvariantCulture)}}}""");
        while (entries.Sum(static entry => entry.Length + 2) > RunTag.ValueCharsMax && entries.Count > 1) entries.RemoveAt(0);
        // Spaced as Python writes it: what a client compares is the text.
        var after = $"[{string.Join(", ", entries)}]";
        session.Execute(PutTag, row.No, VersionsTag, after);
        session.Execute(Touch, now, row.No);
        events.Append(session, caller, "logged_model.tagged", Subject(row.ModelId), EventData.Of([], [new KeyValue(VersionsTag, after)], before is null ? null : [new KeyValue(VersionsTag, before)]));
    }

    private static List<string> Parse(string? tag)
    {
        if (string.IsNullOrEmpty(tag)) return [];
        try
        {
            return JsonNode.Parse(tag) is JsonArray array
                ? [.. array.OfType<JsonObject>().Select(static one => $$"""{"name": {{Json((string?)one["name"] ?? "")}}, "version": {{one["version"]?.ToJsonString() ?? "0"}}}""")]
                : [];
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return []; // somebody's own text: it is replaced, and the event keeps it
        }
    }

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
