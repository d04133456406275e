using System.Globalization;

namespace Slipway.Tracking;

/// <summary>Numbers that arrive as text: JSON cannot write NaN and infinities, and some clients send every int64 as a string.</summary>
internal static class WireNumbers
{
    private const double LongsEnd = 9223372036854775808.0; // 2^63

    public static double? Double(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null,
    };

    public static long? Long(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static long? Long(double number) => number >= -LongsEnd && number < LongsEnd && double.IsInteger(number) ? (long)number : null;
}
