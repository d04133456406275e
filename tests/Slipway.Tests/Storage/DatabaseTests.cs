using Slipway.Storage;

namespace Slipway.Tests.Storage;

public sealed class DatabaseOnSqlite() : DatabaseTests(Dialect.Sqlite);

public sealed class DatabaseOnPostgres() : DatabaseTests(Dialect.Postgres);

public abstract class DatabaseTests(Dialect dialect)
{
    private static readonly Schema Things = new("Things", """
        -- step 1: things
        CREATE TABLE things (
            id {identity},
            name {key} NOT NULL UNIQUE,
            amount BIGINT NOT NULL DEFAULT 0,
            weight {double},
            flag SMALLINT NOT NULL DEFAULT 0,
            content {blob}
        );
        """);

    private Task<TestDatabase> Create() => TestDatabase.Create(dialect, Things);

    private static Task<Outcome<int>> Insert(Database database, string name) =>
        database.Write<int>(session => session.Execute("INSERT INTO things (name) VALUES ($1)", name), default);

    private static Task<long?> Count(Database database) => database.Read(session => session.Long("SELECT count(*) FROM things"), default);

    [Fact]
    public async Task Every_kind_of_value_comes_back_as_it_went_in()
    {
        await using var test = await Create();
        await test.Database.Write<int>(session => session.Execute("INSERT INTO things (name, amount, weight, flag, content) VALUES ($1, $2, $3, $4, $5)",
            "naïve 日本 😀", long.MinValue, double.NegativeInfinity, true, new byte[] { 0, 1, 255 }), default);
        await test.Database.Write<int>(session => session.Execute("INSERT INTO things (name, amount, weight, content) VALUES ($4, $3, $2, $1)", Array.Empty<byte>(), (double?)null, long.MaxValue, ""), default);
        var rows = await test.Database.Read(session => session.Query("SELECT name, amount, weight, flag, content FROM things ORDER BY id",
            row => (row.Text(0), row.Long(1), row.DoubleOrNull(2), row.Bool(3), Convert.ToHexString(row.Bytes(4)), row.Utf8(0).Length)), default);
        Assert.Equal([("naïve 日本 😀", long.MinValue, double.NegativeInfinity, true, "0001FF", 18), ("", long.MaxValue, null, false, "", 0)], rows);
    }

    [Fact]
    public async Task Parts_of_blobs_come_without_the_rest_short_where_the_blob_ends_and_not_for_absent_rows()
    {
        await using var test = await Create();
        var random = new Random(5);
        var contents = Enumerable.Range(0, 40).Select(n => new byte[n * 1_000]).ToArray();
        foreach (var content in contents) random.NextBytes(content);
        await test.Database.Write<int>(session =>
        {
            session.InsertMany("things", ["id", "name", "content"], contents, (row, content) => row.Add(1 + Array.IndexOf(contents, content)).Add("n" + content.Length).Add(content));
            return 0;
        }, default);
        BlobPart[] parts = [new(40, 38_500, 1_000), new(3, 0, 2_000), new(999, 0, 10), new(30, 12_345, 678), new(2, 1_000, 1), new(10, 20_000, 5), new(1, 0, 1), new(20, 7, 0)];
        await test.Database.Read(session =>
        {
            var found = new Dictionary<BlobPart, byte[]>();
            session.EachPart("things", "content", parts, (part, bytes) => found.Add(part, bytes.ToArray()));
            session.EachPart("things", "content", [], (_, _) => Assert.Fail("nothing was asked for"));
            Assert.Equal(parts.Where(part => part.Id != 999).ToHashSet(), found.Keys.ToHashSet());
            foreach (var (part, bytes) in found) Assert.Equal(contents[part.Id - 1].Skip(part.Start).Take(part.Length), bytes);
            Assert.ThrowsAny<Exception>(() => session.EachPart("nothings", "content", parts, (_, _) => { }));
            return 0;
        }, default);
    }

    [Fact]
    public async Task A_problem_undoes_only_its_own_write()
    {
        await using var test = await Create();
        var writes = Enumerable.Range(0, 60).Select(n => test.Database.Write<int>(session =>
        {
            session.Execute("INSERT INTO things (name) VALUES ($1)", "n" + n);
            return n % 3 == 0 ? Problem.Invalid("every third") : n;
        }, default)).ToList();
        var outcomes = await Task.WhenAll(writes);
        Assert.Equal(40, outcomes.Count(outcome => outcome.Succeeded));
        Assert.Equal(40, await Count(test.Database));
    }

    [Fact]
    public async Task An_exception_reaches_its_caller_and_undoes_only_its_own_write()
    {
        await using var test = await Create();
        var writes = Enumerable.Range(0, 60).Select(n => test.Database.Write<int>(session =>
        {
            session.Execute("INSERT INTO things (name) VALUES ($1)", "n" + n);
            return n % 3 == 0 ? throw new InvalidTimeZoneException("bug " + n) : n;
        }, default)).ToList();
        for (var n = 0; n < 60; n++)
        {
            if (n % 3 == 0) Assert.Equal("bug " + n, (await Assert.ThrowsAsync<InvalidTimeZoneException>(() => writes[n])).Message);
            else Assert.Equal(n, (await writes[n]).Value);
        }
        Assert.Equal(40, await Count(test.Database));
    }

    [Fact]
    public async Task A_broken_constraint_is_told_apart_and_leaves_the_group_whole()
    {
        await using var test = await Create();
        var writes = new[] { "a", "b", "a", "c" }.Select(name => Insert(test.Database, name)).ToList();
        await Assert.ThrowsAsync<ConstraintException>(() => Task.WhenAll(writes));
        Assert.Equal(3, await Count(test.Database));
    }

    [Fact]
    public async Task A_statement_that_nobody_waited_for_fails_its_own_write_only()
    {
        await using var test = await Create();
        await Insert(test.Database, "taken");
        var writes = Enumerable.Range(0, 60).Select(async n =>
        {
            try
            {
                return (await test.Database.Write<int>(session =>
                {
                    if (n % 2 == 0) session.Long("SELECT count(*) FROM things");
                    session.Later("INSERT INTO things (name, amount) VALUES ($1, $2)", n % 7 == 0 ? "taken" : "n" + n, n);
                    session.LaterMany("UPDATE things SET amount = amount + $2 WHERE name = $1", new[] { 1, 2 }, (row, add) => row.Add("n" + n).Add(add));
                    return n % 11 == 0 ? Problem.Invalid("every eleventh") : n;
                }, default)).Succeeded;
            }
            catch (ConstraintException)
            {
                return false;
            }
        }).ToList();
        var kept = await Task.WhenAll(writes);

        Assert.Equal(Enumerable.Range(0, 60).Select(n => n % 7 != 0 && n % 11 != 0), kept);
        var rows = await test.Database.Read(session => session.Query("SELECT name, amount FROM things WHERE name <> 'taken' ORDER BY amount", row => (row.Text(0), row.Long(1))), default);
        Assert.Equal(Enumerable.Range(0, 60).Where(n => kept[n]).Select(n => ("n" + n, n + 3L)), rows);
    }

    [Fact]
    public async Task A_write_is_there_after_reopening()
    {
        await using var test = await Create();
        await Insert(test.Database, "kept");
        await test.Reopen();
        Assert.Equal(1, await Count(test.Database));
    }

    [Fact]
    public async Task A_read_sees_one_snapshot_though_writers_go_on()
    {
        await using var test = await Create();
        var (before, after) = await test.Database.Read(session =>
        {
            var first = session.Long("SELECT count(*) FROM things");
            Assert.Null(Insert(test.Database, "meanwhile").GetAwaiter().GetResult().Problem);
            return (first, session.Long("SELECT count(*) FROM things"));
        }, default);
        Assert.Equal((0, 0), (before, after));
        Assert.Equal(1, await Count(test.Database));
    }

    [Fact]
    public async Task A_read_cannot_write()
    {
        await using var test = await Create();
        await Assert.ThrowsAnyAsync<Exception>(() => test.Database.Read(session => session.Execute("INSERT INTO things (name) VALUES ($1)", "x"), default));
        Assert.Equal(0, await Count(test.Database));
    }

    [Fact]
    public async Task Reads_after_a_failed_read_work()
    {
        await using var test = await Create();
        for (var n = 0; n < 40; n++) await Assert.ThrowsAnyAsync<Exception>(() => test.Database.Read(session => session.Long("SELECT nonsense FROM things"), default));
        Assert.Equal(0, await Count(test.Database));
    }

    [Fact]
    public async Task Concurrent_increments_lose_nothing()
    {
        await using var test = await Create();
        await Insert(test.Database, "counter");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => test.Database.Write<int>(session =>
        {
            var amount = session.Long("SELECT amount FROM things WHERE name = $1" + session.Dialect.ForUpdate(), "counter");
            return session.Execute("UPDATE things SET amount = $1 WHERE name = $2", amount + 1, "counter");
        }, default)));
        Assert.All(outcomes, outcome => Assert.Null(outcome.Problem));
        Assert.Equal(400, await test.Database.Read(session => session.Long("SELECT amount FROM things"), default));
    }

    [Fact]
    public async Task Writes_that_deadlock_are_run_again()
    {
        await using var test = await Create();
        await Insert(test.Database, "a");
        await Insert(test.Database, "b");
        Task<Outcome<int>> Move(string from, string to) => test.Database.Write<int>(session =>
            session.Execute("UPDATE things SET amount = amount - 1 WHERE name = $1", from) + session.Execute("UPDATE things SET amount = amount + 1 WHERE name = $1", to), default);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => n % 2 == 0 ? Move("a", "b") : Move("b", "a")));
        Assert.All(outcomes, outcome => Assert.Null(outcome.Problem));
        Assert.Equal(0, await test.Database.Read(session => session.Long("SELECT sum(abs(amount)) FROM things"), default));
    }

    [Fact]
    public async Task Lists_are_one_argument_and_bulk_inserts_one_statement()
    {
        await using var test = await Create();
        var statements = await test.Database.Write<int>(session =>
        {
            session.InsertMany("things", ["name", "amount", "flag"], [.. Enumerable.Range(0, 1_000)], (row, n) => row.Add("n" + n).Add(n).Add(n % 2));
            session.ExecuteMany("UPDATE things SET amount = amount + $2 WHERE name = $1", ["n1", "n2"], (row, name) => row.Add(name).Add(1_000));
            return session.Statements;
        }, default);
        Assert.InRange(statements.Value, 2, 3);
        var found = await test.Database.Read(session => session.Query(
            $"SELECT name FROM things WHERE amount {session.Dialect.InLongs("$1")} AND name {session.Dialect.InTexts("$2")} ORDER BY id",
            row => row.Text(0), Arg.Longs([0, 1_001, 1_002, 7]), Arg.Texts(["n0", "n1", "n2", "it's \"odd\""])), default);
        Assert.Equal(["n0", "n1", "n2"], found);
    }

    [Theory]
    [InlineData("Model", "M%", true, true)]
    [InlineData("Model", "m%", false, true)]
    [InlineData("100%", "100\\%", false, false)]
    [InlineData("a\\b", "a\\_", true, true)]
    [InlineData("ÄPFEL", "ä_f%", false, true)]
    [InlineData("", "%", true, true)]
    [InlineData("abc", "a_c_", false, false)]
    public async Task Like_means_the_same_on_both(string text, string pattern, bool sensitive, bool ignoring)
    {
        await using var test = await Create();
        var (like, ilike) = await test.Database.Read(session => (
            session.Long($"SELECT CASE WHEN {session.Dialect.Like("$1", "$2")} THEN 1 ELSE 0 END", text, pattern) == 1,
            session.Long($"SELECT CASE WHEN {session.Dialect.ILike("$1", "$2")} THEN 1 ELSE 0 END", text, pattern) == 1), default);
        Assert.Equal((sensitive, ignoring), (like, ilike));
    }

    [Fact]
    public void Text_with_NUL_and_NaN_are_refused_before_the_database()
    {
        Assert.Throws<NulTextException>(() => { Arg _ = "a\0b"; });
        Assert.Throws<ArgumentOutOfRangeException>(() => { Arg _ = double.NaN; });
    }

    [Fact]
    public async Task A_full_queue_answers_503_at_once_and_changes_nothing()
    {
        await using var test = await Create();
        using var gate = new ManualResetEventSlim();
        var blockers = Enumerable.Range(0, 8).Select(_ => test.Database.Write<int>(session => { gate.Wait(); return 1; }, default)).ToList();
        var outcomes = new List<Task<Outcome<int>>>();
        for (var n = 0; n < 200; n++) outcomes.Add(test.Database.Write<int>(session => 1, default, bytes: 1024 * 1024));
        var refused = outcomes.Where(task => task.IsCompleted && task.Result.Problem is { Status: 503, RetryAfter: not null }).ToList();
        Assert.NotEmpty(refused);
        gate.Set();
        await Task.WhenAll(outcomes);
        await Task.WhenAll(blockers);
        Assert.Equal(200 - refused.Count, outcomes.Count(task => task.Result.Succeeded));
    }

    [Fact]
    public async Task Closing_finishes_what_was_queued()
    {
        await using var test = await Create();
        var writes = Enumerable.Range(0, 300).Select(n => Insert(test.Database, "n" + n)).ToList();
        await test.Reopen();
        Assert.All(await Task.WhenAll(writes), outcome => Assert.Null(outcome.Problem));
        Assert.Equal(300, await Count(test.Database));
    }

    [Fact]
    public async Task Migrations_run_once_and_refuse_a_database_from_the_future()
    {
        await using var test = await Create();
        Assert.Equal(0, (await Migrations.Apply(test.Database, [Things], default)).Value);
        var more = new Schema("Things", "-- step 1: things\nCREATE TABLE never (\n);\n-- step 2: colour\nALTER TABLE things ADD COLUMN colour TEXT;");
        Assert.Equal(1, (await Migrations.Apply(test.Database, [more], default)).Value);
        await test.Database.Write<int>(session => session.Execute("UPDATE installation SET value = '999' WHERE name = 'oldest_generation'"), default);
        var refused = await Migrations.Apply(test.Database, [more], default);
        Assert.Contains("999", refused.Problem!.Message);
    }
}
