using System.Security.Cryptography;
using System.Text;

namespace Slipway.Access;

/// <summary>Something sealed, and the key that opens it.</summary>
internal readonly record struct Boxed(string KeyId, byte[] Value);

/// <summary>
/// Seals small secrets (AES-256-GCM, a random nonce each). What a secret is for is sealed with it: one that was moved to another row does not open.
/// </summary>
internal sealed class SecretBox(SecretKeys keys)
{
    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>The keys.</summary>
    public SecretKeys Keys => keys;

    /// <summary>Seals for a purpose such as `secret/0/name`.</summary>
    public Boxed Seal(string purpose, ReadOnlySpan<byte> plain)
    {
        var key = keys.Current;
        var value = new byte[1 + NonceBytes + plain.Length + TagBytes];
        value[0] = Version;
        var nonce = value.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key.Bytes, TagBytes);
        cipher.Encrypt(nonce, plain, value.AsSpan(1 + NonceBytes, plain.Length), value.AsSpan(value.Length - TagBytes), Encoding.UTF8.GetBytes(purpose));
        return new Boxed(key.Id, value);
    }

    /// <summary>Opens what was sealed for the purpose.</summary>
    public Outcome<byte[]> Open(string purpose, Boxed boxed)
    {
        if (keys.Find(boxed.KeyId) is not { } key)
            return Problem.Damaged($"{purpose} was sealed with the key {boxed.KeyId}, which is not among secrets.key or in secrets.keyFile. Put that key back beside the others, or set the secret anew.");
        var value = boxed.Value.AsSpan();
        if (value.Length < 1 + NonceBytes + TagBytes || value[0] != Version) return Broken(purpose);
        var plain = new byte[value.Length - 1 - NonceBytes - TagBytes];
        using var cipher = new AesGcm(key.Bytes, TagBytes);
        try
        {
            cipher.Decrypt(value.Slice(1, NonceBytes), value[(1 + NonceBytes)..^TagBytes], value[^TagBytes..], plain, Encoding.UTF8.GetBytes(purpose));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return Broken(purpose);
        }
    }

    private static Problem Broken(string purpose) => Problem.Damaged($"{purpose} does not open: its row was damaged or exchanged. Set it anew, or restore a backup.");
}
