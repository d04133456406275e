using System.Text.Json;
using Slipway.Client.Capture;

namespace Slipway.Cli.Track;

/// <summary>A command that is tracked, and how.</summary>
internal sealed record TrackedCommand
{
    /// <summary>Tags of a run that say what was run, where in the repository, and how it ended; reproduce reads them.</summary>
    public const string CommandTag = "slipway.command", FolderTag = "slipway.folder", ExitCodeTag = "slipway.exit_code", SeedTag = "slipway.seed.", OriginTag = "slipway.reproduces", UntrackedTag = "slipway.git.untracked_left_out";

    /// <summary>The longest command that is noted as a tag, in characters; the whole one is in environment.json.</summary>
    public const int TagCharsMax = 8_000;

    /// <summary>Program and arguments.</summary>
    public required string[] Words { get; init; }

    /// <summary>Where it works.</summary>
    public string Folder { get; init; } = Environment.CurrentDirectory;

    /// <summary>The experiment by name; null when the id says which.</summary>
    public string? Experiment { get; init; }

    /// <summary>The experiment by id.</summary>
    public string? ExperimentId { get; init; }

    /// <summary>The run's name; null for a random one.</summary>
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Files that the command reads, by path.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Variables beside those that are set.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>False lets the program have the terminal itself; nothing of its output is kept.</summary>
    public bool KeepsConsole { get; init; } = true;

    /// <summary>False says nothing at the end.</summary>
    public bool Speaks { get; init; } = true;

    /// <summary>The command as a tag: a JSON array, secrets masked; null when it is too long for one.</summary>
    public string? ToTag() => JsonSerializer.Serialize(Secrets.Masked(Words), CliJson.Default.StringArray) is { Length: <= TagCharsMax } tag ? tag : null;

    /// <summary>Reads such a tag; null when it is none.</summary>
    public static string[]? FromTag(string? tag)
    {
        try
        {
            return tag is null ? null : JsonSerializer.Deserialize(tag, CliJson.Default.StringArray) is { Length: > 0 } words && words.All(word => word is not null) ? words : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Words as a shell takes them.</summary>
    public static string Shown(IEnumerable<string> words) =>
        string.Join(' ', words.Select(word => word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "_-./=:,@%+".Contains(letter, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
}
