using System.Diagnostics.CodeAnalysis;
using SQLitePCL;

namespace Slipway.Storage;

/// <summary>A prepared statement with the place of each $n.</summary>
internal sealed class SqliteStatement(sqlite3_stmt handle, int[] places)
{
    public sqlite3_stmt Handle { get; } = handle;
    public int[] Places { get; } = places;
    public bool Running { get; set; }
}

/// <summary>One connection with its cache of prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    private const int StatementsMax = 512;
    private readonly Dictionary<string, SqliteStatement> statements = [];
    private readonly string path;

    public SqliteConnection(string path, bool readOnly, params ReadOnlySpan<string> pragmas)
    {
        _ = SqliteLibrary.Engine;
        this.path = path;
        var flags = raw.SQLITE_OPEN_NOMUTEX | (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        Check(raw.sqlite3_open_v2(path, out var handle, flags, null), handle);
        Handle = handle;
        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, 10_000);
        foreach (var pragma in pragmas) Script(pragma);
        raw.sqlite3_create_function(handle, "slipway_like", 3, raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC, null, Like);
    }

    public sqlite3 Handle { get; }

    /// <summary>False once an error has rolled the whole transaction back.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    public void Script(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    public SqliteStatement Prepare(string sql)
    {
        if (statements.TryGetValue(sql, out var cached) && !cached.Running) return cached;
        Check(raw.sqlite3_prepare_v2(Handle, sql, out var handle));
        var places = new List<int>();
        for (var n = 1; raw.sqlite3_bind_parameter_index(handle, "$" + n) is var place and > 0; n++) places.Add(place);
        var statement = new SqliteStatement(handle, [.. places]);
        if (cached is not null) return statement;
        if (statements.Count >= StatementsMax) Forget();
        statements.Add(sql, statement);
        return statement;
    }

    /// <summary>After use: ready for the next call, or closed when it was not the cached one.</summary>
    public void Release(string sql, SqliteStatement statement)
    {
        statement.Running = false;
        SqliteCalls.Reset(statement.Handle);
        if (statements.TryGetValue(sql, out var cached) && ReferenceEquals(cached, statement)) return;
        statement.Handle.Dispose();
    }

    /// <summary>Points a handle at a row's blob, the one given if it is open on the same column; false when there is no such row.</summary>
    public bool OpenBlob(string table, string column, long id, [NotNullWhen(true)] ref sqlite3_blob? blob)
    {
        if (blob is not null && raw.sqlite3_blob_reopen(blob, id) is raw.SQLITE_OK) return true;
        blob?.Dispose();
        var code = raw.sqlite3_blob_open(Handle, "main", table, column, id, 0, out var opened);
        blob = code is raw.SQLITE_OK ? opened : null;
        // 1 is also the code of an absent table or column.
        if (code is raw.SQLITE_ERROR && raw.sqlite3_errmsg(Handle).utf8_to_string().StartsWith("no such rowid", StringComparison.Ordinal)) return false;
        Check(code);
        return blob is not null;
    }

    public void Check(int code, sqlite3? handle = null)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        var message = raw.sqlite3_errmsg(handle ?? Handle).utf8_to_string();
        throw (code & 0xff) switch
        {
            raw.SQLITE_FULL => new StorageException(Problem.DiskFull($"The disk under {path} is full. Nothing was changed; free space and send the request again.")),
            raw.SQLITE_IOERR => new StorageException(Problem.DiskFull($"Reading or writing {path} failed ({message}). Nothing was changed; check the disk.")),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new StorageException(Problem.Damaged($"The database file {path} is damaged: {message}. Stop the server, run 'slipway doctor', and restore a backup.")),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StorageException(Problem.Busy($"The database {path} is locked: {message}.")),
            raw.SQLITE_CANTOPEN => new StorageException(Problem.Internal($"Cannot open the database file {path}: {message}. Check that the folder exists and may be written.")),
            raw.SQLITE_READONLY => new StorageException(Problem.Internal($"The database file {path} may not be written: {message}.")),
            raw.SQLITE_CONSTRAINT => new ConstraintException(message),
            _ => new InvalidOperationException($"SQLite error {code}: {message}"),
        };
    }

    public void Dispose()
    {
        Forget();
        Handle.Dispose();
    }

    private void Forget()
    {
        foreach (var (sql, statement) in statements.ToArray())
            if (!statement.Running)
            {
                statement.Handle.Dispose();
                statements.Remove(sql);
            }
    }

    private static void Like(sqlite3_context context, object data, sqlite3_value[] args)
    {
        if (raw.sqlite3_value_type(args[0]) == raw.SQLITE_NULL || raw.sqlite3_value_type(args[1]) == raw.SQLITE_NULL)
        {
            raw.sqlite3_result_null(context);
            return;
        }
        var text = raw.sqlite3_value_text(args[0]).utf8_to_string();
        var pattern = raw.sqlite3_value_text(args[1]).utf8_to_string();
        raw.sqlite3_result_int(context, LikePattern.Matches(text, pattern, ignoreCase: raw.sqlite3_value_int(args[2]) != 0) ? 1 : 0);
    }
}
