using Slipway.Storage;

namespace Slipway.Tests.Storage;

public sealed class BackupFromSqliteToSqlite() : BackupTests(Dialect.Sqlite, Dialect.Sqlite);

public sealed class BackupFromSqliteToPostgres() : BackupTests(Dialect.Sqlite, Dialect.Postgres);

public sealed class BackupFromPostgresToSqlite() : BackupTests(Dialect.Postgres, Dialect.Sqlite);

public sealed class BackupFromPostgresToPostgres() : BackupTests(Dialect.Postgres, Dialect.Postgres);

public abstract class BackupTests(Dialect from, Dialect to) : IDisposable
{
    private const string ThingsText = """
        -- step 1: things
        CREATE TABLE things (
            no {identity},
            txid {txid},
            name {key} NOT NULL UNIQUE,
            amount BIGINT,
            weight {double},
            flag SMALLINT NOT NULL,
            content {blob}
        );
        CREATE TABLE thing_blobs (
            id {key} NOT NULL PRIMARY KEY
        );
        CREATE TABLE thing_counter (
            next_id BIGINT NOT NULL
        );
        INSERT INTO thing_counter (next_id) VALUES (1);
        """;

    private static readonly Schema Things = new("Things", ThingsText);

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-backup-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string File(string name) => Path.Combine(folder, name);

    private static Task<List<string>> Content(Database database, string table = "things") => database.Read(session => session.Query(
        $"SELECT no, name, amount, weight, flag, content FROM {table} ORDER BY no",
        row => $"{row.Long(0)}|{row.Text(1)}|{row.LongOrNull(2)}|{row.DoubleOrNull(3):R}|{row.Bool(4)}|{(row.IsNull(5) ? "null" : Convert.ToHexString(row.Blob(5)))}"), default);

    private async Task<(TestDatabase Source, FolderBlobs Blobs, BlobId Big)> Fill()
    {
        var source = await TestDatabase.Create(from, Things);
        var blobs = new FolderBlobs(File("blobs-from"));
        var big = BlobId.New();
        Assert.Null((await blobs.Put(big, new MemoryStream(Enumerable.Range(0, 3_000_000).Select(n => (byte)(n * 31)).ToArray()), default)).Problem);
        Assert.Null((await blobs.Put(BlobId.New(), new MemoryStream([1]), default)).Problem);
        var empty = BlobId.New();
        Assert.Null((await blobs.Put(empty, new MemoryStream(), default)).Problem);
        await source.Database.Write<int>(session =>
        {
            session.InsertMany("things", ["name", "amount", "weight", "flag", "content"], [.. Enumerable.Range(0, 5_000)], (row, n) =>
                row.Add("n\u00e9 " + n).Add(n == 3 ? (long?)null : long.MaxValue - n).Add(n == 4 ? double.PositiveInfinity : n / 3.0).Add(n % 2).Add(n % 5 == 0 ? null : new byte[n % 700]));
            session.Execute("INSERT INTO thing_blobs (id) VALUES ($1)", big.ToString());
            session.Execute("INSERT INTO thing_blobs (id) VALUES ($1)", empty.ToString());
            session.Execute("UPDATE thing_counter SET next_id = 77");
            return session.Execute("DELETE FROM things WHERE no = 5000");
        }, default);
        return (source, blobs, big);
    }

    private Backup Backup(TestDatabase source, FolderBlobs blobs) => new(source.Database, blobs, [Things], "SELECT id FROM thing_blobs ORDER BY id");

    [Fact]
    public async Task Everything_comes_back_and_ids_go_on_where_they_were()
    {
        var (source, blobs, big) = await Fill();
        await using var _ = source;
        var written = await Backup(source, blobs).Write(File("a.backup"), TimeProvider.System, null, default);
        Assert.Equal((5_002, 2), (written.Value.Rows, written.Value.Blobs));
        Assert.Equal(new FileInfo(File("a.backup")).Length, written.Value.Bytes);

        await using var target = await TestDatabase.Empty(to);
        var into = new FolderBlobs(File("blobs-to"));
        var restored = await new Restore(target.Database, into, [Things]).Read(File("a.backup"), null, default);
        Assert.Null(restored.Problem);
        Assert.Equal((5_002, 2), (restored.Value.Rows, restored.Value.Blobs));
        Assert.Equal(await Content(source.Database), await Content(target.Database));
        await using var one = (await blobs.Open(big, 0, null, default)).Value;
        await using var two = (await into.Open(big, 0, null, default)).Value;
        Assert.Equal(await System.Security.Cryptography.SHA256.HashDataAsync(one), await System.Security.Cryptography.SHA256.HashDataAsync(two));
        var next = await target.Database.Write<long>(session =>
        {
            session.Execute("INSERT INTO things (name, flag) VALUES ('next', 0)");
            return session.Long("SELECT max(no) FROM things") ?? 0;
        }, default);
        Assert.Equal(5_001, next.Value);
        Assert.Equal([77], await target.Database.Read(session => session.Query("SELECT next_id FROM thing_counter", row => row.Int(0)), default));
        static Task<string?> Incarnation(Database database) => database.Read(session => session.Text("SELECT value FROM installation WHERE name = 'incarnation'"), default);
        Assert.NotEqual(await Incarnation(source.Database), await Incarnation(target.Database));
    }

    /// <summary>Few rows take another way into PostgreSQL than many, where a null without a type was taken for text.</summary>
    [Fact]
    public async Task A_table_of_one_row_with_nulls_of_every_type_comes_back()
    {
        await using var source = await TestDatabase.Create(from, Things);
        var blobs = new FolderBlobs(File("blobs-from"));
        await source.Database.Write<int>(session => session.Execute("INSERT INTO things (name, flag) VALUES ('one', 1)"), default);
        Assert.Null((await Backup(source, blobs).Write(File("a.backup"), TimeProvider.System, null, default)).Problem);
        await using var target = await TestDatabase.Empty(to);
        Assert.Null((await new Restore(target.Database, new FolderBlobs(File("blobs-to")), [Things]).Read(File("a.backup"), null, default)).Problem);
        Assert.Equal(["1|one|||True|null"], await Content(target.Database));
    }

    [Fact]
    public async Task A_damaged_or_cut_off_backup_changes_nothing()
    {
        var (source, blobs, _) = await Fill();
        await using var source1 = source;
        await Backup(source, blobs).Write(File("a.backup"), TimeProvider.System, null, default);
        var whole = await System.IO.File.ReadAllBytesAsync(File("a.backup"));
        await using var target = await TestDatabase.Empty(to);
        var random = new Random(7);
        for (var n = 0; n < 12; n++)
        {
            var bytes = whole.ToArray();
            if (n % 2 == 0) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            else bytes = bytes[..random.Next(bytes.Length)];
            await System.IO.File.WriteAllBytesAsync(File("b.backup"), bytes);
            var outcome = await new Restore(target.Database, new FolderBlobs(File("blobs-to")), [Things]).Read(File("b.backup"), null, default);
            Assert.Contains("Use another copy", outcome.Problem?.Message ?? "no problem", StringComparison.Ordinal);
        }
        Assert.Null((await Migrations.Apply(target.Database, [Things], default)).Problem);
        Assert.Empty(await Content(target.Database));
    }

    [Fact]
    public async Task A_database_that_holds_something_is_not_restored_into()
    {
        var (source, blobs, _) = await Fill();
        await using var source1 = source;
        await Backup(source, blobs).Write(File("a.backup"), TimeProvider.System, null, default);
        var before = await Content(source.Database);
        Assert.Equal(409, (await new Restore(source.Database, blobs, [Things]).Read(File("a.backup"), null, default)).Problem!.Status);
        Assert.Equal(before, await Content(source.Database));
        Assert.Null((await Migrations.Apply(source.Database, [Things], default)).Problem);
    }

    [Fact]
    public async Task An_existing_file_is_not_overwritten_and_a_cancelled_backup_leaves_nothing()
    {
        var (source, blobs, _) = await Fill();
        await using var source1 = source;
        await System.IO.File.WriteAllTextAsync(File("mine"), "mine");
        Assert.Equal(ErrorCode.RESOURCE_ALREADY_EXISTS, (await Backup(source, blobs).Write(File("mine"), TimeProvider.System, null, default)).Problem!.Code);
        using var stop = new CancellationTokenSource();
        var progress = new Cancelling(stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Backup(source, blobs).Write(File("c.backup"), TimeProvider.System, progress, stop.Token));
        Assert.Equal(["mine"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_leaves_a_database_that_says_so()
    {
        var (source, blobs, _) = await Fill();
        await using var source1 = source;
        await Backup(source, blobs).Write(File("a.backup"), TimeProvider.System, null, default);
        await using var target = await TestDatabase.Empty(to);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new Restore(target.Database, new FolderBlobs(File("blobs-to")), [Things]).Read(File("a.backup"), new Cancelling(stop), stop.Token));
        Assert.Contains("did not finish", (await Migrations.Apply(target.Database, [Things], default)).Problem!.Message);
    }

    [Fact]
    public async Task A_backup_of_a_newer_schema_is_refused()
    {
        var (source, blobs, _) = await Fill();
        await using var source1 = source;
        await source.Database.Write<int>(session => session.Execute("INSERT INTO schema_steps (capability, step) VALUES ('Things', 2)"), default);
        await Backup(source, blobs).Write(File("a.backup"), TimeProvider.System, null, default);
        await using var target = await TestDatabase.Empty(to);
        Assert.Contains("newer Slipway", (await new Restore(target.Database, blobs, [Things]).Read(File("a.backup"), null, default)).Problem!.Message);
    }

    [Fact]
    public async Task A_backup_of_an_older_schema_is_restored_and_then_migrated()
    {
        var grown = new Schema("Things", ThingsText + """

            -- step 2: colours
            ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey';
            CREATE TABLE colours (
                id {identity},
                name {key} NOT NULL UNIQUE
            );
            INSERT INTO colours (name) VALUES ('grey');

            -- step 3: no counter, and another name
            DROP TABLE thing_counter;
            ALTER TABLE things RENAME TO items;
            """);
        var added = new Schema("Later", """
            -- step 1: builds on a later step of an older capability
            CREATE TABLE later (
                colour {key} NOT NULL PRIMARY KEY
            ){keyed};
            INSERT INTO later (colour) SELECT DISTINCT colour FROM items;
            """);
        Schema[] newer = [grown, added];
        var (source, blobs, _) = await Fill();
        await using var source1 = source;
        await Backup(source, blobs).Write(File("old.backup"), TimeProvider.System, null, default);
        await using var target = await TestDatabase.Empty(to);
        var restored = await new Restore(target.Database, new FolderBlobs(File("blobs-to")), newer).Read(File("old.backup"), null, default);
        Assert.Null(restored.Problem);
        Assert.Equal(await Content(source.Database), await Content(target.Database, "items"));

        // And what has grown is backed up and restored like any other.
        var written = await new Backup(target.Database, new FolderBlobs(File("blobs-to")), newer, "SELECT id FROM thing_blobs ORDER BY id").Write(File("new.backup"), TimeProvider.System, null, default);
        Assert.Null(written.Problem);
        await using var again = await TestDatabase.Empty(from);
        Assert.Null((await new Restore(again.Database, new FolderBlobs(File("blobs-again")), newer).Read(File("new.backup"), null, default)).Problem);
        Assert.Equal(await Content(source.Database), await Content(again.Database, "items"));
        Assert.Equal(["grey"], await again.Database.Read(session => session.Query("SELECT colour FROM later", row => row.Text(0)), default));
        var next = await again.Database.Write<(long, long)>(session =>
        {
            session.Execute("INSERT INTO items (name, flag) VALUES ('next', 0)");
            session.Execute("INSERT INTO colours (name) VALUES ('green')");
            return (session.Long("SELECT max(no) FROM items") ?? 0, session.Long("SELECT max(id) FROM colours") ?? 0);
        }, default);
        Assert.Equal((5_001, 2), next.Value);
    }

    private sealed class Cancelling(CancellationTokenSource stop) : IProgress<BackupSize>
    {
        public void Report(BackupSize value) => stop.Cancel();
    }
}
