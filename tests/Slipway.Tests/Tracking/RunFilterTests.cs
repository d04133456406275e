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
    [InlineData("metrics.a > 1 or metrics.b>1", "(metrics.`a` > 1 OR metrics.`b` > 1)")]
    [InlineData("metrics.a > 1 AND (params.b = 'x' OR NOT status = 'FAILED') AND NOT (tags.c = 'y' AND tags.d = 'z')",
        "metrics.`a` > 1 AND (params.`b` = 'x' OR (NOT attributes.`status` = 'FAILED')) AND (NOT (tags.`c` = 'y' AND tags.`d` = 'z'))")]
    [InlineData("((metrics.a > 1))", "metrics.`a` > 1")]
    [InlineData("metrics.a > 1 AND (metrics.b > 1 AND metrics.c > 1)", "metrics.`a` > 1 AND metrics.`b` > 1 AND metrics.`c` > 1")]
    [InlineData("metrics.a > 1 OR metrics.b > 1 AND metrics.c > 1", "(metrics.`a` > 1 OR (metrics.`b` > 1 AND metrics.`c` > 1))")]
    [InlineData("not not run_id not in ('a')", "(NOT (NOT attributes.`run_id` NOT IN ('a')))")]
    [InlineData("min(metrics.loss) < 0.1", "min(metrics.`loss`) < 0.1")]
    [InlineData("MAX( metric.`a b` ) is not null", "max(metrics.`a b`) IS NOT NULL")]
    [InlineData("last(metrics.loss) < 0.1", "metrics.`loss` < 0.1")]
    [InlineData("first(metrics.loss) is nan", "first(metrics.`loss`) IS NAN")]
    [InlineData("at(metrics.loss, -100) != 0.1", "at(metrics.`loss`, -100) != 0.1")]
    [InlineData("first_step(metrics.loss<0.1) < 1000", "first_step(metrics.`loss` < 0.1) < 1000")]
    [InlineData("last_step(metrics.loss is nan) IS NULL", "last_step(metrics.`loss` IS NAN) IS NULL")]
    [InlineData("count(metrics.loss) >= 10", "count(metrics.`loss`) >= 10")]
    [InlineData("count(metrics.loss != 1e999) = 0", "count(metrics.`loss` != 1e999) = 0")]
    [InlineData("metrics.min > 1 AND tags.`min` = 'x'", "metrics.`min` > 1 AND tags.`min` = 'x'")]
    [InlineData("metrics.a IS NULL", "metrics.`a` IS NULL")]
    [InlineData("end_time is null", "attributes.`end_time` IS NULL")]
    [InlineData("params.a IN ('1', '2')", "params.`a` IN ('1', '2')")]
    [InlineData("params.a NOT LIKE 'x%' AND tags.b not ilike 'y'", "params.`a` NOT LIKE 'x%' AND tags.`b` NOT ILIKE 'y'")]
    [InlineData("params.a RLIKE '^re(s|n)+$'", "params.`a` RLIKE '^re(s|n)+$'")]
    [InlineData("run_name =~ '(?i)x' AND dataset.name !~ 'y'", "attributes.`run_name` RLIKE '(?i)x' AND datasets.`name` NOT RLIKE 'y'")]
    [InlineData("duration > '1.5h' AND attributes.duration <= 90000", "attributes.`duration` > 5400000 AND attributes.`duration` <= 90000")]
    [InlineData("git.commit LIKE 'abc%'", "tags.`mlflow.source.git.commit` LIKE 'abc%'")]
    [InlineData("experiment_name = 'x'", "attributes.`experiment_name` = 'x'")]
    [InlineData("metrics.a>1 and params.b='2'\nAND status != 'FAILED'", "metrics.`a` > 1 AND params.`b` = '2' AND attributes.`status` != 'FAILED'")]
    public void The_grammar_of_the_reference_is_understood(string text, string canonical) => Assert.Equal(canonical, Tree(text).ToString());

    [Theory]
    [InlineData("metrics.a > 1 OR", "the end at character 17, where a clause was expected")]
    [InlineData("OR metrics.a > 1", "'OR' at character 1, where a clause was expected")]
    [InlineData("metrics.a > 1 AND OR params.b = 'x'", "'OR' at character 19, where a clause was expected")]
    [InlineData("NOT", "the end at character 4, where a clause was expected")]
    [InlineData("(metrics.a > 1", "the end at character 15, where AND, OR or the ')' to the '(' at character 1 was expected")]
    [InlineData("metrics.a > 1)", "')' at character 14, where AND, OR or the end was expected")]
    [InlineData("()", "')' at character 2, where a clause was expected")]
    [InlineData("foo(metrics.a) > 1", "Unknown function 'foo' at character 1. Functions are min, max, first, last, at, first_step, last_step, count.")]
    [InlineData("min(params.a) > 1", "The function min takes a metric, such as metrics.loss; got 'params.a' at character 5")]
    [InlineData("min() > 1", "The function min takes a metric, such as metrics.loss; got ')' at character 5")]
    [InlineData("min(metrics.a > 1", "Expected ')' after the arguments of min, got '>' at character 15")]
    [InlineData("min(metrics.a) > 'x'", "Expected numeric value type for metric. Found ''x'' at character 18")]
    [InlineData("min(metrics.a) IS NAN", "Invalid comparator 'IS NAN' at character 16")]
    [InlineData("at(metrics.a) > 1", "Expected ',' and a step, as in at(metrics.`a`, 100), got ')' at character 13")]
    [InlineData("at(metrics.a, 1.5) > 1", "A step is a whole number of 64 bits, got '1.5' at character 15")]
    [InlineData("at(metrics.a, 9223372036854775808) > 1", "A step is a whole number of 64 bits")]
    [InlineData("first_step(metrics.a) > 1", "')' at character 21, where a comparator was expected")]
    [InlineData("first_step(metrics.a IS NULL) > 1", "IS NULL / IS NOT NULL is only supported for what may be absent")]
    [InlineData("first_step(metrics.a < 'x') > 1", "Found ''x'' at character 24")]
    [InlineData("params.a RLIKE '('", "The regular expression at character 16 is refused: InsufficientClosingParentheses at its character 2")]
    [InlineData("params.a =~ '(?=x)'", "it needs look-around, back references or an automaton of more than 1,001 states")]
    [InlineData("params.a RLIKE '(a{900}){900}'", "an automaton of more than 1,001 states")]
    [InlineData("metrics.a RLIKE 'x'", "Invalid comparator 'RLIKE'")]
    [InlineData("duration > '5 parsecs'", "such as '500ms', '90s', '15m', '1.5h', '2d'. Found ''5 parsecs'' at character 12")]
    [InlineData("git.sha = 'x'", "Invalid git key 'sha' specified at character 1. Valid keys are 'branch', 'commit', 'repo'.")]
    [InlineData("metrics.a > 1 AND", "the end at character 18, where a clause was expected")]
    [InlineData("AND metrics.a > 1", "'AND' at character 1, where a clause was expected")]
    [InlineData("metrics.a > 1 metrics.b > 2", "'metrics.b' at character 15, where AND, OR or the end was expected")]
    [InlineData("metrics.a > 1; DROP TABLE runs", "';' at character 14 is not part of any clause")]
    [InlineData("metrics.a", "the end at character 10, where a comparator was expected")]
    [InlineData("metrics.a >", "Expected numeric value type for metric. Found the end at character 12")]
    [InlineData("metrics.a > 'x'", "Expected numeric value type for metric. Found ''x'' at character 13")]
    [InlineData("metrics.a == 1", "Invalid comparator '=='")]
    [InlineData("metrics.a <> 1", "Invalid comparator '<>'")]
    [InlineData("metrics.a LIKE 'x'", "Invalid comparator 'LIKE'")]
    [InlineData("run_id IS NULL", "IS NULL / IS NOT NULL is only supported for what may be absent, such as tags, params and metrics; attribute 'run_id' is always there")]
    [InlineData("params.a > '1'", "Invalid comparator '>'")]
    [InlineData("params.a IN (1)", "but got '1' at character 14")]
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
    public void More_functions_of_series_than_the_limit_are_refused()
    {
        string Any(string clause, int count) => string.Join(" OR ", Enumerable.Repeat(clause, count));
        Assert.True(RunFilter.Parse(Any("count(metrics.a) > 1", FilterParser.FunctionsMax)).Succeeded);
        Assert.True(RunFilter.Parse(Any("min(metrics.a) > 1", FilterParser.ClausesMax)).Succeeded);
        Assert.Contains("at most 20 functions of series other than min, max and last; one more stands at character 481", Refusal(Any("count(metrics.a) > 1", 21)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_longer_than_the_limit_is_refused()
    {
        string In(int count) => $"run_id IN ({string.Join(',', Enumerable.Repeat("'a'", count))})";
        Assert.True(RunFilter.Parse(In(FilterParser.ListMax)).Succeeded);
        Assert.Contains("at most 2,000 values", Refusal(In(FilterParser.ListMax + 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_caret_points_at_the_character_at_fault()
    {
        Assert.EndsWith("\n  metrics.a > 1 OR OR\n                   ^".Replace("                   ^", new string(' ', 19) + "^", StringComparison.Ordinal), Refusal("metrics.a > 1 OR OR"), StringComparison.Ordinal);
        Assert.EndsWith("\n  status = 'a' AND status == 'b'\n                          ^", Refusal("status = 'a'\nAND status == 'b'"), StringComparison.Ordinal);
        var far = Refusal(string.Join(" AND ", Enumerable.Repeat("metrics.a > 1", 20)) + " AND metrics.a > 'x' AND " + string.Join(" AND ", Enumerable.Repeat("metrics.a > 1", 20)));
        var lines = far.Split('\n');
        Assert.StartsWith("  ...", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("...", lines[1], StringComparison.Ordinal);
        Assert.Equal('\'', lines[1][lines[2].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void Deeper_nesting_than_the_limit_is_refused()
    {
        string Deep(int depth) => new string('(', depth) + "metrics.a > 1" + new string(')', depth);
        Assert.True(RunFilter.Parse(Deep(FilterParser.DepthMax)).Succeeded);
        Assert.Contains("at most 50 parentheses and NOTs around a clause; one more stands at character 51", Refusal(Deep(FilterParser.DepthMax + 1)), StringComparison.Ordinal);
        Assert.Contains("at most 50 parentheses and NOTs", Refusal(string.Concat(Enumerable.Repeat("NOT ", 51)) + "metrics.a > 1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_longer_pattern_than_the_limit_is_refused()
    {
        Assert.True(RunFilter.Parse($"params.a RLIKE '{new string('a', FilterRegex.CharsMax)}'").Succeeded);
        Assert.Contains("it has 1,001 characters, at most 1,000 can be", Refusal($"params.a RLIKE '{new string('a', FilterRegex.CharsMax + 1)}'"), StringComparison.Ordinal);
    }

    [Fact]
    public void Searches_of_experiments_know_no_series() =>
        Assert.Contains("searches of runs only", ExperimentFilter.Parse("min(metrics.a) > 1").Problem!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("'")]
    [InlineData("''")]
    [InlineData("`")]
    [InlineData("\"\"")]
    [InlineData("(")]
    [InlineData("a.")]
    [InlineData("metrics.a > 1 AND ")]
    [InlineData("NOT ")]
    [InlineData("min(")]
    [InlineData("(metrics.a > 1 OR ")]
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
