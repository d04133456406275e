using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Events;

/// <summary>
/// The hashes of the seal, without I/O. A leaf is SHA-256 over length-prefixed fields; actor and data enter as salted commitments, so that they can
/// be erased later while the leaf still verifies. A seal chains to the one before it.
/// </summary>
internal static class SealChain
{
    /// <summary>What the first seal chains to.</summary>
    public static readonly byte[] Genesis = new byte[SHA256.HashSizeInBytes];

    /// <summary>SHA-256 over salt and value; an absent value is told apart from an empty one.</summary>
    public static byte[] Commit(byte[] salt, string? value)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Field(hash, salt);
        if (value is not null) Field(hash, Encoding.UTF8.GetBytes(value));
        return hash.GetHashAndReset();
    }

    /// <summary>The leaf of one event.</summary>
    public static byte[] Leaf(long position, long workspace, long atMs, string kind, string subject, byte[] actorCommitment, byte[] dataCommitment)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Number(hash, position);
        Number(hash, workspace);
        Number(hash, atMs);
        Field(hash, Encoding.UTF8.GetBytes(kind));
        Field(hash, Encoding.UTF8.GetBytes(subject));
        Field(hash, actorCommitment);
        Field(hash, dataCommitment);
        return hash.GetHashAndReset();
    }

    /// <summary>The hash of a seal.</summary>
    public static byte[] Seal(long no, long firstPosition, long lastPosition, long atMs, byte[] leaves, byte[] previous)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Number(hash, no);
        Number(hash, firstPosition);
        Number(hash, lastPosition);
        Number(hash, atMs);
        Field(hash, leaves);
        Field(hash, previous);
        return hash.GetHashAndReset();
    }

    private static void Number(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void Field(IncrementalHash hash, byte[] value)
    {
        Number(hash, value.Length);
        hash.AppendData(value);
    }
}
