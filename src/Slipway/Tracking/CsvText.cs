using System.Buffers;
using System.Buffers.Text;

namespace Slipway.Tracking;

/// <summary>
/// Texts as cells of CSV (RFC 4180). A spreadsheet runs what begins like a formula, and what stands in a param or a name may be anybody's: such a text gets an apostrophe in front, which spreadsheets
/// take for "this is text". Numbers are left alone: a minus before one computes nothing.
/// </summary>
internal static class CsvText
{
    private static readonly SearchValues<byte> Quoted = SearchValues.Create(",\"\r\n"u8);

    /// <summary>Writes one cell.</summary>
    public static void Write(PooledWriter into, ReadOnlySpan<byte> utf8)
    {
        var runs = Runs(utf8);
        var quotes = runs || utf8.ContainsAny(Quoted);
        if (quotes) into.Write("\""u8);
        if (runs) into.Write("'"u8);
        while (utf8.IndexOf((byte)'"') is var at and >= 0)
        {
            into.Write(utf8[..(at + 1)]);
            into.Write("\""u8);
            utf8 = utf8[(at + 1)..];
        }
        into.Write(utf8);
        if (quotes) into.Write("\""u8);
    }

    /// <summary>True for what a spreadsheet would run: a formula's first character, or what it skips before one.</summary>
    private static bool Runs(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8[0] is not ((byte)'=' or (byte)'+' or (byte)'-' or (byte)'@' or (byte)'\t' or (byte)'\r' or (byte)'\n')) return false;
        return utf8[0] is not ((byte)'+' or (byte)'-') || !IsNumber(utf8[1..]);
    }

    private static bool IsNumber(ReadOnlySpan<byte> digits) =>
        !digits.IsEmpty && char.IsAsciiDigit((char)digits[0]) && Utf8Parser.TryParse(digits, out double _, out var consumed) && consumed == digits.Length;
}
