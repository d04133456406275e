namespace Slipway.Tracking;

/// <summary>
/// Reads a filter, one token at a time and never twice:
///
///   either := both (OR both)*      both := not (AND not)*      not := NOT not | '(' either ')' | clause
///   clause := operand comparator value
///
/// Which names and comparators there are is the grammar's matter. Problems name the character at fault and what was expected there.
/// </summary>
internal ref partial struct FilterParser
{
    /// <summary>The longest filter.</summary>
    public const int CharsMax = 65_536;

    /// <summary>The most clauses of a filter.</summary>
    public const int ClausesMax = 200;

    /// <summary>The most values of an IN list.</summary>
    public const int ListMax = 2_000;

    /// <summary>The most parentheses and NOTs around a clause.</summary>
    public const int DepthMax = 50;

    /// <summary>The most functions of a filter that may have to read points.</summary>
    public const int FunctionsMax = 20;

    private const string What = "filter string";
    private readonly FilterGrammar grammar;
    private readonly string text;
    private SearchLexer lexer;
    private SearchToken token;
    private Problem? problem;
    private int clauses;
    private int functions;

    private FilterParser(string text, FilterGrammar grammar, string what)
    {
        (this.text, this.grammar) = (text, grammar);
        lexer = new SearchLexer(text, what);
    }

    /// <summary>The tree of a filter, always an <see cref="AllOf"/>; null and blank text pass everything.</summary>
    public static Outcome<FilterNode> Parse(string? text, FilterGrammar grammar)
    {
        if (string.IsNullOrWhiteSpace(text)) return AllOf.Nothing;
        if (text.Length > CharsMax) return Problem.Invalid($"A filter string holds at most {CharsMax:N0} characters, got {text.Length:N0}.");
        if (SearchLexer.Unfit(text, What) is { } unfit) return unfit;
        var parser = new FilterParser(text, grammar, What);
        parser.Advance();
        var node = parser.Either(0);
        if (parser.problem is null && parser.token.Kind is not SearchTokenKind.End) parser.Unexpected("where AND, OR or the end was expected");
        return parser.problem is { } problem ? problem : node as AllOf ?? new AllOf([node!]);
    }

    private FilterNode? Either(int depth)
    {
        var parts = new List<FilterNode>();
        do
        {
            if (Both(depth) is not { } part) return null;
            if (part is AnyOf any) parts.AddRange(any.Parts);
            else parts.Add(part);
        }
        while (Take("OR"));
        return parts.Count == 1 ? parts[0] : new AnyOf(parts);
    }

    private FilterNode? Both(int depth)
    {
        var parts = new List<FilterNode>();
        do
        {
            if (Negated(depth) is not { } part) return null;
            if (part is AllOf all) parts.AddRange(all.Parts);
            else parts.Add(part);
        }
        while (Take("AND"));
        return parts.Count == 1 ? parts[0] : new AllOf(parts);
    }

    private FilterNode? Negated(int depth)
    {
        if (problem is not null) return null;
        var start = token;
        if (start.Kind is not SearchTokenKind.Open && !start.Is("NOT")) return Clause();
        if (depth == DepthMax) return Fail($"A filter string holds at most {DepthMax} parentheses and NOTs around a clause; one more stands at character {start.Position + 1}.");
        Advance();
        if (start.Is("NOT")) return Negated(depth + 1) is { } part ? new NoneOf(part) : null;
        if (Either(depth + 1) is not { } node) return null;
        if (token.Kind is not SearchTokenKind.Close) return Unexpected($"where AND, OR or the ')' to the '(' at character {start.Position + 1} was expected");
        Advance();
        return node;
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

    private FilterNode? Unexpected(string why) => Fail($"Invalid clause(s) in filter string: {Written()} at character {token.Position + 1}, {why}. " +
        "A filter is clauses joined with AND, OR, NOT and parentheses, each an identifier, a comparator and a value: metrics.loss < 0.5 AND params.model = 'tree'.");

    /// <summary>Notes the first thing that is wrong, at the current token.</summary>
    private FilterNode? Fail(string message) => Fail(message, token.Position);

    private FilterNode? Fail(string message, int position)
    {
        problem ??= SearchText.At(message, text, position);
        return null;
    }
}
