using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Client;

/// <summary>
/// Writes JSON as block-style YAML: the few shapes an MLmodel file has. Scalars are written as JSON, which YAML reads the same, so that no
/// text is ever taken for a number or a date.
/// </summary>
internal static class Yaml
{
    public static string Of(JsonObject root)
    {
        var text = new StringBuilder();
        Write(text, root, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonObject node, int indent)
    {
        foreach (var (key, value) in node)
        {
            text.Append(' ', indent).Append(IsPlain(key) ? key : JsonSerializer.Serialize(key, StringJson.Default.String)).Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } inner:
                    text.Append('\n');
                    Write(text, inner, indent + 2);
                    break;
                case JsonArray { Count: > 0 } list:
                    text.Append('\n');
                    foreach (var item in list) text.Append(' ', indent).Append("- ").Append(item?.ToJsonString() ?? "null").Append('\n');
                    break;
                default:
                    text.Append(' ').Append(value?.ToJsonString() ?? "null").Append('\n');
                    break;
            }
        }
    }

    /// <summary>A name that YAML reads as text whatever it spells: words such as "on" and "no" begin no name of ours but are quoted to be sure.</summary>
    private static bool IsPlain(string key) =>
        key.Length > 3 && char.IsAsciiLetter(key[0]) && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_') && key.ToUpperInvariant() is not ("TRUE" or "FALSE" or "NULL");
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class StringJson : System.Text.Json.Serialization.JsonSerializerContext;
