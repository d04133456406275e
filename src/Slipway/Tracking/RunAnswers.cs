using System.Buffers;
using System.Globalization;
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
                var rows = new Dictionary<long, RunRow>();
                using var sections = Read(session, some, Runs.Rows(session, some, rows));
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

    private Sections Read(Session session, IReadOnlyList<long> numbers, params ReadOnlySpan<Question> beside)
    {
        var sections = new Sections();
        try
        {
            var list = Arg.Longs(numbers);
            var among = session.Dialect.InLongs("$1");
            var uses = new List<(long Run, long Dataset)>();
            using (var latest = metrics.Latest(session, numbers,
                [
                    new($"SELECT run_no, key, value FROM params WHERE run_no {among} ORDER BY run_no, key", row => Pair(sections.Params, row), list),
                    new($"SELECT run_no, key, value FROM tags WHERE run_no {among} ORDER BY run_no, key", row => Pair(sections.Tags, row), list),
                    new($"SELECT run_no, is_output, model_id, step FROM run_models WHERE run_no {among} ORDER BY run_no, is_output, step, model_id", row => Model(sections, row), list),
                    new($"SELECT run_no, dataset_id FROM run_datasets WHERE run_no {among} ORDER BY run_no, position, dataset_id", row =>
                    {
                        uses.Add((row.Long(0), row.Long(1)));
                        return true;
                    }, list),
                    .. beside,
                ]))
            {
                var parts = Array.ConvertAll(latest.Names, static name => new PointParts(name, null));
                foreach (ref readonly var row in latest.Points) parts[row.Key].Write(sections.Metrics.Next(row.RunNo), row.Point);
            }
            if (uses.Count > 0) Inputs(session, sections, uses, list, among);
            return sections;
        }
        catch
        {
            sections.Dispose();
            throw;
        }
    }

    private static bool Model(Sections sections, Row row)
    {
        var isOutput = row.Bool(1);
        var json = (isOutput ? sections.Outputs : sections.Models).Next(row.Long(0));
        json.Write("{\"model_id\":"u8);
        JsonText.Write(json, row.Utf8(2));
        if (isOutput)
        {
            json.Write(",\"step\":"u8);
            JsonText.Write(json, row.Long(3));
        }
        json.Write("}"u8);
        return true;
    }

    private static bool Pair(RunSection section, Row row)
    {
        var json = section.Next(row.Long(0));
        json.Write("{\"key\":"u8);
        JsonText.Write(json, row.Utf8(1));
        json.Write(",\"value\":"u8);
        JsonText.Write(json, row.Utf8(2));
        json.Write("}"u8);
        return true;
    }

    private static void Inputs(Session session, Sections sections, List<(long Run, long Dataset)> uses, Arg list, string among)
    {
        var tags = session.Query($"SELECT run_no, dataset_id, key, value FROM run_dataset_tags WHERE run_no {among} ORDER BY run_no, dataset_id, key",
            static row => (Use: (row.Long(0), row.Long(1)), Tag: new InputTag(row.Text(2), row.Text(3))), list).ToLookup(tag => tag.Use, tag => tag.Tag);
        var datasets = DatasetVersions.Read(session, [.. uses.Select(use => use.Dataset).Distinct()]);
        foreach (var use in uses)
            sections.Datasets.Next(use.Run).Write(JsonSerializer.SerializeToUtf8Bytes(
                new DatasetInput(tags[use].ToArray() is { Length: > 0 } own ? own : null, datasets[use.Dataset]), TrackingJson.Default.DatasetInput));
    }

    /// <summary>Everything but the runs' own rows, as finished JSON arrays by run.</summary>
    private sealed class Sections : IDisposable
    {
        public RunSection Metrics { get; } = new();
        public RunSection Params { get; } = new();
        public RunSection Tags { get; } = new();
        public RunSection Datasets { get; } = new();
        public RunSection Models { get; } = new();
        public RunSection Outputs { get; } = new();

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
