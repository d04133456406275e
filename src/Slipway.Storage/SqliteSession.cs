using SQLitePCL;

namespace Slipway.Storage;

/// <summary>Statements on one SQLite connection.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : Session
{
    private readonly ArgWriter writer = new();

    public override Dialect Dialect => Dialect.Sqlite;

    internal void Restart() => Statements = 0;

    public override int Execute(string sql, params ReadOnlySpan<Arg> args)
    {
        Statements++;
        var statement = connection.Prepare(sql);
        try
        {
            return Step(statement, args);
        }
        finally
        {
            connection.Release(sql, statement);
        }
    }

    public override void Each(string sql, Func<Row, bool> visit, params ReadOnlySpan<Arg> args)
    {
        Statements++;
        var statement = connection.Prepare(sql);
        statement.Running = true;
        try
        {
            Bind(statement, args);
            var row = new SqliteRow(statement.Handle);
            while (raw.sqlite3_step(statement.Handle) is var code && code != raw.SQLITE_DONE)
            {
                if (code != raw.SQLITE_ROW) connection.Check(code);
                if (!visit(row)) break;
            }
        }
        finally
        {
            connection.Release(sql, statement);
        }
    }

    public override int ExecuteMany<T>(string sql, IReadOnlyList<T> rows, Action<ArgWriter, T> bind)
    {
        if (rows.Count == 0) return 0;
        Statements++;
        var statement = connection.Prepare(sql);
        var changed = 0;
        try
        {
            foreach (var row in rows)
            {
                writer.Clear();
                bind(writer, row);
                changed += Step(statement, writer.Args);
                raw.sqlite3_reset(statement.Handle);
            }
        }
        finally
        {
            connection.Release(sql, statement);
        }
        return changed;
    }

    public override void InsertMany<T>(string table, string[] columns, IReadOnlyList<T> rows, Action<ArgWriter, T> bind) =>
        ExecuteMany($"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => "$" + (i + 1)))})", rows, bind);

    internal override void Script(string sql) => connection.Script(sql);

    private int Step(SqliteStatement statement, ReadOnlySpan<Arg> args)
    {
        Bind(statement, args);
        int code;
        while ((code = raw.sqlite3_step(statement.Handle)) == raw.SQLITE_ROW) { }
        if (code != raw.SQLITE_DONE) connection.Check(code);
        return raw.sqlite3_changes(connection.Handle);
    }

    private void Bind(SqliteStatement statement, ReadOnlySpan<Arg> args)
    {
        if (args.Length != statement.Places.Length)
            throw new ArgumentException($"The statement has {statement.Places.Length} parameters, got {args.Length} arguments.");
        for (var i = 0; i < args.Length; i++)
        {
            ref readonly var arg = ref args[i];
            var (handle, place) = (statement.Handle, statement.Places[i]);
            connection.Check(arg.Type switch
            {
                Arg.Kind.Null => raw.sqlite3_bind_null(handle, place),
                Arg.Kind.Long => raw.sqlite3_bind_int64(handle, place, arg.Number),
                Arg.Kind.Double => raw.sqlite3_bind_double(handle, place, arg.Real),
                Arg.Kind.Text => raw.sqlite3_bind_text(handle, place, arg.Text),
                // An empty span has a null pointer, which SQLite would take for NULL.
                Arg.Kind.Bytes when arg.Memory.Length == 0 => raw.sqlite3_bind_zeroblob(handle, place, 0),
                Arg.Kind.Bytes => raw.sqlite3_bind_blob(handle, place, arg.Memory.Span),
                _ => raw.sqlite3_bind_text(handle, place, arg.Json()),
            });
        }
    }
}

internal sealed class SqliteRow(sqlite3_stmt statement) : Row
{
    public override int Count => raw.sqlite3_column_count(statement);

    public override bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public override long Long(int column) => raw.sqlite3_column_int64(statement, column);

    public override double Double(int column) => raw.sqlite3_column_double(statement, column);

    public override string Text(int column) => System.Text.Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));

    public override ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(statement, column);

    public override ReadOnlySpan<byte> Utf8(int column) => raw.sqlite3_column_blob(statement, column);

    internal override Arg Value(int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_INTEGER => Long(column),
        raw.SQLITE_FLOAT => Double(column),
        raw.SQLITE_TEXT => Text(column),
        raw.SQLITE_BLOB => Bytes(column),
        _ => (string?)null,
    };
}
