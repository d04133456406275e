using System.Text;
using static Slipway.Engines.Duck.DuckApi;

namespace Slipway.Engines.Duck;

/// <summary>Up to 2,048 rows of a result, a column at a time, in DuckDB's own memory: nothing is copied.</summary>
public sealed class DuckChunk
{
    private readonly IReadOnlyList<DuckField> fields;
    private nint handle;

    internal DuckChunk(nint handle, IReadOnlyList<DuckField> fields)
    {
        (this.handle, this.fields) = (handle, fields);
        Length = (int)duckdb_data_chunk_get_size(handle);
    }

    /// <summary>How many rows it holds.</summary>
    public int Length { get; }

    /// <summary>A column by its position.</summary>
    public DuckColumn this[int column]
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle == 0, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)fields.Count, nameof(column));
            return new DuckColumn(duckdb_data_chunk_get_vector(handle, (ulong)column), fields[column], Length);
        }
    }

    // Its rows free it: a chunk never outlives the result it came from.
    internal void Free()
    {
        if (handle != 0) duckdb_destroy_data_chunk(ref handle);
    }
}

/// <summary>One column of a chunk. Valid as long as the chunk: until the next one is asked for.</summary>
public readonly unsafe ref struct DuckColumn
{
    private readonly void* data;
    private readonly ulong* validity;
    private readonly DuckField field;

    internal DuckColumn(nint vector, DuckField field, int length)
    {
        data = duckdb_vector_get_data(vector);
        validity = duckdb_vector_get_validity(vector);
        this.field = field;
        Length = length;
    }

    /// <summary>How many rows it holds.</summary>
    public int Length { get; }

    /// <summary>Whether every row has a value; then <see cref="IsNull"/> need not be asked.</summary>
    public bool HasNoNulls => validity is null;

    /// <summary>Whether a row is NULL.</summary>
    public bool IsNull(int row)
    {
        Check(row);
        return validity is not null && (validity[row / 64] & (1UL << (row % 64))) == 0;
    }

    /// <summary>The values as they lie in DuckDB's memory; where a row is NULL, whatever happens to be there.</summary>
    /// <exception cref="InvalidOperationException">The column has another type; cast it in the query.</exception>
    public ReadOnlySpan<T> Values<T>() where T : unmanaged =>
        Holds<T>(field.Type) ? new(data, Length)
        : throw new InvalidOperationException($"Column {field.Name} is {field.Type}, which cannot be read as {typeof(T).Name}: cast it in the query.");

    /// <summary>A VARCHAR as a string; null where it is NULL.</summary>
    public string? Text(int row) => IsNull(row) ? null : Encoding.UTF8.GetString(Bytes(row));

    /// <summary>A VARCHAR's UTF-8 or a BLOB's bytes, without copying.</summary>
    /// <exception cref="InvalidOperationException">The column is neither.</exception>
    public ReadOnlySpan<byte> Bytes(int row)
    {
        Check(row);
        if (field.Type is not (DuckType.VarChar or DuckType.Blob))
            throw new InvalidOperationException($"Column {field.Name} is {field.Type}, which cannot be read as text: cast it to VARCHAR in the query.");
        if (IsNull(row)) return default;
        var text = (Text*)data + row;
        return new(text->Length <= DuckApi.Text.InlineMax ? &text->Inline : text->Pointer, checked((int)text->Length));
    }

    private void Check(int row) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Length, nameof(row));

    private static bool Holds<T>(DuckType type) => type switch
    {
        DuckType.Boolean => typeof(T) == typeof(bool),
        DuckType.TinyInt => typeof(T) == typeof(sbyte),
        DuckType.SmallInt => typeof(T) == typeof(short),
        DuckType.Integer or DuckType.Date => typeof(T) == typeof(int),
        DuckType.BigInt or DuckType.Timestamp or DuckType.Time or DuckType.TimestampSeconds or DuckType.TimestampMilliseconds or DuckType.TimestampNanoseconds
            or DuckType.TimestampZoned => typeof(T) == typeof(long),
        DuckType.UTinyInt => typeof(T) == typeof(byte),
        DuckType.USmallInt => typeof(T) == typeof(ushort),
        DuckType.UInteger => typeof(T) == typeof(uint),
        DuckType.UBigInt => typeof(T) == typeof(ulong),
        DuckType.Float => typeof(T) == typeof(float),
        DuckType.Double => typeof(T) == typeof(double),
        DuckType.HugeInt => typeof(T) == typeof(Int128),
        DuckType.UHugeInt => typeof(T) == typeof(UInt128),
        _ => false,
    };
}
