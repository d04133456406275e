using System.Buffers;
using System.Globalization;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>The rules for names, versions, aliases and stages, in the reference's sentences: clients and their tests match on these.</summary>
internal static class RegistryCheck
{
    /// <summary>How many layers of percent-encoding of a name are looked through; more are refused.</summary>
    private const int LayersMax = 8;

    private static readonly SearchValues<char> AliasCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    /// <summary>
    /// The name of a model that may be made. A name becomes part of `models:/NAME/VERSION` and of paths that clients make of it, so nothing in it
    /// may read as another path, also not after decoding.
    /// </summary>
    public static Problem? NewName(string? name, string path = "name")
    {
        if (Name(name, path) is { } bad) return bad;
        if (name!.Length > RegisteredModel.NameCharsMax) return Problem.Invalid($"'{path}' exceeds the maximum length of {RegisteredModel.NameCharsMax} characters");
        var layer = name;
        for (var depth = 0; ; depth++)
        {
            if (Fault(layer) is { } fault) return WireCheck.Invalid(name, path, depth == 0 ? fault : $"decoded {depth} times, {fault}");
            var next = Uri.UnescapeDataString(layer);
            if (next == layer) return null;
            if (depth == LayersMax) return WireCheck.Invalid(name, path, $"it is percent-encoded more than {LayersMax} times.");
            layer = next;
        }
    }

    /// <summary>A name that is looked up: absent and blank are missing.</summary>
    public static Problem? Name(string? name, string path = "name")
    {
        if (string.IsNullOrWhiteSpace(name)) return Problem.Missing(path);
        if (name.AsSpan().ContainsAny('/', ':')) return Problem.Invalid($"Invalid model name '{SearchText.Cut(name)}'. Names cannot contain '/' or ':'.");
        if (name.Length > 2 * RegisteredModel.NameCharsMax) return Problem.Invalid($"'{path}' exceeds the maximum length of {RegisteredModel.NameCharsMax} characters");
        return SearchLexer.Unfit(name, path);
    }

    /// <summary>The number of a version as a request names it.</summary>
    public static Outcome<long> Version(string? version)
    {
        if (string.IsNullOrEmpty(version)) return Problem.Missing("version");
        return long.TryParse(version, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            ? number
            : Problem.Invalid($"Parameter 'version' must be an integer, got '{SearchText.Cut(version)}'.");
    }

    /// <summary>An alias that is looked up.</summary>
    public static Problem? Alias(string? alias)
    {
        if (string.IsNullOrEmpty(alias)) return Problem.Missing("alias");
        if (alias.AsSpan().ContainsAnyExcept(AliasCharacters))
            return Problem.Invalid($"Invalid alias name: '{SearchText.Cut(alias)}'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
        return alias.Length > RegisteredModelAlias.CharsMax
            ? Problem.Invalid($"'Registered model alias name' exceeds the maximum length of {RegisteredModelAlias.CharsMax} characters") : null;
    }

    /// <summary>An alias that may be set: what reads as a version is reserved.</summary>
    public static Problem? NewAlias(string? alias)
    {
        if (Alias(alias) is { } bad) return bad;
        if (alias!.Equals("latest", StringComparison.OrdinalIgnoreCase)) return Problem.Invalid("'latest' alias name (case insensitive) is reserved.");
        return alias.Length > 1 && alias[0] is 'v' or 'V' && !alias.AsSpan(1).ContainsAnyExceptInRange('0', '9') ? Problem.Invalid($"Version alias name '{alias}' is reserved.") : null;
    }

    /// <summary>An endpoint as a place of gates, whether there is one or not; or a use.</summary>
    public static Problem? Endpoint(string? endpoint) => endpoint is ":score" or ":export" or ":serve" ? null : Serving.EndpointNames.Check(endpoint, "endpoint");

    /// <summary>The key and value of a tag of a model or version.</summary>
    public static Problem? Tag(string? key, ref string? value, string path)
    {
        if (WireCheck.Key(key, path + "key", RegisteredModelTag.KeyCharsMax) is { } badKey) return badKey;
        value ??= "";
        if (key == Prompts.TextTag && value.Length > RegisteredModelTag.ValueCharsMax)
            return Problem.Invalid($"Prompt text exceeds max length of {RegisteredModelTag.ValueCharsMax} characters.");
        return WireCheck.Text(value, path + "value", RegisteredModelTag.ValueCharsMax);
    }

    /// <summary>The tags of a request, sorted by key; the last of equal keys wins.</summary>
    public static Problem? Tags(Caller caller, IReadOnlyList<(string? Key, string? Value)>? sent, out List<KeyValue> tags)
    {
        tags = [];
        if (sent is null) return null;
        if (WireCheck.Count(sent.Count, RegisteredModelTag.TagsMax, "tags") is { } tooMany) return tooMany;
        var last = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < sent.Count; i++)
        {
            var (key, value) = sent[i];
            if (Tag(key, ref value, $"tags[{i}].") is { } bad) return bad;
            last[key!] = caller.Masking?.Apply(key!, value!) ?? value!;
        }
        tags = [.. last.Select(static pair => new KeyValue(pair.Key, pair.Value))];
        return null;
    }

    private static string? Fault(string name)
    {
        if (name.Trim() is "" or "." or "..") return "it reads as a directory.";
        foreach (var character in name)
            if (char.IsControl(character)) return "it holds a control character.";
            else if (character is '\\' or '/' or ':') return $"it holds '{character}'.";
        return null;
    }
}
