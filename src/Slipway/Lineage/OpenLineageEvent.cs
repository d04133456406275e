using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Lineage;

/// <summary>
/// An event of the OpenLineage specification (2.0), read from somebody's JSON: a run's, a job's or a data set's. Facets are passed over, but for a data
/// set's schema. Nothing in it is believed: every text has a limit, and times to come are now.
/// </summary>
/// <param name="Job">The job, or null for an event about data alone.</param>
/// <param name="RunId">The run, in lower case, or null.</param>
/// <param name="State">START, RUNNING, COMPLETE, ABORT, FAIL or OTHER, or null.</param>
/// <param name="AtMs">As of when, Unix milliseconds.</param>
/// <param name="Inputs">What the job read.</param>
/// <param name="Outputs">What it wrote; of an event about data alone the data.</param>
internal sealed record OpenLineageEvent(OpenLineageEvent.Named? Job, string? RunId, string? State, long AtMs, List<OpenLineageEvent.Data> Inputs, List<OpenLineageEvent.Data> Outputs)
{
    /// <summary>The largest event in bytes.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>The longest namespace, in bytes of UTF-8: both databases take it into an index together with a name.</summary>
    public const int SpaceBytesMax = 512;

    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int NameBytesMax = 1_024;

    /// <summary>The most inputs and outputs of an event.</summary>
    public const int DataMax = 1_000;

    /// <summary>The most fields of a data set that are kept.</summary>
    public const int FieldsMax = 200;

    private const int FieldCharsMax = 200;

    private static readonly string[] States = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];

    /// <summary>A job or data set.</summary>
    public readonly record struct Named(string Space, string Name);

    /// <summary>A data set, with the names and types of its fields as JSON where its schema was told.</summary>
    public readonly record struct Data(Named Named, string? Fields);

    /// <summary>Reads one event.</summary>
    /// <param name="json">The event.</param>
    /// <param name="nowMs">Now, Unix milliseconds.</param>
    public static Outcome<OpenLineageEvent> Read(JsonElement json, long nowMs)
    {
        if (json.ValueKind is not JsonValueKind.Object) return Problem.Invalid("Expected an OpenLineage event: a JSON object.");
        if (!json.TryGetProperty("eventTime", out var time) || time.ValueKind is not JsonValueKind.String || !Time(Text(time), out var at))
            return Problem.Invalid("eventTime: expected a time as 2026-03-01T12:00:00Z.");
        if (Member(json, "job") is { } job)
        {
            if (Name(job, "job", out var named) is { } badJob) return badJob;
            var (runId, state) = ((string?)null, (string?)null);
            if (Member(json, "run") is { } run)
            {
                if (!run.TryGetProperty("runId", out var id) || !Guid.TryParse(Text(id), out var parsed)) return Problem.Invalid("run.runId: expected a UUID.");
                runId = parsed.ToString();
                if (json.TryGetProperty("eventType", out var type) && type.ValueKind is not JsonValueKind.Null)
                {
                    state = Text(type)?.ToUpperInvariant();
                    if (Array.IndexOf(States, state) < 0) return Problem.Invalid($"eventType: expected one of {string.Join(", ", States)}.");
                }
            }
            if (All(json, "inputs", out var inputs) is { } badInput) return badInput;
            if (All(json, "outputs", out var outputs) is { } badOutput) return badOutput;
            return new OpenLineageEvent(named, runId, state, Math.Min(at, nowMs), inputs, outputs);
        }
        if (Member(json, "dataset") is not { } set) return Problem.Invalid("Expected 'job' (an event of a run or a job) or 'dataset'.");
        if (Set(set, "dataset", out var data) is { } bad) return bad;
        return new OpenLineageEvent(null, null, null, Math.Min(at, nowMs), [], [data]);
    }

    private static Problem? All(JsonElement json, string field, out List<Data> all)
    {
        all = [];
        if (!json.TryGetProperty(field, out var array) || array.ValueKind is JsonValueKind.Null) return null;
        if (array.ValueKind is not JsonValueKind.Array) return Problem.Invalid($"{field}: expected a list.");
        if (array.GetArrayLength() > DataMax) return Problem.Invalid($"{field}: at most {DataMax:N0} data sets, got {array.GetArrayLength():N0}.");
        var at = 0;
        foreach (var one in array.EnumerateArray())
        {
            if (Set(one, $"{field}[{at++}]", out var data) is { } bad) return bad;
            all.Add(data);
        }
        return null;
    }

    private static Problem? Set(JsonElement json, string path, out Data data)
    {
        data = default;
        if (json.ValueKind is not JsonValueKind.Object) return Problem.Invalid($"{path}: expected an object with namespace and name.");
        if (Name(json, path, out var named) is { } bad) return bad;
        data = new Data(named, Fields(json));
        return null;
    }

    private static Problem? Name(JsonElement json, string path, out Named named)
    {
        named = default;
        var parts = new string[2];
        foreach (var (i, field, most) in ((int, string, int)[])[(0, "namespace", SpaceBytesMax), (1, "name", NameBytesMax)])
        {
            if (!json.TryGetProperty(field, out var value) || Text(value) is not { Length: > 0 } text) return Problem.Invalid($"{path}.{field}: expected a text.");
            if (Encoding.UTF8.GetByteCount(text) > most) return Problem.Invalid($"{path}.{field}: at most {most:N0} bytes of UTF-8.");
            if (text.Contains('\0', StringComparison.Ordinal)) return Problem.Invalid($"{path}.{field} holds the NUL character (U+0000), which text may not.");
            parts[i] = text;
        }
        named = new Named(parts[0], parts[1]);
        return null;
    }

    private static string? Fields(JsonElement set)
    {
        if (Member(set, "facets") is not { } facets || Member(facets, "schema") is not { } schema || !schema.TryGetProperty("fields", out var list) || list.ValueKind is not JsonValueKind.Array) return null;
        var fields = new JsonObject();
        foreach (var field in list.EnumerateArray())
        {
            if (fields.Count >= FieldsMax) break;
            if (field.ValueKind is JsonValueKind.Object && field.TryGetProperty("name", out var name) && Text(name) is { Length: > 0 and <= FieldCharsMax } said && !said.Contains('\0', StringComparison.Ordinal))
                fields[said] = field.TryGetProperty("type", out var type) && Text(type) is { Length: <= FieldCharsMax } kind ? kind.Replace("\0", "", StringComparison.Ordinal) : "";
        }
        return fields.Count == 0 ? null : fields.ToJsonString();
    }

    private static JsonElement? Member(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Object ? value : null;

    private static bool Time(string? text, out long ms)
    {
        var read = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        ms = read ? Math.Max(0, time.ToUnixTimeMilliseconds()) : 0;
        return read;
    }

    // Half a character, escaped, is valid JSON and no text.
    private static string? Text(JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
