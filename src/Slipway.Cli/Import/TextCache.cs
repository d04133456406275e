using System.Text;

namespace Slipway.Cli.Import;

/// <summary>Short texts that come again and again, as one string each: a metric's name is read a million times and made once.</summary>
internal sealed class TextCache
{
    /// <summary>The longest text, in bytes: a key has at most 250 characters, which fitting may cut from more.</summary>
    public const int BytesMax = 4_096;

    /// <summary>The most texts that are remembered.</summary>
    public const int TextsMax = 100_000;

    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly byte[] lastBytes = new byte[BytesMax];
    private int lastLength = -1;
    private string last = "";

    /// <summary>The text; null when it is longer than <see cref="BytesMax"/>. What is no UTF-8 reads as U+FFFD.</summary>
    public string? Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == lastLength && utf8.SequenceEqual(lastBytes.AsSpan(0, lastLength))) return last;
        if (utf8.Length > BytesMax) return null;
        Span<char> chars = stackalloc char[utf8.Length];
        var text = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        var lookup = texts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(text, out var known))
        {
            if (texts.Count >= TextsMax) texts.Clear();
            known = text.ToString();
            texts[known] = known;
        }
        utf8.CopyTo(lastBytes);
        (lastLength, last) = (utf8.Length, known);
        return known;
    }
}
