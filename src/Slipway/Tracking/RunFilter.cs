namespace Slipway.Tracking;

/// <summary>
/// The filter of runs/search: `metrics.k`, `params.k`, `tags.k`, `attributes.k` (or the bare key) and `datasets.{name,digest,context}`,
/// with the reference's other spellings of each; and what the reference does not have: `git.{commit,branch,repo}`, `duration`,
/// `experiment_name` and functions of a metric's series.
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
    public const string Duration = "duration";
    public const string ExperimentName = "experiment_name";

    internal static readonly FilterGrammar Grammar = new(
        [
            (FieldKind.Metric, ["metric", "metrics"]),
            (FieldKind.Param, ["parameter", "parameters", "param", "params"]),
            (FieldKind.Tag, ["tag", "tags"]),
            (FieldKind.Attribute, ["attribute", "attributes", "attr", "run"]),
            (FieldKind.Dataset, ["dataset", "datasets"]),
        ],
        [
            (FieldKind.Metric, FieldRule.Value),
            (FieldKind.Param, FieldRule.AnyOptionalText),
            (FieldKind.Tag, FieldRule.AnyOptionalText),
            (FieldKind.Dataset, FieldRule.AnyText),
        ],
        [
            (RunId, FieldRule.AnyText, []),
            (RunName, FieldRule.AnyText, ["run name", "Run name", "Run Name"]),
            (Status, FieldRule.AnyText, []),
            (ArtifactUri, FieldRule.AnyText, []),
            (UserId, FieldRule.AnyText, []),
            (LifecycleStage, FieldRule.AnyText, []),
            (ExperimentId, FieldRule.AnyText, []),
            (ExperimentName, FieldRule.AnyText, []),
            (StartTime, FieldRule.OptionalNumber, ["created", "Created"]),
            (EndTime, FieldRule.OptionalNumber, []),
            (Duration, FieldRule.OptionalNumber, []),
        ],
        [("commit", "mlflow.source.git.commit"), ("branch", "mlflow.source.git.branch"), ("repo", "mlflow.source.git.repoURL")],
        hasSeries: true);

    /// <summary>The filter's tree, or a problem that names the character at fault.</summary>
    public static Outcome<FilterNode> Parse(string? text) => FilterParser.Parse(text, Grammar);
}
