using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// A row's place in one key of the order: first rows with a value (rank 0) by value, then NaN (1), then rows without the key (2),
/// whichever the direction. Numbers are kept in a form that compares as a whole number.
/// </summary>
internal readonly record struct SortValue(byte Rank, long Number, string? Text)
{
    public static SortValue Missing { get; } = new(2, 0, null);

    public static SortValue Nan { get; } = new(1, 0, null);

    public static SortValue Of(long number) => new(0, number, null);

    public static SortValue Of(string text) => new(0, 0, text);

    /// <summary>Doubles sort as their bits do once those of negatives are turned around; -0 is 0.</summary>
    public static SortValue Of(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value == 0 ? 0 : value);
        return new SortValue(0, bits ^ ((bits >> 63) & long.MaxValue), null);
    }

    public double Double => BitConverter.Int64BitsToDouble(Number ^ ((Number >> 63) & long.MaxValue));

    public int CompareTo(SortValue other, bool descending)
    {
        var byRank = Rank.CompareTo(other.Rank);
        if (byRank != 0 || Rank != 0) return byRank;
        var byValue = Text is null ? Number.CompareTo(other.Number) : string.CompareOrdinal(Text, other.Text);
        return descending ? -byValue : byValue;
    }
}

/// <summary>A row that matches, with its place in every key of the order.</summary>
internal sealed record Found(long Number, SortValue[] Place);

/// <summary>One key of the order: which columns a statement reads for it.</summary>
/// <param name="Field">What people called it.</param>
/// <param name="Descending">The direction of values; NaN and absence come last in both.</param>
/// <param name="IsNumber">Numbers and texts sort differently.</param>
/// <param name="Columns">The columns: is_nan and value for metrics, one value for others. Gets the key's number, which makes its aliases unique.</param>
/// <param name="Join">The joined table, or nothing.</param>
internal sealed record SortKey(SearchField Field, bool Descending, bool IsNumber, Func<int, SearchSql, string> Columns, Func<int, SearchSql, string>? Join = null)
{
    private bool HasNan => Field.Kind is FieldKind.Metric;

    /// <summary>How many columns the key takes in a row.</summary>
    public int Width => HasNan ? 2 : 1;

    /// <summary>The key's id where a metric sorts runs; 0 for one that nobody logged.</summary>
    public long MetricKeyId { get; init; }

    /// <summary>A function of a series that no column answers: its places are filled in for the rows at hand. Zero as the id: nobody logged it.</summary>
    public (long KeyId, SeriesCall Call)? Series { get; init; }

    /// <summary>A key that is one expression over the row itself.</summary>
    public static SortKey Attribute(string name, bool descending, bool isNumber, string expression) =>
        new(new SearchField(FieldKind.Attribute, name), descending, isNumber, (_, _) => expression);

    public SortValue Read(Row row, int column)
    {
        if (row.IsNull(column)) return SortValue.Missing;
        if (HasNan) return row.Bool(column) ? SortValue.Nan : SortValue.Of(row.Double(column + 1));
        return IsNumber ? SortValue.Of(row.Long(column)) : SortValue.Of(row.Text(column));
    }
}

/// <summary>A whole order: its last key is unique, so that no two rows share a place and a place is a page's end.</summary>
internal sealed class SearchOrder(IReadOnlyList<SortKey> keys) : IComparer<Found>
{
    public IReadOnlyList<SortKey> Keys => keys;

    public int Compare(Found? x, Found? y)
    {
        for (var i = 0; i < keys.Count; i++)
            if (x!.Place[i].CompareTo(y!.Place[i], keys[i].Descending) is var order and not 0) return order;
        return 0;
    }

    /// <summary>What a statement selects after the row's number.</summary>
    public string Columns(SearchSql sql) => string.Join(", ", keys.Select((key, n) => key.Columns(n, sql)));

    /// <summary>True when places have to be filled in.</summary>
    public bool HasSeries { get; } = keys.Any(key => key.Series is not null);

    public string Joins(SearchSql sql) => string.Concat(keys.Select((key, n) => key.Join?.Invoke(n, sql)));

    /// <summary>A row of a statement that selects the number and <see cref="Columns"/>.</summary>
    public Found Read(Row row)
    {
        var place = new SortValue[keys.Count];
        for (int i = 0, column = 1; i < place.Length; column += keys[i++].Width) place[i] = keys[i].Read(row, column);
        return new Found(row.Long(0), place);
    }

    /// <summary>The place of a page's last row, for its token.</summary>
    public static TokenValue[] Token(Found last) => Array.ConvertAll(last.Place, place =>
        place.Rank > 0 ? TokenValue.None(place.Rank) : place.Text is { } text ? TokenValue.Of(text) : TokenValue.Of(place.Number));

    /// <summary>The place a token names (null for the first page), or a problem when it does not fit the order.</summary>
    public Outcome<Found?> After(string? token, ulong fingerprint)
    {
        var read = PageToken.Read(token, fingerprint);
        if (!read.Succeeded) return read.Problem;
        if (read.Value is not { } values) return default(Found);
        if (values.Count != keys.Count) return Unfit();
        var place = new SortValue[values.Count];
        for (var i = 0; i < place.Length; i++)
        {
            var value = values[i];
            if (value.Kind == 'r' ? value.Number is not (1 or 2) : value.Kind != (keys[i].IsNumber ? 'n' : 't')) return Unfit();
            place[i] = value.Kind switch
            {
                'r' => value.Number == 1 ? SortValue.Nan : SortValue.Missing,
                'n' => SortValue.Of(value.Number),
                _ => SortValue.Of(value.Text!),
            };
        }
        return new Found(0, place);
    }

    private static Problem Unfit() => Problem.Invalid("Invalid page token: it does not fit the order. Send the next_page_token of the last answer unchanged.");
}
