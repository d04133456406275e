using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Slipway.Prediction.Json;

/// <summary>
/// Numbers of JSON, read where they stand. A float is the double that its text means, rounded once more to float. Text of up to 15 digits is exact in a double and one multiplication or division
/// away from the answer; longer text takes Lemire's algorithm, and what that leaves undecided the framework's parser.
/// </summary>
/// <remarks>
/// Every reader needs 8 readable bytes behind the text, the first of them no part of a number: <see cref="Protocols.RequestBytes"/> has 16 zeros there. D. Lemire, Number Parsing at a Gigabyte per Second,
/// Software: Practice and Experience 51 (8), 2021.
/// </remarks>
internal static unsafe class JsonNumber
{
    private const ulong ExactMax = 1UL << 53;
    private const int ExactPower = 22, DigitsMax = 19;

    private static ReadOnlySpan<double> Powers =>
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>Reads a number as a double: also `NaN`, `Infinity`, `-Infinity`, and these three in quotes. More than a double holds is infinite.</summary>
    /// <returns>Where it ends, or null when there is none.</returns>
    public static byte* Double(byte* at, out double value)
    {
        var start = at;
        if (*at == '-') at++;
        var first = at;
        var digit = (uint)(*at - '0');
        if (digit > 9) return Named(start, out value);
        ulong mantissa = digit;
        at++;
        if (digit != 0)
            while ((digit = (uint)(*at - '0')) <= 9)
            {
                mantissa = mantissa * 10 + digit;
                at++;
            }
        var digits = at - first;
        long power = 0;
        if (*at == '.')
        {
            var fraction = ++at;
            for (ulong eight; AreDigits(eight = Unsafe.ReadUnaligned<ulong>(at)); at += 8) mantissa = mantissa * 100_000_000 + Digits(eight);
            if (AreDigits(Unsafe.ReadUnaligned<uint>(at)))
            {
                mantissa = mantissa * 10_000 + Digits(Unsafe.ReadUnaligned<uint>(at));
                at += 4;
            }
            while ((digit = (uint)(*at - '0')) <= 9)
            {
                mantissa = mantissa * 10 + digit;
                at++;
            }
            if (at == fraction) return Nothing(out value);
            power = fraction - at;
            digits -= power;
        }
        if ((*at | 0x20) == 'e' && (at = Exponent(at + 1, ref power)) == null) return Nothing(out value);
        if (digits > DigitsMax && Significant(first) > DigitsMax) return Whole(start, at, out value);
        double magnitude;
        if (mantissa < ExactMax && (ulong)(power + ExactPower) <= 2 * ExactPower)
            magnitude = power < 0 ? mantissa / Powers[(int)-power] : mantissa * Powers[(int)power];
        else if (!PowersOfFive.TryScale(mantissa, power, out magnitude)) return Whole(start, at, out value);
        value = first == start ? magnitude : -magnitude;
        return at;
    }

    /// <summary>Reads an integer of up to 64 bits, signed.</summary>
    /// <returns>Where it ends, or null when there is none, it has a fraction or exponent, or does not fit.</returns>
    public static byte* Long(byte* at, out long value)
    {
        var negative = *at == '-';
        if (negative) at++;
        at = Magnitude(at, out var magnitude);
        value = negative ? -(long)magnitude : (long)magnitude;
        return at != null && magnitude <= (negative ? 1UL << 63 : long.MaxValue) ? at : null;
    }

    /// <summary>Reads an integer of up to 64 bits, unsigned.</summary>
    /// <returns>Where it ends, or null.</returns>
    public static byte* ULong(byte* at, out ulong value) => Magnitude(at, out value);

    /// <summary>Where the number's text ends, whatever it is worth; null when it is none.</summary>
    public static byte* Pass(byte* at) => Double(at, out _);

    private static byte* Magnitude(byte* at, out ulong value)
    {
        var first = at;
        var digit = (uint)(*at - '0');
        value = digit;
        if (digit > 9) return null;
        at++;
        if (digit != 0)
            for (; (digit = (uint)(*at - '0')) <= 9; at++)
            {
                if (at - first >= DigitsMax && (at - first > DigitsMax || value > (ulong.MaxValue - digit) / 10)) return null;
                value = value * 10 + digit;
            }
        return *at is (byte)'.' or (byte)'e' or (byte)'E' or (>= (byte)'0' and <= (byte)'9') ? null : at;
    }

    // Eight bytes that are all '0' to '9': the upper halves are 3, and stay so when 6 is added.
    private static bool AreDigits(ulong eight) => ((eight & 0xF0F0F0F0F0F0F0F0) | (((eight + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) == 0x3333333333333333;

    private static bool AreDigits(uint four) => ((four & 0xF0F0F0F0) | (((four + 0x06060606) & 0xF0F0F0F0) >> 4)) == 0x33333333;

    private static uint Digits(uint four)
    {
        four -= 0x30303030;
        four = four * 10 + (four >> 8);
        return (four & 0xFF) * 100 + ((four >> 16) & 0xFF);
    }

    // The value of eight digits in three multiplications: pairs, then fours, then all.
    private static ulong Digits(ulong eight)
    {
        eight -= 0x3030303030303030;
        eight = eight * 10 + (eight >> 8);
        return (((eight & 0x000000FF000000FF) * 0x000F424000000064) + (((eight >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32;
    }

    private static byte* Exponent(byte* at, ref long power)
    {
        var negative = *at == '-';
        if (*at is (byte)'-' or (byte)'+') at++;
        if ((uint)(*at - '0') > 9) return null;
        long exponent = 0;
        for (; (uint)(*at - '0') <= 9; at++)
            if (exponent < 1_000_000_000) exponent = exponent * 10 + (*at - '0');
        power += negative ? -exponent : exponent;
        return at;
    }

    // Zeros in front say nothing and do not overflow the mantissa.
    private static long Significant(byte* at)
    {
        while (*at is (byte)'0' or (byte)'.') at++;
        long digits = 0;
        for (; (uint)(*at - '0') <= 9 || *at == '.'; at++)
            if (*at != '.') digits++;
        return digits;
    }

    private static byte* Whole(byte* start, byte* end, out double value)
    {
        // The framework's parser counts exponents in 32 bits and gives up on more: they are nothing or infinite, and only an exponent of that size brings one here twice.
        if (Utf8Parser.TryParse(new ReadOnlySpan<byte>(start, (int)(end - start)), out value, out var used) && used == end - start) return end;
        return double.TryParse(new ReadOnlySpan<byte>(start, (int)(end - start)), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out value) ? end : null;
    }

    private static byte* Named(byte* at, out double value)
    {
        var quoted = *at == '"';
        if (quoted) at++;
        var negative = *at == '-';
        if (negative) at++;
        if (*at == 'N' && !negative && Begins(at, "NaN"u8))
        {
            value = double.NaN;
            at += 3;
        }
        else if (*at == 'I' && Begins(at, "Infinity"u8))
        {
            value = negative ? double.NegativeInfinity : double.PositiveInfinity;
            at += 8;
        }
        else return Nothing(out value);
        if (!quoted) return at;
        return *at == '"' ? at + 1 : Nothing(out value);
    }

    // Byte by byte: the text may end before the word does, in the zeros behind it.
    internal static bool Begins(byte* at, ReadOnlySpan<byte> word)
    {
        foreach (var letter in word)
            if (*at++ != letter) return false;
        return true;
    }

    private static byte* Nothing(out double value)
    {
        value = 0;
        return null;
    }
}
