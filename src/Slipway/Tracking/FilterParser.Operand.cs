using System.Globalization;

namespace Slipway.Tracking;

/// <summary>The left side of a comparison: a name, or a function of a metric's series.</summary>
internal ref partial struct FilterParser
{
    /// <summary>A function call as a key of an order, `min(metrics.loss)`, which ends before <paramref name="end"/>. Null when the text begins with no call.</summary>
    public static Outcome<SearchField>? Call(string text, FilterGrammar grammar, string what, out int end)
    {
        end = 0;
        var parser = new FilterParser(text, grammar, what);
        parser.Advance();
        if (parser.problem is not null || !parser.IsCall()) return null;
        // What follows the call may be what only an order has: it is not looked at here.
        var operand = parser.Operand(advance: false);
        end = parser.token.Position + parser.token.Length;
        return parser.problem is { } problem ? problem : operand!.Value.Field;
    }

    private (SearchField Field, FieldRule Rule)? Operand(bool advance = true)
    {
        if (IsCall()) return Function(advance);
        var resolved = grammar.Resolve(token);
        if (!resolved.Succeeded)
        {
            Fail(resolved.Problem.Message);
            return null;
        }
        Advance();
        return resolved.Value;
    }

    /// <summary>A bare word before a parenthesis.</summary>
    private readonly bool IsCall()
    {
        if (token is not { Kind: SearchTokenKind.Name, Entity: null, Quote: '\0' }) return false;
        var ahead = lexer;
        return ahead.Next() is { Succeeded: true, Value.Kind: SearchTokenKind.Open };
    }

    private (SearchField, FieldRule)? Function(bool advance)
    {
        var (name, at) = (token.Value, token.Position);
        SeriesFunction? function = name.ToUpperInvariant() switch
        {
            "MIN" => SeriesFunction.Min,
            "MAX" => SeriesFunction.Max,
            "FIRST" => SeriesFunction.First,
            "AT" => SeriesFunction.At,
            "FIRST_STEP" => SeriesFunction.FirstStep,
            "LAST_STEP" => SeriesFunction.LastStep,
            "COUNT" => SeriesFunction.Count,
            _ => null,
        };
        var last = name.Equals("last", StringComparison.OrdinalIgnoreCase);
        if (!grammar.HasSeries) return FailCall($"Functions of metrics are understood in searches of runs only; '{SearchText.Cut(name)}' stands at character {at + 1}.");
        if (function is null && !last) return FailCall($"Unknown function '{SearchText.Cut(name)}' at character {at + 1}. Functions are {SeriesCall.Names}.");
        if (function is { } asked && new SeriesCall(asked).ReadsPoints && functions++ == FunctionsMax)
            return FailCall($"A filter string holds at most {FunctionsMax} functions of series other than min, max and last; one more stands at character {at + 1}.");
        Advance();
        Advance();
        if (problem is not null || Metric(name) is not { } metric) return null;
        var call = last ? null : new SeriesCall(function!.Value);
        if (function is SeriesFunction.At && Step(metric) is var step) call = call! with { Step = step };
        else if (function is SeriesFunction.FirstStep or SeriesFunction.LastStep || function is SeriesFunction.Count && token.Kind is not SearchTokenKind.Close) call = call! with { Test = Test(metric) };
        if (problem is null && token.Kind is not SearchTokenKind.Close) return FailCall($"Expected ')' after the arguments of {name}, got {Written()} at character {token.Position + 1}.");
        if (advance) Advance();
        return problem is not null ? null : (metric with { Call = call }, last || call!.IsValue ? FieldRule.Value : FieldRule.OptionalNumber);
    }

    private SearchField? Metric(string function)
    {
        var isName = token.Kind is SearchTokenKind.Name || token is { Kind: SearchTokenKind.Text, Quote: '"' };
        var resolved = isName ? grammar.Resolve(token) : default;
        if (isName && !resolved.Succeeded) Fail(resolved.Problem.Message);
        else if (!isName || resolved.Value.Field.Kind is not FieldKind.Metric)
            Fail($"The function {function} takes a metric, such as metrics.loss; got {Written()} at character {token.Position + 1}.");
        Advance();
        return problem is null ? resolved.Value.Field : null;
    }

    private long Step(SearchField metric)
    {
        var step = 0L;
        if (token.Kind is not SearchTokenKind.Comma) Fail($"Expected ',' and a step, as in at({metric}, 100), got {Written()} at character {token.Position + 1}.");
        Advance();
        if (problem is null && (token.Kind is not SearchTokenKind.Number || !long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out step)))
            Fail($"A step is a whole number of 64 bits, got {Written()} at character {token.Position + 1}.");
        Advance();
        return step;
    }

    private SeriesTest? Test(SearchField metric)
    {
        if (Comparison(metric, PointRule) is not { } comparator) return null;
        if (comparator.IsUnary()) return new SeriesTest(comparator, 0);
        return Number(metric) is { } value ? new SeriesTest(comparator, value.Number) : null;
    }

    private (SearchField, FieldRule)? FailCall(string message)
    {
        Fail(message);
        return null;
    }

    /// <summary>What a point's value can be compared with.</summary>
    private static readonly FieldRule PointRule = new(true, [.. FieldRule.Number.Allowed, Comparator.IsNan, Comparator.IsNotNan]);
}
