using System.Collections.Frozen;

namespace Slipway.Tracking;

/// <summary>What a field may be compared with, and how.</summary>
internal sealed record FieldRule(bool IsNumber, params Comparator[] Allowed)
{
    private static readonly Comparator[] Equality = [Comparator.Equal, Comparator.NotEqual, Comparator.Like, Comparator.ILike, Comparator.NotLike, Comparator.NotILike];
    private static readonly Comparator[] Lists = [Comparator.In, Comparator.NotIn];
    private static readonly Comparator[] Presence = [Comparator.IsNull, Comparator.IsNotNull];
    private static readonly Comparator[] Patterns = [Comparator.RLike, Comparator.NotRLike];

    /// <summary>Times.</summary>
    public static FieldRule Number { get; } = new(true, Comparator.Equal, Comparator.NotEqual, Comparator.Less, Comparator.LessOrEqual, Comparator.Greater, Comparator.GreaterOrEqual);

    /// <summary>Numbers that may be absent: ends, durations, what a function makes of a series.</summary>
    public static FieldRule OptionalNumber { get; } = new(true, [.. Number.Allowed, .. Presence]);

    /// <summary>Values of metrics, which may be absent and may be NaN.</summary>
    public static FieldRule Value { get; } = new(true, [.. OptionalNumber.Allowed, Comparator.IsNan, Comparator.IsNotNan]);

    /// <summary>Text without lists.</summary>
    public static FieldRule Text { get; } = new(false, Equality);

    /// <summary>Text that may also be absent: tags.</summary>
    public static FieldRule OptionalText { get; } = new(false, [.. Equality, .. Presence]);

    /// <summary>Text and lists of it.</summary>
    public static FieldRule TextOrList { get; } = new(false, [.. Equality, .. Lists]);

    /// <summary>Everything that text can be asked: a run's attributes, data sets.</summary>
    public static FieldRule AnyText { get; } = new(false, [.. TextOrList.Allowed, .. Patterns]);

    /// <summary>The same where it may be absent: a run's params and tags.</summary>
    public static FieldRule AnyOptionalText { get; } = new(false, [.. AnyText.Allowed, .. Presence]);
}

/// <summary>Which fields one kind of search knows, by which names. The parser is the same for all of them.</summary>
internal sealed class FilterGrammar
{
    private readonly FrozenDictionary<string, FieldKind> entities;
    private readonly FrozenDictionary<FieldKind, FieldRule> rules;
    private readonly FrozenDictionary<string, (string Key, FieldRule Rule)> attributes;
    private readonly FrozenDictionary<string, (string Key, FieldRule Rule)> git;

    /// <param name="entities">Every spelling of what stands before the dot.</param>
    /// <param name="rules">The rule of each kind whose keys people choose.</param>
    /// <param name="attributes">Every spelling of every attribute.</param>
    /// <param name="git">Short names (`git.commit`) of tags that say which code ran, or null.</param>
    /// <param name="hasSeries">True where metrics are series, of which functions can be asked.</param>
    public FilterGrammar((FieldKind Kind, string[] Spellings)[] entities, (FieldKind Kind, FieldRule Rule)[] rules, (string Key, FieldRule Rule, string[] Aliases)[] attributes,
        (string Name, string Tag)[]? git = null, bool hasSeries = false)
    {
        HasSeries = hasSeries;
        this.git = (git ?? []).ToFrozenDictionary(one => one.Name, one => (one.Tag, FieldRule.AnyOptionalText));
        this.entities = entities.SelectMany(entity => entity.Spellings.Select(spelling => (spelling, entity.Kind))).ToFrozenDictionary(pair => pair.spelling, pair => pair.Kind);
        this.rules = rules.ToFrozenDictionary(rule => rule.Kind, rule => rule.Rule);
        this.attributes = attributes.SelectMany(attribute => attribute.Aliases.Prepend(attribute.Key).Select(name => (name, attribute.Key, attribute.Rule)))
            .ToFrozenDictionary(one => one.name, one => (one.Key, one.Rule));
        EntityNames = string.Join(", ", entities.Select(entity => $"'{entity.Spellings[0]}'").Concat(git is null ? [] : ["'git'"]));
        AttributeNames = string.Join(", ", attributes.Select(attribute => $"'{attribute.Key}'"));
    }

    /// <summary>True where metrics are series, of which functions can be asked.</summary>
    public bool HasSeries { get; }

    /// <summary>For error texts.</summary>
    public string EntityNames { get; }

    /// <summary>For error texts.</summary>
    public string AttributeNames { get; }

    /// <summary>The field that a name means.</summary>
    public Outcome<(SearchField Field, FieldRule Rule)> Resolve(SearchToken name)
    {
        var where = $"at character {name.Position + 1}";
        if (name.Entity == "git" && git.Count > 0)
            return git.TryGetValue(name.Value, out var tag) ? (new SearchField(FieldKind.Tag, tag.Key), tag.Rule)
                : Problem.Invalid($"Invalid git key '{SearchText.Cut(name.Value)}' specified {where}. Valid keys are {string.Join(", ", git.Keys.Order(StringComparer.Ordinal).Select(key => $"'{key}'"))}.");
        if (!entities.TryGetValue(name.Entity ?? "attribute", out var kind))
            return Problem.Invalid($"Invalid entity type '{SearchText.Cut(name.Entity!)}' {where}. Valid values are {EntityNames}.");
        if (rules.TryGetValue(kind, out var rule) && kind != FieldKind.Dataset)
            return name.Value.Length > 0 ? (new SearchField(kind, name.Value), rule) : Problem.Invalid($"Invalid {Singular(kind)} key {where}: it is empty.");
        if (kind == FieldKind.Dataset)
            return name.Value is "name" or "digest" or "context" ? (new SearchField(kind, name.Value), rule!)
                : Problem.Invalid($"Invalid dataset key '{SearchText.Cut(name.Value)}' specified {where}. Valid keys are 'name', 'digest', 'context'.");
        return attributes.TryGetValue(name.Value, out var attribute) ? (new SearchField(kind, attribute.Key), attribute.Rule)
            : Problem.Invalid($"Invalid attribute key '{SearchText.Cut(name.Value)}' specified {where}. Valid keys are {AttributeNames}.");
    }

    public static string Singular(FieldKind kind) => kind switch
    {
        FieldKind.Metric => "metric",
        FieldKind.Param => "parameter",
        FieldKind.Tag => "tag",
        FieldKind.Dataset => "dataset",
        _ => "attribute",
    };
}
