using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage;
using Slipway.Tests.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class RunSearchOnSqlite() : RunSearchTests(Dialect.Sqlite);

public sealed class RunSearchOnPostgres() : RunSearchTests(Dialect.Postgres);

public abstract class RunSearchTests(Dialect dialect)
{
    private static readonly Caller Local = Caller.Local();

    private Task<TestDatabase> Create() => TestDatabase.Create(dialect, ProductSchema.Of("Tracking/Tracking"), ProductSchema.Of("Tracking/Metrics"));

    private static Task<Outcome<SearchPage>> Search(TestDatabase test, RunQuery query, SearchPlan? plan = null) =>
        test.Database.Read(session => RunSearch.Page(session, Local, query, plan, new Metrics(test.Database, NullLogger<Metrics>.Instance)), default);

    private static async Task<List<long>> All(TestDatabase test, RunQuery query, SearchPlan? plan, Func<int> pageSize)
    {
        var found = new List<long>();
        for (var token = default(string?); ;)
        {
            var size = pageSize();
            var page = await Search(test, query with { MaxResults = size, PageToken = token }, plan);
            Assert.Null(page.Problem);
            Assert.True(page.Value.Numbers.Count <= size);
            found.AddRange(page.Value.Numbers);
            if ((token = page.Value.NextPageToken) is null) return found;
            Assert.Equal(size, page.Value.Numbers.Count);
        }
    }

    /// <summary>Every way of the planner: as shipped, sets read, sets walked, walks without sets, walks that give up.</summary>
    private static readonly SearchPlan[] Plans =
    [
        new SearchPlan(),
        new() { SetMax = 1_000, ReadMax = 0, ChunkMin = 2, ChunkMax = 16 },
        new() { SetMax = 1, ReadMax = 0, ChunkMin = 4, ChunkMax = 8, ProbesMax = int.MaxValue },
        new() { SetMax = 1, ReadMax = 3, ChunkMin = 4, ChunkMax = 32, ProbesMax = 12, MergeMax = 0 },
        new() { SetMax = 30, ReadMax = 10, ChunkMin = 1, ChunkMax = 4, ProbesMax = 20, MergeMax = 2 },
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Any_search_answers_what_its_plain_meaning_says_page_by_page(int seed)
    {
        await using var test = await Create();
        var world = new RunSearchWorld(seed, 250);
        await world.Write(test.Database);
        var random = new Random(seed);
        var queries = new RunSearchQueries(random, world);
        for (var n = 0; n < 120; n++)
        {
            var query = queries.Next();
            var plan = Plans[n % Plans.Length];
            var expected = world.Naive(query);
            var found = await All(test, query, plan, () => random.Next(1, 40));
            Assert.True(expected.SequenceEqual(found),
                $"seed {seed}, query {n}, plan {n % Plans.Length}: filter [{query.Filter}] order [{string.Join(", ", query.OrderBy ?? [])}] experiments [{string.Join(",", query.Experiments)}] deleted {query.Deleted}\n" +
                $"expected {string.Join(' ', expected)}\nfound    {string.Join(' ', found)}");
            // The same at once: read whole, or by whichever way a long page takes.
            var most = random.Next(1, 300);
            var order = await test.Database.Read(session => RunSearch.Order(session, Local, query with { MaxResults = most }, plan with { WholeMin = random.Next(2) == 0 ? 1 : int.MaxValue },
                new Metrics(test.Database, NullLogger<Metrics>.Instance)), default);
            Assert.Null(order.Problem);
            Assert.Equal(expected.Take(most), order.Value.Numbers);
            Assert.Equal(expected.Count > most, order.Value.More);
            Assert.Equal(string.Concat(order.Value.Numbers.Select(no => world.Runs[(int)no - 1].RunId)), Convert.ToHexStringLower(order.Value.Ids));
        }
    }

    /// <summary>Counting, a set, and the steps of a walk that grow: a handful however many runs there are.</summary>
    [Theory]
    [InlineData(null, null, 3)]
    [InlineData("metrics.loss > 0", "metrics.acc DESC", 8)]
    [InlineData("metrics.loss > 0 AND metrics.acc > 0 AND params.k = 'a'", "metrics.loss DESC", 10)]
    [InlineData("status = 'RUNNING'", "start_time ASC", 4)]
    [InlineData("tags.k LIKE 'a%'", "params.k", 2)]
    public async Task A_page_takes_a_handful_of_statements(string? filter, string? orderBy, int most)
    {
        await using var test = await Create();
        await new RunSearchWorld(9, 2_000).Write(test.Database);
        var statements = await test.Database.Read(session =>
        {
            Assert.Equal(10, RunSearch.Page(session, Local, new RunQuery(["11"], filter, orderBy is null ? null : [orderBy], MaxResults: 10)).Value.Numbers.Count);
            return session.Statements;
        }, default);
        Assert.InRange(statements, 2, most);
    }

    [Fact]
    public async Task A_rare_predicate_is_read_as_a_set_and_a_common_one_walks_the_order()
    {
        await using var test = await Create();
        await new RunSearchWorld(10, 2_000).Write(test.Database);
        async Task<int> Probed(string filter, SearchPlan plan)
        {
            var query = new RunQuery(["11"], filter, ["metrics.acc DESC"], MaxResults: 10);
            var shipped = (await Search(test, query)).Value;
            return await test.Database.Read(session =>
            {
                Assert.Equal(shipped.Numbers, RunSearch.Page(session, Local, query, plan).Value.Numbers);
                return session.Statements;
            }, default);
        }
        // Experiments, keys, count, set, probe.
        Assert.Equal(5, await Probed("metrics.rare >= 0", new SearchPlan()));
        // Experiments, keys, count, and a walk that finds its ten among the first hundred: one chunk, one probe.
        Assert.Equal(5, await Probed("metrics.loss > -9", new SearchPlan { SetMax = 100, ChunkMin = 100 }));
        // The walk gives up after a hundred probes and loads the set after all.
        Assert.True(await Probed("metrics.rare >= 0", new SearchPlan { SetMax = 1, ChunkMin = 50, ProbesMax = 100 }) > 5);
    }

    [Fact]
    public async Task Other_workspaces_runs_are_never_found()
    {
        await using var test = await Create();
        var world = new RunSearchWorld(11, 100);
        await world.Write(test.Database);
        Assert.Empty((await Search(test, new RunQuery(["99"]))).Value.Numbers);
        var theirs = Local with { Workspace = 7 };
        var found = await test.Database.Read(session => RunSearch.Page(session, theirs, new RunQuery(["11", "99"], "metrics.acc > -9", ["metrics.acc"])), default);
        Assert.NotEmpty(found.Value.Numbers);
        Assert.All(found.Value.Numbers, number => Assert.Equal(99, world.Runs[(int)number - 1].Experiment));
    }

    [Fact]
    public async Task A_page_stays_exact_while_runs_come_and_go()
    {
        await using var test = await Create();
        var world = new RunSearchWorld(12, 120);
        await world.Write(test.Database);
        var query = new RunQuery(["11", "12", "13"], null, ["metrics.loss DESC"], MaxResults: 10);
        var before = world.Naive(query);
        var first = (await Search(test, query)).Value;
        // The last run of the page goes, as does one behind it: nothing repeats, nothing else is left out.
        var gone = new[] { before[9], before[15] };
        await test.Database.Write<int>(session => session.Execute($"UPDATE runs SET deleted_ms = 1 WHERE no {session.Dialect.InLongs("$1")}", Arg.Longs(gone)), default);
        var rest = await All(test, query with { PageToken = first.NextPageToken }, null, () => 7);
        Assert.Equal(before.Skip(10).Except(gone), rest.Except(first.Numbers));
    }

    [Fact]
    public async Task A_bad_query_is_refused()
    {
        await using var test = await Create();
        async Task Refused(RunQuery query, string part)
        {
            var refused = await Search(test, query);
            Assert.Contains(part, refused.Problem!.Message, StringComparison.Ordinal);
            Assert.Equal(400, refused.Problem.Status);
        }
        await Refused(new RunQuery(["1"], MaxResults: 0), "Invalid value 0 for parameter 'max_results' supplied. It must be at least 1.");
        await Refused(new RunQuery(["1"], MaxResults: 50_001), "must be at most 50000");
        await Refused(new RunQuery([.. Enumerable.Range(0, 1_001).Select(id => id.ToString())]), "at most 1,000 experiments");
        await Refused(new RunQuery(["1"], "metrics.a > 'x'"), "Expected numeric value");
        await Refused(new RunQuery(["1"], OrderBy: ["nonsense"]), "Invalid attribute key");
        await Refused(new RunQuery(["1"], PageToken: "!"), "could not base64-decode");
        Assert.Empty((await Search(test, new RunQuery([]))).Value.Numbers);
        Assert.Empty((await Search(test, new RunQuery(["-1", "+1", "9999999999999999999999", "é"]))).Value.Numbers);
    }

    [Fact]
    public async Task Regular_expressions_that_take_too_long_end_the_search()
    {
        await using var test = await Create();
        await new RunSearchWorld(14, 50).Write(test.Database);
        var refused = await Search(test, new RunQuery(["11"], "params.k RLIKE 'a'"), new SearchPlan { RegexTimeMax = TimeSpan.Zero });
        Assert.Equal(400, refused.Problem!.Status);
        Assert.Contains("which is what one search may spend on them", refused.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_star_stands_for_every_active_experiment_of_the_workspace()
    {
        await using var test = await Create();
        var world = new RunSearchWorld(15, 100);
        await world.Write(test.Database);
        await test.Database.Write<int>(session => session.Execute("UPDATE experiments SET deleted_ms = 1 WHERE id = 12"), default);
        Assert.Equal(world.Naive(new RunQuery(["11", "13"])), (await Search(test, new RunQuery(["*"]))).Value.Numbers);
        Assert.Equal(world.Naive(new RunQuery(["11", "12"])), (await Search(test, new RunQuery(["11", "12"]))).Value.Numbers);
        var denied = Local with { Grants = Grants.Of([(RootKind.Experiment, 13, AccessLevel.Denied)]) };
        Assert.Equal(world.Naive(new RunQuery(["11"])), await test.Database.Read(session => RunSearch.Page(session, denied, new RunQuery(["*"])).Value.Numbers, default));
        Assert.Equal(world.Naive(new RunQuery(["13"])), (await Search(test, new RunQuery(["*"], "experiment_name LIKE '%3'"))).Value.Numbers);
    }

    [Fact]
    public async Task A_token_serves_only_its_own_query()
    {
        await using var test = await Create();
        await new RunSearchWorld(13, 50).Write(test.Database);
        var query = new RunQuery(["11", "12"], "metrics.acc > -9", ["metrics.acc"], MaxResults: 2);
        var token = (await Search(test, query)).Value.NextPageToken;
        Assert.NotNull(token);
        Assert.True((await Search(test, query with { PageToken = token, MaxResults = 5, Experiments = ["12", "11"], Filter = " metric.acc>-9.0 " })).Succeeded);
        foreach (var other in new[] { query with { Filter = "metrics.acc > -8" }, query with { OrderBy = ["metrics.acc DESC"] }, query with { Experiments = ["11"] }, query with { Deleted = null } })
            Assert.Contains("another query", (await Search(test, other with { PageToken = token })).Problem!.Message, StringComparison.Ordinal);
    }
}
