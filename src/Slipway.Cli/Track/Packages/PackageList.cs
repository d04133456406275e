using System.Text;
using Slipway.Client.Capture;

namespace Slipway.Cli.Track.Packages;

/// <summary>Packages of one kind with their versions, as a text that people read and the kind's own tool may take: a line `name==version` each.</summary>
/// <param name="Kind">pip, conda, dotnet or npm.</param>
/// <param name="From">Where they were found: an interpreter, a folder, a file.</param>
/// <param name="Versions">By name.</param>
internal sealed record PackageList(string Kind, string From, SortedDictionary<string, string> Versions)
{
    /// <summary>The most packages of a kind that are kept.</summary>
    public const int EntriesMax = 20_000;

    /// <summary>The folder among a run's artifacts.</summary>
    public const string Folder = "environment";

    /// <summary>Every kind there is.</summary>
    public static readonly string[] Kinds = ["pip", "conda", "dotnet", "npm"];

    /// <summary>Its name among a run's artifacts.</summary>
    public string Artifact => ArtifactOf(Kind);

    public static string ArtifactOf(string kind) => $"{Folder}/{kind}.txt";

    /// <summary>The text.</summary>
    public string ToText()
    {
        var text = new StringBuilder().Append("# ").Append(From.ReplaceLineEndings(" ")).Append('\n');
        foreach (var (name, version) in Versions.Take(EntriesMax))
            text.Append(name).Append(version.Contains("://", StringComparison.Ordinal) ? " @ " : "==").Append(Secrets.WithoutPassword(version)).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads such a text; lines that name no version are versions of themselves.</summary>
    public static PackageList Parse(string kind, string text)
    {
        var (from, versions) = ("", Empty());
        foreach (var raw in text.Split('\n').Take(EntriesMax + 1))
        {
            var line = raw.Trim();
            if (line.StartsWith('#')) from = from.Length == 0 ? line[1..].Trim() : from;
            else if (line.Length > 0) Add(versions, line);
        }
        return new PackageList(kind, from, versions);
    }

    public static SortedDictionary<string, string> Empty() => new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a line of that text; the first of a name counts, as it does for an interpreter's path.</summary>
    public static void Add(SortedDictionary<string, string> versions, string line)
    {
        if (versions.Count >= EntriesMax) return;
        foreach (var sign in (string[])["==", " @ "])
            if (line.IndexOf(sign, StringComparison.Ordinal) is > 0 and var at)
            {
                versions.TryAdd(line[..at].Trim(), line[(at + sign.Length)..].Trim());
                return;
            }
        versions.TryAdd(line, "");
    }
}
