namespace Slipway.Tracking;

/// <summary>
/// The filter of runs/search: `metrics.k`, `params.k`, `tags.k`, `attributes.k` (or the bare key) and `datasets.{name,digest,context}`,
/// with the reference's other spellings of each.
/// </summary>
internal static class RunFilter
{
    public const string RunId = "run_id";
    public const string RunName = "run_name";
    public const string Status = "status";
    public const string ArtifactUri = "artifact_uri";
    public const string UserId = "user_id";
    public const string LifecycleStage = "lifecycle_stage";
    public const string ExperimentId = "experiment_id";
    public const string StartTime = "start_time";
    public const string EndTime = "end_time";

    internal static readonly FilterGrammar Grammar = new(
        [
            (FieldKind.Metric, ["metric", "metrics"]),
            (FieldKind.Param, ["parameter", "parameters", "param", "params"]),
            (FieldKind.Tag, ["tag", "tags"]),
            (FieldKind.Attribute, ["attribute", "attributes", "attr", "run"]),
            (FieldKind.Dataset, ["dataset", "datasets"]),
        ],
        [
            (FieldKind.Metric, FieldRule.Number),
            (FieldKind.Param, FieldRule.OptionalText),
            (FieldKind.Tag, FieldRule.OptionalText),
            (FieldKind.Dataset, FieldRule.TextOrList),
        ],
        [
            (RunId, FieldRule.TextOrList, []),
            (RunName, FieldRule.TextOrList, ["run name", "Run name", "Run Name"]),
            (Status, FieldRule.TextOrList, []),
            (ArtifactUri, FieldRule.TextOrList, []),
            (UserId, FieldRule.TextOrList, []),
            (LifecycleStage, FieldRule.TextOrList, []),
            (ExperimentId, FieldRule.TextOrList, []),
            (StartTime, FieldRule.Number, ["created", "Created"]),
            (EndTime, FieldRule.Number, []),
        ]);

    /// <summary>The filter's tree, or a problem that names the character at fault.</summary>
    public static Outcome<FilterNode> Parse(string? text) => FilterParser.Parse(text, Grammar);
}
