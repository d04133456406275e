using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Tracking;

/// <summary>The rules that MLflow has for keys, values and ids, with its own sentences: clients and their tests match on these.</summary>
internal static class WireCheck
{
    /// <summary>The most characters of a value that an error message repeats.</summary>
    public const int QuotedCharsMax = 100;

    private const string BadCharacters =
        "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).";

    private static readonly SearchValues<char> PlainKey = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- :");
    private static readonly SearchValues<char> IdTail = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>A metric's, param's or tag's key: charset, length, and no second name for the same path. Null when fine.</summary>
    public static Problem? Key(string? key, string path, int charsMax)
    {
        if (string.IsNullOrEmpty(key)) return Problem.Missing(path);
        if (key.Length > charsMax) return Problem.Invalid($"'{path}' exceeds the maximum length of {charsMax} characters");
        if (!key.AsSpan().ContainsAnyExcept(PlainKey)) return null; // most keys: no slash or dot, nothing that could be a path
        foreach (var rune in key.EnumerateRunes())
            if (!Rune.IsLetterOrDigit(rune) && rune.Value is not ('_' or '-' or '.' or ':' or ' ' or '/') && !IsWordMark(rune))
                return Invalid(key, path, BadCharacters);
        var normal = Normal(key);
        return normal != key || normal == "." || normal.StartsWith("..", StringComparison.Ordinal) || normal[0] == '/'
            ? Invalid(key, path, $"Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to {Quote(normal)}")
            : null;
    }

    /// <summary>Text that both databases can hold and that is no longer than it may be. Null when fine; an absent text is fine too.</summary>
    public static Problem? Text(string? text, string path, int charsMax) =>
        text is null ? null
        : text.Length > charsMax ? Problem.Invalid($"'{path}' exceeds the maximum length of {charsMax} characters")
        : NoNul(text, path);

    /// <summary>Required text: absent and empty are both missing, as in the reference.</summary>
    public static Problem? Required(string? text, string path, int charsMax) => string.IsNullOrEmpty(text) ? Problem.Missing(path) : Text(text, path, charsMax);

    /// <summary>The value of a param or tag: must be there, is cut at the limit if the operator allows it, else refused.</summary>
    public static Problem? Value(ref string? value, string path, int charsMax, bool truncate)
    {
        if (value is null) return Problem.Missing(path);
        if (value.Length > charsMax)
        {
            if (!truncate) return Problem.Invalid($"'{path}' exceeds the maximum length of {charsMax} characters");
            // Not between the halves of a surrogate pair: half a character is no text in either database.
            value = value[..(char.IsHighSurrogate(value[charsMax - 1]) ? charsMax - 1 : charsMax)];
        }
        return NoNul(value, path);
    }

    /// <summary>A run id as it may look; whether it exists is another question.</summary>
    public static Problem? RunId(string? id, string path = "run_id") =>
        string.IsNullOrEmpty(id) ? Problem.Missing(path) : IsId(id, 256) ? null : Problem.Invalid($"Invalid run ID: {Quote(id)}");

    /// <summary>An id that a client chose for what it makes: a prefix and 32 lowercase hexadecimal digits, so that two clients never choose the same.</summary>
    public static Problem? ChosenId(string id, string path, string prefix = "") =>
        id.Length == prefix.Length + 32 && id.StartsWith(prefix, StringComparison.Ordinal) && !id.AsSpan(prefix.Length).ContainsAnyExcept(HexDigits)
            ? null
            : Invalid(id, path, $"must be {(prefix.Length == 0 ? "" : $"'{prefix}' and ")}the 32 lowercase hexadecimal digits of a UUID. Leave it out and the server chooses.");

    /// <summary>An experiment id as it may look; a negative number is one that no experiment has.</summary>
    public static Problem? ExperimentId(string? id, string path = "experiment_id") =>
        string.IsNullOrEmpty(id) ? Problem.Missing(path) : IsId(id[0] == '-' && long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? id[1..] : id, 64) ? null : Problem.Invalid($"Invalid experiment ID: {Quote(id)}");

    /// <summary>The number behind an experiment id; null when no experiment can have it.</summary>
    public static long? ExperimentNumber(string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (id.Length == 1 || id[0] != '0') ? number : null;

    /// <summary>Too many entries in a list.</summary>
    public static Problem? Count(int count, int most, string path) =>
        count > most ? Problem.Invalid($"'{path}' holds at most {most} entries in one request, got {count}. Split them across several requests.") : null;

    /// <summary>The reference's sentence for a wrong value.</summary>
    public static Problem Invalid(string value, string path, string reason) => Problem.Invalid($"Invalid value {Quote(value)} for parameter '{path}' supplied: {reason}");

    /// <summary>A value as JSON, cut if it is long.</summary>
    public static string Quote(string value) =>
        JsonSerializer.Serialize(value.Length > QuotedCharsMax ? value[..QuotedCharsMax] + "..." : value, (JsonTypeInfo<string>)TrackingTexts.Default.GetTypeInfo(typeof(string))!);

    private static Problem? NoNul(string text, string path) =>
        text.Contains('\0', StringComparison.Ordinal) ? Problem.Invalid($"'{path}' holds the NUL character (U+0000), which text may not.") : null;

    // Python's \w, which the reference tests keys with, takes marks of scripts such as Devanagari as letters' parts too.
    private static bool IsWordMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static bool IsId(string id, int charsMax) =>
        id.Length <= charsMax && char.IsAsciiLetterOrDigit(id[0]) && !id.AsSpan(1).ContainsAnyExcept(IdTail);

    /// <summary>Path normalisation as the reference's (POSIX): `a//b`, `a/./b`, `a/../b`, `/a`... each resolve to something else.</summary>
    private static string Normal(string key)
    {
        var parts = new List<string>();
        foreach (var part in key.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part is ".." && parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }
        var joined = string.Join('/', parts);
        return key[0] == '/' ? "/" + joined : joined.Length == 0 ? "." : joined;
    }
}
