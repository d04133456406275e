using Npgsql;

namespace Slipway.Storage;

/// <summary>The current row of a reader. A column's type is asked for once a result, not once a value.</summary>
internal sealed class PostgresRow(NpgsqlDataReader reader) : Row
{
    private readonly Kind[] kinds = new Kind[reader.FieldCount];

    private enum Kind : byte
    {
        Unknown,
        Int64,
        Int32,
        Int16,
        Bool,
        Numeric,
        Double,
        Bytes,
        Text,
    }

    public override int Count => kinds.Length;

    public override bool IsNull(int column) => reader.IsDBNull(column);

    public override long Long(int column) => KindOf(column) switch
    {
        Kind.Int64 => reader.GetInt64(column),
        Kind.Int16 => reader.GetInt16(column),
        Kind.Int32 => reader.GetInt32(column),
        Kind.Bool => reader.GetBoolean(column) ? 1 : 0,
        Kind.Numeric => (long)reader.GetDecimal(column),
        _ => reader.GetInt64(column),
    };

    public override double Double(int column) => reader.GetDouble(column);

    public override string Text(int column) => reader.GetString(column);

    public override ReadOnlySpan<byte> Blob(int column) => reader.GetFieldValue<byte[]>(column);

    // Text travels as UTF-8: no way through a string.
    public override ReadOnlySpan<byte> Utf8(int column) => reader.GetFieldValue<byte[]>(column);

    internal override Arg Value(int column) => IsNull(column) ? (string?)null : KindOf(column) switch
    {
        Kind.Double => Double(column),
        Kind.Bytes => Bytes(column),
        Kind.Text => Text(column),
        _ => Long(column),
    };

    private Kind KindOf(int column) => kinds[column] is var known and not Kind.Unknown ? known : kinds[column] = reader.GetPostgresType(column).InternalName switch
    {
        "int8" => Kind.Int64,
        "int4" => Kind.Int32,
        "int2" => Kind.Int16,
        "bool" => Kind.Bool,
        "numeric" => Kind.Numeric,
        "float8" or "float4" => Kind.Double,
        "bytea" => Kind.Bytes,
        _ => Kind.Text,
    };
}
