using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>The arguments of one statement of a search, in the order in which its text names them.</summary>
internal sealed class SearchSql(Dialect dialect)
{
    private readonly List<Arg> args = [];

    public Dialect Dialect => dialect;

    public ReadOnlySpan<Arg> Args => CollectionsMarshal.AsSpan(args);

    /// <summary>Adds an argument; answers its name in the text.</summary>
    public string Add(Arg arg)
    {
        args.Add(arg);
        return "$" + args.Count.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>`= $n` for one number, which lets an index go on with its next column, `IN (...)` for more.</summary>
    public string In(IReadOnlyCollection<long> numbers) => numbers.Count == 1 ? "= " + Add(numbers.First()) : dialect.InLongs(Add(Arg.Longs(numbers)));

    /// <summary>What a row itself says compared: a number, a text, or whether there is any.</summary>
    public string Compare(string column, Clause clause) => (clause.Comparator, clause.Value) switch
    {
        (Comparator.IsNull, _) => $"{column} IS NULL",
        (Comparator.IsNotNull, _) => $"{column} IS NOT NULL",
        (_, NumberValue number) => Compare(column, clause.Comparator, number.Number),
        _ => Compare(column, clause.Comparator, clause.Value!),
    };

    /// <summary>
    /// A tree as SQL with two truth values: a comparison with NULL is false, so that NOT of it is true. Both databases know IS NOT TRUE.
    /// </summary>
    public static string Tree(FilterNode node, Func<Clause, string> condition) => node switch
    {
        Clause clause => condition(clause),
        NoneOf none => $"({Tree(none.Node, condition)}) IS NOT TRUE",
        AnyOf any => $"({string.Join(" OR ", any.Parts.Select(part => Tree(part, condition)))})",
        AllOf { Parts.Count: 0 } => "1 = 1",
        AllOf all => $"({string.Join(" AND ", all.Parts.Select(part => Tree(part, condition)))})",
        _ => throw new InvalidOperationException($"The parser makes no {node.GetType().Name}."),
    };

    /// <summary>Text compared as the filter says, the same way in both databases.</summary>
    public string Compare(string column, Comparator comparator, FilterValue value) => (comparator, value) switch
    {
        (Comparator.Equal, TextValue text) => $"{column} = {Add(text.Text)}",
        (Comparator.NotEqual, TextValue text) => $"{column} <> {Add(text.Text)}",
        (Comparator.NotLike, _) => $"NOT ({Compare(column, Comparator.Like, value)})",
        (Comparator.NotILike, _) => $"NOT ({Compare(column, Comparator.ILike, value)})",
        (Comparator.Like, TextValue text) => dialect.Like(column, Add(text.Text)),
        // Columns sort by their bytes on PostgreSQL, and a byte collation folds only ASCII: the database's own folds what its locale knows.
        (Comparator.ILike, TextValue text) => dialect.ILike(dialect is Dialect.Postgres ? $"({column} COLLATE \"default\")" : column, Add(text.Text)),
        (Comparator.In, ListValue list) => $"{column} {dialect.InTexts(Add(Arg.Texts(list.Texts)))}",
        (Comparator.NotIn, ListValue list) => $"NOT ({column} {dialect.InTexts(Add(Arg.Texts(list.Texts)))})",
        _ => throw new InvalidOperationException($"The parser lets no {comparator} {value} through."),
    };

    /// <summary>A whole number compared with a literal that may have a fraction or lie beyond 64 bits: the literal is rounded so that the answer is the same.</summary>
    public string Compare(string column, Comparator comparator, double number)
    {
        var (least, most) = ((double)long.MinValue, (double)long.MaxValue);
        var whole = Math.Floor(number) == number;
        var known = $"{column} IS NOT NULL";
        return comparator switch
        {
            Comparator.Equal => whole && number >= least && number < most ? $"{column} = {Add((long)number)}" : "0 = 1",
            Comparator.NotEqual => whole && number >= least && number < most ? $"{column} <> {Add((long)number)}" : known,
            Comparator.Less => number > most ? known : number <= least ? "0 = 1" : $"{column} < {Add((long)Math.Ceiling(number))}",
            Comparator.LessOrEqual => number >= most ? known : number < least ? "0 = 1" : $"{column} <= {Add((long)Math.Floor(number))}",
            Comparator.Greater => number < least ? known : number >= most ? "0 = 1" : $"{column} > {Add((long)Math.Floor(number))}",
            _ => number <= least ? known : number > most ? "0 = 1" : $"{column} >= {Add((long)Math.Ceiling(number))}",
        };
    }

    /// <summary>A param or a tag compared, which its owner may not have.</summary>
    public string Entry(string table, string owner, string ownerNumber, Clause clause)
    {
        var entry = $"EXISTS (SELECT 1 FROM {table} f WHERE f.{owner} = {ownerNumber} AND f.key = {Add(clause.Field.Key)}";
        return clause.Comparator switch
        {
            Comparator.IsNull => $"NOT {entry})",
            Comparator.IsNotNull => $"{entry})",
            _ => $"{entry} AND {Compare("f.value", clause.Comparator, clause.Value!)})",
        };
    }

    /// <summary>A metric's value compared; NaN is unequal to everything and neither above nor below.</summary>
    public string CompareMetric(string alias, Comparator comparator, double number) => comparator is Comparator.NotEqual
        ? $"({alias}.is_nan = 1 OR {alias}.value <> {Add(number)})"
        : $"{alias}.is_nan = 0 AND {alias}.value {comparator.Sign()} {Add(number)}";
}
