using System.Numerics;

namespace Slipway.Prediction.Json;

/// <summary>The 128 leading bits of the powers of five from 5^-342 to 5^308, and the nearest double of a decimal number by them. Made on the first number of more than 15 digits, in well under a millisecond.</summary>
internal static class PowersOfFive
{
    private const int Least = -342, Greatest = 308;
    private static readonly ulong[] High = new ulong[Greatest - Least + 1], Low = new ulong[Greatest - Least + 1];

    static PowersOfFive()
    {
        var limit = BigInteger.One << 128;
        for (var q = Least; q <= Greatest; q++)
        {
            var power = BigInteger.Pow(5, Math.Abs(q));
            BigInteger bits;
            if (q >= 0)
            {
                var length = (int)power.GetBitLength();
                bits = length <= 128 ? power << (128 - length) : power >> (length - 128);
            }
            else
            {
                // The reciprocal, rounded up, so that the product with it is never too small.
                var length = (int)(power - 1).GetBitLength();
                bits = (BigInteger.One << (q >= -27 ? length + 127 : 2 * length + 128)) / power + 1;
                while (bits >= limit) bits >>= 1;
            }
            High[q - Least] = (ulong)(bits >> 64);
            Low[q - Least] = (ulong)(bits & ulong.MaxValue);
        }
    }

    /// <summary>The double nearest to mantissa times ten to the power, ties to even.</summary>
    /// <returns>False where this cannot tell: subnormal or infinite results, and the rare product whose error reaches the rounding bit.</returns>
    public static bool TryScale(ulong mantissa, long power, out double value)
    {
        value = 0;
        if (mantissa == 0) return true;
        if (power is < Least or > Greatest) return false;
        var q = (int)power;
        var shift = BitOperations.LeadingZeroCount(mantissa);
        mantissa <<= shift;
        // 55 bits are wanted: 53, the rounding bit, and one that the product's size may cost.
        var high = Math.BigMul(mantissa, High[q - Least], out var low);
        if ((high & 0x1FF) == 0x1FF)
        {
            var more = Math.BigMul(mantissa, Low[q - Least], out _);
            low += more;
            if (low < more) high++;
        }
        if (low == ulong.MaxValue && q is < -27 or > 55) return false;
        var upper = (int)(high >> 63);
        var bits = high >> (upper + 9);
        var exponent = (int)(((152_170L + 65_536) * q) >> 16) + 63 + upper - shift + 1_023;
        if (exponent <= 0) return false;
        // Half-way between two doubles, which only small powers can be: to the even one.
        if (low <= 1 && q is >= -4 and <= 23 && (bits & 3) == 1 && bits << (upper + 9) == high) bits &= ~1UL;
        bits = (bits + (bits & 1)) >> 1;
        if (bits >= 1UL << 53) (bits, exponent) = (1UL << 52, exponent + 1);
        if (exponent >= 0x7FF) return false;
        value = BitConverter.UInt64BitsToDouble((bits & ~(1UL << 52)) | ((ulong)exponent << 52));
        return true;
    }
}
