using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Slipway.Storage;

/// <summary>
/// The random key of a blob. Nothing of it comes from a caller (no artifact name ever becomes a file name), and being random it
/// spreads blobs evenly over folders and S3 partitions.
/// </summary>
public readonly record struct BlobId(Guid Value) : IComparable<BlobId>
{
    /// <summary>The length of <see cref="ToString"/>.</summary>
    public const int TextLength = 32;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>A new random key: 122 bits from the system's generator.</summary>
    public static BlobId New() => new(Guid.NewGuid());

    /// <summary>Reads 32 lower-case hex digits, and only those: one key has one spelling.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out BlobId id)
    {
        id = default;
        if (text is not { Length: TextLength } || text.AsSpan().ContainsAnyExcept(Digits)) return false;
        id = new BlobId(Guid.ParseExact(text, "N"));
        return true;
    }

    /// <summary>Orders as the text does, which is how folders and buckets list.</summary>
    public int CompareTo(BlobId other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("N");

    /// <summary>Ordered by text.</summary>
    public static bool operator <(BlobId left, BlobId right) => left.CompareTo(right) < 0;

    /// <summary>Ordered by text.</summary>
    public static bool operator >(BlobId left, BlobId right) => left.CompareTo(right) > 0;

    /// <summary>Ordered by text.</summary>
    public static bool operator <=(BlobId left, BlobId right) => left.CompareTo(right) <= 0;

    /// <summary>Ordered by text.</summary>
    public static bool operator >=(BlobId left, BlobId right) => left.CompareTo(right) >= 0;
}
