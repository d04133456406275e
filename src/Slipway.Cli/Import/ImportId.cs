using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Cli.Import;

/// <summary>Ids for what has none that fits here: always the same for the same thing, so that a second import finds what the first one made.</summary>
internal static class ImportId
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>32 lowercase hexadecimal digits of a UUID of version 8, made of the parts.</summary>
    public static string Of(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            // With the lengths, "a" "bc" is not "ab" "c".
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        digest[6] = (byte)(digest[6] & 0x0f | 0x80);
        digest[8] = (byte)(digest[8] & 0x3f | 0x80);
        return Convert.ToHexStringLower(digest[..16]);
    }

    /// <summary>True when a run can keep this id.</summary>
    public static bool IsRunId(string id) => id.Length == 32 && !id.AsSpan().ContainsAnyExcept(Digits);

    /// <summary>True when a logged model can keep this id.</summary>
    public static bool IsModelId(string id) => id.StartsWith("m-", StringComparison.Ordinal) && IsRunId(id[2..]);
}
