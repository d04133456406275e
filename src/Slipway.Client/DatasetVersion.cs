using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Client;

/// <summary>One version of data: the digest says which. Identified by (experiment, name, digest).</summary>
public sealed record DatasetVersion
{
    /// <summary>At most 500 characters.</summary>
    public required string Name { get; init; }

    /// <summary>A fingerprint of the content, at most 36 characters.</summary>
    public required string Digest { get; init; }

    /// <summary>"local", "http", "s3", "code" and so on.</summary>
    public string SourceType { get; init; } = "local";

    /// <summary>Where it came from, as JSON such as <c>{"uri": "/data/flights.parquet"}</c>.</summary>
    public string Source { get; init; } = "{}";

    /// <summary>Its columns as MLflow's JSON: see <see cref="SchemaOf"/>.</summary>
    public string? Schema { get; init; }

    /// <summary>Counts and statistics as JSON: see <see cref="ProfileOf"/>.</summary>
    public string? Profile { get; init; }

    /// <summary>A file as a data set. Reads it once, streamed, for its digest: the first 32 hexadecimal digits of its SHA-256.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its name; null for the file's.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static async Task<DatasetVersion> OfFileAsync(string path, string? name = null, CancellationToken ct = default)
    {
        await using var file = File.OpenRead(path);
        var hash = await SHA256.HashDataAsync(file, ct).ConfigureAwait(false);
        return new DatasetVersion
        {
            Name = name ?? Path.GetFileName(path),
            Digest = Convert.ToHexStringLower(hash)[..32],
            Source = new JsonObject { ["uri"] = Path.GetFullPath(path) }.ToJsonString(),
        };
    }

    /// <summary>MLflow's JSON for columns. Types: boolean, integer, long, float, double, string, binary, datetime.</summary>
    public static string SchemaOf(params IEnumerable<(string Name, string Type)> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Written(writer =>
        {
            writer.WriteStartArray("mlflow_colspec");
            foreach (var (name, type) in columns)
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WriteString("name", name);
                writer.WriteBoolean("required", true);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
    }

    /// <summary>MLflow's JSON for the size of a table.</summary>
    public static string ProfileOf(long rows, long columns) => Written(writer =>
    {
        writer.WriteNumber("num_rows", rows);
        writer.WriteNumber("num_elements", rows * columns);
    });

    private static string Written(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            body(writer);
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

/// <summary>A data set as one run used it.</summary>
/// <param name="Dataset">The data.</param>
/// <param name="Context">What for: "training", "evaluation"; or null.</param>
public sealed record UsedDataset(DatasetVersion Dataset, string? Context)
{
    internal static UsedDataset From(Tracking.DatasetInput wire) => new(
        new DatasetVersion
        {
            Name = wire.Dataset?.Name ?? "",
            Digest = wire.Dataset?.Digest ?? "",
            SourceType = wire.Dataset?.SourceType ?? "",
            Source = wire.Dataset?.Source ?? "",
            Schema = wire.Dataset?.Schema,
            Profile = wire.Dataset?.Profile,
        },
        wire.Tags?.FirstOrDefault(tag => tag.Key is Tracking.DatasetInput.ContextTag)?.Value);

    internal Tracking.DatasetInput ToWire() => new(
        Context is null ? null : [new Tracking.InputTag(Tracking.DatasetInput.ContextTag, Context)],
        new Tracking.Dataset(Dataset.Name, Dataset.Digest, Dataset.SourceType, Dataset.Source, Dataset.Schema, Dataset.Profile));
}
