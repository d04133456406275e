using System.Diagnostics;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class RunFilterTests
{
    private static FilterNode Tree(string? text) => RunFilter.Parse(text).Value;

    private static string Refusal(string text)
    {
        var outcome = RunFilter.Parse(text);
        Assert.False(outcome.Succeeded, $"Expected a refusal of: {text}");
        Assert.Equal(ErrorCode.INVALID_PARAMETER_VALUE, outcome.Problem!.Code);
        Assert.Equal(400, outcome.Problem.Status);
        return outcome.Problem.Message;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  \t\n ")]
    public void An_empty_filter_passes_everything(string? text) => Assert.Equal(AllOf.Nothing, Tree(text));

    [Theory]
    [InlineData("metrics.loss < 0.5", "metrics.`loss` < 0.5")]
    [InlineData("metric.loss<-1e-3", "metrics.`loss` < -0.001")]
    [InlineData("metrics.`a b/c` >= 3", "metrics.`a b/c` >= 3")]
    [InlineData("metrics.\"a.b\" != .5", "metrics.`a.b` != 0.5")]
    [InlineData("`metrics`.`x` = 1e999", "metrics.`x` = 1e999")]
    [InlineData("params.model.type = 'tree'", "params.`model.type` = 'tree'")]
    [InlineData("param.a = \"x y\"", "params.`a` = 'x y'")]
    [InlineData("parameter.a LIKE '%x_'", "params.`a` LIKE '%x_'")]
    [InlineData("parameters.a ilike 'X%'", "params.`a` ILIKE 'X%'")]
    [InlineData("params.a is not null", "params.`a` IS NOT NULL")]
    [InlineData("tag.mlflow.user = 'it''s'", "tags.`mlflow.user` = 'it''s'")]
    [InlineData("tags.`k` IS NULL", "tags.`k` IS NULL")]
    [InlineData("tags.`and` = 'AND'", "tags.`and` = 'AND'")]
    [InlineData("tags.x = 'C:\\'", "tags.`x` = 'C:\\'")]
    [InlineData("status = 'RUNNING'", "attributes.`status` = 'RUNNING'")]
    [InlineData("attr.Created > 5", "attributes.`start_time` > 5")]
    [InlineData("run.`Run name` LIKE 'a%'", "attributes.`run_name` LIKE 'a%'")]
    [InlineData("\"run name\" != 'a'", "attributes.`run_name` != 'a'")]
    [InlineData("run_id IN ('a', \"b\",'c',)", "attributes.`run_id` IN ('a', 'b', 'c')")]
    [InlineData("attribute.run_id not  in('a')", "attributes.`run_id` NOT IN ('a')")]
    [InlineData("dataset.context = 'train'", "datasets.`context` = 'train'")]
    [InlineData("datasets.digest IN ('d')", "datasets.`digest` IN ('d')")]
    [InlineData("metrics.größe > 1", "metrics.`größe` > 1")]
    [InlineData("metrics.a>1 and params.b='2'\nAND status != 'FAILED'", "metrics.`a` > 1 AND params.`b` = '2' AND attributes.`status` != 'FAILED'")]
    public void The_grammar_of_the_reference_is_understood(string text, string canonical) => Assert.Equal(canonical, Tree(text).ToString());

    [Theory]
    [InlineData("metrics.a > 1 OR metrics.b > 1", "Invalid clause(s) in filter string: 'OR' at character 15")]
    [InlineData("NOT metrics.a > 1", "Invalid clause(s) in filter string: 'NOT' at character 1")]
    [InlineData("(metrics.a > 1)", "Invalid clause(s) in filter string: '(' at character 1")]
    [InlineData("metrics.a > 1 AND", "the end at character 18, where a clause was expected")]
    [InlineData("AND metrics.a > 1", "'AND' at character 1, where a clause was expected")]
    [InlineData("metrics.a > 1 metrics.b > 2", "'metrics.b' at character 15, where AND")]
    [InlineData("metrics.a > 1; DROP TABLE runs", "';' at character 14 is not part of any clause")]
    [InlineData("metrics.a", "the end at character 10, where a comparator was expected")]
    [InlineData("metrics.a >", "Expected numeric value type for metric. Found the end at character 12")]
    [InlineData("metrics.a > 'x'", "Expected numeric value type for metric. Found ''x'' at character 13")]
    [InlineData("metrics.a == 1", "Invalid comparator '=='")]
    [InlineData("metrics.a <> 1", "Invalid comparator '<>'")]
    [InlineData("metrics.a LIKE 'x'", "Invalid comparator 'LIKE'")]
    [InlineData("metrics.a IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'")]
    [InlineData("params.a > '1'", "Invalid comparator '>'")]
    [InlineData("params.a IN ('1')", "Invalid comparator 'IN'")]
    [InlineData("params.a = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value '1' at character 12")]
    [InlineData("params.a = `1`", "Expected a quoted string value for parameter")]
    [InlineData("params.a NOT 'x'", "Invalid comparator 'NOT'")]
    [InlineData("params.a IS 'x'", "Invalid comparator 'IS'")]
    [InlineData("params.a = 'x", "the quotation mark ' at character 12 is never closed")]
    [InlineData("params.`a = 'x'", "the quotation mark ` at character 8 is never closed")]
    [InlineData("param.a-b = 'x'", "Invalid clause(s) in filter string: '-b' at character 8")]
    [InlineData("params. = 'x'", "ends with a dot")]
    [InlineData("params.`` = 'x'", "Invalid parameter key at character 1: it is empty")]
    [InlineData("foo.a = 'x'", "Invalid entity type 'foo' at character 1")]
    [InlineData("foo = 'x'", "Invalid attribute key 'foo' specified at character 1")]
    [InlineData("datasets.size = '1'", "Invalid dataset key 'size' specified at character 1")]
    [InlineData("start_time > '1'", "Expected numeric value type for numeric attribute: start_time")]
    [InlineData("start_time IN ('1')", "Invalid comparator 'IN'")]
    [InlineData("run_id IN ()", "expected a non-empty list of string values in parentheses, but got empty list")]
    [InlineData("run_id IN (1)", "but got '1' at character 12")]
    [InlineData("run_id IN ('a' 'b')", "where ',' or ')' belongs")]
    [InlineData("run_id IN ('a'", "but got the end at character 15")]
    [InlineData("run_id IN 'a'", "in parentheses, but got ''a''")]
    [InlineData("metrics.a > 1e", "its exponent has no digits")]
    [InlineData("metrics.a > 1x", "neither a number nor a name")]
    [InlineData("metrics.a > -", "'-' at character 13 is not a number")]
    [InlineData("params.a = 'x\0'", "NUL character at character 14")]
    public void A_bad_clause_is_named_with_its_place(string text, string part) => Assert.Contains(part, Refusal(text), StringComparison.Ordinal);

    // Not a row of the theory: test data travels as UTF-8, which has no half pairs.
    [Fact]
    public void Half_a_surrogate_pair_is_refused() =>
        Assert.Contains("half a surrogate pair at character 13", Refusal("params.a = '" + (char)0xD800 + "'"), StringComparison.Ordinal);

    [Fact]
    public void A_filter_longer_than_its_limit_is_refused()
    {
        var longest = "params.a = '" + new string('x', FilterParser.CharsMax - 13) + "'";
        Assert.True(RunFilter.Parse(longest).Succeeded);
        Assert.Contains("at most 65,536 characters, got 65,537", Refusal(longest + " "), StringComparison.Ordinal);
    }

    [Fact]
    public void More_clauses_than_the_limit_are_refused()
    {
        var most = string.Join(" AND ", Enumerable.Repeat("metrics.a > 1", FilterParser.ClausesMax));
        Assert.True(RunFilter.Parse(most).Succeeded);
        Assert.Contains("at most 200 clauses", Refusal(most + " AND metrics.a > 1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_longer_than_the_limit_is_refused()
    {
        string In(int count) => $"run_id IN ({string.Join(',', Enumerable.Repeat("'a'", count))})";
        Assert.True(RunFilter.Parse(In(FilterParser.ListMax)).Succeeded);
        Assert.Contains("at most 2,000 values", Refusal(In(FilterParser.ListMax + 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'")]
    [InlineData("''")]
    [InlineData("`")]
    [InlineData("\"\"")]
    [InlineData("(")]
    [InlineData("a.")]
    [InlineData("metrics.a > 1 AND ")]
    [InlineData("run_id IN ('a',")]
    [InlineData("1")]
    [InlineData("\ud83d\ude80")]
    public void The_longest_filters_parse_in_linear_time(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, FilterParser.CharsMax / piece.Length));
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++) _ = RunFilter.Parse(text);
        // A quadratic scanner would take minutes: the bound only tells the two apart.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Error_texts_repeat_only_a_little_of_what_was_sent() =>
        Assert.True(Refusal(new string('x', 60_000) + " = 'a'").Length < 1_000);
}
