namespace Slipway.Client;

/// <summary>A file or folder among a run's artifacts.</summary>
/// <param name="Path">Relative to the run's artifacts, with slashes.</param>
/// <param name="IsFolder">True for a folder.</param>
/// <param name="Bytes">The size of a file; null for a folder.</param>
public sealed record ArtifactFile(string Path, bool IsFolder, long? Bytes);

/// <summary>Names of artifacts: relative, with slashes, nowhere else than below the run.</summary>
internal static class ArtifactName
{
    /// <summary>The name with slashes, or an exception that says what is wrong with it.</summary>
    public static string Checked(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var name = path.Replace('\\', '/').TrimEnd('/');
        if (name.Length == 0 || name.Split('/').Any(part => part is "" or "." or ".."))
            throw new ArgumentException($"An artifact path is relative, with names between its slashes (such as plots/roc.csv), got '{path}'.", nameof(path));
        return name;
    }

    /// <summary>A name as part of an address.</summary>
    public static string Escaped(string name) => string.Join('/', name.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Where a file of a listing goes on this disk; refuses names that would leave the folder, whoever sent them.</summary>
    public static string Below(string folder, string relative)
    {
        var root = Path.GetFullPath(folder);
        var target = Path.GetFullPath(Path.Combine(root, relative));
        // What leads elsewhere on one system is refused on all of them: a folder that was downloaded here may be opened there.
        var odd = relative.Split('/', '\\').Any(part => part is "" or "." or ".." or [_, ':', ..]);
        return !odd && target.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? target
            : throw new SlipwayException($"The server listed an artifact '{relative}' that would lie outside {root}; nothing was written there.");
    }
}
