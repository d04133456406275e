namespace Slipway.Tracking;

/// <summary>A column as a tree reads it: a bin for each row.</summary>
/// <param name="Bins">Less than <paramref name="Count"/>. Rows without a value are in bin 0, which is empty when there are none.</param>
/// <param name="Count">How many bins there are, at most <see cref="BinsMax"/>.</param>
/// <param name="IsCategorical">False when bins stand in the order of numbers.</param>
internal sealed record BinnedColumn(byte[] Bins, int Count, bool IsCategorical)
{
    /// <summary>As many bits as a word has.</summary>
    public const int BinsMax = 64;

    /// <summary>Numbers into bins of about equally many different values; NaN is no value.</summary>
    public static BinnedColumn OfNumbers(double[] values)
    {
        var different = values.Where(static value => !double.IsNaN(value)).Distinct().Order().ToArray();
        var room = BinsMax - 1;
        // The greatest value of each bin. With few values each has its own.
        var ends = different.Length <= room ? different : [.. Enumerable.Range(1, room).Select(bin => different[(int)((long)bin * different.Length / room) - 1])];
        var bins = Array.ConvertAll(values, value =>
        {
            if (double.IsNaN(value)) return (byte)0;
            var at = Array.BinarySearch(ends, value);
            return (byte)(1 + (at >= 0 ? at : ~at));
        });
        return new BinnedColumn(bins, ends.Length + 1, false);
    }

    /// <summary>Categories by number, -1 for none: the most frequent have bins of their own, all others share one.</summary>
    public static BinnedColumn OfCategories(int[] categories)
    {
        var byCount = categories.Where(static category => category >= 0).CountBy(static category => category).OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key).Select(static pair => pair.Key).ToList();
        var place = byCount.Select(static (category, index) => (category, Bin: Math.Min(index + 1, BinsMax - 1))).ToDictionary(static pair => pair.category, static pair => pair.Bin);
        return new BinnedColumn(Array.ConvertAll(categories, category => (byte)(category < 0 ? 0 : place[category])), Math.Min(byCount.Count + 1, BinsMax), true);
    }
}
