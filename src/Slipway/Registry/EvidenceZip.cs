using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Registry;

/// <summary>Writes a pack part by part to where it goes, and knows each part's digest in the end.</summary>
internal sealed class EvidenceZip(ZipArchive zip)
{
    private readonly List<EvidencePart> parts = [];

    /// <summary>What was written so far.</summary>
    public IReadOnlyList<EvidencePart> Parts => parts;

    /// <summary>Adds a part that is in memory.</summary>
    public Task Add(string path, byte[] content, CancellationToken ct) => Add(path, async (write, token) => await write(content, token), ct);

    /// <summary>Adds a part as JSON.</summary>
    public Task AddJson<T>(string path, T value, JsonTypeInfo<T> type, CancellationToken ct) => Add(path, Json(value, type), ct);

    /// <summary>Adds a part that comes piece by piece.</summary>
    public async Task Add(string path, Func<Func<ReadOnlyMemory<byte>, CancellationToken, Task>, CancellationToken, Task> produce, CancellationToken ct)
    {
        var entry = zip.CreateEntry(path, CompressionLevel.Fastest);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        await using (var to = await entry.OpenAsync(ct))
            await produce(async (piece, token) =>
            {
                hash.AppendData(piece.Span);
                size += piece.Length;
                await to.WriteAsync(piece, token);
            }, ct);
        parts.Add(new EvidencePart(path, size, Convert.ToHexStringLower(hash.GetHashAndReset())));
    }

    /// <summary>A value as people can read it too.</summary>
    public static byte[] Json<T>(T value, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) JsonSerializer.Serialize(json, value, type);
        return buffer.ToArray();
    }
}
