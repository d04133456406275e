using Slipway.Storage;
using Slipway.Tests.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Ids 1 to 6 of the default workspace, 4 deleted; 7 belongs to another workspace.</summary>
public abstract class ExperimentSearchData(Dialect dialect) : SearchData
{
    private protected override async Task<TestDatabase> Fill()
    {
        var test = await TestDatabase.Create(dialect, ProductSchema.Of("Tracking/Tracking"));
        var rows = new (long Id, long Space, string Name, long Created, long Updated, long? Deleted, (string, string)[] Tags)[]
        {
            (1, 0, "Alpha", 100, 900, null, [("team", "red")]),
            (2, 0, "alpha", 300, 800, null, [("team", "Blue")]),
            (3, 0, "beta", 200, 700, null, []),
            (4, 0, "gamma", 400, 600, 5, [("team", "red")]),
            (5, 0, "delta", 200, 500, null, [("other", "x")]),
            (6, 0, "größe", 200, 400, null, []),
            (7, 9, "alpha", 100, 900, null, [("team", "red")]),
        };
        await test.Database.Write<Done>(session =>
        {
            session.InsertMany("experiments", ["id", "workspace_id", "name", "artifact_location", "created_ms", "updated_ms", "deleted_ms"], rows,
                (row, one) => row.Add(one.Id).Add(one.Space).Add(one.Name).Add("").Add(one.Created).Add(one.Updated).Add(one.Deleted));
            session.InsertMany("experiment_tags", ["experiment_id", "key", "value"], [.. rows.SelectMany(one => one.Tags.Select(tag => (one.Id, tag)))],
                (row, one) => row.Add(one.Id).Add(one.tag.Item1).Add(one.tag.Item2));
            return new Done();
        }, default);
        return test;
    }
}

public sealed class ExperimentSearchOnSqlite(ExperimentSearchOnSqlite.Data data) : ExperimentSearchTests(data), IClassFixture<ExperimentSearchOnSqlite.Data>
{
    public sealed class Data() : ExperimentSearchData(Dialect.Sqlite);
}

public sealed class ExperimentSearchOnPostgres(ExperimentSearchOnPostgres.Data data) : ExperimentSearchTests(data), IClassFixture<ExperimentSearchOnPostgres.Data>
{
    public sealed class Data() : ExperimentSearchData(Dialect.Postgres);
}

public abstract class ExperimentSearchTests(ExperimentSearchData data)
{
    private static Task<Outcome<SearchPage>> Search(TestDatabase test, ExperimentQuery query) =>
        test.Database.Read(session => ExperimentSearch.Page(session, Caller.Local(), query), default);

    [Theory]
    [InlineData(null, null, "2 3 5 6 1")]
    [InlineData("name = 'alpha'", null, "2")]
    [InlineData("name != 'alpha'", "name", "1 3 5 6")]
    [InlineData("attribute.name LIKE 'a%'", null, "2")]
    [InlineData("name ILIKE 'A%'", null, "2 1")]
    [InlineData("name ILIKE 'GRÖ%'", null, "6")]
    [InlineData("creation_time > 100 AND creation_time <= 200.5", "experiment_id", "3 5 6")]
    [InlineData("last_update_time < 700", "last_update_time", "6 5")]
    [InlineData("tags.team = 'red'", null, "1")]
    [InlineData("tag.team != 'red'", null, "2")]
    [InlineData("tags.team ILIKE '%e%'", "name DESC", "2 1")]
    [InlineData("tags.team IS NULL", null, "3 5 6")]
    [InlineData("tags.team IS NOT NULL AND tags.`other` IS NULL", null, "2 1")]
    [InlineData(null, "creation_time", "1 6 5 3 2")]
    [InlineData(null, "experiment_id DESC", "6 5 3 2 1")]
    [InlineData(null, "creation_time DESC, name ASC", "2 3 5 6 1")]
    public async Task Experiments_are_found_in_order(string? filter, string? orderBy, string ids)
    {
        var test = await data.Test;
        var found = new List<long>();
        for (var token = default(string?); ;)
        {
            var page = await Search(test, new ExperimentQuery(filter, orderBy?.Split(", "), MaxResults: 2, PageToken: token));
            Assert.Null(page.Problem);
            found.AddRange(page.Value.Numbers);
            if ((token = page.Value.NextPageToken) is null) break;
        }
        Assert.Equal(ids, string.Join(' ', found));
    }

    [Theory]
    [InlineData(false, "2 3 5 6 1")]
    [InlineData(true, "4")]
    [InlineData(null, "4 2 3 5 6 1")]
    public async Task The_view_chooses_active_and_deleted_ones(bool? deleted, string ids)
    {
        var test = await data.Test;
        Assert.Equal(ids, string.Join(' ', (await Search(test, new ExperimentQuery(Deleted: deleted, MaxResults: 100))).Value.Numbers));
    }

    [Theory]
    [InlineData(null, null, null, "Invalid value 0 for parameter 'max_results' supplied. It must be at least 1.")]
    [InlineData(50_001L, null, null, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000.")]
    [InlineData(1L, "metrics.a > 1", null, "Invalid entity type 'metrics'")]
    [InlineData(1L, "experiment_id = '1'", null, "Invalid attribute key 'experiment_id'")]
    [InlineData(1L, "name > 'a'", null, "Invalid comparator '>'")]
    [InlineData(1L, "name IN ('a')", null, "Invalid comparator 'IN'")]
    [InlineData(1L, null, "tags.team", "Invalid entity type 'tags'")]
    [InlineData(1L, null, "status", "Invalid attribute key 'status'")]
    public async Task A_bad_query_is_refused(long? size, string? filter, string? orderBy, string part)
    {
        var test = await data.Test;
        var refused = await Search(test, new ExperimentQuery(filter, orderBy is null ? null : [orderBy], MaxResults: size));
        Assert.Contains(part, refused.Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(400, refused.Problem.Status);
    }

    [Fact]
    public async Task A_token_serves_only_its_own_query()
    {
        var test = await data.Test;
        var token = (await Search(test, new ExperimentQuery(MaxResults: 1))).Value.NextPageToken;
        Assert.Contains("another query", (await Search(test, new ExperimentQuery("name != 'x'", MaxResults: 1, PageToken: token))).Problem!.Message, StringComparison.Ordinal);
        Assert.True((await Search(test, new ExperimentQuery(MaxResults: 3, PageToken: token))).Succeeded);
    }

    [Fact]
    public async Task A_search_is_one_statement()
    {
        var test = await data.Test;
        Assert.Equal(1, await test.Database.Read(session =>
        {
            _ = ExperimentSearch.Page(session, Caller.Local(), new ExperimentQuery("tags.team = 'red'", ["name"], MaxResults: 1)).Value;
            return session.Statements;
        }, default));
    }
}
