using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class RunOrderByTests
{
    [Theory]
    [InlineData("metrics.loss", "metrics.`loss` ASC")]
    [InlineData("metrics.loss asc", "metrics.`loss` ASC")]
    [InlineData("metric.`a b` DESC", "metrics.`a b` DESC")]
    [InlineData("  params.\"x\"   desc ", "params.`x` DESC")]
    [InlineData("tags.mlflow.user", "tags.`mlflow.user` ASC")]
    [InlineData("start_time DESC", "attributes.`start_time` DESC")]
    [InlineData("attribute.Created", "attributes.`start_time` ASC")]
    [InlineData("\"Run name\"", "attributes.`run_name` ASC")]
    public void An_entry_is_a_field_and_a_direction(string entry, string canonical) =>
        Assert.Equal(canonical, Assert.Single(RunOrderBy.Parse([entry]).Value).ToString());

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData(null, "it is empty")]
    [InlineData("metrics.a UP", "Invalid ordering key in order_by clause 'metrics.a UP'")]
    [InlineData("metrics.a DESC x", "Could not be parsed at character 16")]
    [InlineData("metrics.a, metrics.b", "Invalid ordering key")]
    [InlineData("'metrics.a'", "Could not be parsed at character 1")]
    [InlineData("1", "Could not be parsed at character 1")]
    [InlineData("acc", "Invalid attribute key 'acc'")]
    [InlineData("datasets.name", "Invalid order_by entity type 'dataset'")]
    [InlineData("metrics.`a", "never closed")]
    public void A_bad_entry_is_refused(string? entry, string part) =>
        Assert.Contains(part, RunOrderBy.Parse([entry]).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void A_field_named_twice_is_refused_whatever_its_spelling() =>
        Assert.Contains("`order_by` contains duplicate fields", RunOrderBy.Parse(["created", "attributes.start_time DESC"]).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void More_entries_than_the_limit_are_refused()
    {
        var most = Enumerable.Range(0, OrderByParser.EntriesMax).Select(i => $"metrics.m{i}").ToList();
        Assert.True(RunOrderBy.Parse(most).Succeeded);
        Assert.Contains("at most 20 entries, got 21", RunOrderBy.Parse([.. most, "metrics.x"]).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_longer_than_its_limit_is_refused() =>
        Assert.Contains("at most 1,000 characters", RunOrderBy.Parse(["metrics." + new string('x', 1_000)]).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void No_order_is_no_keys() => Assert.Empty(RunOrderBy.Parse(null).Value);
}
