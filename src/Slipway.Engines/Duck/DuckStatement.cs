using System.Text;
using static Slipway.Engines.Duck.DuckApi;

namespace Slipway.Engines.Duck;

/// <summary>A prepared statement with positional parameters.</summary>
public sealed class DuckStatement : IDisposable
{
    private readonly DuckConnection connection;
    private readonly string sql;
    private readonly StatementHandle handle;

    internal DuckStatement(DuckConnection connection, StatementHandle handle, string sql) => (this.connection, this.handle, this.sql) = (connection, handle, sql);

    /// <summary>How many parameters the statement has.</summary>
    public int Parameters => (int)duckdb_nparams(handle);

    /// <summary>Runs the statement for its effect.</summary>
    /// <returns>The rows changed.</returns>
    /// <exception cref="DuckException">The statement failed.</exception>
    public long Execute(params ReadOnlySpan<DuckArg> args)
    {
        using var rows = Query(args, ownsStatement: false);
        return rows.RowsChanged;
    }

    /// <summary>Runs the query; read the rows to the end or dispose them before the next statement on this connection.</summary>
    /// <exception cref="DuckException">The query failed.</exception>
    public DuckRows Query(params ReadOnlySpan<DuckArg> args) => Query(args, ownsStatement: false);

    internal unsafe DuckRows Query(ReadOnlySpan<DuckArg> args, bool ownsStatement)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        _ = connection.Handle;      // fails when the connection is gone
        if (args.Length != Parameters) throw DuckException.In(sql, $"The statement has {Parameters} parameters, got {args.Length} values.");
        for (var i = 0; i < args.Length; i++)
            if (!Bind((ulong)i + 1, args[i])) throw DuckException.In(sql, $"Cannot bind parameter ${i + 1}: {Utf8(duckdb_prepare_error(handle))}");

        var state = duckdb_pending_prepared_streaming(handle, out var pending);
        try
        {
            if (state != 0) throw DuckException.In(sql, Utf8(duckdb_pending_error(pending)));
            if (duckdb_execute_pending(pending, out var result) == 0) return new DuckRows(result, sql, ownsStatement ? this : null);
            var message = Utf8(duckdb_result_error(ref result));
            duckdb_destroy_result(ref result);
            throw DuckException.In(sql, message);
        }
        finally
        {
            duckdb_destroy_pending(ref pending);
        }
    }

    private unsafe bool Bind(ulong index, in DuckArg arg)
    {
        switch (arg.Type)
        {
            case DuckType.Boolean: return duckdb_bind_boolean(handle, index, arg.Bits != 0) == 0;
            case DuckType.Integer: return duckdb_bind_int32(handle, index, (int)arg.Bits) == 0;
            case DuckType.BigInt: return duckdb_bind_int64(handle, index, arg.Bits) == 0;
            case DuckType.Float: return duckdb_bind_float(handle, index, BitConverter.Int32BitsToSingle((int)arg.Bits)) == 0;
            case DuckType.Double: return duckdb_bind_double(handle, index, BitConverter.Int64BitsToDouble(arg.Bits)) == 0;
            case DuckType.Timestamp: return duckdb_bind_timestamp(handle, index, arg.Bits) == 0;
            case DuckType.Date: return duckdb_bind_date(handle, index, (int)arg.Bits) == 0;
            case DuckType.VarChar:
                var text = Encoding.UTF8.GetBytes((string)arg.Reference!);
                fixed (byte* p = text) return duckdb_bind_varchar_length(handle, index, p, (ulong)text.Length) == 0;
            case DuckType.Blob:
                fixed (byte* p = (byte[])arg.Reference!) return duckdb_bind_blob(handle, index, p, (ulong)((byte[])arg.Reference!).Length) == 0;
            default: return duckdb_bind_null(handle, index) == 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
