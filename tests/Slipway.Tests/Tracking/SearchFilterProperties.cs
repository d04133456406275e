using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Properties of the parser over random input, a hundred thousand cases each.</summary>
public sealed class SearchFilterProperties
{
    private const int Cases = 100_000;
    private static readonly FilterGrammar[] Grammars = [RunFilter.Grammar, ExperimentFilter.Grammar, LoggedModelFilter.Grammar];

    /// <summary>Pieces that lead deep into the grammar far more often than random characters do.</summary>
    private static readonly string[] Pieces =
    [
        "metrics.", "params.", "tags.", "attributes.", "datasets.", "run_id", "status", "start_time", "name", "a", "`a b`", "\"q\"", "'v'", "1", "-2.5e3", "=", "!=", "<", ">=",
        " LIKE ", " ILIKE ", " IN ", " NOT ", " IS ", " NULL ", " AND ", " OR ", "(", "min(", "at(metrics.a,", "first_step(metrics.a<", "count(", " NAN ", " RLIKE ", "=~", "git.", "duration", "'[a-z]+'", "'('", ")", ",", " ", ".", "'", "`", "\"", "\\", "\0", "\ud83d", "\ude80", "é", ";", "--", "%", "_", "e", "+",
    ];

    private static Config Quick => Config.QuickThrowOnFailure.WithMaxTest(Cases);

    private static Gen<string> Key => Gen.OneOf(
        Gen.Elements("loss", "a.b", "a b", "and", "x`y", "größe", "🚀", "1", "\"", "'"),
        ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => Fit(text.Get)).Where(text => text.Length > 0));

    private static Gen<string> Value => ArbMap.Default.GeneratorFor<string>().Select(text => Fit(text ?? ""));

    private static Gen<double> Number => ArbMap.Default.GeneratorFor<double>().Where(number => !double.IsNaN(number));

    private static Gen<SeriesTest> Test =>
        from comparator in Gen.Elements(Comparator.Equal, Comparator.NotEqual, Comparator.Less, Comparator.GreaterOrEqual, Comparator.IsNan, Comparator.IsNotNan)
        from number in Number
        select new SeriesTest(comparator, comparator.IsUnary() ? 0 : number);

    private static Gen<SeriesCall> Call => Gen.OneOf(
        Gen.Elements(SeriesFunction.Min, SeriesFunction.Max, SeriesFunction.First, SeriesFunction.Count).Select(function => new SeriesCall(function)),
        ArbMap.Default.GeneratorFor<long>().Select(step => new SeriesCall(SeriesFunction.At, step)),
        from function in Gen.Elements(SeriesFunction.FirstStep, SeriesFunction.LastStep, SeriesFunction.Count)
        from test in Test
        select new SeriesCall(function, 0, test));

    /// <summary>Trees as the parser makes them: no node of a kind directly in one of the same kind.</summary>
    private static Gen<FilterNode> Node(int depth, FilterNode? around = null)
    {
        var clause = AnyClause.Select(one => (FilterNode)one);
        if (depth == 0) return clause;
        var none = Node(depth - 1).Select(node => (FilterNode)new NoneOf(node));
        Gen<FilterNode> Many(Func<FilterNode[], FilterNode> make, FilterNode marker) =>
            from count in Gen.Choose(2, 3)
            from parts in Gen.ArrayOf(Node(depth - 1, marker), count)
            select make(parts);
        var (all, any) = (new AllOf([]), new AnyOf([]));
        var kinds = new List<Gen<FilterNode>> { clause, clause, none };
        if (around is not AllOf) kinds.Add(Many(parts => new AllOf(parts), all));
        if (around is not AnyOf) kinds.Add(Many(parts => new AnyOf(parts), any));
        return Gen.OneOf(kinds.ToArray());
    }

    private static Gen<Clause> AnyClause => Gen.OneOf(
        from key in Key
        from comparator in Gen.Choose(0, 5)
        from number in Number
        select new Clause(new SearchField(FieldKind.Metric, key), (Comparator)comparator, new NumberValue(number)),
        from key in Key
        from call in Call
        from comparator in Gen.Elements(Comparator.Less, Comparator.NotEqual, Comparator.IsNull, Comparator.IsNotNull)
        from number in Number
        select new Clause(new SearchField(FieldKind.Metric, key, call), comparator, comparator.IsUnary() ? null : new NumberValue(number)),
        from key in Key
        from kind in Gen.Elements(FieldKind.Param, FieldKind.Tag)
        from comparator in Gen.Elements(Comparator.RLike, Comparator.NotRLike)
        from text in Gen.Elements("a+", "^[x'y]*$", "größe|🚀", "(?i)z")
        select new Clause(new SearchField(kind, key), comparator, new TextValue(text)),
        from key in Key
        from kind in Gen.Elements(FieldKind.Param, FieldKind.Tag)
        from comparator in Gen.Elements(Comparator.Equal, Comparator.NotEqual, Comparator.Like, Comparator.ILike, Comparator.NotLike, Comparator.NotILike)
        from text in Value
        select new Clause(new SearchField(kind, key), comparator, new TextValue(text)),
        from key in Key
        from kind in Gen.Elements(FieldKind.Param, FieldKind.Tag)
        from comparator in Gen.Elements(Comparator.IsNull, Comparator.IsNotNull)
        select new Clause(new SearchField(kind, key), comparator, null),
        from asked in Gen.Elements(new SearchField(FieldKind.Attribute, RunFilter.RunId), new SearchField(FieldKind.Attribute, RunFilter.Status), new SearchField(FieldKind.Dataset, "name"))
        from comparator in Gen.Elements(Comparator.In, Comparator.NotIn)
        from texts in Gen.NonEmptyListOf(Value)
        select new Clause(asked, comparator, new ListValue([.. texts])));

    [Fact]
    public void A_printed_filter_parses_back_to_the_same_tree() => Check.One(Quick, Prop.ForAll(
        Gen.ListOf(Node(3, AllOf.Nothing)).Select(nodes => new AllOf([.. nodes.Take(8)])).ToArbitrary(),
        tree => tree.Clauses().Count(clause => clause.Field.Call is { ReadsPoints: true }) > FilterParser.FunctionsMax || RunFilter.Parse(tree.ToString()) is { Succeeded: true } parsed && parsed.Value.Equals(tree) && parsed.Value.ToString() == tree.ToString()));

    [Fact]
    public void A_printed_order_parses_back_to_the_same_keys() => Check.One(Quick, Prop.ForAll(
        (from key in Key
         from kind in Gen.Elements(FieldKind.Metric, FieldKind.Param, FieldKind.Tag)
         from call in Call
         from called in ArbMap.Default.GeneratorFor<bool>()
         from down in ArbMap.Default.GeneratorFor<bool>()
         select new OrderKey(new SearchField(kind, key, called && kind is FieldKind.Metric ? call : null), down)).Where(key => key.ToString().Length <= OrderByParser.CharsMax).ToArbitrary(),
        key => RunOrderBy.Parse([key.ToString()]).Value.Single() == key));

    [Fact]
    public void No_text_makes_a_parser_throw() => Check.One(Quick, Prop.ForAll(
        Gen.OneOf(ArbMap.Default.GeneratorFor<string>(), Gen.ListOf(Gen.Elements(Pieces)).Select(pieces => string.Concat(pieces))).ToArbitrary(),
        text =>
        {
            foreach (var grammar in Grammars)
            {
                var filter = FilterParser.Parse(text, grammar);
                if (!filter.Succeeded && filter.Problem.Status != 400) return false;
                var order = OrderByParser.Parse([text], grammar);
                if (!order.Succeeded && order.Problem.Status != 400) return false;
            }
            return true;
        }));

    [Fact]
    public void No_text_makes_a_page_token_throw() => Check.One(Quick, Prop.ForAll(
        Gen.OneOf(ArbMap.Default.GeneratorFor<string>(),
            ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => System.Buffers.Text.Base64Url.EncodeToString([1, 7, 0, 0, 0, 0, 0, 0, 0, .. bytes ?? []]))).ToArbitrary(),
        token => PageToken.Read(token, 7) is { } read && (read.Succeeded || read.Problem.Status == 400)));

    /// <summary>What a filter may hold: no NUL, no half surrogate pairs.</summary>
    private static string Fit(string text)
    {
        var fit = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            if (rune.Value != 0) fit.Append(rune);
        return fit.ToString();
    }
}
