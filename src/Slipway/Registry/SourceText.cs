using System.Net;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What the text of a source says about itself: whether it is a path of some machine, and whether it is what it seems.</summary>
internal static class SourceText
{
    /// <summary>How many layers of percent-encoding are looked through; more are refused.</summary>
    private const int LayersMax = 8;

    /// <summary>What stands before the colon, in lower case; empty for a path. One letter is a drive.</summary>
    public static string SchemeOf(string source)
    {
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 1 || !char.IsAsciiLetter(source[0])) return "";
        foreach (var character in source.AsSpan(0, colon))
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '-' or '.')) return "";
        return source[..colon].ToLowerInvariant();
    }

    /// <summary>True for paths, with or without `file:`.</summary>
    public static bool IsLocal(string source) => SchemeOf(source) is "" or "file";

    /// <summary>The run of `runs:/RUN/PATH`, or null.</summary>
    public static string? RunOf(string source)
    {
        if (SchemeOf(source) != "runs") return null;
        var rest = source.AsSpan("runs:".Length).TrimStart('/');
        return rest.IndexOf('/') is var slash and > 0 ? rest[..slash].ToString() : rest.ToString();
    }

    /// <summary>A local path must lie in one of these artifact locations, which clients chose themselves; this server opens none of them.</summary>
    public static Problem? CheckLocal(string source, IReadOnlyList<string> roots, string field)
    {
        if (Host(source) is { } host) return Problem.Invalid($"{SearchText.Cut(source)} is not a valid remote uri. For remote access on windows, please consider using a different scheme such as SMB (e.g. smb://<hostname>/<path>). Here '{SearchText.Cut(host)}' is another machine.");
        if (PathOf(source) is { } path && Normal(path) is { } normal)
            foreach (var root in roots)
                if (IsLocal(root) && Host(root) is null && PathOf(root) is { } above && Normal(above) is { Length: > 1 } folder && (normal == folder || normal.StartsWith(folder + '/', StringComparison.Ordinal))) return null;
        return Problem.Invalid($"Invalid model version source: '{SearchText.Cut(source)}'. To use a local path as a model version source, the {field} request parameter has to be specified and the local path has to be " +
            $"contained within the artifact directory of the run specified by the {field}.");
    }

    /// <summary>A remote source must say an absolute path without `.` or `..`, also after it is decoded as often as anybody might.</summary>
    public static Problem? CheckRemote(string source)
    {
        var layer = source;
        for (var depth = 0; ; depth++)
        {
            if (Faulty(layer)) return Tricked(source);
            var next = WebUtility.UrlDecode(layer);
            if (next == layer) return null;
            if (depth == LayersMax) return Tricked(source);
            layer = next;
        }
    }

    /// <summary>A prompt's source is a word that stands for nothing, or a remote URI.</summary>
    public static Problem? CheckPrompt(string source)
    {
        var scheme = SchemeOf(source);
        if (scheme == "file" || scheme.Length == 0 && (source[0] is '/' or '\\' or '~' || source.Length > 1 && source[1] == ':' || source.Contains("..", StringComparison.Ordinal)))
            return Problem.Invalid($"Invalid prompt source: '{SearchText.Cut(source)}'. Local source paths are not allowed for prompts.");
        return scheme.Length == 0 ? null : CheckRemote(source);
    }

    /// <summary>True when a location is another or lies below it.</summary>
    public static bool LiesIn(string source, string root)
    {
        root = root.TrimEnd('/');
        return source.TrimEnd('/') == root || source.StartsWith(root + '/', StringComparison.Ordinal);
    }

    /// <summary>The same place without repeated slashes in its path and at its end.</summary>
    public static string Collapse(string source)
    {
        var colon = source.IndexOf(':', StringComparison.Ordinal) + 1;
        var authority = source.AsSpan(colon).StartsWith("//") ? 2 : 0;
        var segments = source[(colon + authority)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(source.AsSpan(0, colon), authority > 0 ? "//" : "/", string.Join('/', segments));
    }

    private static bool Faulty(string source)
    {
        foreach (var character in source)
            if (char.IsControl(character)) return true;
        var scheme = source.IndexOf(':', StringComparison.Ordinal);
        var rest = source.AsSpan(scheme + 1);
        if (rest.StartsWith("//")) rest = rest[2..] is var after && after.IndexOf('/') is var slash and >= 0 ? after[slash..] : "";
        if (rest.IndexOfAny('?', '#') is var end and >= 0)
        {
            if (rest[end..].Contains("..", StringComparison.Ordinal)) return true;
            rest = rest[..end];
        }
        if (rest.Trim('/').IsEmpty || rest[0] != '/') return true;
        foreach (var range in rest.SplitAny('/', '\\'))
            if (rest[range] is "." or "..") return true;
        return false;
    }

    private static string? Host(string source)
    {
        if (!source.StartsWith("file://", StringComparison.OrdinalIgnoreCase)) return null;
        var rest = source["file://".Length..];
        var host = rest.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? rest[..slash] : rest;
        return host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? null : host;
    }

    /// <summary>The absolute path that a local source names, decoded once if it is a URI; null when there is none.</summary>
    private static string? PathOf(string source)
    {
        var path = source;
        if (SchemeOf(source) == "file")
        {
            path = source["file:".Length..];
            if (path.StartsWith("//", StringComparison.Ordinal)) path = path.IndexOf('/', 2) is var slash and >= 0 ? path[slash..] : "";
            path = Uri.UnescapeDataString(path);
        }
        return path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal) && !path.Contains('\\', StringComparison.Ordinal) ? path : null;
    }

    /// <summary>A path without `.`, `..` and repeated slashes; null when it climbs above the top.</summary>
    private static string? Normal(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }
        return "/" + string.Join('/', parts);
    }

    private static Problem Tricked(string source) => Problem.Invalid($"Invalid model version source: '{SearchText.Cut(source)}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, " +
        "an absolute path must be provided without relative path references present. Please provide an absolute path.");
}
