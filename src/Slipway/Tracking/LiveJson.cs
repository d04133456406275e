using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.Events;

namespace Slipway.Tracking;

/// <summary>What streams say, as one line of JSON each.</summary>
internal static class LiveJson
{
    /// <summary>Events that whoever may see an experiment may see. Who did it and from where is for those who may read the event log, and so are grants.</summary>
    public static bool IsForReaders(string kind) =>
        kind.StartsWith("run.", StringComparison.Ordinal) || kind.StartsWith("experiment.", StringComparison.Ordinal)
        || kind.StartsWith("logged_model.", StringComparison.Ordinal) || kind.StartsWith("artifact.", StringComparison.Ordinal)
        || kind.StartsWith("note.", StringComparison.Ordinal);

    /// <summary>An event, and for streams of many roots those that it is about.</summary>
    public static LiveItem Change(Event one, IReadOnlyList<long>? experiments = null, string? runId = null) => new(one.Position!.Value, "change", Line(json =>
    {
        if (experiments is [var single]) json.WriteString("experiment_id", single.ToString(CultureInfo.InvariantCulture));
        else if (experiments is { Count: > 0 })
        {
            json.WriteStartArray("experiment_ids");
            foreach (var id in experiments) json.WriteStringValue(id.ToString(CultureInfo.InvariantCulture));
            json.WriteEndArray();
        }
        if (runId is not null) json.WriteString("run_id", runId);
        json.WriteNumber("position", one.Position.Value);
        json.WriteNumber("time", one.At.ToUnixTimeMilliseconds());
        json.WriteString("kind", one.Kind);
        json.WriteString("subject", one.Subject);
        if (one.Data is null) return;
        json.WritePropertyName("data");
        json.WriteRawValue(one.Data);
    }));

    /// <summary>The latest points of metrics that changed.</summary>
    public static LiveItem Metrics(string runId, List<(string Key, SeriesPoint Point)> changed, bool more) => new(0, "metrics", Line(json =>
    {
        json.WriteString("run_id", runId);
        json.WriteStartArray("metrics");
        foreach (var (key, point) in changed)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            if (double.IsFinite(point.Value)) json.WriteNumber("value", point.Value);
            else json.WriteString("value", point.Value.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("timestamp", point.TimeMs);
            json.WriteNumber("step", point.Step);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (more) json.WriteBoolean("more", true);
    }));

    /// <summary>Runs of an experiment that got points.</summary>
    public static LiveItem Hint(List<string> runIds) => new(0, "points", Line(json =>
    {
        json.WriteStartArray("run_ids");
        foreach (var id in runIds.Take(LiveFeed.HintedMax)) json.WriteStringValue(id);
        json.WriteEndArray();
        if (runIds.Count > LiveFeed.HintedMax) json.WriteBoolean("more", true);
    }));

    /// <summary>A run whose metrics got points: which ones, or null when it may be any.</summary>
    public static LiveItem Points(string runId, long experiment, IReadOnlyCollection<string>? keys) => new(0, "metrics", Line(json =>
    {
        json.WriteString("run_id", runId);
        json.WriteString("experiment_id", experiment.ToString(CultureInfo.InvariantCulture));
        if (keys is null)
        {
            json.WriteBoolean("all", true);
            return;
        }
        json.WriteStartArray("keys");
        foreach (var key in keys) json.WriteStringValue(key);
        json.WriteEndArray();
    }));

    /// <summary>Where a stream stands, or why it has to be looked at anew.</summary>
    public static byte[] Say(long position, string? reason = null, string[]? missing = null) => Line(json =>
    {
        json.WriteNumber("position", position);
        if (reason is not null) json.WriteString("reason", reason);
        if (missing is not { Length: > 0 }) return;
        json.WriteStartArray("missing");
        foreach (var root in missing) json.WriteStringValue(root);
        json.WriteEndArray();
    });

    /// <summary>The experiments that an edit's details name.</summary>
    public static List<long> ExperimentsIn(string? data)
    {
        if (data is null) return [];
        using var parsed = JsonDocument.Parse(data);
        return parsed.RootElement.TryGetProperty("experiment_ids", out var ids) && ids.ValueKind is JsonValueKind.Array
            ? [.. ids.EnumerateArray().Where(static id => id.ValueKind is JsonValueKind.String).Select(static id => long.Parse(id.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture))] : [];
    }

    /// <summary>The experiment that an event's details name, or null.</summary>
    public static long? ExperimentIn(string? data)
    {
        if (data is null || !data.Contains("\"experiment_id\"", StringComparison.Ordinal)) return null;
        using var parsed = JsonDocument.Parse(data);
        return parsed.RootElement.TryGetProperty("experiment_id", out var id) && id.ValueKind is JsonValueKind.String
            && long.TryParse(id.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
