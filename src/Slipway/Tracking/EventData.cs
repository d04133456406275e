using System.Text;
using System.Text.Json;

namespace Slipway.Tracking;

/// <summary>A checked key and value.</summary>
internal readonly record struct KeyValue(string Key, string Value);

/// <summary>The small JSON objects that tracking's events carry.</summary>
internal static class EventData
{
    /// <summary>An object of texts; null values are left out.</summary>
    public static string Of(params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        using var buffer = new PooledWriter(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in fields)
                if (value is not null) json.WriteString(name, value);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.Written);
    }

    /// <summary>What a batch set: params with their values, tags with theirs and, of those that had another value, with the one before.</summary>
    public static string Of(IReadOnlyList<KeyValue> logged, IReadOnlyList<KeyValue> tags, IReadOnlyList<KeyValue>? before = null)
    {
        using var buffer = new PooledWriter(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, "params", logged);
            Write(json, "tags", tags);
            Write(json, "tags_before", before ?? []);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.Written);
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<KeyValue> entries)
    {
        if (entries.Count == 0) return;
        json.WriteStartObject(name);
        foreach (var (key, value) in entries) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
