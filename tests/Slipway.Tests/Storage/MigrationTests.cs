using Slipway.Storage;

namespace Slipway.Tests.Storage;

public sealed class MigrationOnSqlite() : MigrationTests(Dialect.Sqlite);

public sealed class MigrationOnPostgres() : MigrationTests(Dialect.Postgres);

/// <summary>Steps over content, with a made-up schema that has a past.</summary>
public abstract class MigrationTests(Dialect dialect)
{
    private const int Rows = 3_000;

    private const string First = """
        -- step 1: notes
        CREATE TABLE notes (
            no {identity},
            name {key} NOT NULL UNIQUE,
            weight {double},
            content {blob} NOT NULL
        );
        """;

    private const string Second = """

        -- step 2: notes have a length
        ALTER TABLE notes ADD COLUMN length BIGINT NOT NULL DEFAULT 0;
        UPDATE notes SET length = length(content);
        """;

    private const string Third = """

        -- step 3: weights have a table of their own
        CREATE TABLE weights (
            note_no BIGINT NOT NULL PRIMARY KEY,
            grams {double} NOT NULL
        ){keyed};
        INSERT INTO weights (note_no, grams) SELECT no, weight * 1000 FROM notes WHERE weight IS NOT NULL;
        ALTER TABLE notes DROP COLUMN weight;
        CREATE INDEX notes_by_length ON notes (length, no);
        """;

    [Fact]
    public async Task Steps_that_came_later_run_once_in_order_and_keep_the_content()
    {
        await using var test = await Filled();
        var schema = new Schema("Notes", First + Second + Third);
        Assert.Equal(1, (await Migrations.Apply(test.Database, [schema], default, new Dictionary<string, int> { ["Notes"] = 2 })).Value);
        Assert.Equal(1, (await Migrations.Apply(test.Database, [schema], default)).Value);
        await test.Reopen();
        Assert.Equal(0, (await Migrations.Apply(test.Database, [schema], default)).Value);
        Assert.Equal(["Notes/1", "Notes/2", "Notes/3"], await Steps(test));
        await Check(test);
    }

    [Fact]
    public async Task Several_steps_at_once_are_as_good_as_one_by_one()
    {
        await using var test = await Filled();
        Assert.Equal(2, (await Migrations.Apply(test.Database, [new Schema("Notes", First + Second + Third)], default)).Value);
        await Check(test);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_everything_as_it_was()
    {
        await using var test = await Filled();
        var broken = new Schema("Notes", First + Second + "\n-- step 3: broken\nCREATE TABLE half (\n    no BIGINT\n);\nUPDATE absent SET no = 1;");
        await Assert.ThrowsAnyAsync<Exception>(() => Migrations.Apply(test.Database, [broken], default));
        Assert.Equal(["Notes/1"], await Steps(test));
        await test.Reopen();
        Assert.Equal(2, (await Migrations.Apply(test.Database, [new Schema("Notes", First + Second + Third)], default)).Value);
        await Check(test);
    }

    [Fact]
    public async Task Two_servers_that_start_at_once_run_each_step_once()
    {
        await using var test = await Filled();
        var schema = new Schema("Notes", First + Second + Third);
        var ran = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Migrations.Apply(test.Database, [schema], default))));
        Assert.Equal([0, 0, 0, 2], ran.Select(outcome => outcome.Value).Order());
        await Check(test);
    }

    private static byte[] Content(int n) => [.. Enumerable.Range(0, n % 300).Select(at => (byte)(at * n))];

    private async Task<TestDatabase> Filled()
    {
        var test = await TestDatabase.Create(dialect, new Schema("Notes", First));
        await test.Database.Write<Done>(session =>
        {
            session.InsertMany("notes", ["name", "weight", "content"], [.. Enumerable.Range(1, Rows)],
                static (row, n) => row.Add("größe " + n).Add(n % 7 == 0 ? (double?)null : n / 8.0).Add(Content(n)));
            session.Execute("DELETE FROM notes WHERE no = $1", Rows);
            return new Done();
        }, default);
        return test;
    }

    private static Task<List<string>> Steps(TestDatabase test) =>
        test.Database.Read(session => session.Query("SELECT capability, step FROM schema_steps ORDER BY capability, step", row => $"{row.Text(0)}/{row.Int(1)}"), default);

    private static async Task Check(TestDatabase test)
    {
        var notes = await test.Database.Read(session => session.Query("SELECT n.no, n.name, n.length, n.content, w.grams FROM notes n LEFT JOIN weights w ON w.note_no = n.no ORDER BY n.no",
            row => (No: row.Int(0), Name: row.Text(1), Length: row.Int(2), Content: row.Bytes(3), Grams: row.DoubleOrNull(4))), default);
        Assert.Equal(Rows - 1, notes.Count);
        Assert.All(notes, note => Assert.Equal(("größe " + note.No, note.No % 300, note.No % 7 == 0 ? (double?)null : note.No * 125.0), (note.Name, note.Length, note.Grams)));
        Assert.All(notes, note => Assert.Equal(Content(note.No), note.Content));
        // The number of the deleted last row is not given again.
        var added = await test.Database.Write<long>(session =>
        {
            session.Execute("INSERT INTO notes (name, content) VALUES ('new', $1)", Content(1));
            return session.Long("SELECT max(no) FROM notes") ?? 0;
        }, default);
        Assert.Equal(Rows + 1, added.Value);
    }
}
