using System.Globalization;

namespace Slipway.Tracking;

/// <summary>One comparison: what is compared, how, and with what.</summary>
internal ref partial struct FilterParser
{
    private Clause? Clause()
    {
        var start = token.Position;
        if (token.Kind is SearchTokenKind.End) Unexpected("where a clause was expected");
        else if (clauses++ == ClausesMax) Fail($"A filter string holds at most {ClausesMax} clauses; one more starts at character {start + 1}.");
        var isName = token.Kind is SearchTokenKind.Name || token is { Kind: SearchTokenKind.Text, Quote: '"' };
        if (!isName || token.Is("AND") || token.Is("OR")) Unexpected("where a clause was expected");
        if (problem is not null || Operand() is not var (field, rule)) return null;
        if (Comparison(field, rule) is not { } comparator) return null;
        if (comparator.IsUnary()) return new Clause(field, comparator, null);
        FilterValue? value = comparator is Comparator.In or Comparator.NotIn ? List() : rule.IsNumber ? Number(field) : Text(field, comparator);
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
                "=~" => Comparator.RLike,
                "!~" => Comparator.NotRLike,
                _ => null,
            };
            Advance();
        }
        else if (Take("IS"))
        {
            var not = Take("NOT");
            found = Take("NULL") ? not ? Comparator.IsNotNull : Comparator.IsNull : Take("NAN") ? not ? Comparator.IsNotNan : Comparator.IsNan : null;
        }
        else
        {
            var not = Take("NOT");
            if (Take("LIKE")) found = not ? Comparator.NotLike : Comparator.Like;
            else if (Take("ILIKE")) found = not ? Comparator.NotILike : Comparator.ILike;
            else if (Take("RLIKE")) found = not ? Comparator.NotRLike : Comparator.RLike;
            else if (Take("IN")) found = not ? Comparator.NotIn : Comparator.In;
            else if (!not) Unexpected("where a comparator was expected");
        }
        if (problem is not null) return null;
        if (found is { } comparator && rule.Allowed.Contains(comparator)) return comparator;
        var sign = text[start.Position..Math.Max(start.Position + start.Length, Math.Min(token.Position, start.Position + SearchText.EchoCharsMax))].TrimEnd();
        var what = $"{FilterGrammar.Singular(field.Kind)} '{SearchText.Cut(field.Key)}'";
        if (found is Comparator.IsNull or Comparator.IsNotNull)
            Fail($"IS NULL / IS NOT NULL is only supported for what may be absent, such as tags, params and metrics; {what} is always there (at character {start.Position + 1}).", start.Position);
        else
            Fail($"Invalid comparator '{found?.Sign() ?? SearchText.Cut(sign)}' at character {start.Position + 1}: not one of {string.Join(", ", rule.Allowed.Select(one => $"'{one.Sign()}'"))}, " +
                $"which {what} can be compared with.", start.Position);
        return null;
    }

    private NumberValue? Number(SearchField field)
    {
        if (field is { Kind: FieldKind.Attribute, Key: RunFilter.Duration } && token.Kind is SearchTokenKind.Text) return Duration();
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

    /// <summary>A number is in milliseconds, as all times are; '1.5h' says its unit.</summary>
    private NumberValue? Duration()
    {
        var written = token.Value.AsSpan().Trim();
        var digits = written.TrimEnd("abcdefghijklmnopqrstuvwxyz");
        double unit = written[digits.Length..] switch { "ms" => 1, "s" => 1_000, "m" => 60_000, "h" => 3_600_000, "d" => 86_400_000, _ => 0 };
        if (unit == 0 || !double.TryParse(digits.TrimEnd(), NumberStyles.Float & ~NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var amount))
        {
            Fail($"Expected a duration: a number of milliseconds, or one with a unit such as '500ms', '90s', '15m', '1.5h', '2d'. Found {Written()} at character {token.Position + 1}.");
            return null;
        }
        Advance();
        return new NumberValue(amount * unit);
    }

    private TextValue? Text(SearchField field, Comparator comparator)
    {
        if (token.Kind is not SearchTokenKind.Text)
        {
            Fail($"Expected a quoted string value for {FilterGrammar.Singular(field.Kind)} (e.g. 'my-value'). Got value {Written()} at character {token.Position + 1}.");
            return null;
        }
        var value = token.Value;
        if (comparator is Comparator.RLike or Comparator.NotRLike && FilterRegex.Compile(value, out var wrong, out var at) is null)
        {
            Fail($"The regular expression at character {token.Position + 1} is refused: {wrong}.", Math.Min(token.Position + 1 + at, text.Length));
            return null;
        }
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

    private ListValue? FailList(string message)
    {
        Fail(message);
        return null;
    }
}
