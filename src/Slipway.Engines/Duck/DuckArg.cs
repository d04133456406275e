#pragma warning disable CA2225 // a parameter is written as the plain value it is; named alternates would be a second way
namespace Slipway.Engines.Duck;

/// <summary>A parameter's value. Plain values convert to it; <c>default</c> is NULL.</summary>
public readonly record struct DuckArg
{
    private DuckArg(DuckType type, long bits, object? reference = null) => (Type, Bits, Reference) = (type, bits, reference);

    internal DuckType Type { get; }
    internal long Bits { get; }
    internal object? Reference { get; }

    /// <summary>A BOOLEAN.</summary>
    public static implicit operator DuckArg(bool value) => new(DuckType.Boolean, value ? 1 : 0);

    /// <summary>An INTEGER.</summary>
    public static implicit operator DuckArg(int value) => new(DuckType.Integer, value);

    /// <summary>A BIGINT.</summary>
    public static implicit operator DuckArg(long value) => new(DuckType.BigInt, value);

    /// <summary>A FLOAT.</summary>
    public static implicit operator DuckArg(float value) => new(DuckType.Float, BitConverter.SingleToInt32Bits(value));

    /// <summary>A DOUBLE.</summary>
    public static implicit operator DuckArg(double value) => new(DuckType.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A VARCHAR, or NULL.</summary>
    public static implicit operator DuckArg(string? value) => value is null ? default : new(DuckType.VarChar, 0, value);

    /// <summary>A BLOB, or NULL.</summary>
    public static implicit operator DuckArg(byte[]? value) => value is null ? default : new(DuckType.Blob, 0, value);

    /// <summary>A DATE.</summary>
    public static implicit operator DuckArg(DateOnly value) => new(DuckType.Date, value.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);

    /// <summary>A TIMESTAMP without a zone, to the microsecond; the value's <see cref="DateTime.Kind"/> is not looked at.</summary>
    public static implicit operator DuckArg(DateTime value) => new(DuckType.Timestamp, (value.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
}
