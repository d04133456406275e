using System.Text;
using Npgsql;

namespace Slipway.Storage;

internal sealed class PostgresRow(NpgsqlDataReader reader) : Row
{
    public override int Count => reader.FieldCount;

    public override bool IsNull(int column) => reader.IsDBNull(column);

    public override long Long(int column) => reader.GetPostgresType(column).InternalName switch
    {
        "int8" => reader.GetInt64(column),
        "int2" => reader.GetInt16(column),
        "int4" => reader.GetInt32(column),
        "bool" => reader.GetBoolean(column) ? 1 : 0,
        "numeric" => (long)reader.GetDecimal(column),
        _ => reader.GetInt64(column),
    };

    public override double Double(int column) => reader.GetDouble(column);

    public override string Text(int column) => reader.GetString(column);

    public override ReadOnlySpan<byte> Blob(int column) => reader.GetFieldValue<byte[]>(column);

    public override ReadOnlySpan<byte> Utf8(int column) => Encoding.UTF8.GetBytes(reader.GetString(column));

    internal override Arg Value(int column) => IsNull(column) ? (string?)null : reader.GetPostgresType(column).InternalName switch
    {
        "int8" or "int4" or "int2" or "bool" or "numeric" => Long(column),
        "float8" or "float4" => Double(column),
        "bytea" => Bytes(column),
        _ => Text(column),
    };
}
