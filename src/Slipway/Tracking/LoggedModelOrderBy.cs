namespace Slipway.Tracking;

/// <summary>
/// The order of logged-models/search: entries are records, not text; only metrics and attributes sort. Ties go to the newest, then by id.
/// </summary>
internal static class LoggedModelOrderBy
{
    public static Outcome<SearchOrder> Parse(IReadOnlyList<LoggedModelOrder?>? entries)
    {
        if (entries?.Count > OrderByParser.EntriesMax) return Problem.Invalid($"order_by holds at most {OrderByParser.EntriesMax} entries, got {entries.Count}.");
        var keys = new List<SortKey>();
        foreach (var entry in entries ?? [])
        {
            var key = One(entry);
            if (!key.Succeeded) return key.Problem;
            keys.Add(key.Value);
        }
        int Place(string attribute) => keys.FindIndex(key => key.Field == new SearchField(FieldKind.Attribute, attribute));
        if (Place(LoggedModelFilter.CreationTime) < 0) keys.Add(Attribute(LoggedModelFilter.CreationTime, descending: true));
        if (Place(LoggedModelFilter.ModelId) < 0) keys.Add(Attribute(LoggedModelFilter.ModelId, descending: false));
        return new SearchOrder(keys[..(Place(LoggedModelFilter.ModelId) + 1)]);
    }

    /// <summary>The entries as text, for a token's fingerprint.</summary>
    public static string Text(IReadOnlyList<LoggedModelOrder?>? entries) => string.Join('\n', entries ?? []);

    private static Outcome<SortKey> One(LoggedModelOrder? entry)
    {
        if (string.IsNullOrWhiteSpace(entry?.FieldName)) return Problem.Invalid("`field_name` in the `order_by` clause must be specified.");
        if (!string.IsNullOrEmpty(entry.DatasetDigest) && string.IsNullOrEmpty(entry.DatasetName))
            return Problem.Invalid("`dataset_digest` can only be specified if `dataset_name` is also specified.");
        foreach (var text in new[] { entry.FieldName, entry.DatasetName, entry.DatasetDigest })
            if (text is not null && (text.Length > OrderByParser.CharsMax ? Problem.Invalid($"An order_by entry holds at most {OrderByParser.CharsMax:N0} characters, got {text.Length:N0}.")
                : SearchLexer.Unfit(text, "order_by clause")) is { } unfit) return unfit;
        var descending = entry.Ascending is false;
        var name = entry.FieldName.Trim();
        // The rest after the first dot is the key as it is: this field is no filter text and knows no quotes.
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0)
            return name[..dot] == "metrics" && dot + 1 < name.Length ? Metric(name[(dot + 1)..], descending, entry)
                : Problem.Invalid($"Invalid order by field name: {SearchText.Cut(name)}, only `metrics.<name>` is allowed.");
        var resolved = LoggedModelFilter.Grammar.Resolve(new SearchToken(SearchTokenKind.Name, 0, name.Length, null, name));
        return resolved.Succeeded ? Attribute(resolved.Value.Field.Key, descending)
            : Problem.Invalid($"Invalid order by field name: {SearchText.Cut(name)}. Valid names are {LoggedModelFilter.Grammar.AttributeNames} and `metrics.<name>`.");
    }

    private static SortKey Attribute(string name, bool descending) =>
        SortKey.Attribute(name, descending, name is LoggedModelFilter.CreationTime or LoggedModelFilter.LastUpdatedTime, LoggedModelSearch.Column(name));

    private static SortKey Metric(string key, bool descending, LoggedModelOrder entry) => new(new SearchField(FieldKind.Metric, key), descending, true, (_, sql) =>
    {
        var on = string.IsNullOrEmpty(entry.DatasetName) ? "" : " AND " + LoggedModelSearch.On(entry.DatasetName, entry.DatasetDigest, sql);
        var latest = $"FROM logged_model_metrics f WHERE f.model_no = m.no AND f.key = {sql.Add(key)}{on} ORDER BY f.time_ms DESC, f.step DESC, f.is_nan DESC, f.value DESC LIMIT 1";
        return $"(SELECT f.is_nan {latest}), (SELECT f.value {latest})";
    });
}
