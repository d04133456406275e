using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Slipway.Storage;

/// <summary>
/// The second format of blobs: AES-256-GCM in frames of 64 KiB, so that a range decrypts the frames it lies in and no others. A frame's nonce
/// is its number and whether it is the last: frames that were reordered, repeated, cut off or added do not open. Every blob has a key of its own,
/// derived (HKDF-SHA256) from the workspace's key with the blob's random id as salt: nonces never meet under one key, and a blob that was put in
/// another's place does not open either.
/// </summary>
public static class SealedFrames
{
    /// <summary>What `blobs.format` says of them.</summary>
    public const int Format = 2;

    /// <summary>Plain bytes of a whole frame.</summary>
    public const int PlainBytes = 64 * 1024;

    /// <summary>Bytes that sealing adds to each frame.</summary>
    public const int TagBytes = 16;

    /// <summary>Bytes of a whole frame as stored.</summary>
    public const int FrameBytes = PlainBytes + TagBytes;

    /// <summary>Bytes of a workspace's key.</summary>
    public const int KeyBytes = 32;

    private const int NonceBytes = 12;

    /// <summary>How many frames hold so many plain bytes: an empty blob has one, which says that it is empty.</summary>
    public static long Frames(long plainBytes) => Math.Max(1, (plainBytes + PlainBytes - 1) / PlainBytes);

    /// <summary>Bytes as stored.</summary>
    public static long SealedSize(long plainBytes) => plainBytes + Frames(plainBytes) * TagBytes;

    /// <summary>The cipher of one blob.</summary>
    internal static AesGcm Cipher(ReadOnlySpan<byte> key, BlobId id)
    {
        if (key.Length != KeyBytes) throw new ArgumentException($"A key has {KeyBytes} bytes, got {key.Length}.", nameof(key));
        Span<byte> salt = stackalloc byte[16], own = stackalloc byte[KeyBytes];
        id.Value.TryWriteBytes(salt, bigEndian: true, out _);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, own, salt, "slipway blob format 2"u8);
        var cipher = new AesGcm(own, TagBytes);
        CryptographicOperations.ZeroMemory(own);
        return cipher;
    }

    /// <summary>Seals a frame: as many bytes as the plain ones, then the tag.</summary>
    internal static void Seal(AesGcm cipher, long number, bool last, ReadOnlySpan<byte> plain, Span<byte> frame)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Nonce(nonce, number, last);
        cipher.Encrypt(nonce, plain, frame[..plain.Length], frame.Slice(plain.Length, TagBytes));
    }

    /// <summary>Opens a frame; false when it is not the one that was sealed there.</summary>
    internal static bool TryOpen(AesGcm cipher, long number, bool last, ReadOnlySpan<byte> frame, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Nonce(nonce, number, last);
        try
        {
            cipher.Decrypt(nonce, frame[..^TagBytes], frame[^TagBytes..], plain[..(frame.Length - TagBytes)]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static void Nonce(Span<byte> nonce, long number, bool last)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce, number);
        nonce[^1] = last ? (byte)1 : (byte)0;
    }
}
