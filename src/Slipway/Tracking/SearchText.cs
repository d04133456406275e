namespace Slipway.Tracking;

/// <summary>Text from a request, made fit for an error message.</summary>
internal static class SearchText
{
    /// <summary>Error texts repeat at most this much of a name or a value.</summary>
    public const int EchoCharsMax = 60;

    /// <summary>How much is shown on either side of the character at fault.</summary>
    private const int Around = 36;

    public static string Cut(string text) => text.Length <= EchoCharsMax ? text
        : text[..(char.IsHighSurrogate(text[EchoCharsMax - 1]) ? EchoCharsMax - 1 : EchoCharsMax)] + "...";

    /// <summary>A refusal that ends with the text around the character at fault and a caret under it.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="text">The whole text.</param>
    /// <param name="position">The character, from 0; the text's length for its end.</param>
    public static Problem At(string message, string text, int position)
    {
        var (from, to) = (Math.Max(0, position - Around), Math.Min(text.Length, position + Around));
        if (from > 0 && char.IsLowSurrogate(text[from])) from--;
        if (to < text.Length && char.IsLowSurrogate(text[to])) to++;
        var (before, after) = (from > 0 ? "..." : "", to < text.Length ? "..." : "");
        // One cell a character: line ends and the like would move the caret.
        var shown = string.Create(to - from, (text, from), static (span, of) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(of.text[of.from + i]) ? ' ' : of.text[of.from + i];
        });
        return Problem.Invalid($"{message}\n  {before}{shown}{after}\n  {new string(' ', before.Length + position - from)}^");
    }
}
