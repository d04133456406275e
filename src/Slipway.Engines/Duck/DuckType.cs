namespace Slipway.Engines.Duck;

/// <summary>A column's type, numbered as in DuckDB's C API.</summary>
/// <remarks>What <see cref="DuckColumn.Values{T}"/> gives for it: the .NET type named beside it.</remarks>
public enum DuckType
{
    /// <summary>Not a type.</summary>
    Invalid = 0,
    /// <summary><see cref="bool"/></summary>
    Boolean = 1,
    /// <summary><see cref="sbyte"/></summary>
    TinyInt = 2,
    /// <summary><see cref="short"/></summary>
    SmallInt = 3,
    /// <summary><see cref="int"/></summary>
    Integer = 4,
    /// <summary><see cref="long"/></summary>
    BigInt = 5,
    /// <summary><see cref="byte"/></summary>
    UTinyInt = 6,
    /// <summary><see cref="ushort"/></summary>
    USmallInt = 7,
    /// <summary><see cref="uint"/></summary>
    UInteger = 8,
    /// <summary><see cref="ulong"/></summary>
    UBigInt = 9,
    /// <summary><see cref="float"/></summary>
    Float = 10,
    /// <summary><see cref="double"/></summary>
    Double = 11,
    /// <summary><see cref="long"/>: microseconds since 1970-01-01, without a zone.</summary>
    Timestamp = 12,
    /// <summary><see cref="int"/>: days since 1970-01-01.</summary>
    Date = 13,
    /// <summary><see cref="long"/>: microseconds since midnight.</summary>
    Time = 14,
    /// <summary>Not read here; cast it in the query.</summary>
    Interval = 15,
    /// <summary><see cref="Int128"/></summary>
    HugeInt = 16,
    /// <summary>Read with <see cref="DuckColumn.Text"/> or <see cref="DuckColumn.Bytes"/>.</summary>
    VarChar = 17,
    /// <summary>Read with <see cref="DuckColumn.Bytes"/>.</summary>
    Blob = 18,
    /// <summary>Not read here; cast it in the query.</summary>
    Decimal = 19,
    /// <summary><see cref="long"/>: seconds since 1970-01-01.</summary>
    TimestampSeconds = 20,
    /// <summary><see cref="long"/>: milliseconds since 1970-01-01.</summary>
    TimestampMilliseconds = 21,
    /// <summary><see cref="long"/>: nanoseconds since 1970-01-01.</summary>
    TimestampNanoseconds = 22,
    /// <summary>Not read here; cast it to VARCHAR in the query.</summary>
    Enum = 23,
    /// <summary>Not read here; unnest it in the query.</summary>
    List = 24,
    /// <summary>Not read here; select its fields in the query.</summary>
    Struct = 25,
    /// <summary><see cref="long"/>: microseconds since 1970-01-01 in UTC.</summary>
    TimestampZoned = 31,
    /// <summary><see cref="UInt128"/></summary>
    UHugeInt = 32,
}
