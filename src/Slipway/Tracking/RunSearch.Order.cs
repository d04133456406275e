using System.Globalization;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// A run's place in one key of the order: first runs with a value (rank 0) by value, then NaN (1), then runs without the key (2),
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

/// <summary>A run that matches, with its place in every key of the order.</summary>
internal sealed record FoundRun(long Number, SortValue[] Place);

/// <summary>One key of the order. <paramref name="MetricKeyId"/> is 0 for a metric that nobody logged.</summary>
internal sealed record SortKey(SearchField Field, bool Descending, long MetricKeyId)
{
    private bool IsMetric => Field.Kind is FieldKind.Metric;

    /// <summary>How many columns the key takes in a row.</summary>
    public int Columns => IsMetric ? 2 : 1;

    public bool IsNumber => IsMetric || Field.Kind is FieldKind.Attribute && RunAttributes.IsNumber(Field.Key);

    public string Select(int n) => Field.Kind switch
    {
        FieldKind.Metric => $"k{n}.is_nan, k{n}.value",
        FieldKind.Attribute => RunAttributes.Sorted(Field.Key),
        _ => $"k{n}.value",
    };

    public string Join(int n, SearchSql sql) => Field.Kind switch
    {
        FieldKind.Metric => $" LEFT JOIN metric_latest k{n} ON k{n}.run_no = r.no AND k{n}.key_id = {sql.Add(MetricKeyId)}",
        FieldKind.Param => $" LEFT JOIN params k{n} ON k{n}.run_no = r.no AND k{n}.key = {sql.Add(Field.Key)}",
        FieldKind.Tag => $" LEFT JOIN tags k{n} ON k{n}.run_no = r.no AND k{n}.key = {sql.Add(Field.Key)}",
        _ => "",
    };

    public SortValue Read(Row row, int column)
    {
        if (row.IsNull(column)) return SortValue.Missing;
        if (IsMetric) return row.Bool(column) ? SortValue.Nan : SortValue.Of(row.Double(column + 1));
        return IsNumber ? SortValue.Of(row.Long(column)) : SortValue.Of(row.Text(column));
    }
}

/// <summary>The whole order: the asked keys, then start_time DESC, then run_id ASC, so that no two runs share a place.</summary>
internal sealed class RunOrder : IComparer<FoundRun>
{
    private static readonly SearchField Start = new(FieldKind.Attribute, RunFilter.StartTime);
    private static readonly SearchField Id = new(FieldKind.Attribute, RunFilter.RunId);

    public RunOrder(IReadOnlyList<OrderKey> asked, IReadOnlyDictionary<string, long> metricKeys)
    {
        var keys = asked.Select(key => new SortKey(key.Field, key.Descending, key.Field.Kind is FieldKind.Metric ? metricKeys.GetValueOrDefault(key.Field.Key) : 0)).ToList();
        if (!keys.Exists(key => key.Field == Start)) keys.Add(new SortKey(Start, true, 0));
        if (!keys.Exists(key => key.Field == Id)) keys.Add(new SortKey(Id, false, 0));
        // Ids are unique: nothing after them decides.
        Keys = keys[..(keys.FindIndex(key => key.Field == Id) + 1)];
    }

    public IReadOnlyList<SortKey> Keys { get; }

    public int Compare(FoundRun? x, FoundRun? y)
    {
        for (var i = 0; i < Keys.Count; i++)
            if (x!.Place[i].CompareTo(y!.Place[i], Keys[i].Descending) is var order and not 0) return order;
        return 0;
    }

    /// <summary>The place of a page's last run, for its token.</summary>
    public static TokenValue[] Token(FoundRun last) => Array.ConvertAll(last.Place, place =>
        place.Rank > 0 ? TokenValue.None(place.Rank) : place.Text is { } text ? TokenValue.Of(text) : TokenValue.Of(place.Number));

    /// <summary>The place a token names, or null when it does not fit the order.</summary>
    public FoundRun? Place(IReadOnlyList<TokenValue> token)
    {
        if (token.Count != Keys.Count) return null;
        var place = new SortValue[token.Count];
        for (var i = 0; i < place.Length; i++)
        {
            var value = token[i];
            if (value.Kind == 'r' ? value.Number is not (1 or 2) : value.Kind != (Keys[i].IsNumber ? 'n' : 't')) return null;
            place[i] = value.Kind switch
            {
                'r' => value.Number == 1 ? SortValue.Nan : SortValue.Missing,
                'n' => SortValue.Of(value.Number),
                _ => SortValue.Of(value.Text!),
            };
        }
        return new FoundRun(0, place);
    }

    /// <summary>The order as text, for the token's fingerprint.</summary>
    public override string ToString() => string.Join(", ", Keys.Select(key => string.Create(CultureInfo.InvariantCulture, $"{key.Field} {key.Descending}")));

}
