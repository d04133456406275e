using System.Numerics;

namespace Slipway.Tracking;

/// <summary>A set of row numbers as bits: numbers are dense, so 200,000 runs take 25 KB and a lookup takes a nanosecond.</summary>
internal sealed class SearchSet
{
    private ulong[] words = new ulong[64];

    public int Count { get; private set; }

    public void Add(long number)
    {
        var word = checked((int)(number >> 6));
        if (word >= words.Length) Array.Resize(ref words, Math.Max(word + 1, 2 * words.Length));
        var bit = 1UL << (int)(number & 63);
        if ((words[word] & bit) != 0) return;
        words[word] |= bit;
        Count++;
    }

    public bool Contains(long number) => number >> 6 < words.Length && (words[number >> 6] & (1UL << (int)(number & 63))) != 0;

    /// <summary>Leaves what both hold.</summary>
    public void And(SearchSet other)
    {
        Count = 0;
        for (var i = 0; i < words.Length; i++)
        {
            words[i] &= i < other.words.Length ? other.words[i] : 0;
            Count += BitOperations.PopCount(words[i]);
        }
    }

    public IEnumerable<long> Numbers()
    {
        for (var i = 0; i < words.Length; i++)
            for (var word = words[i]; word != 0; word &= word - 1)
                yield return ((long)i << 6) + BitOperations.TrailingZeroCount(word);
    }
}
