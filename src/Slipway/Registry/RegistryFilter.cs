using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// The filters and orders of registered-models/search and model-versions/search: the reference's fields with the house's grammar (OR, NOT,
/// parentheses, lists), and some fields that the reference does not have.
/// </summary>
internal static class RegistryFilter
{
    public const string Name = "name";
    public const string CreationTime = "creation_timestamp";
    public const string LastUpdatedTime = "last_updated_timestamp";
    public const string UserId = "user_id";
    public const string RunId = "run_id";
    public const string Source = "source_path";
    public const string VersionNumber = "version_number";
    public const string Stage = "current_stage";
    public const string Alias = "alias";
    public const string ModelId = "model_id";

    private static readonly FieldRule TextOrNone = new(false, [.. FieldRule.TextOrList.Allowed, Comparator.IsNull, Comparator.IsNotNull]);

    private static readonly (FieldKind, string[])[] Entities = [(FieldKind.Attribute, ["attribute", "attributes", "attr"]), (FieldKind.Tag, ["tag", "tags"])];

    private static readonly (string, FieldRule, string[])[] Shared =
    [
        (Name, FieldRule.TextOrList, []), (CreationTime, FieldRule.Number, ["creation_time"]), (LastUpdatedTime, FieldRule.Number, ["timestamp", "last_updated_time"]), (UserId, FieldRule.TextOrList, []),
        (Alias, FieldRule.TextOrList, ["aliases"]),
    ];

    /// <summary>The filter of models.</summary>
    internal static readonly FilterGrammar Models = new(Entities, [(FieldKind.Tag, TextOrNone)], Shared);

    /// <summary>The filter of versions.</summary>
    internal static readonly FilterGrammar Versions = new(Entities, [(FieldKind.Tag, TextOrNone)],
    [
        .. Shared, (RunId, TextOrNone, []), (Source, FieldRule.TextOrList, ["source"]), (VersionNumber, FieldRule.Number, ["version"]), (Stage, FieldRule.TextOrList, ["stage"]), (ModelId, TextOrNone, []),
    ]);

    private static readonly (FieldKind, string[])[] Attributes = [(FieldKind.Attribute, ["attribute", "attributes", "attr"])];

    private static readonly (string, FieldRule, string[])[] SharedOrder =
        [(Name, FieldRule.Text, []), (CreationTime, FieldRule.Number, ["creation_time"]), (LastUpdatedTime, FieldRule.Number, ["timestamp", "last_updated_time"])];

    /// <summary>The order of models.</summary>
    internal static readonly FilterGrammar ModelsOrder = new(Attributes, [], SharedOrder);

    /// <summary>The order of versions.</summary>
    internal static readonly FilterGrammar VersionsOrder = new(Attributes, [], [.. SharedOrder, (VersionNumber, FieldRule.Number, ["version"])]);

    /// <summary>True when the filter asks for prompts; others find models only. The first word about it counts, as in the reference.</summary>
    public static bool AsksForPrompts(FilterNode filter) =>
        filter.Clauses().FirstOrDefault(IsAboutPrompts) is { Value: TextValue value } clause
        && (clause.Comparator is Comparator.Equal && Prompts.Says(value.Text) || clause.Comparator is Comparator.NotEqual && value.Text.Equals("false", StringComparison.OrdinalIgnoreCase));

    /// <summary>True for a comparison with the tag that makes prompts: what lacks it is none.</summary>
    public static bool IsAboutPrompts(Clause clause) => clause.Field is { Kind: FieldKind.Tag, Key: Prompts.IsPromptTag };
}
