using System.Text.Json;

namespace Slipway.Tracking;

/// <summary>One part of many runs' answers, say their params: a JSON array for each run, in the order in which rows arrive (grouped by run).</summary>
internal sealed class RunSection(JsonWriterOptions options) : IDisposable
{
    private readonly Dictionary<long, (int Start, int Length)> arrays = [];
    private PooledWriter? buffer;
    private Utf8JsonWriter? json;
    private long run;
    private int start = -1;

    /// <summary>The writer inside this run's array.</summary>
    public Utf8JsonWriter Of(long number)
    {
        if (start >= 0 && number == run) return json!;
        Close();
        buffer ??= new PooledWriter();
        json ??= new Utf8JsonWriter(buffer, options);
        (run, start) = (number, buffer.Length);
        json.Reset();
        json.WriteStartArray();
        return json;
    }

    /// <summary>True when the run has an array.</summary>
    public bool Has(long number)
    {
        Close();
        return arrays.ContainsKey(number);
    }

    /// <summary>Writes the run's array as a property; nothing when it has none.</summary>
    public void Write(Utf8JsonWriter into, long number, string name)
    {
        Close();
        if (!arrays.TryGetValue(number, out var array)) return;
        into.WritePropertyName(name);
        into.WriteRawValue(buffer!.Written.Slice(array.Start, array.Length), skipInputValidation: true);
    }

    public void Dispose()
    {
        json?.Dispose();
        buffer?.Dispose();
    }

    private void Close()
    {
        if (start < 0) return;
        json!.WriteEndArray();
        json.Flush();
        arrays.Add(run, (start, buffer!.Length - start));
        start = -1;
    }
}
