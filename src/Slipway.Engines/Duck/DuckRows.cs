using static Slipway.Engines.Duck.DuckApi;

namespace Slipway.Engines.Duck;

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name or alias.</param>
/// <param name="Type">Its type.</param>
public readonly record struct DuckField(string Name, DuckType Type);

/// <summary>
/// A query's rows, streamed in chunks of up to 2,048: <c>while (rows.Next() is { } chunk) { var x = chunk[0].Values&lt;double&gt;(); ... }</c>.
/// A chunk is valid until the next one is asked for.
/// </summary>
public sealed class DuckRows : IDisposable
{
    private readonly DuckStatement? statement;
    private readonly string sql;
    private Result result;
    private DuckChunk? current;
    private bool disposed;

    internal unsafe DuckRows(Result result, string sql, DuckStatement? statement)
    {
        (this.result, this.sql, this.statement) = (result, sql, statement);
        var fields = new DuckField[(int)duckdb_column_count(ref this.result)];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = new(Utf8(duckdb_column_name(ref this.result, (ulong)i)), duckdb_column_type(ref this.result, (ulong)i));
        Fields = fields;
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<DuckField> Fields { get; }

    /// <summary>Rows changed by an INSERT, UPDATE or DELETE.</summary>
    /// <exception cref="DuckException">The statement failed while it ran.</exception>
    public long RowsChanged
    {
        get
        {
            // A streamed statement does its work when it is read: its single row holds the count.
            if (changed is not null) return changed.Value;
            long count = 0;
            var counts = Fields is [{ Type: DuckType.BigInt, Name: "Count" }];
            while (Next() is { } chunk)
                if (counts && chunk.Length == 1) count = chunk[0].Values<long>()[0];
            changed = count;
            return count;
        }
    }

    private long? changed;

    /// <summary>The next chunk, or null at the end.</summary>
    /// <exception cref="DuckException">The query failed on the way.</exception>
    public unsafe DuckChunk? Next()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        current?.Free();
        current = null;
        var chunk = duckdb_fetch_chunk(result);
        GC.KeepAlive(this);
        if (chunk != 0) return current = new DuckChunk(chunk, Fields);
        var error = duckdb_result_error(ref result);
        return error is null || *error == 0 ? null : throw DuckException.In(sql, Utf8(error));
    }

    /// <summary>Reads all rows that are left, a row at a time, into a list: for small results.</summary>
    public List<T> ToList<T>(Func<DuckChunk, int, T> read)
    {
        var list = new List<T>();
        while (Next() is { } chunk)
            for (var row = 0; row < chunk.Length; row++) list.Add(read(chunk, row));
        return list;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        statement?.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (disposed) return;
        disposed = true;
        current?.Free();
        duckdb_destroy_result(ref result);
    }

    /// <summary>Frees rows that nobody disposed.</summary>
    ~DuckRows() => Free();
}
