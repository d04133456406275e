namespace Slipway.Tracking;

/// <summary>
/// Decimal numbers as scaled integers, after ALP (Afroozeh, Kuffo, Boncz, SIGMOD 2023): 0.125 is 125 at three decimals. A value
/// counts as decimal only if the division brings back its very bits; a few that are not are kept aside.
/// </summary>
internal static class SeriesDecimals
{
    /// <summary>More exceptions than this in a block, and it is not decimal.</summary>
    public const int ExceptionsMax = 24;

    /// <summary>Powers of ten up to 10^22 are exact doubles; beyond 17 decimals no double is told apart.</summary>
    public const int DecimalsMax = 17;

    private const int Sampled = 8;
    private const double IntegerMax = 1L << 53;
    private static ReadOnlySpan<double> Tens => [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17];

    /// <summary>Scales all values by one power of ten.</summary>
    /// <returns>The number of decimals and of exceptions; (-1, 0) when the values are not decimal.</returns>
    public static (int Decimals, int Exceptions) Scale(ReadOnlySpan<double> values, Span<long> scaled, Span<byte> exceptions)
    {
        var decimals = Decimals(values);
        var count = 0;
        for (var i = 0; decimals >= 0 && i < values.Length; i++)
        {
            if (TryScale(values[i], decimals, out scaled[i])) continue;
            if (MoreDecimals(values[i], decimals) is var more and >= 0)
            {
                (decimals, count, i) = (more, 0, -1);
                continue;
            }
            if (count == Math.Min(ExceptionsMax, exceptions.Length)) return (-1, 0);
            exceptions[count++] = (byte)i;
            scaled[i] = i > 0 ? scaled[i - 1] : 0;
        }
        return (decimals, count);
    }

    public static void Unscale(ReadOnlySpan<long> scaled, int decimals, Span<double> values)
    {
        var ten = Tens[decimals];
        for (var i = 0; i < values.Length; i++) values[i] = scaled[i] / ten;
    }

    /// <summary>The most decimals that a sample needs; -1 when over a quarter of it is not decimal at all.</summary>
    private static int Decimals(ReadOnlySpan<double> values)
    {
        var (most, misses) = (-1, 0);
        var stride = Math.Max(1, values.Length / Sampled);
        for (var i = 0; i < values.Length; i += stride)
        {
            var decimals = MoreDecimals(values[i], -1);
            most = Math.Max(most, decimals);
            if (decimals < 0 && ++misses > Sampled / 4) return -1;
        }
        return most;
    }

    private static int MoreDecimals(double value, int than)
    {
        for (var decimals = than + 1; decimals <= DecimalsMax; decimals++)
        {
            if (TryScale(value, decimals, out _)) return decimals;
            if (!(Math.Abs(value * Tens[decimals]) < IntegerMax)) return -1;
        }
        return -1;
    }

    private static bool TryScale(double value, int decimals, out long scaled)
    {
        var ten = Tens[decimals];
        var rounded = Math.Round(value * ten);
        scaled = 0;
        if (!(Math.Abs(rounded) < IntegerMax)) return false;
        scaled = (long)rounded;
        return scaled / ten == value;
    }
}
