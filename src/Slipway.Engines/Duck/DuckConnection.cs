using static Slipway.Engines.Duck.DuckApi;

namespace Slipway.Engines.Duck;

/// <summary>A connection: one statement at a time, one thread at a time (only <see cref="Interrupt"/> may come from another).</summary>
public sealed class DuckConnection : IDisposable
{
    private readonly ConnectionHandle handle;

    internal DuckConnection(ConnectionHandle handle) => this.handle = handle;

    internal ConnectionHandle Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle.IsClosed, this);
            return handle;
        }
    }

    /// <summary>Runs one or several statements without parameters.</summary>
    /// <returns>The rows changed by the last.</returns>
    /// <exception cref="DuckException">A statement failed; those before it have run.</exception>
    public unsafe long Execute(string sql)
    {
        var state = duckdb_query(Handle, sql, out var result);
        try
        {
            return state == 0 ? (long)duckdb_rows_changed(ref result) : throw DuckException.In(sql, Utf8(duckdb_result_error(ref result)));
        }
        finally
        {
            duckdb_destroy_result(ref result);
        }
    }

    /// <summary>Runs one statement with positional parameters (<c>$1</c>, <c>$2</c> or <c>?</c>).</summary>
    /// <returns>The rows changed.</returns>
    /// <exception cref="DuckException">The statement failed.</exception>
    public long Execute(string sql, params ReadOnlySpan<DuckArg> args)
    {
        using var rows = Query(sql, args);
        return rows.RowsChanged;
    }

    /// <summary>Runs a query; its rows stream out chunk by chunk while DuckDB computes on.</summary>
    /// <exception cref="DuckException">The query failed.</exception>
    public DuckRows Query(string sql, params ReadOnlySpan<DuckArg> args)
    {
        var statement = Prepare(sql);
        try
        {
            return statement.Query(args, ownsStatement: true);
        }
        catch
        {
            statement.Dispose();
            throw;
        }
    }

    /// <summary>Begins to add rows to a table, the quickest way there is.</summary>
    /// <exception cref="DuckException">There is no such table.</exception>
    public DuckAppender Append(string table)
    {
        var state = duckdb_appender_create(Handle, null, table, out var appender);
        return state == 0 ? new DuckAppender(appender, table) : throw DuckAppender.Failure(appender, table);
    }

    /// <summary>Prepares a statement that will run several times.</summary>
    /// <exception cref="DuckException">The statement does not parse or names what does not exist.</exception>
    public unsafe DuckStatement Prepare(string sql)
    {
        if (duckdb_prepare(Handle, sql, out var statement) == 0) return new DuckStatement(this, statement, sql);
        var message = Utf8(duckdb_prepare_error(statement));
        statement.Dispose();
        throw DuckException.In(sql, message);
    }

    /// <summary>Makes the statement that runs on this connection fail with an interrupt error. May be called from any thread.</summary>
    public void Interrupt() => duckdb_interrupt(Handle);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
