using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Access;

/// <summary>
/// Passwords at rest: PBKDF2 with HMAC-SHA-512 (RFC 8018), a salt of its own each, the rounds stored beside the hash so that they can rise. Only as
/// many are computed at once as there are cores: guessing must not starve the rest of the server.
/// </summary>
internal sealed class Passwords(int rounds) : IDisposable
{
    /// <summary>OWASP's figure of 2023 for this function is 210,000.</summary>
    public const int RoundsDefault = 220_000;

    private const string Method = "pbkdf2-sha512";
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly SemaphoreSlim atOnce = new(Environment.ProcessorCount);
    private readonly string nobodys = Make(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), rounds);

    /// <summary>Null when a password may be set, else what is wrong with it.</summary>
    public static Problem? Check(string? password, string name)
    {
        if (string.IsNullOrEmpty(password)) return Problem.Missing("password");
        if (password.Length is < CreateMember.PasswordCharsMin or > CreateMember.PasswordCharsMax)
            return Problem.Invalid($"password: expected {CreateMember.PasswordCharsMin} to {CreateMember.PasswordCharsMax} characters, got {password.Length}. Several words make a good one.");
        if (password.Contains('\0', StringComparison.Ordinal)) return Problem.Invalid("password: the NUL character (U+0000) is not allowed.");
        return password.Contains(name, StringComparison.OrdinalIgnoreCase) && name.Length >= 4 || password.Distinct().Count() < 5
            ? Problem.Invalid("password: it is too easy to guess; it must not hold the name, nor be made of fewer than five different characters.")
            : null;
    }

    /// <summary>What is stored for a password.</summary>
    public async Task<string> Hash(string password, CancellationToken ct)
    {
        await atOnce.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Make(password, rounds), ct);
        }
        finally
        {
            atOnce.Release();
        }
    }

    /// <summary>Whether the password is the stored one. Without a stored one it takes as long, so that the time tells nobody which names exist.</summary>
    public async Task<bool> Fits(string? stored, string password, CancellationToken ct)
    {
        await atOnce.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Matches(stored ?? nobodys, password), ct) && stored is not null;
        }
        finally
        {
            atOnce.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => atOnce.Dispose();

    private static string Make(string password, int rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return $"{Method}${rounds.ToString(CultureInfo.InvariantCulture)}${Convert.ToHexStringLower(salt)}${Convert.ToHexStringLower(Derive(password, salt, rounds, HashBytes))}";
    }

    private static bool Matches(string stored, string password)
    {
        var parts = stored.Split('$');
        if (parts.Length != 4 || parts[0] != Method || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var used))
            throw new FormatException($"A stored password has a form that this version does not know: {parts[0]}.");
        var expected = Convert.FromHexString(parts[3]);
        return CryptographicOperations.FixedTimeEquals(Derive(password, Convert.FromHexString(parts[2]), used, expected.Length), expected);
    }

    private static byte[] Derive(string password, byte[] salt, int rounds, int bytes) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), salt, rounds, HashAlgorithmName.SHA512, bytes);
}
