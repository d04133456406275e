using System.Globalization;
using System.Text;

namespace Slipway.Tracking;

/// <summary>Where a searched value lives.</summary>
internal enum FieldKind { Attribute, Metric, Param, Tag, Dataset }

/// <summary>What is compared or ordered by: an attribute by its canonical name, a key among metrics, params, tags, or with <paramref name="Call"/> a function of a metric's series.</summary>
internal readonly record struct SearchField(FieldKind Kind, string Key, SeriesCall? Call = null)
{
    public override string ToString() => Call is null ? $"{Kind.Entity()}.{Quote(Key)}" : Call.Print($"{Kind.Entity()}.{Quote(Key)}");

    private static string Quote(string key) => '`' + key.Replace("`", "``", StringComparison.Ordinal) + '`';
}

internal enum Comparator { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Like, ILike, In, NotIn, IsNull, IsNotNull, NotLike, NotILike, RLike, NotRLike, IsNan, IsNotNan }

/// <summary>
/// What a filter asks for, as a tree with two truth values: a comparison with what a run does not have is false, and NOT makes it true.
/// <see cref="ToString"/> is the canonical text, which parses to an equal tree.
/// </summary>
internal abstract record FilterNode
{
    /// <summary>The text as a part of a larger expression.</summary>
    internal string Part() => this is Clause ? ToString() : $"({this})";

    /// <summary>Every comparison of the tree.</summary>
    public IEnumerable<Clause> Clauses() => this switch
    {
        Clause clause => [clause],
        AllOf all => all.Parts.SelectMany(part => part.Clauses()),
        AnyOf any => any.Parts.SelectMany(part => part.Clauses()),
        NoneOf none => none.Node.Clauses(),
        _ => [],
    };
}

/// <summary>All of the parts; true when there are none. A whole filter is one of these; others have at least two parts, none of the same kind.</summary>
internal sealed record AllOf(IReadOnlyList<FilterNode> Parts) : FilterNode
{
    /// <summary>The filter that everything passes.</summary>
    public static AllOf Nothing { get; } = new([]);

    public bool Equals(AllOf? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(Parts.Count, HashCode.Combine);

    public override string ToString() => string.Join(" AND ", Parts.Select(part => part.Part()));
}

/// <summary>Any of at least two parts, none of them of the same kind.</summary>
internal sealed record AnyOf(IReadOnlyList<FilterNode> Parts) : FilterNode
{
    public bool Equals(AnyOf? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(-Parts.Count, HashCode.Combine);

    public override string ToString() => string.Join(" OR ", Parts.Select(part => part.Part()));
}

/// <summary>True where the part is not.</summary>
internal sealed record NoneOf(FilterNode Node) : FilterNode
{
    public override string ToString() => "NOT " + Node.Part();
}

/// <summary>One comparison. The value is null exactly for IS [NOT] NULL and IS [NOT] NAN.</summary>
internal sealed record Clause(SearchField Field, Comparator Comparator, FilterValue? Value) : FilterNode
{
    public override string ToString() => Value is null ? $"{Field} {Comparator.Sign()}" : $"{Field} {Comparator.Sign()} {Value}";
}

/// <summary>The right side of a comparison.</summary>
internal abstract record FilterValue;

internal sealed record NumberValue(double Number) : FilterValue
{
    public override string ToString() => Print(Number);

    // A literal too large for a double means infinity; it is printed as one that is.
    public static string Print(double number) => double.IsInfinity(number) ? number > 0 ? "1e999" : "-1e999" : number.ToString("R", CultureInfo.InvariantCulture);
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
        Comparator.NotLike => "NOT LIKE",
        Comparator.NotILike => "NOT ILIKE",
        Comparator.RLike => "RLIKE",
        Comparator.NotRLike => "NOT RLIKE",
        Comparator.In => "IN",
        Comparator.NotIn => "NOT IN",
        Comparator.IsNull => "IS NULL",
        Comparator.IsNotNull => "IS NOT NULL",
        Comparator.IsNan => "IS NAN",
        _ => "IS NOT NAN",
    };

    /// <summary>True for those that compare with nothing: IS ...</summary>
    public static bool IsUnary(this Comparator comparator) => comparator is Comparator.IsNull or Comparator.IsNotNull or Comparator.IsNan or Comparator.IsNotNan;
}
