using Npgsql;
using SQLitePCL;

namespace Slipway.Storage;

/// <summary>
/// A database that belongs to another program, to read from: SQLite or PostgreSQL, never written, with nothing in it trusted. One statement at
/// a time, from one thread at a time; each statement is a snapshot of its own.
/// </summary>
public sealed class ForeignDatabase : IDisposable
{
    /// <summary>The longest value that is read, in bytes: SQLite refuses longer ones before it reserves memory for them.</summary>
    public const int ValueBytesMax = 64 << 20;

    private readonly Session session;
    private readonly IDisposable connection;

    private ForeignDatabase(Session session, string name, IDisposable connection) => (this.session, Name, this.connection) = (session, name, connection);

    /// <summary>Which database it is.</summary>
    public Dialect Dialect => session.Dialect;

    /// <summary>For people: the file, or host and database. Never a password.</summary>
    public string Name { get; }

    /// <summary>Opens a SQLite file.</summary>
    /// <exception cref="StorageException">It cannot be opened or is no database.</exception>
    public static ForeignDatabase OpenSqlite(string path)
    {
        SqliteConnection connection;
        try
        {
            connection = Open(path);
        }
        catch (Exception fault) when (fault is InvalidOperationException || fault is StorageException { Problem.Code: ErrorCode.DATA_LOSS })
        {
            throw new StorageException(Problem.Damaged($"{path} is damaged, or no SQLite database."), fault);
        }
        try
        {
            raw.sqlite3_limit(connection.Handle, raw.SQLITE_LIMIT_LENGTH, ValueBytesMax);
            var session = new SqliteSession(connection);
            var database = new ForeignDatabase(session, path, connection);
            database.Long("SELECT count(*) FROM sqlite_master"); // the first look at the file's content
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // What a hostile schema could run when somebody reads it (functions in views, generated columns) is off.
    private static SqliteConnection Open(string path) =>
        new(path, readOnly: true, "PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "PRAGMA query_only = ON", "PRAGMA mmap_size = 0");

    /// <summary>Opens a PostgreSQL database.</summary>
    /// <param name="address">postgres:KEYWORDS or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.</param>
    /// <exception cref="FormatException">The address is neither.</exception>
    /// <exception cref="StorageException">It cannot be reached.</exception>
    public static ForeignDatabase OpenPostgres(string address)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(Databases.Connection(address)) { ApplicationName = "slipway import", Pooling = false, Timeout = 10, CommandTimeout = 0, GssEncryptionMode = GssEncryptionMode.Disable };
        }
        catch (Exception fault) when (fault is ArgumentException or UriFormatException)
        {
            throw new FormatException("The address of a PostgreSQL database is postgresql://USER:PASSWORD@HOST:PORT/DATABASE or postgres:Host=...;Database=... .", fault);
        }
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            var session = new PostgresSession(connection);
            session.Script("SET default_transaction_read_only = on");
            return new ForeignDatabase(session, $"{settings.Host}/{settings.Database}", connection);
        }
        catch (Exception fault)
        {
            connection.Dispose();
            if (fault is PostgresException refused) throw new StorageException(Problem.Denied($"PostgreSQL at {settings.Host} refuses database '{settings.Database}': {refused.MessageText}."), fault);
            throw fault is NpgsqlException ? new StorageException(Problem.Busy($"PostgreSQL at {settings.Host} does not answer: {fault.Message}"), fault) : fault;
        }
    }

    /// <summary>
    /// Rows of a query one by one, at the pace of whoever reads them; the row is valid until the next one. Values of SQLite are of whatever type their
    /// writer pleased: a text where a number should be reads as 0.
    /// </summary>
    /// <exception cref="StorageException">The database is damaged or gone.</exception>
    public IEnumerable<Row> Rows(string sql, params Arg[] args)
    {
        using var rows = (session is SqliteSession sqlite ? sqlite.Rows(sql, args) : ((PostgresSession)session).Rows(sql, args)).GetEnumerator();
        Func<bool> next = rows.MoveNext;
        while (Understandably(next)) yield return rows.Current;
    }

    /// <summary>The first column of the first row as an integer; null when there is none.</summary>
    /// <exception cref="StorageException">The database is damaged or gone.</exception>
    public long? Long(string sql, params Arg[] args)
    {
        foreach (var row in Rows(sql, args)) return row.LongOrNull(0);
        return null;
    }

    /// <summary>The tables of this name's own schema, by name; what looks like a table and is not (a view) is left out.</summary>
    public IReadOnlySet<string> Tables() => Rows(Dialect is Dialect.Sqlite
        ? "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        : "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()").Select(row => row.Text(0)).ToHashSet();

    /// <summary>A table's columns by name.</summary>
    public IReadOnlySet<string> Columns(string table) => Rows(Dialect is Dialect.Sqlite
        ? "SELECT name FROM pragma_table_info($1)"
        : "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1", table).Select(row => row.Text(0)).ToHashSet();

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    // What SQLite says of a database of ours is advice on how to mend that; of this one only the reader knows what it is.
    private T Understandably<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (session is SqliteSession && (fault is InvalidOperationException || fault is StorageException { Problem.Code: ErrorCode.DATA_LOSS }))
        {
            throw new StorageException(Problem.Damaged($"{Name} is damaged, or no SQLite database: {fault.Message.Split(". Stop the server")[0]}."), fault);
        }
    }
}
