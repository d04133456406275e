namespace Slipway.Tracking;

internal static partial class RunSearch
{
    /// <summary>The asked keys, then start_time DESC, then run_id ASC.</summary>
    private static SearchOrder Order(IReadOnlyList<OrderKey> asked, Dictionary<string, long> metricKeys, int? charsMax)
    {
        var keys = asked.Select(key => Key(key, metricKeys, charsMax)).ToList();
        int Place(string attribute) => keys.FindIndex(key => key.Field == new SearchField(FieldKind.Attribute, attribute));
        if (Place(RunFilter.StartTime) < 0) keys.Add(Attribute(RunFilter.StartTime, descending: true));
        if (Place(RunFilter.RunId) < 0) keys.Add(Attribute(RunFilter.RunId, descending: false));
        // Ids are unique: nothing after them decides.
        return new SearchOrder(keys[..(Place(RunFilter.RunId) + 1)]);
    }

    private static SortKey Attribute(string name, bool descending) => SortKey.Attribute(name, descending, RunAttributes.IsNumber(name), RunAttributes.Sorted(name));

    private static SortKey Key(OrderKey key, Dictionary<string, long> metricKeys, int? charsMax)
    {
        if (key.Field.Kind is FieldKind.Attribute) return Attribute(key.Field.Key, key.Descending);
        if (key.Field.Kind is FieldKind.Metric)
        {
            var id = metricKeys.GetValueOrDefault(key.Field.Key);
            if (key.Field.Call is { ReadsPoints: true } call) return new SortKey(key.Field, key.Descending, true, (_, _) => "NULL, NULL") { Series = (id, call) };
            if (key.Field.Call is { } range)
                return new SortKey(key.Field, key.Descending, true, (n, _) => $"CASE WHEN k{n}.{RangePredicate.Column(range.Function)} IS NOT NULL THEN 0 END, k{n}.{RangePredicate.Column(range.Function)}",
                    (n, sql) => $" LEFT JOIN metric_latest k{n} ON k{n}.run_no = r.no AND k{n}.key_id = {sql.Add(id)}");
            return new SortKey(key.Field, key.Descending, true, (n, _) => $"k{n}.is_nan, k{n}.value",
                (n, sql) => $" LEFT JOIN metric_latest k{n} ON k{n}.run_no = r.no AND k{n}.key_id = {sql.Add(id)}")
            { MetricKeyId = id };
        }
        var table = key.Field.Kind is FieldKind.Param ? "params" : "tags";
        return new SortKey(key.Field, key.Descending, false, (n, _) => charsMax is { } most ? $"substr(k{n}.value, 1, {most})" : $"k{n}.value",
            (n, sql) => $" LEFT JOIN {table} k{n} ON k{n}.run_no = r.no AND k{n}.key = {sql.Add(key.Field.Key)}");
    }
}
