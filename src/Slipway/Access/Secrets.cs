using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Access;

/// <summary>What is shown once and stored as a hash. The secrets are 256 random bits: one round of SHA-256 keeps them, unlike passwords.</summary>
internal static class Secrets
{
    /// <summary>A new secret as URL-safe text.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is stored for a secret.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(HashBytes(secret));

    /// <summary>What is stored for a secret, as bytes.</summary>
    public static byte[] HashBytes(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
