using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Cli.Import;

/// <summary>
/// Fits the names of other tools into the rules for keys (letters, digits, <c>_ - . : space /</c>, no second spelling of one path) and remembers the
/// outcome, so that a name is fitted once and two names never become one. One for each run.
/// </summary>
internal sealed class ImportNames(ImportReport report, string run)
{
    public const int CharsMax = 250;

    /// <summary>The most names that are remembered for one run.</summary>
    public const int NamesMax = 1_000_000;

    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-: ");

    private readonly Dictionary<string, string> fitted = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>The key of a name; the same name always has the same key.</summary>
    public string Key(string name)
    {
        if (fitted.TryGetValue(name, out var known)) return known;
        var key = Fit(name);
        if (!taken.Add(key)) taken.Add(key = Cut(key, name));
        if (key != name) report.LeftOut("spellings of names", "a key holds letters, digits, _ - . : space and / and at most 250 characters; it was respelled", $"run {run}: '{name}' is '{key}'");
        if (fitted.Count >= NamesMax) (_, _) = (Forget(), taken.Add(key));
        fitted[name] = key;
        return key;
    }

    /// <summary>A text that the server can hold: without NUL.</summary>
    public static string Text(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    private bool Forget()
    {
        fitted.Clear();
        taken.Clear();
        return true;
    }

    private static string Fit(string name)
    {
        if (name.Length is > 0 and <= CharsMax && !name.AsSpan().ContainsAnyExcept(Plain)) return name;
        var text = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '_' or '-' or '.' or ':' or ' ' or '/') text.Append(rune);
            else text.Append('_');
        var parts = text.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries).Select(part => part is "." or ".." ? "_" : part);
        var key = string.Join('/', parts);
        if (key.StartsWith("..", StringComparison.Ordinal)) key = "_" + key;
        return key.Length == 0 ? "_" : key.Length <= CharsMax ? key : Cut(key, name);
    }

    private static string Cut(string key, string name)
    {
        var room = CharsMax - 9;
        if (key.Length > room) key = key[..(char.IsHighSurrogate(key[room - 1]) ? room - 1 : room)].TrimEnd('/');
        return $"{key}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8]}";
    }
}
