namespace Slipway.Cli.Import;

/// <summary>
/// Where a source's artifacts lie on this machine. A location in a database is only a claim: files are taken from below the source's own folder
/// and the folders that the user names, and links out of them are not followed, so that an import of somebody else's database uploads nothing else.
/// </summary>
/// <param name="source">The folder of the source; relative locations start there. Null where there is none.</param>
/// <param name="named">The folders that --artifacts names.</param>
internal sealed class ArtifactFolders(string? source, IReadOnlyList<string> named)
{
    private readonly string[] roots = [.. named.Concat(source is null ? [] : [source]).Select(folder => Real(Path.GetFullPath(folder)))];

    /// <summary>The folder that a location names, or why there is none. A location without files is no folder and no reason.</summary>
    public (string? Folder, string? Why) Find(string location)
    {
        if (location.Length == 0) return (null, null);
        var colon = location.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon > 1 && location.AsSpan(0, colon).IndexOfAny('/', '\\') < 0 ? location[..colon].ToLowerInvariant() : "";
        var path = scheme switch
        {
            "" => location,
            "file" => Uri.TryCreate(location, UriKind.Absolute, out var uri) ? uri.LocalPath : location["file:".Length..],
            "mlflow-artifacts" => Uri.TryCreate(location, UriKind.Absolute, out var uri) ? Uri.UnescapeDataString(uri.AbsolutePath) : null,
            _ => null,
        };
        if (path is null) return (null, $"they lie at {scheme}:, where this command does not reach: copy them below a folder and name it with --artifacts");
        var outside = false;
        foreach (var candidate in Candidates(path, direct: scheme is "" or "file"))
        {
            string real;
            try
            {
                if (!Directory.Exists(candidate)) continue;
                real = Real(candidate);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
            {
                continue;
            }
            if (roots.Any(root => IsBelow(root, real))) return (real, null);
            outside = true;
        }
        return (null, outside ? "they lie outside the source's folder: name the folder that holds them with --artifacts" : null);
    }

    /// <summary>The files below a folder with their names there. Links are left out and reported.</summary>
    public static IEnumerable<(string Name, string File, long Bytes)> Files(string folder, ImportReport report)
    {
        var folders = new Stack<string>([folder]);
        while (folders.TryPop(out var at))
            foreach (var entry in new DirectoryInfo(at).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true }).OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                if (entry.LinkTarget is not null) report.LeftOut("artifacts", "a link to somewhere else", entry.FullName);
                else if (!RegularFile.Is(entry.FullName) && entry is not DirectoryInfo) report.LeftOut("artifacts", "a pipe or device, no file", entry.FullName);
                else if (entry is DirectoryInfo) folders.Push(entry.FullName);
                else if (entry is FileInfo file) yield return (Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'), file.FullName, file.Length);
            }
    }

    // The location itself; then its last parts below each named folder, longest first: stores move, their inner layout stays.
    private IEnumerable<string> Candidates(string path, bool direct)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) yield break;
        if (direct && Path.IsPathRooted(path)) yield return path;
        else if (direct && source is not null) yield return Path.Combine(source, path);
        var parts = path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Contains("..")) yield break;
        foreach (var root in named.Concat(source is null ? [] : [source]))
            for (var from = 0; from <= parts.Length - 2; from++) yield return Path.Combine([root, .. parts[from..]]);
    }

    private static bool IsBelow(string root, string path) => path == root || path.StartsWith(root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The path without links in it.</summary>
    private static string Real(string path)
    {
        var root = Path.GetPathRoot(path) ?? "/";
        var real = root;
        foreach (var part in Path.GetFullPath(path)[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo(Path.Combine(real, part));
            real = next.LinkTarget is null ? next.FullName : next.ResolveLinkTarget(returnFinalTarget: true) is { } target ? Real(target.FullName) : next.FullName;
        }
        return real;
    }
}
