using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Cli.Import.Wandb;

/// <summary>The small JSON values that W&amp;B writes: numbers (with Python's NaN and Infinity), texts, and nested mappings.</summary>
internal static class WandbJson
{
    /// <summary>The largest value that is looked into, in bytes; a larger one is a table or a picture's data.</summary>
    public const int BytesMax = 1 << 20;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    /// <summary>A number or a truth value.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> json, out double value)
    {
        value = 0;
        if (json.IsEmpty) return false;
        if (json[0] is (byte)'-' or >= (byte)'0' and <= (byte)'9' && double.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return true;
        if (json.SequenceEqual("NaN"u8) || json.SequenceEqual("\"NaN\""u8)) value = double.NaN;
        else if (json.SequenceEqual("Infinity"u8) || json.SequenceEqual("\"Infinity\""u8)) value = double.PositiveInfinity;
        else if (json.SequenceEqual("-Infinity"u8) || json.SequenceEqual("\"-Infinity\""u8)) value = double.NegativeInfinity;
        else if (json.SequenceEqual("true"u8)) value = 1;
        else return json.SequenceEqual("false"u8);
        return true;
    }

    /// <summary>The leaves of a value: nested mappings become names with dots, lists and everything else one text. False when it is not JSON.</summary>
    public static bool Flatten(string name, ReadOnlySpan<byte> json, Action<string, string> leaf)
    {
        if (json.Length > BytesMax) return false;
        // What Python calls JSON and JSON does not.
        if (TryNumber(json, out var number) && !double.IsFinite(number))
        {
            leaf(name, Encoding.UTF8.GetString(json).Trim('"'));
            return true;
        }
        if (!System.Text.Unicode.Utf8.IsValid(json)) json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            Walk(name, document.RootElement, leaf);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The latter: a text with half a character in it, written as an escape.
            return false;
        }
    }

    private static void Walk(string name, JsonElement value, Action<string, string> leaf)
    {
        if (value.ValueKind is JsonValueKind.Object && value.EnumerateObject().Any())
            foreach (var inner in value.EnumerateObject()) Walk(name.Length == 0 ? inner.Name : $"{name}.{inner.Name}", inner.Value, leaf);
        else leaf(name, value.ValueKind is JsonValueKind.String ? value.GetString() ?? "" : value.GetRawText());
    }
}
