using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Datasets;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Writes runs as the wire has them: one statement a table for a whole page, keys and values copied as UTF-8 from the row into the answer.
/// A page of 100 runs with 50 metrics each would otherwise be ten thousand strings and objects.
/// </summary>
internal sealed class RunAnswers(Metrics metrics)
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText Value = JsonEncodedText.Encode("value");
    private static readonly JsonEncodedText Timestamp = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText Step = JsonEncodedText.Encode("step");

    /// <summary>Runs gathered at a time: a page of a thousand is a few megabytes, which no single array should hold.</summary>
    private const int RunsTogether = 128;

    /// <summary>`{"run": ...}`; await <see cref="Metrics.EnsureSettled"/> before.</summary>
    public WrittenJson One(Session session, RunRow row) => Write(json =>
    {
        using var sections = Read(session, [row.No]);
        json.WriteStartObject();
        json.WritePropertyName("run");
        sections.Write(json, row);
        json.WriteEndObject();
    });

    /// <summary>`{"runs": [...], "next_page_token": ...}` for these runs in this order.</summary>
    public WrittenJson Page(Session session, IReadOnlyList<long> numbers, string? nextPageToken) => Write(json =>
    {
        json.WriteStartObject();
        if (numbers.Count > 0)
        {
            json.WriteStartArray("runs");
            foreach (var some in numbers.Chunk(RunsTogether))
            {
                using var sections = Read(session, some);
                var rows = Runs.Rows(session, some);
                foreach (var number in some)
                    if (rows.TryGetValue(number, out var row)) sections.Write(json, row);
            }
            json.WriteEndArray();
        }
        if (nextPageToken is not null) json.WriteString("next_page_token", nextPageToken);
        json.WriteEndObject();
    });

    private static WrittenJson Write(Action<Utf8JsonWriter> write)
    {
        var buffer = AnswerBuffer.Rent();
        try
        {
            write(buffer.Json);
            buffer.Json.Flush();
            return new(buffer);
        }
        catch
        {
            AnswerBuffer.Return(buffer);
            throw;
        }
    }

    /// <summary>A metric's value as MLflow's clients expect it: infinities as the largest doubles, NaN as a string.</summary>
    public static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (double.IsNaN(value)) json.WriteString(Value, "NaN"u8);
        else json.WriteNumber(Value, Math.Clamp(value, double.MinValue, double.MaxValue));
    }

    private Sections Read(Session session, IReadOnlyList<long> numbers)
    {
        var sections = new Sections();
        try
        {
            var list = Arg.Longs(numbers);
            var among = session.Dialect.InLongs("$1");
            foreach (var (run, key, point, _, _) in metrics.Latest(session, numbers))
            {
                var json = sections.Metrics.Of(run);
                json.WriteStartObject();
                json.WriteString(Key, key);
                WriteValue(json, point.Value);
                json.WriteNumber(Timestamp, point.TimeMs);
                json.WriteNumber(Step, point.Step);
                json.WriteEndObject();
            }
            session.Each($"SELECT run_no, key, value FROM params WHERE run_no {among} ORDER BY run_no, key", row => Pair(sections.Params, row), list);
            session.Each($"SELECT run_no, key, value FROM tags WHERE run_no {among} ORDER BY run_no, key", row => Pair(sections.Tags, row), list);
            Inputs(session, sections, list, among);
            session.Each($"SELECT run_no, is_output, model_id, step FROM run_models WHERE run_no {among} ORDER BY run_no, is_output, step, model_id", row =>
            {
                var json = (row.Bool(1) ? sections.Outputs : sections.Models).Of(row.Long(0));
                json.WriteStartObject();
                json.WriteString("model_id", row.Utf8(2));
                if (row.Bool(1)) json.WriteNumber(Step, row.Long(3));
                json.WriteEndObject();
                return true;
            }, list);
            return sections;
        }
        catch
        {
            sections.Dispose();
            throw;
        }
    }

    private static bool Pair(RunSection section, Row row)
    {
        var json = section.Of(row.Long(0));
        json.WriteStartObject();
        json.WriteString(Key, row.Utf8(1));
        json.WriteString(Value, row.Utf8(2));
        json.WriteEndObject();
        return true;
    }

    private static void Inputs(Session session, Sections sections, Arg list, string among)
    {
        var uses = session.Query($"SELECT run_no, dataset_id FROM run_datasets WHERE run_no {among} ORDER BY run_no, dataset_id", static row => (Run: row.Long(0), Dataset: row.Long(1)), list);
        if (uses.Count == 0) return;
        var tags = session.Query($"SELECT run_no, dataset_id, key, value FROM run_dataset_tags WHERE run_no {among} ORDER BY run_no, dataset_id, key",
            static row => (Use: (row.Long(0), row.Long(1)), Tag: new InputTag(row.Text(2), row.Text(3))), list).ToLookup(tag => tag.Use, tag => tag.Tag);
        var datasets = DatasetVersions.Read(session, [.. uses.Select(use => use.Dataset).Distinct()]);
        foreach (var use in uses)
            JsonSerializer.Serialize(sections.Datasets.Of(use.Run),
                new DatasetInput(tags[use].ToArray() is { Length: > 0 } own ? own : null, datasets[use.Dataset]), TrackingJson.Default.DatasetInput);
    }

    /// <summary>Everything but the runs' own rows, as finished JSON arrays by run.</summary>
    private sealed class Sections : IDisposable
    {
        public RunSection Metrics { get; } = new(Options);
        public RunSection Params { get; } = new(Options);
        public RunSection Tags { get; } = new(Options);
        public RunSection Datasets { get; } = new(Options);
        public RunSection Models { get; } = new(Options);
        public RunSection Outputs { get; } = new(Options);

        public void Write(Utf8JsonWriter json, RunRow row)
        {
            json.WriteStartObject();
            json.WriteStartObject("info");
            json.WriteString("run_id", row.RunId);
            json.WriteString("run_uuid", row.RunId);
            json.WriteString("run_name", row.Name);
            Span<byte> digits = stackalloc byte[20];
            row.ExperimentId.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
            json.WriteString("experiment_id", digits[..length]);
            json.WriteString("user_id", row.UserId);
            json.WriteString("status", row.Status.ToString());
            if (row.StartMs is { } start) json.WriteNumber("start_time", start);
            if (row.EndMs is { } end) json.WriteNumber("end_time", end);
            json.WriteString("artifact_uri", row.ArtifactUri);
            json.WriteString("lifecycle_stage", row.DeletedMs is null ? "active"u8 : "deleted"u8);
            json.WriteEndObject();
            json.WriteStartObject("data");
            Metrics.Write(json, row.No, "metrics");
            Params.Write(json, row.No, "params");
            Tags.Write(json, row.No, "tags");
            json.WriteEndObject();
            json.WriteStartObject("inputs");
            Datasets.Write(json, row.No, "dataset_inputs");
            Models.Write(json, row.No, "model_inputs");
            json.WriteEndObject();
            if (Outputs.Has(row.No))
            {
                json.WriteStartObject("outputs");
                Outputs.Write(json, row.No, "model_outputs");
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        public void Dispose()
        {
            foreach (var section in (ReadOnlySpan<RunSection>)[Metrics, Params, Tags, Datasets, Models, Outputs]) section.Dispose();
        }
    }
}
