namespace Slipway.Tracking;

/// <summary>The filter and order of experiments/search: `name`, `creation_time`, `last_update_time`, `tags.k`.</summary>
internal static class ExperimentFilter
{
    public const string Name = "name";
    public const string Id = "experiment_id";
    public const string CreationTime = "creation_time";
    public const string LastUpdateTime = "last_update_time";

    private static readonly (FieldKind, string[])[] Entities =
        [(FieldKind.Attribute, ["attribute", "attributes", "attr"]), (FieldKind.Tag, ["tag", "tags"])];

    internal static readonly FilterGrammar Grammar = new(Entities, [(FieldKind.Tag, FieldRule.OptionalText)],
        [(Name, FieldRule.Text, []), (CreationTime, FieldRule.Number, []), (LastUpdateTime, FieldRule.Number, [])]);

    internal static readonly FilterGrammar OrderGrammar = new([(FieldKind.Attribute, ["attribute", "attributes", "attr"])], [],
        [(Name, FieldRule.Text, []), (Id, FieldRule.Text, []), (CreationTime, FieldRule.Number, []), (LastUpdateTime, FieldRule.Number, [])]);

    /// <summary>The filter's tree, or a problem that names the character at fault.</summary>
    public static Outcome<FilterNode> Parse(string? text) => FilterParser.Parse(text, Grammar);
}
