using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Slipway.Storage;

/// <summary>One positional argument ($1, $2 ...) of a statement. A union, so that numbers are not boxed.</summary>
public readonly struct Arg
{
    internal enum Kind { Null, Long, Double, Text, Bytes, Longs, Texts }

    internal readonly Kind Type;
    /// <summary>What the argument would be if it were not null: PostgreSQL wants a type for a null too.</summary>
    internal readonly Kind Declared;
    internal readonly long Number;
    internal readonly object? Object;
    internal readonly ReadOnlyMemory<byte> Memory;

    private Arg(Kind type, Kind declared, long number = 0, object? value = null, ReadOnlyMemory<byte> memory = default) =>
        (Type, Declared, Number, Object, Memory) = (type, declared, number, value, memory);

    internal double Real => BitConverter.Int64BitsToDouble(Number);

    internal string Text => (string)Object!;

    /// <summary>An integer.</summary>
    public static implicit operator Arg(long value) => new(Kind.Long, Kind.Long, value);

    /// <summary>An integer.</summary>
    public static implicit operator Arg(int value) => new(Kind.Long, Kind.Long, value);

    /// <summary>A flag, stored as 0 or 1.</summary>
    public static implicit operator Arg(bool value) => new(Kind.Long, Kind.Long, value ? 1 : 0);

    /// <summary>A double. NaN has no place in SQL (SQLite turns it into NULL): callers keep a flag beside 0.</summary>
    public static implicit operator Arg(double value) => double.IsNaN(value)
        ? throw new ArgumentOutOfRangeException(nameof(value), "NaN is stored as a flag beside 0, never as a value.")
        : new(Kind.Double, Kind.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>An integer or NULL.</summary>
    public static implicit operator Arg(long? value) => value is { } number ? number : new Arg(Kind.Null, Kind.Long);

    /// <summary>A double or NULL.</summary>
    public static implicit operator Arg(double? value) => value is { } number ? number : new Arg(Kind.Null, Kind.Double);

    /// <summary>Text or NULL. The NUL character is refused: PostgreSQL cannot hold it and SQLite would cut the text there in places.</summary>
    public static implicit operator Arg(string? value) => value is null ? new(Kind.Null, Kind.Text)
        : value.Contains('\0', StringComparison.Ordinal) ? throw new NulTextException()
        : new(Kind.Text, Kind.Text, 0, value);

    /// <summary>Bytes or NULL.</summary>
    public static implicit operator Arg(byte[]? value) => value is null ? new(Kind.Null, Kind.Bytes) : new(Kind.Bytes, Kind.Bytes, 0, null, value);

    /// <summary>Bytes; they must not change until the statement has run.</summary>
    public static implicit operator Arg(ReadOnlyMemory<byte> value) => new(Kind.Bytes, Kind.Bytes, 0, null, value);

    /// <summary>A NULL whose type the column decides: only for values that go straight into a column.</summary>
    internal static Arg Null => default;

    /// <summary>A list for <see cref="Dialects.InLongs"/>.</summary>
    public static Arg Longs(IReadOnlyCollection<long> values) => new(Kind.Longs, Kind.Longs, 0, values);

    /// <summary>A list for <see cref="Dialects.InTexts"/>.</summary>
    public static Arg Texts(IReadOnlyCollection<string> values) => new(Kind.Texts, Kind.Texts, 0, values);

    /// <summary>The list as JSON, which is how SQLite takes one.</summary>
    internal string Json() => Type is Kind.Longs
        ? "[" + string.Join(',', (IReadOnlyCollection<long>)Object!) + "]"
        : JsonSerializer.Serialize((IReadOnlyCollection<string>)Object!, ArgJson.Default.IReadOnlyCollectionString);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyCollection<string>))]
[SuppressMessage("Design", "CA1812", Justification = "Instantiated by the generator.")]
internal sealed partial class ArgJson : System.Text.Json.Serialization.JsonSerializerContext;

/// <summary>Takes one row's arguments, in the order of its parameters or columns.</summary>
public sealed class ArgWriter
{
    private readonly List<Arg> args = [];

    /// <summary>The next argument of the row.</summary>
    public ArgWriter Add(Arg arg)
    {
        args.Add(arg);
        return this;
    }

    internal ReadOnlySpan<Arg> Args => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(args);

    internal void Clear() => args.Clear();
}
