namespace Slipway.Tracking;

/// <summary>The filter of logged-models/search: attributes (bare or `attributes.k`), `metrics.k`, `params.k`, `tags.k`.</summary>
internal static class LoggedModelFilter
{
    public const string Name = "name";
    public const string ModelId = "model_id";
    public const string ModelType = "model_type";
    public const string Status = "status";
    public const string SourceRunId = "source_run_id";
    public const string CreationTime = "creation_timestamp";
    public const string LastUpdatedTime = "last_updated_timestamp";

    internal static readonly FilterGrammar Grammar = new(
        [
            (FieldKind.Attribute, ["attributes", "attribute", "attr"]),
            (FieldKind.Metric, ["metrics", "metric"]),
            (FieldKind.Param, ["params", "param", "parameter", "parameters"]),
            (FieldKind.Tag, ["tags", "tag"]),
        ],
        [(FieldKind.Metric, FieldRule.Number), (FieldKind.Param, FieldRule.TextOrList), (FieldKind.Tag, FieldRule.TextOrList)],
        [
            (Name, FieldRule.TextOrList, []),
            (ModelId, FieldRule.TextOrList, []),
            (ModelType, FieldRule.TextOrList, []),
            (Status, FieldRule.TextOrList, []),
            (SourceRunId, FieldRule.TextOrList, []),
            (CreationTime, FieldRule.Number, ["creation_time", "creation_timestamp_ms"]),
            (LastUpdatedTime, FieldRule.Number, ["last_updated_time", "last_updated_timestamp_ms"]),
        ]);

    /// <summary>The filter's tree, or a problem that names the character at fault.</summary>
    public static Outcome<FilterNode> Parse(string? text) => FilterParser.Parse(text, Grammar);
}
