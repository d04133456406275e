using System.Text.Json;

namespace Slipway.Datasets;

/// <summary>
/// Where data lies, as OpenLineage names it: a namespace such as `s3://bucket` and a name such as `path/file.csv`. That is how what other systems say
/// about the same data is found.
/// </summary>
/// <param name="Namespace">Scheme and authority; `file` for local paths.</param>
/// <param name="Name">The path without its leading slash.</param>
internal readonly record struct DatasetAddress(string Namespace, string Name)
{
    /// <summary>The longest namespace and name, in characters; longer addresses join with nothing.</summary>
    public const int CharsMax = 512;

    private static readonly string[] Fields = ["uri", "url", "path"];

    /// <summary>The address in a source as MLflow's clients write it: JSON with `uri`, `url` or `path`, or the address itself. Null where there is none.</summary>
    public static DatasetAddress? Of(string? source)
    {
        if (string.IsNullOrEmpty(source) || source.Length > 64 * 1024) return null;
        if (source[0] != '{') return OfUri(source);
        try
        {
            using var json = JsonDocument.Parse(source);
            foreach (var field in Fields)
                if (json.RootElement.TryGetProperty(field, out var value) && value.ValueKind is JsonValueKind.String && OfUri(value.GetString()!) is { } found) return found;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            // Somebody's own text, or half a character in it: no address.
        }
        return null;
    }

    /// <summary>The address of a URI or an absolute path. What follows `?` is left away: it is often a signature, and never part of the name.</summary>
    public static DatasetAddress? OfUri(string uri)
    {
        var end = uri.AsSpan().IndexOfAny('?', '#');
        var text = (end < 0 ? uri : uri[..end]).Trim();
        if (text.Contains('\0', StringComparison.Ordinal)) return null;
        if (text.StartsWith('/')) return Fit("file", text);
        var at = text.IndexOf("://", StringComparison.Ordinal);
        if (at <= 0)
            return text.StartsWith("file:/", StringComparison.OrdinalIgnoreCase) ? Fit("file", text[5..]) : null;
        var scheme = text[..at].ToLowerInvariant();
        if (!scheme.All(static c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')) return null;
        var rest = text[(at + 3)..];
        if (scheme is "file") return Fit("file", rest[Math.Max(0, rest.IndexOf('/', StringComparison.Ordinal))..]);
        if (scheme is "s3a" or "s3n") scheme = "s3";
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? rest : rest[..slash];
        // Somebody's password is no part of where the data lies; the container of an abfss:// address is.
        if (scheme is not ("abfs" or "abfss" or "wasb" or "wasbs")) authority = authority[(authority.LastIndexOf('@') + 1)..];
        return slash < 0 ? null : Fit($"{scheme}://{authority}", rest[slash..]);
    }

    private static DatasetAddress? Fit(string space, string path)
    {
        var name = path.Trim('/');
        return name.Length is 0 or > CharsMax || space.Length > CharsMax ? null : new DatasetAddress(space, name);
    }
}
