using Slipway.Storage;

namespace Slipway.Tests.Storage;

/// <summary>A fresh, empty database for one test. `await using var test = await TestDatabase.Create(dialect, schemas)`.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly string? folder;

    private TestDatabase(Database database, string text, string? folder) => (Database, Text, this.folder) = (database, text, folder);

    public Database Database { get; private set; }

    /// <summary>What `--database` takes to open it again.</summary>
    public string Text { get; }

    public static async Task<TestDatabase> Create(Dialect dialect, params Schema[] schemas)
    {
        var test = await Empty(dialect);
        var migrated = await Migrations.Apply(test.Database, schemas, default);
        Assert.Null(migrated.Problem);
        return test;
    }

    /// <summary>A database in which no schema step ever ran.</summary>
    public static async Task<TestDatabase> Empty(Dialect dialect)
    {
        string? folder = null;
        string text;
        if (dialect is Dialect.Sqlite)
        {
            folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
            text = "sqlite:" + Path.Combine(folder, "slipway.db");
        }
        else text = "postgres:" + await PostgresServer.Shared().CreateDatabase();
        return new TestDatabase(Databases.Open(text), text, folder);
    }

    /// <summary>Closes and opens again, as after a restart.</summary>
    public async Task Reopen()
    {
        await Database.DisposeAsync();
        Database = Databases.Open(Text);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }
}
