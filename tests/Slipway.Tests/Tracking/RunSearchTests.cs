using Slipway.Storage;
using Slipway.Tests.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class RunSearchOnSqlite() : RunSearchTests(Dialect.Sqlite);

public sealed class RunSearchOnPostgres() : RunSearchTests(Dialect.Postgres);

public abstract class RunSearchTests(Dialect dialect)
{
    private static readonly Caller Local = Caller.Local();

    private Task<TestDatabase> Create() => TestDatabase.Create(dialect, ProductSchema.Of("Tracking"), SearchSchema.Metrics);

    private static Task<Outcome<SearchPage>> Search(TestDatabase test, RunQuery query, SearchPlan? plan = null) =>
        test.Database.Read(session => RunSearch.Page(session, Local, query, plan), default);

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
        SearchPlan.Default,
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
        }
    }
}
