using System.Globalization;
using System.Text;

namespace Slipway.Tracking;

/// <summary>Where a searched value lives.</summary>
internal enum FieldKind { Attribute, Metric, Param, Tag, Dataset }

/// <summary>What is compared or ordered by: an attribute by its canonical name, or a key among metrics, params, tags.</summary>
internal readonly record struct SearchField(FieldKind Kind, string Key)
{
    public override string ToString() => $"{Kind.Entity()}.{Quote(Key)}";

    private static string Quote(string key) => '`' + key.Replace("`", "``", StringComparison.Ordinal) + '`';
}

internal enum Comparator { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Like, ILike, In, NotIn, IsNull, IsNotNull }

/// <summary>
/// What a filter asks for, as a tree: conjunctions are nodes of their own, so that alternatives, negation and
/// functions of a metric become further nodes and fields. <see cref="ToString"/> is the canonical text, which parses to an equal tree.
/// </summary>
internal abstract record FilterNode;

/// <summary>All of the parts; true when there are none.</summary>
internal sealed record AllOf(IReadOnlyList<FilterNode> Parts) : FilterNode
{
    /// <summary>The filter that everything passes.</summary>
    public static AllOf Nothing { get; } = new([]);

    public bool Equals(AllOf? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(Parts.Count, HashCode.Combine);

    public override string ToString() => string.Join(" AND ", Parts);
}

/// <summary>One comparison. The value is null exactly for IS NULL and IS NOT NULL.</summary>
internal sealed record Clause(SearchField Field, Comparator Comparator, FilterValue? Value) : FilterNode
{
    public override string ToString() => Value is null ? $"{Field} {Comparator.Sign()}" : $"{Field} {Comparator.Sign()} {Value}";
}

/// <summary>The right side of a comparison.</summary>
internal abstract record FilterValue;

internal sealed record NumberValue(double Number) : FilterValue
{
    // A literal too large for a double means infinity; it is printed as one that is.
    public override string ToString() => double.IsInfinity(Number) ? Number > 0 ? "1e999" : "-1e999" : Number.ToString("R", CultureInfo.InvariantCulture);
}

internal sealed record TextValue(string Text) : FilterValue
{
    public override string ToString() => Quote(Text);

    public static string Quote(string text) => '\'' + text.Replace("'", "''", StringComparison.Ordinal) + '\'';
}

internal sealed record ListValue(IReadOnlyList<string> Texts) : FilterValue
{
    public bool Equals(ListValue? other) => other is not null && Texts.SequenceEqual(other.Texts);

    public override int GetHashCode() => Texts.Aggregate(Texts.Count, HashCode.Combine);

    public override string ToString() => new StringBuilder("(").AppendJoin(", ", Texts.Select(TextValue.Quote)).Append(')').ToString();
}

/// <summary>The spellings of kinds and comparators.</summary>
internal static class FilterSpelling
{
    public static string Entity(this FieldKind kind) => kind switch
    {
        FieldKind.Attribute => "attributes",
        FieldKind.Metric => "metrics",
        FieldKind.Param => "params",
        FieldKind.Tag => "tags",
        _ => "datasets",
    };

    public static string Sign(this Comparator comparator) => comparator switch
    {
        Comparator.Equal => "=",
        Comparator.NotEqual => "!=",
        Comparator.Less => "<",
        Comparator.LessOrEqual => "<=",
        Comparator.Greater => ">",
        Comparator.GreaterOrEqual => ">=",
        Comparator.Like => "LIKE",
        Comparator.ILike => "ILIKE",
        Comparator.In => "IN",
        Comparator.NotIn => "NOT IN",
        Comparator.IsNull => "IS NULL",
        _ => "IS NOT NULL",
    };
}
