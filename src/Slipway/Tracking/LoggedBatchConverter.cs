using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>Reads runs/log-batch by hand: the hot path. Unknown fields are ignored, the first wrong one is told.</summary>
internal sealed class LoggedBatchConverter : JsonConverter<LoggedBatch>
{
    /// <summary>A key of at most this many bytes is looked up without making a string of it.</summary>
    private const int ShortKeyBytes = 512;

    // Its columns are warm from the batch before. Reading is synchronous, so one a thread is enough.
    [ThreadStatic]
    private static MetricBatch.Builder? warm;

    public override LoggedBatch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.StartObject) throw new JsonException("A batch is a JSON object.");
        var builder = warm ?? new MetricBatch.Builder();
        warm = null; // until this batch is whole: a reader that throws leaves half a batch in it
        var state = new State(builder);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metrics"u8)) Array(ref reader, ref state, "metrics", Metric);
            else if (reader.ValueTextEquals("params"u8)) Array(ref reader, ref state, "params", static (ref Utf8JsonReader r, ref State s) => Pair(ref r, ref s, s.Params, "params"));
            else if (reader.ValueTextEquals("tags"u8)) Array(ref reader, ref state, "tags", static (ref Utf8JsonReader r, ref State s) => Pair(ref r, ref s, s.Tags, "tags"));
            else if (reader.ValueTextEquals("run_id"u8))
            {
                reader.Read();
                state.RunId = Text(ref reader, ref state, "run_id") ?? state.RunId;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        var any = builder.Points > 0;
        var metrics = builder.Build(); // also when there are none: a refused key must not stay behind for the next batch
        warm = builder;
        return new LoggedBatch
        {
            RunId = state.RunId,
            Problem = state.Problem ?? Counts(state),
            Metrics = any ? metrics : null,
            ModelPoints = state.ModelPoints,
            Params = state.Params,
            Tags = state.Tags,
        };
    }

    public override void Write(Utf8JsonWriter writer, LoggedBatch value, JsonSerializerOptions options) =>
        throw new NotSupportedException("A batch is only ever read.");

    /// <summary>How far the reading is.</summary>
    private struct State(MetricBatch.Builder builder)
    {
        public readonly MetricBatch.Builder Builder = builder;
        public readonly List<(string? Key, string? Value)> Params = [];
        public readonly List<(string? Key, string? Value)> Tags = [];
        public List<ModelPoint> ModelPoints = [];
        public string? RunId;
        public Problem? Problem;
        public int Metrics;
        public int KeysChecked;
    }

    private delegate void Element(ref Utf8JsonReader reader, ref State state);

    private static void Array(ref Utf8JsonReader reader, ref State state, string name, Element element)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.Null) return;
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            Wrong(ref reader, ref state, name, "must be a list of objects.");
            return;
        }
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray) element(ref reader, ref state);
    }

    private static void Metric(ref Utf8JsonReader reader, ref State state)
    {
        var index = state.Metrics++;
        if (index >= LogBatch.MetricsMax || state.Problem is not null)
        {
            reader.Skip();
            return;
        }
        double? value = null;
        long? time = null;
        long step = 0;
        Span<char> shortKey = stackalloc char[ShortKeyBytes];
        var keyLength = 0;
        string? longKey = null;
        string? model = null, dataset = null, digest = null;
        if (reader.TokenType is JsonTokenType.StartObject)
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("key"u8)) keyLength = Key(ref reader, ref state, index, shortKey, out longKey);
                else if (reader.ValueTextEquals("value"u8)) value = Double(ref reader, ref state, index);
                else if (reader.ValueTextEquals("timestamp"u8)) time = Long(ref reader, ref state, index, "timestamp");
                else if (reader.ValueTextEquals("step"u8)) step = Long(ref reader, ref state, index, "step") ?? 0;
                else if (reader.ValueTextEquals("model_id"u8)) model = NextText(ref reader, ref state, $"metrics[{index}].model_id");
                else if (reader.ValueTextEquals("dataset_name"u8)) dataset = NextText(ref reader, ref state, $"metrics[{index}].dataset_name");
                else if (reader.ValueTextEquals("dataset_digest"u8)) digest = NextText(ref reader, ref state, $"metrics[{index}].dataset_digest");
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        else if (reader.TokenType is not JsonTokenType.Null) Wrong(ref reader, ref state, $"metrics[{index}]", "must be an object.");
        var key = longKey is null ? shortKey[..keyLength] : longKey.AsSpan();
        state.Problem ??= key.IsEmpty ? Problem.Missing($"metrics[{index}].key")
            : value is null ? Problem.Missing($"metrics[{index}].value")
            : time is null ? Problem.Missing($"metrics[{index}].timestamp")
            : time < 0 ? NegativeTime(key.ToString(), time.Value, value.Value)
            : null;
        if (state.Problem is not null) return;
        var number = state.Builder.KeyOf(key);
        if (number == state.KeysChecked)
        {
            state.KeysChecked++;
            if ((state.Problem = WireCheck.Key(key.ToString(), $"metrics[{index}].name", Tracking.Metric.KeyCharsMax)) is not null) return;
        }
        state.Builder.Add(number, time!.Value, step, value!.Value);
        if (string.IsNullOrEmpty(model)) return;
        state.Problem = WireCheck.Text(model, $"metrics[{index}].model_id", 64) ?? WireCheck.Text(dataset, $"metrics[{index}].dataset_name", Dataset.NameCharsMax)
            ?? WireCheck.Text(digest, $"metrics[{index}].dataset_digest", Dataset.DigestCharsMax);
        state.ModelPoints.Add(new ModelPoint(key.ToString(), new SeriesPoint(time.Value, step, SeriesPoint.Canonical(value.Value)), model, dataset ?? "", digest ?? ""));
    }

    /// <summary>The reference's sentence for a time before 1970.</summary>
    public static Problem NegativeTime(string key, long timeMs, double value) => Problem.Invalid(
        $"Got invalid timestamp {timeMs} for metric '{key}' (value={value}). Timestamp must be a nonnegative long (64-bit integer) ");

    // Most keys fit the caller's span and never become a string of their own.
    private static int Key(ref Utf8JsonReader reader, ref State state, int index, scoped Span<char> chars, out string? longKey)
    {
        longKey = null;
        reader.Read();
        if (reader.TokenType is JsonTokenType.String)
        {
            if (reader.ValueSpan.Length <= chars.Length) return reader.CopyString(chars);
            longKey = reader.GetString();
        }
        else if (reader.TokenType is not JsonTokenType.Null) Wrong(ref reader, ref state, $"metrics[{index}].key", "must be a string.");
        return 0;
    }

    private static double? Double(ref Utf8JsonReader reader, ref State state, int index)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Number: return reader.GetDouble();
            case JsonTokenType.Null: return null;
            case JsonTokenType.String when WireNumbers.Double(reader.GetString()!) is { } number: return number;
            default:
                Wrong(ref reader, ref state, $"metrics[{index}].value", "Please specify value as a valid double (64-bit floating point).");
                return 0;
        }
    }

    private static long? Long(ref Utf8JsonReader reader, ref State state, int index, string name)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetInt64(out var number): return number;
            // 1e3 and 5.0 are integers too; some languages write them so.
            case JsonTokenType.Number when WireNumbers.Long(reader.GetDouble()) is { } number: return number;
            case JsonTokenType.String when WireNumbers.Long(reader.GetString()!) is { } number: return number;
            case JsonTokenType.Null: return null;
            default:
                Wrong(ref reader, ref state, $"metrics[{index}].{name}", "must be a 64-bit integer.");
                return 0;
        }
    }

    private static void Pair(ref Utf8JsonReader reader, ref State state, List<(string? Key, string? Value)> into, string list)
    {
        var path = $"{list}[{into.Count}]";
        string? key = null, value = null;
        if (reader.TokenType is JsonTokenType.StartObject)
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("key"u8)) key = NextText(ref reader, ref state, path + ".key");
                else if (reader.ValueTextEquals("value"u8)) value = NextText(ref reader, ref state, path + ".value");
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        else if (reader.TokenType is not JsonTokenType.Null) Wrong(ref reader, ref state, path, "must be an object.");
        into.Add((key, value));
    }

    private static string? NextText(ref Utf8JsonReader reader, ref State state, string path)
    {
        reader.Read();
        return Text(ref reader, ref state, path);
    }

    private static string? Text(ref Utf8JsonReader reader, ref State state, string path)
    {
        if (reader.TokenType is JsonTokenType.String) return reader.GetString();
        if (reader.TokenType is not JsonTokenType.Null) Wrong(ref reader, ref state, path, "must be a string.");
        return null;
    }

    private static void Wrong(ref Utf8JsonReader reader, ref State state, string path, string reason)
    {
        var start = reader.TokenStartIndex;
        var kind = reader.TokenType;
        var shown = kind is JsonTokenType.Number ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan)
            : kind is JsonTokenType.String ? WireCheck.Quote(reader.GetString()!)
            : kind is JsonTokenType.True ? "true" : kind is JsonTokenType.False ? "false"
            : kind is JsonTokenType.StartArray ? "[...]" : "{...}";
        reader.Skip();
        state.Problem ??= Problem.Invalid($"Invalid value {shown} for parameter '{path}' supplied: {reason} (At byte {start} of the body.)");
    }

    private static Problem? Counts(in State state)
    {
        var (metrics, logged, tags) = (state.Metrics, state.Params.Count, state.Tags.Count);
        return metrics > LogBatch.MetricsMax ? TooMany("metrics", LogBatch.MetricsMax, metrics)
            : logged > LogBatch.ParamsMax ? TooMany("params", LogBatch.ParamsMax, logged)
            : tags > LogBatch.TagsMax ? TooMany("tags", LogBatch.TagsMax, tags)
            : metrics + logged + tags > LogBatch.ItemsMax ? TooMany("metrics, params, and tags", LogBatch.ItemsMax, metrics + logged + tags)
            : null;
    }

    private static Problem TooMany(string what, int most, int got) => Problem.Invalid(
        $"A batch logging request can contain at most {most} {what}. Got {got} {what}. Please split up {what} across multiple requests and try again.");
}
