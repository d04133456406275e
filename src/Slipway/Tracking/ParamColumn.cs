using System.Globalization;

namespace Slipway.Tracking;

/// <summary>
/// The values of one param over many runs, as numbers where all of them are some, else as categories. Texts are kept as hashes: a million of them take
/// eight bytes each, however long they are.
/// </summary>
internal sealed class ParamColumn
{
    private readonly ulong[] hashes; // 0: none
    private readonly double[] numbers; // NaN: none, or a word that says so
    private bool numeric = true;

    /// <summary>One without values.</summary>
    public ParamColumn(string name, int rows)
    {
        (Name, hashes, numbers) = (name, new ulong[rows], new double[rows]);
        Array.Fill(numbers, double.NaN);
    }

    /// <summary>The param's key.</summary>
    public string Name { get; }

    /// <summary>True when every value is a number, or a word for none such as Python's None.</summary>
    public bool IsNumeric => numeric && Array.Exists(numbers, static number => !double.IsNaN(number));

    /// <summary>Notes a row's value.</summary>
    public void Set(int row, ReadOnlySpan<byte> utf8, string value)
    {
        hashes[row] = Hash(utf8);
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number)) numbers[row] = number;
        else numeric &= SaysNone(value);
    }

    /// <summary>The numbers, NaN where there is none.</summary>
    public double[] Numbers => numbers;

    /// <summary>How many different values there are.</summary>
    public int Distinct => IsNumeric ? numbers.Where(static number => !double.IsNaN(number)).Distinct().Count() : hashes.Where(static hash => hash != 0).Distinct().Count();

    /// <summary>How many rows have no value.</summary>
    public int Missing => IsNumeric ? numbers.Count(static number => double.IsNaN(number)) : hashes.Count(static hash => hash == 0);

    /// <summary>These rows as a tree reads them.</summary>
    public BinnedColumn Binned(int[] rows)
    {
        if (IsNumeric) return BinnedColumn.OfNumbers(Array.ConvertAll(rows, row => numbers[row]));
        var category = new Dictionary<ulong, int>();
        return BinnedColumn.OfCategories(Array.ConvertAll(rows, row =>
        {
            if (hashes[row] == 0) return -1;
            if (!category.TryGetValue(hashes[row], out var number)) category.Add(hashes[row], number = category.Count);
            return number;
        }));
    }

    private static bool SaysNone(string value) => value.Length == 0 || value is "None" or "none" or "null" or "NULL" or "NaN" or "nan" or "NA" or "N/A";

    // FNV-1a: two of a few thousand texts hash alike once in 10^12 columns.
    private static ulong Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = 14695981039346656037UL;
        foreach (var one in utf8) hash = (hash ^ one) * 1099511628211UL;
        return hash == 0 ? 1 : hash;
    }
}
