using static Slipway.Engines.Duck.DuckApi;

namespace Slipway.Engines.Duck;

/// <summary>Adds rows to a table, value by value in the order of its columns: <c>appender.Add(1L); appender.Add("x"u8); appender.EndRow();</c>. They are there when <see cref="Close"/> returns.</summary>
public sealed class DuckAppender : IDisposable
{
    private readonly AppenderHandle handle;
    private readonly string table;

    internal DuckAppender(AppenderHandle handle, string table) => (this.handle, this.table) = (handle, table);

    /// <summary>NULL.</summary>
    public void AddNull() => Check(duckdb_append_null(handle));

    /// <summary>A BOOLEAN.</summary>
    public void Add(bool value) => Check(duckdb_append_bool(handle, value));

    /// <summary>A BIGINT, or what it casts to.</summary>
    public void Add(long value) => Check(duckdb_append_int64(handle, value));

    /// <summary>A UBIGINT.</summary>
    public void Add(ulong value) => Check(duckdb_append_uint64(handle, value));

    /// <summary>A FLOAT.</summary>
    public void Add(float value) => Check(duckdb_append_float(handle, value));

    /// <summary>A DOUBLE.</summary>
    public void Add(double value) => Check(duckdb_append_double(handle, value));

    /// <summary>A VARCHAR: UTF-8.</summary>
    public unsafe void Add(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text) Check(duckdb_append_varchar_length(handle, start is null ? (byte*)&start : start, (ulong)text.Length));
    }

    /// <summary>The row has all its values.</summary>
    public void EndRow() => Check(duckdb_appender_end_row(handle));

    /// <summary>Writes what is still in memory. Nothing can be added afterwards.</summary>
    public void Close() => Check(duckdb_appender_close(handle));

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    internal static unsafe DuckException Failure(AppenderHandle handle, string table)
    {
        var message = handle.IsInvalid ? null : duckdb_appender_error(handle);
        return new DuckException($"Cannot add to the table {table}: {(message is null ? "DuckDB does not say why." : Utf8(message))}");
    }

    private void Check(int state)
    {
        if (state != 0) throw Failure(handle, table);
    }
}
