using System.Buffers;
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
            while (SqliteCalls.Step(statement.Handle) is var code && code != raw.SQLITE_DONE)
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

    public override void EachPart(string table, string column, IReadOnlyList<BlobPart> parts, BlobPartVisit visit)
    {
        Statements++;
        sqlite3_blob? blob = null;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, parts.Select(part => part.Length).DefaultIfEmpty().Max()));
        try
        {
            // By id: neighbours share pages.
            foreach (var part in parts.OrderBy(part => part.Id))
            {
                if (!connection.OpenBlob(table, column, part.Id, ref blob)) continue;
                var bytes = buffer.AsSpan(0, Math.Clamp(raw.sqlite3_blob_bytes(blob) - part.Start, 0, part.Length));
                if (bytes.Length > 0) connection.Check(raw.sqlite3_blob_read(blob, bytes, part.Start));
                visit(part, bytes);
            }
        }
        finally
        {
            blob?.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The same at the reader's pace: <see cref="Each"/> goes at its own.</summary>
    internal IEnumerable<Row> Rows(string sql, Arg[] args)
    {
        Statements++;
        var statement = connection.Prepare(sql);
        statement.Running = true;
        try
        {
            Bind(statement, args);
            var row = new SqliteRow(statement.Handle);
            while (SqliteCalls.Step(statement.Handle) is var code && code != raw.SQLITE_DONE)
            {
                if (code != raw.SQLITE_ROW) connection.Check(code);
                yield return row;
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
                SqliteCalls.Reset(statement.Handle);
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
        while ((code = SqliteCalls.Step(statement.Handle)) == raw.SQLITE_ROW) { }
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
                Arg.Kind.Null => SqliteCalls.BindNull(handle, place),
                Arg.Kind.Long => SqliteCalls.Bind(handle, place, arg.Number),
                Arg.Kind.Double => SqliteCalls.Bind(handle, place, arg.Real),
                Arg.Kind.Text => SqliteCalls.Bind(handle, place, arg.Text),
                Arg.Kind.Bytes => SqliteCalls.Bind(handle, place, arg.Memory.Span),
                _ => SqliteCalls.Bind(handle, place, arg.Json()),
            });
        }
    }
}

internal sealed class SqliteRow(sqlite3_stmt statement) : Row
{
    public override int Count => raw.sqlite3_column_count(statement);

    public override bool IsNull(int column) => SqliteCalls.Type(statement, column) == raw.SQLITE_NULL;

    public override long Long(int column) => SqliteCalls.Long(statement, column);

    public override double Double(int column) => SqliteCalls.Double(statement, column);

    public override string Text(int column) => System.Text.Encoding.UTF8.GetString(SqliteCalls.Bytes(statement, column));

    public override ReadOnlySpan<byte> Blob(int column) => SqliteCalls.Bytes(statement, column);

    public override ReadOnlySpan<byte> Utf8(int column) => SqliteCalls.Bytes(statement, column);

    internal override Arg Value(int column) => SqliteCalls.Type(statement, column) switch
    {
        raw.SQLITE_INTEGER => Long(column),
        raw.SQLITE_FLOAT => Double(column),
        raw.SQLITE_TEXT => Text(column),
        raw.SQLITE_BLOB => Bytes(column),
        _ => (string?)null,
    };
}
