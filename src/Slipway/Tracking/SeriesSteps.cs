using System.Numerics;

namespace Slipway.Tracking;

/// <summary>
/// The distinct steps of many series within an interval, and evenly spaced ones among them. Dense steps, the usual case, are a bitmap
/// (10 million take 1.3 MB); sparse ones a sorted list.
/// </summary>
internal sealed class SeriesSteps(long start, long end)
{
    /// <summary>Intervals of up to so many steps are a bitmap of at most 32 MB, however many points they have.</summary>
    public const long BitmapMax = 1L << 28;

    private readonly ulong[]? bits = unchecked((ulong)(end - start)) < BitmapMax ? new ulong[(end - start) / 64 + 1] : null;
    private readonly List<long> sparse = [];

    public void Add(long step)
    {
        if (step < start || step > end) return;
        if (bits is null) sparse.Add(step);
        else
        {
            var at = step - start;
            bits[at >> 6] |= 1UL << (int)(at & 63);
        }
    }

    public void Add(ReadOnlySpan<long> steps)
    {
        foreach (var step in steps) Add(step);
    }

    /// <summary>Adds equally spaced steps.</summary>
    public void Add(long first, long last, int count)
    {
        var stride = count > 1 ? (long)((UInt128)unchecked((ulong)(last - first)) / (UInt128)(count - 1)) : 0;
        for (var i = 0; i < count; i++) Add(first + i * stride);
    }

    /// <summary>
    /// All steps when there are at most <paramref name="max"/>, else that many at equal distances in their sorted order and the last one:
    /// the choice of the reference's get-history-bulk-interval.
    /// </summary>
    public SortedSet<long> Sample(int max)
    {
        var sample = new SortedSet<long>();
        if (bits is null)
        {
            sparse.Sort();
            var distinct = 0;
            for (var i = 0; i < sparse.Count; i++)
                if (i == 0 || sparse[i] != sparse[i - 1]) sparse[distinct++] = sparse[i];
            sparse.RemoveRange(distinct, sparse.Count - distinct);
            foreach (var rank in Ranks(distinct, max)) sample.Add(sparse[(int)rank]);
            return sample;
        }
        long total = 0;
        foreach (var word in bits) total += BitOperations.PopCount(word);
        var (before, at) = (0L, 0);
        foreach (var rank in Ranks(total, max))
        {
            while (before + BitOperations.PopCount(bits[at]) <= rank) before += BitOperations.PopCount(bits[at++]);
            var word = bits[at];
            for (var skip = rank - before; skip > 0; skip--) word &= word - 1;
            sample.Add(start + at * 64L + BitOperations.TrailingZeroCount(word));
        }
        return sample;
    }

    private static IEnumerable<long> Ranks(long total, int max)
    {
        if (total <= max)
        {
            for (var rank = 0L; rank < total; rank++) yield return rank;
            yield break;
        }
        for (var i = 0; i < max; i++) yield return (long)(i * (total / (double)max));
        yield return total - 1;
    }
}
