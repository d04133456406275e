using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Slipway.Events;

/// <summary>
/// Gathers length-prefixed fields and hashes them in one call: a verification hashes five times an event, and a hash that is fed piece by piece
/// costs several times as much.
/// </summary>
internal sealed class HashInput
{
    private byte[] bytes = new byte[8 * 1024];
    private int length;

    /// <summary>Begins anew.</summary>
    public HashInput Begin()
    {
        length = 0;
        return this;
    }

    /// <summary>A number, eight bytes.</summary>
    public HashInput Number(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Room(sizeof(long)), value);
        return this;
    }

    /// <summary>A field after its length.</summary>
    public HashInput Field(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        value.CopyTo(Room(value.Length));
        return this;
    }

    /// <summary>SHA-256 over what was gathered.</summary>
    public void Hash(Span<byte> to) => SHA256.HashData(bytes.AsSpan(0, length), to);

    /// <summary>SHA-256 over what was gathered.</summary>
    public byte[] Hash() => SHA256.HashData(bytes.AsSpan(0, length));

    private Span<byte> Room(int count)
    {
        if (bytes.Length - length < count) Array.Resize(ref bytes, Math.Max(2 * bytes.Length, length + count));
        length += count;
        return bytes.AsSpan(length - count, count);
    }
}
