using Slipway.Storage;
using Slipway.Tests.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Models 1 to 4 in experiment 1, 5 in 2, 6 deleted, 7 in another workspace's experiment 3.</summary>
public abstract class LoggedModelSearchData(Dialect dialect) : SearchData
{
    private protected override async Task<TestDatabase> Fill()
    {
        var test = await TestDatabase.Create(dialect, ProductSchema.Of("Tracking/Tracking"));
        var models = new (long No, long Experiment, string Name, int Status, string? Type, string? Run, long Created, long? Deleted)[]
        {
            (1, 1, "tree", 2, "Agent", "r1", 100, null), (2, 1, "tree", 1, null, null, 200, null), (3, 1, "net", 3, "agent", "r2", 200, null),
            (4, 1, "net", 2, null, "r1", 300, null), (5, 2, "other", 2, null, null, 50, null), (6, 1, "gone", 2, null, null, 400, 9), (7, 3, "foreign", 2, null, null, 10, null),
        };
        var metrics = new (long Model, string Key, string Dataset, string Digest, long Run, long Step, long Time, double Value)[]
        {
            (1, "acc", "train", "d1", 1, 0, 10, 0.9), (1, "acc", "test", "d2", 1, 0, 5, 0.5), (2, "acc", "test", "d2", 1, 1, 10, 0.7), (2, "acc", "test", "d3", 1, 2, 10, 0.2),
            (3, "acc", "", "", 1, 0, 1, double.NaN), (5, "acc", "train", "d1", 2, 0, 1, 0.8), (7, "acc", "train", "d1", 3, 0, 1, 1.0),
        };
        await test.Database.Write<Done>(session =>
        {
            session.InsertMany("experiments", ["id", "workspace_id", "name", "artifact_location", "created_ms", "updated_ms"], [(1L, 0L), (2L, 0L), (3L, 8L)],
                (row, one) => row.Add(one.Item1).Add(one.Item2).Add("e" + one.Item1).Add("").Add(0L).Add(0L));
            session.InsertMany("logged_models", ["no", "model_id", "experiment_id", "name", "artifact_uri", "status", "model_type", "source_run_id", "created_ms", "updated_ms", "deleted_ms"], models,
                (row, one) => row.Add(one.No).Add("m-" + one.No).Add(one.Experiment).Add(one.Name).Add("").Add(one.Status).Add(one.Type).Add(one.Run).Add(one.Created).Add(one.Created + 1).Add(one.Deleted));
            session.InsertMany("logged_model_metrics", ["model_no", "key", "dataset_name", "dataset_digest", "run_no", "step", "time_ms", "value", "is_nan"], metrics,
                (row, one) => row.Add(one.Model).Add(one.Key).Add(one.Dataset).Add(one.Digest).Add(one.Run).Add(one.Step).Add(one.Time).Add(double.IsNaN(one.Value) ? 0 : one.Value).Add(double.IsNaN(one.Value)));
            session.InsertMany("logged_model_params", ["model_no", "key", "value"], [(1L, "depth", "3"), (4L, "depth", "30")], (row, one) => row.Add(one.Item1).Add(one.Item2).Add(one.Item3));
            session.InsertMany("logged_model_tags", ["model_no", "key", "value"], [(2L, "stage", "a b"), (4L, "stage", "c")], (row, one) => row.Add(one.Item1).Add(one.Item2).Add(one.Item3));
            return new Done();
        }, default);
        return test;
    }
}

public sealed class LoggedModelSearchOnSqlite(LoggedModelSearchOnSqlite.Data data) : LoggedModelSearchTests(data), IClassFixture<LoggedModelSearchOnSqlite.Data>
{
    public sealed class Data() : LoggedModelSearchData(Dialect.Sqlite);
}

public sealed class LoggedModelSearchOnPostgres(LoggedModelSearchOnPostgres.Data data) : LoggedModelSearchTests(data), IClassFixture<LoggedModelSearchOnPostgres.Data>
{
    public sealed class Data() : LoggedModelSearchData(Dialect.Postgres);
}

public abstract class LoggedModelSearchTests(LoggedModelSearchData data)
{
    private static Task<Outcome<SearchPage>> Search(TestDatabase test, SearchLoggedModels query) =>
        test.Database.Read(session => LoggedModelSearch.Page(session, Caller.Local(), query), default);

    private static async Task<string> All(TestDatabase test, SearchLoggedModels query)
    {
        var found = new List<long>();
        for (var token = default(string?); ;)
        {
            var page = await Search(test, query with { ExperimentIds = query.ExperimentIds ?? ["1", "2", "3"], MaxResults = 2, PageToken = token });
            Assert.Null(page.Problem);
            found.AddRange(page.Value.Numbers);
            if ((token = page.Value.NextPageToken) is null) return string.Join(' ', found);
        }
    }

    [Theory]
    [InlineData(null, "4 2 3 1 5")]
    [InlineData("name = 'tree'", "2 1")]
    [InlineData("attributes.name IN ('net', 'other')", "4 3 5")]
    [InlineData("model_id = 'm-3'", "3")]
    [InlineData("model_type ILIKE 'AGENT'", "3 1")]
    [InlineData("model_type LIKE 'a%'", "3")]
    [InlineData("source_run_id != 'r1'", "3")]
    [InlineData("status = 'READY'", "4 1 5")]
    [InlineData("status = 'LOGGED_MODEL_PENDING'", "2")]
    [InlineData("status != 'READY'", "2 3")]
    [InlineData("status LIKE 'LOGGED_MODEL_%' AND status LIKE 'UP%'", "3")]
    [InlineData("status NOT IN ('LOGGED_MODEL_READY', 'PENDING')", "3")]
    [InlineData("creation_timestamp >= 200 AND last_updated_timestamp < 301", "2 3")]
    [InlineData("creation_time = 50", "5")]
    [InlineData("params.depth LIKE '3%'", "4 1")]
    [InlineData("tags.stage = 'a b'", "2")]
    [InlineData("metrics.acc > 0.6", "2 1 5")]
    [InlineData("metrics.acc < 0.6", "2 1")]
    [InlineData("metrics.acc != 0.7", "2 3 1 5")]
    [InlineData("metrics.nothing > 0", "")]
    public async Task Models_are_found_newest_first(string? filter, string numbers)
    {
        var test = await data.Test;
        Assert.Equal(numbers, await All(test, new SearchLoggedModels(Filter: filter)));
    }

    [Fact]
    public async Task Data_sets_restrict_metric_clauses_and_else_the_models_themselves()
    {
        var test = await data.Test;
        LoggedModelDataset[] testSet = [new("test")], exact = [new("test", "d3")], either = [new("train"), new("test", "d3")];
        Assert.Equal("2", await All(test, new SearchLoggedModels(Filter: "metrics.acc > 0.6", Datasets: testSet)));
        Assert.Equal("2 1", await All(test, new SearchLoggedModels(Datasets: testSet)));
        Assert.Equal("2", await All(test, new SearchLoggedModels(Datasets: exact)));
        Assert.Equal("2 1 5", await All(test, new SearchLoggedModels(Datasets: either)));
    }

    [Theory]
    [InlineData("metrics.acc", true, null, null, "2 5 1 3 4")]
    [InlineData("metrics.acc", false, null, null, "1 5 2 3 4")]
    [InlineData("metrics.acc", true, "test", null, "2 1 4 3 5")]
    [InlineData("metrics.acc", false, "test", "d2", "2 1 4 3 5")]
    [InlineData("creation_timestamp", true, null, null, "5 1 2 3 4")]
    [InlineData("name", true, null, null, "4 3 5 2 1")]
    [InlineData("model_type", false, null, null, "3 1 4 2 5")]
    [InlineData("model_id", false, null, null, "5 4 3 2 1")]
    public async Task Models_sort_by_their_latest_measurement_or_an_attribute(string field, bool ascending, string? dataset, string? digest, string numbers)
    {
        var test = await data.Test;
        Assert.Equal(numbers, await All(test, new SearchLoggedModels(OrderBy: [new LoggedModelOrder(field, ascending, dataset, digest)])));
    }

    [Fact]
    public async Task A_bad_query_is_refused()
    {
        var test = await data.Test;
        async Task Refused(SearchLoggedModels query, string part)
        {
            var refused = await Search(test, query with { ExperimentIds = query.ExperimentIds ?? ["1"] });
            Assert.Contains(part, refused.Problem!.Message, StringComparison.Ordinal);
            Assert.Equal(400, refused.Problem.Status);
        }
        await Refused(new SearchLoggedModels(ExperimentIds: []), "'experiment_ids'");
        await Refused(new SearchLoggedModels(MaxResults: 0), "must be at least 1");
        await Refused(new SearchLoggedModels(MaxResults: 10_001), "must be at most 10000");
        await Refused(new SearchLoggedModels(Filter: "foo.x = 'a'"), "Invalid entity type 'foo'");
        await Refused(new SearchLoggedModels(Filter: "size = 'a'"), "Invalid attribute key 'size'");
        await Refused(new SearchLoggedModels(Datasets: [new()]), "`dataset_name` in the `datasets` clause must be specified");
        await Refused(new SearchLoggedModels(Datasets: [new("a\0")]), "NUL");
        await Refused(new SearchLoggedModels(Datasets: new LoggedModelDataset[LoggedModelSearch.DatasetsMax + 1]), "At most 100 datasets");
        await Refused(new SearchLoggedModels(OrderBy: [new()]), "`field_name` in the `order_by` clause must be specified");
        await Refused(new SearchLoggedModels(OrderBy: [new("params.a")]), "only `metrics.<name>` is allowed");
        await Refused(new SearchLoggedModels(OrderBy: [new("metrics.")]), "only `metrics.<name>` is allowed");
        await Refused(new SearchLoggedModels(OrderBy: [new("size")]), "Invalid order by field name: size");
        await Refused(new SearchLoggedModels(OrderBy: [new("metrics.a", null, null, "d")]), "`dataset_digest` can only be specified if `dataset_name`");
        await Refused(new SearchLoggedModels(OrderBy: new LoggedModelOrder[21]), "at most 20 entries");
        await Refused(new SearchLoggedModels(PageToken: "x!"), "could not base64-decode");
    }

    [Fact]
    public async Task A_token_serves_only_its_own_query()
    {
        var test = await data.Test;
        var query = new SearchLoggedModels(["1"], MaxResults: 1);
        var token = (await Search(test, query)).Value.NextPageToken;
        Assert.True((await Search(test, query with { MaxResults = 2, PageToken = token })).Succeeded);
        foreach (var other in new[] { query with { ExperimentIds = ["2"] }, query with { Filter = "name != 'x'" }, query with { Datasets = [new("d")] }, query with { OrderBy = [new("name")] } })
            Assert.Contains("another query", (await Search(test, other with { PageToken = token })).Problem!.Message, StringComparison.Ordinal);
    }
}
