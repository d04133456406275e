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

    /// <summary>An event.</summary>
    public static LiveItem Change(Event one) => new(one.Position!.Value, "change", Line(json =>
    {
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

    /// <summary>Where a stream stands, or why it has to be looked at anew.</summary>
    public static byte[] Say(long position, string? reason = null) => Line(json =>
    {
        json.WriteNumber("position", position);
        if (reason is not null) json.WriteString("reason", reason);
    });

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
