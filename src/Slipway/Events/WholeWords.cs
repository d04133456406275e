using System.Text;
using System.Text.Json;

namespace Slipway.Events;

/// <summary>A name where it stands as a word: `ann` in `/home/ann/data` and `ann@example.org`, not in `planning`.</summary>
internal static class WholeWords
{
    /// <summary>True when the text holds the name as a word.</summary>
    public static bool Has(string text, string name) => Find(text, name, 0) >= 0;

    /// <summary>True when a name or a text anywhere in the JSON holds it; text that is no JSON is looked at as it is.</summary>
    public static bool HasInJson(string json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return In(document.RootElement, name);
        }
        catch (JsonException)
        {
            return Has(json, name);
        }
    }

    private static bool In(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.String => Has(element.GetString()!, name),
        JsonValueKind.Object => element.EnumerateObject().Any(property => Has(property.Name, name) || In(property.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().Any(one => In(one, name)),
        _ => false,
    };

    /// <summary>The text with another word in its place.</summary>
    public static string Replace(string text, string name, string with)
    {
        var at = Find(text, name, 0);
        if (at < 0) return text;
        var replaced = new StringBuilder(text.Length);
        var end = 0;
        for (; at >= 0; at = Find(text, name, end))
        {
            replaced.Append(text, end, at - end).Append(with);
            end = at + name.Length;
        }
        return replaced.Append(text, end, text.Length - end).ToString();
    }

    private static int Find(string text, string name, int from)
    {
        for (var at = text.IndexOf(name, from, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var (before, after) = (at == 0 || !char.IsLetterOrDigit(text[at - 1]), at + name.Length == text.Length || !char.IsLetterOrDigit(text[at + name.Length]));
            if (before && after) return at;
        }
        return -1;
    }
}
