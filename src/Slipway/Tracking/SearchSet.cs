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

    /// <summary>Adds what the other holds.</summary>
    public void Or(SearchSet other)
    {
        if (words.Length < other.words.Length) Array.Resize(ref words, other.words.Length);
        for (var i = 0; i < other.words.Length; i++) words[i] |= other.words[i];
        Recount();
    }

    public void Remove(long number)
    {
        if (!Contains(number)) return;
        words[number >> 6] &= ~(1UL << (int)(number & 63));
        Count--;
    }

    /// <summary>Takes out what the other holds.</summary>
    public void Remove(SearchSet other)
    {
        for (var i = 0; i < Math.Min(words.Length, other.words.Length); i++) words[i] &= ~other.words[i];
        Recount();
    }

    public SearchSet Copy() => new() { words = [.. words], Count = Count };

    public static SearchSet Of(IEnumerable<long> numbers)
    {
        var set = new SearchSet();
        foreach (var number in numbers) set.Add(number);
        return set;
    }

    private void Recount()
    {
        Count = 0;
        foreach (var word in words) Count += BitOperations.PopCount(word);
    }

    public IEnumerable<long> Numbers()
    {
        for (var i = 0; i < words.Length; i++)
            for (var word = words[i]; word != 0; word &= word - 1)
                yield return ((long)i << 6) + BitOperations.TrailingZeroCount(word);
    }
}
