using System.Text.Json;
using Slipway.Client;

namespace Slipway.Cli.Reproduce;

/// <summary>A data set that a run read, as a file of this machine.</summary>
internal sealed class DataFile(DatasetVersion dataset)
{
    /// <summary>Our digests: the first half of a SHA-256. MLflow's own are computed from samples of a table in memory and cannot be found again from a file.</summary>
    private const int DigestChars = 32;

    /// <summary>Where it lies; null when it is no file of a machine.</summary>
    public string? Path { get; } = PathOf(dataset.Source);

    /// <summary>Reads the file, streamed, and compares.</summary>
    public async Task Compare(List<string> compared, List<Difference> differences, List<string> notCompared, CancellationToken ct)
    {
        if (Path is null)
            notCompared.Add($"data: {dataset.Name} is not a file of a machine ({dataset.SourceType})");
        else if (!File.Exists(Path))
            differences.Add(new Difference("data", dataset.Name, dataset.Digest, $"there is no file {Path}"));
        else if (dataset.Digest.Length != DigestChars || !dataset.Digest.All(char.IsAsciiHexDigitLower))
            notCompared.Add($"data: the digest of {dataset.Name} ({dataset.Digest}) is not one of a file's content");
        else
            try
            {
                compared.Add("data");
                // Pipes and devices say that they hold nothing; reading them might never end.
                var now = new FileInfo(Path).Length == 0 ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([]))[..DigestChars] : (await DatasetVersion.OfFileAsync(Path, dataset.Name, ct)).Digest;
                if (now != dataset.Digest) differences.Add(new Difference("data", dataset.Name, dataset.Digest, now));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                notCompared.Add($"data: {unreadable.Message}");
            }
    }

    private static string? PathOf(string source)
    {
        try
        {
            using var parsed = JsonDocument.Parse(source);
            if (parsed.RootElement.ValueKind is not JsonValueKind.Object || !parsed.RootElement.TryGetProperty("uri", out var uri) || uri.GetString() is not { Length: > 0 } text) return null;
            if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase)) return Uri.TryCreate(text, UriKind.Absolute, out var file) ? file.LocalPath : null;
            return text.Contains("://", StringComparison.Ordinal) || text.Contains('\0', StringComparison.Ordinal) ? null : System.IO.Path.GetFullPath(text);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
