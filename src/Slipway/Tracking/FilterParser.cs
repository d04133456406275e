using System.Globalization;

namespace Slipway.Tracking;

/// <summary>
/// Reads `clause (AND clause)*`, clause = `name comparator value`, one token at a time and never twice. Which names and comparators
/// there are is the grammar's matter. Problems name the character at fault and what was expected there.
/// </summary>
internal ref struct FilterParser
{
    /// <summary>The longest filter.</summary>
    public const int CharsMax = 65_536;

    /// <summary>The most clauses of a filter.</summary>
    public const int ClausesMax = 200;

    /// <summary>The most values of an IN list.</summary>
    public const int ListMax = 2_000;

    private const string What = "filter string";
    private readonly FilterGrammar grammar;
    private readonly string text;
    private SearchLexer lexer;
    private SearchToken token;
    private Problem? problem;

    private FilterParser(string text, FilterGrammar grammar)
    {
        (this.text, this.grammar) = (text, grammar);
        lexer = new SearchLexer(text, What);
    }

    /// <summary>The tree of a filter; null and blank text pass everything.</summary>
    public static Outcome<FilterNode> Parse(string? text, FilterGrammar grammar)
    {
        if (string.IsNullOrWhiteSpace(text)) return AllOf.Nothing;
        if (text.Length > CharsMax) return Problem.Invalid($"A filter string holds at most {CharsMax:N0} characters, got {text.Length:N0}.");
        if (SearchLexer.Unfit(text, What) is { } unfit) return unfit;
        var parser = new FilterParser(text, grammar);
        var node = parser.Clauses();
        return parser.problem is { } problem ? problem : node;
    }

    private AllOf Clauses()
    {
        var parts = new List<FilterNode>();
        Advance();
        while (problem is null)
        {
            if (parts.Count == ClausesMax) Fail($"A filter string holds at most {ClausesMax} clauses; one more starts at character {token.Position + 1}.");
            if (Clause() is not { } clause) break;
            parts.Add(clause);
            if (problem is not null || token.Kind is SearchTokenKind.End) break;
            if (!token.Is("AND")) Unexpected("where AND or the end was expected");
            else Advance();
        }
        return new AllOf(parts);
    }

    private Clause? Clause()
    {
        if (problem is not null) return null;
        if (token.Kind is SearchTokenKind.End) return Unexpected("where a clause was expected");
        var isName = token.Kind is SearchTokenKind.Name || token is { Kind: SearchTokenKind.Text, Quote: '"' };
        if (!isName || token.Is("AND") || token.Is("OR") || token.Is("NOT")) return Unexpected("where a clause was expected");
        var resolved = grammar.Resolve(token);
        if (!resolved.Succeeded) return Fail(resolved.Problem);
        var (field, rule) = resolved.Value;
        Advance();
        if (Comparison(field, rule) is not { } comparator) return null;
        if (comparator is Comparator.IsNull or Comparator.IsNotNull) return new Clause(field, comparator, null);
        FilterValue? value = comparator is Comparator.In or Comparator.NotIn ? List() : rule.IsNumber ? Number(field) : Text(field);
        return value is null ? null : new Clause(field, comparator, value);
    }

    private Comparator? Comparison(SearchField field, FieldRule rule)
    {
        var start = token;
        if (problem is not null) return null;
        Comparator? found = null;
        if (token.Kind is SearchTokenKind.Comparator)
        {
            found = token.Value switch
            {
                "=" => Comparator.Equal,
                "!=" => Comparator.NotEqual,
                "<" => Comparator.Less,
                "<=" => Comparator.LessOrEqual,
                ">" => Comparator.Greater,
                ">=" => Comparator.GreaterOrEqual,
                _ => null,
            };
            Advance();
        }
        else if (Take("LIKE")) found = Comparator.Like;
        else if (Take("ILIKE")) found = Comparator.ILike;
        else if (Take("IN")) found = Comparator.In;
        else if (Take("NOT") && Take("IN")) found = Comparator.NotIn;
        else if (Take("IS")) found = Take("NOT") ? Take("NULL") ? Comparator.IsNotNull : null : Take("NULL") ? Comparator.IsNull : null;
        else if (token.Position == start.Position) Unexpected("where a comparator was expected");
        if (problem is not null) return null;
        if (found is { } comparator && rule.Allowed.Contains(comparator)) return comparator;
        var sign = text[start.Position..Math.Max(start.Position + start.Length, Math.Min(token.Position, start.Position + SearchText.EchoCharsMax))].TrimEnd();
        if (found is Comparator.IsNull or Comparator.IsNotNull)
            Fail($"IS NULL / IS NOT NULL is only supported for tags and params, not for '{FilterGrammar.Singular(field.Kind)}' '{SearchText.Cut(field.Key)}' (at character {start.Position + 1}).");
        else
            Fail($"Invalid comparator '{found?.Sign() ?? SearchText.Cut(sign)}' at character {start.Position + 1}: not one of {string.Join(", ", rule.Allowed.Select(one => $"'{one.Sign()}'"))}, " +
                $"which {FilterGrammar.Singular(field.Kind)} '{SearchText.Cut(field.Key)}' can be compared with.");
        return null;
    }

    private NumberValue? Number(SearchField field)
    {
        if (token.Kind is not SearchTokenKind.Number)
        {
            var of = field.Kind is FieldKind.Metric ? "metric" : $"numeric attribute: {field.Key}";
            Fail($"Expected numeric value type for {of}. Found {Written()} at character {token.Position + 1}.");
            return null;
        }
        var number = double.Parse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        Advance();
        return new NumberValue(number);
    }

    private TextValue? Text(SearchField field)
    {
        if (token.Kind is not SearchTokenKind.Text)
        {
            Fail($"Expected a quoted string value for {FilterGrammar.Singular(field.Kind)} (e.g. 'my-value'). Got value {Written()} at character {token.Position + 1}.");
            return null;
        }
        var value = token.Value;
        Advance();
        return new TextValue(value);
    }

    private ListValue? List()
    {
        const string Expected = "While parsing a list in the query, expected a non-empty list of string values in parentheses, but got";
        if (token.Kind is not SearchTokenKind.Open) return FailList($"{Expected} {Written()} at character {token.Position + 1}.");
        Advance();
        var values = new List<string>();
        while (problem is null && token.Kind is not SearchTokenKind.Close)
        {
            if (token.Kind is not SearchTokenKind.Text) return FailList($"{Expected} {Written()} at character {token.Position + 1}.");
            if (values.Count == ListMax) return FailList($"A list holds at most {ListMax:N0} values; one more stands at character {token.Position + 1}.");
            values.Add(token.Value);
            Advance();
            if (token.Kind is SearchTokenKind.Comma) Advance();
            else if (problem is null && token.Kind is not SearchTokenKind.Close) return FailList($"{Expected} {Written()} at character {token.Position + 1}, where ',' or ')' belongs.");
        }
        if (problem is not null) return null;
        if (values.Count == 0) return FailList($"{Expected} empty list at character {token.Position + 1}.");
        Advance();
        return new ListValue(values);
    }

    private bool Take(string keyword)
    {
        if (problem is not null || !token.Is(keyword)) return false;
        Advance();
        return true;
    }

    private void Advance()
    {
        if (problem is not null) return;
        var next = lexer.Next();
        if (next.Succeeded) token = next.Value;
        else problem = next.Problem;
    }

    private readonly string Written() => token.Kind is SearchTokenKind.End ? "the end" : $"'{SearchText.Cut(text.Substring(token.Position, token.Length))}'";

    private Clause? Unexpected(string why) => Fail($"Invalid clause(s) in filter string: {Written()} at character {token.Position + 1}, {why}. " +
        "A filter is clauses joined with AND, each an identifier, a comparator and a value: metrics.loss < 0.5 AND params.model = 'tree'. OR, NOT and parentheses are not understood.");

    private ListValue? FailList(string message)
    {
        Fail(message);
        return null;
    }

    private Clause? Fail(string message) => Fail(Problem.Invalid(message));

    private Clause? Fail(Problem first)
    {
        problem ??= first;
        return null;
    }
}
