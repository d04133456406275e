namespace Slipway.Storage;

/// <summary>The current row of a query. Valid only inside the reading delegate; column numbers start at 0.</summary>
public abstract class Row
{
    /// <summary>How many columns the row has.</summary>
    public abstract int Count { get; }

    /// <summary>True when the column is NULL.</summary>
    public abstract bool IsNull(int column);

    /// <summary>An integer of any width.</summary>
    public abstract long Long(int column);

    /// <summary>A double.</summary>
    public abstract double Double(int column);

    /// <summary>Text.</summary>
    public abstract string Text(int column);

    /// <summary>A copy of the bytes.</summary>
    public byte[] Bytes(int column) => Blob(column).ToArray();

    /// <summary>The bytes in place, valid until the next row.</summary>
    public abstract ReadOnlySpan<byte> Blob(int column);

    /// <summary>Text as UTF-8 in place, valid until the next row.</summary>
    public abstract ReadOnlySpan<byte> Utf8(int column);

    /// <summary>An integer that fits 32 bits.</summary>
    public int Int(int column) => checked((int)Long(column));

    /// <summary>A flag stored as 0 or 1.</summary>
    public bool Bool(int column) => Long(column) != 0;

    /// <summary>Text or null.</summary>
    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>An integer or null.</summary>
    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    /// <summary>A double or null.</summary>
    public double? DoubleOrNull(int column) => IsNull(column) ? null : Double(column);

    /// <summary>What the column holds, for code that copies rows without knowing them (backup).</summary>
    internal abstract Arg Value(int column);
}
