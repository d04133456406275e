using System.Text.Json;

namespace Slipway.Client;

internal enum ItemKind : byte
{
    Metric,
    Param,
    Tag,
}

/// <summary>One logged value, fixed at the moment it was logged: sent twice it is still the same point.</summary>
internal readonly record struct LogItem(ItemKind Kind, string Key, string? Text, double Value, long TimeMs, long Step)
{
    /// <summary>What it weighs in the buffer: the entry itself and its text; keys are usually shared.</summary>
    public long Bytes => 64 + 2L * (Text?.Length ?? 0);

    /// <summary>The most it takes in a body: names and numbers at their longest, text with its escapes.</summary>
    public int JsonBytesMax => 150 + Escaped(Key) + (Text is null ? 0 : Escaped(Text));

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, Key);
        if (Kind is not ItemKind.Metric)
        {
            writer.WriteString("value"u8, Text);
        }
        else
        {
            if (double.IsFinite(Value)) writer.WriteNumber("value"u8, Value);
            else writer.WriteString("value"u8, double.IsNaN(Value) ? "NaN"u8 : Value > 0 ? "Infinity"u8 : "-Infinity"u8);
            writer.WriteNumber("timestamp"u8, TimeMs);
            writer.WriteNumber("step"u8, Step);
        }
        writer.WriteEndObject();
    }

    /// <summary>The writer turns every character beyond plain letters and digits into at most six bytes.</summary>
    private static int Escaped(string text)
    {
        var bytes = 0;
        foreach (var c in text) bytes += char.IsAsciiLetterOrDigit(c) || c is ' ' or '_' or '-' or '.' or '/' or ':' ? 1 : 6;
        return bytes;
    }
}
