using System.Collections;
using System.Text.Json;

namespace Slipway.Server;

/// <summary>
/// Reads the options: file, then environment, then flags, each over the one before. Everything that is wrong is said at once, because a
/// server that fails on its second typo only after the first was mended is a long evening.
/// </summary>
public static class OptionSources
{
    /// <summary>The file that is read from the data folder when no other is named.</summary>
    public const string FileName = "slipway.json";

    private const string Prefix = "SLIPWAY__";

    /// <summary>The options, or one problem that lists every wrong and unknown key with what was got and what is expected.</summary>
    /// <param name="flags">Values given on the command line, by <see cref="OptionKey.Key"/>; several values of one key separated by commas.</param>
    /// <param name="configFile">A file that must exist; null reads slipway.json in the data folder if it is there.</param>
    /// <param name="environment">Environment variables; those that begin with SLIPWAY__ count.</param>
    public static Outcome<ServerOptions> Read(IReadOnlyDictionary<string, string> flags, string? configFile, IDictionary environment)
    {
        var faults = new List<string>();
        var variables = Variables(environment).ToList();
        var given = new List<Given>(FromFile(configFile, DataFolder(flags, variables), faults));
        given.AddRange(variables);
        given.AddRange(flags.Select(flag => new Given(flag.Key, Split(flag.Key, flag.Value), Find(flag.Key)?.Flag ?? "flag")));

        var options = new ServerOptions { ConfigFile = configFile };
        foreach (var one in given) options = Apply(options, one, faults);
        if (faults.Count == 0 && options.Check() is { } refused) faults.Add(refused.Message);
        return faults.Count == 0
            ? options
            : Problem.Invalid($"The configuration has {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}:\n" + string.Join('\n', faults.Select(fault => "  " + fault)));
    }

    private static ServerOptions Apply(ServerOptions options, Given given, List<string> faults)
    {
        if (Find(given.Key) is not { } key)
        {
            faults.Add($"{given.Key}: no such key (from {given.Source}), expected {Nearest(given.Key)}");
            return options;
        }
        try
        {
            return key.Set(options, given.Values);
        }
        catch (Exception wrong) when (wrong is FormatException or OptionException or OverflowException)
        {
            faults.Add($"{key.Key}: got {(key.Secret ? "a value that is not shown" : $"'{Shown(key, given.Values)}'")} (from {given.Source}), expected {key.Expected}");
            return options;
        }
    }

    // A connection may carry a password.
    private static string Shown(OptionKey key, string[] values) => key.Key == "database" ? values[0].Split(':')[0] + ":..." : string.Join(", ", values);

    private static OptionKey? Find(string key) => OptionKeys.All.FirstOrDefault(one => one.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    private static string[] Split(string key, string value) =>
        Find(key) is { Many: true } ? value.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [value];

    private static IEnumerable<Given> Variables(IDictionary environment)
    {
        foreach (DictionaryEntry variable in environment)
            if (variable.Key is string name && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = name[Prefix.Length..].Replace("__", ".", StringComparison.Ordinal);
                yield return new Given(Find(key)?.Key ?? key, Split(key, variable.Value as string ?? ""), name);
            }
    }

    private static string DataFolder(IReadOnlyDictionary<string, string> flags, List<Given> variables) =>
        flags.GetValueOrDefault("data") ?? variables.LastOrDefault(one => one.Key == "data")?.Values.FirstOrDefault() ?? new ServerOptions().Data;

    private static List<Given> FromFile(string? named, string dataFolder, List<string> faults)
    {
        var path = named ?? Path.Combine(dataFolder, FileName);
        var found = new List<Given>();
        if (named is null && !File.Exists(path)) return found;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind == JsonValueKind.Object) Flatten(document.RootElement, "", path, found);
            else faults.Add($"{path}: expected a JSON object of options");
        }
        catch (JsonException wrong)
        {
            faults.Add($"{path}: not JSON at line {wrong.LineNumber + 1}: {wrong.Message.Split(" LineNumber")[0]}");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: cannot be read: {wrong.Message}");
        }
        return found;
    }

    private static void Flatten(JsonElement at, string prefix, string path, List<Given> found)
    {
        foreach (var member in at.EnumerateObject())
        {
            var key = prefix + member.Name;
            if (member.Value.ValueKind == JsonValueKind.Object) Flatten(member.Value, key + ".", path, found);
            else if (member.Value.ValueKind == JsonValueKind.Array) found.Add(new Given(key, [.. member.Value.EnumerateArray().Select(Text)], path));
            else if (member.Value.ValueKind != JsonValueKind.Null) found.Add(new Given(key, [Text(member.Value)], path));
        }
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Nearest(string key)
    {
        var (best, distance) = OptionKeys.All.Select(one => (one.Key, Distance: Distance(one.Key.ToLowerInvariant(), key.ToLowerInvariant()))).MinBy(pair => pair.Distance);
        return distance <= Math.Max(2, key.Length / 3) ? $"'{best}' perhaps" : "one of docs/configuration.md";
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[b.Length];
    }

    private sealed record Given(string Key, string[] Values, string Source);
}
