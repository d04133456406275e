using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace Slipway;

/// <summary>
/// Hides values of params and tags before anything stores them or writes them into an event. A masked value is gone; a hashed one can still be
/// compared and searched for within its workspace.
/// </summary>
public sealed class Masking
{
    /// <summary>What stands in place of a masked value.</summary>
    public const string Masked = "***";

    /// <summary>How a hashed value begins.</summary>
    public const string HashedPrefix = "hash:";

    /// <summary>The most rules of a workspace.</summary>
    public const int RulesMax = 100;

    private const string RunName = "mlflow.runName";

    private readonly IReadOnlyList<MaskRule> rules;
    private readonly byte[] salt;

    /// <summary>Hides by these rules, the first that fits; hashes are keyed with the salt.</summary>
    public Masking(IReadOnlyList<MaskRule> rules, byte[] salt) => (this.rules, this.salt) = (rules, salt);

    /// <summary>The value to keep in place of this one.</summary>
    public string Apply(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        // The run's name is a column of its own, told to everybody: hiding its tag alone would hide nothing.
        if (key == RunName) return value;
        foreach (var rule in rules)
            if (FileSystemName.MatchesSimpleExpression(rule.Keys, key, ignoreCase: true))
                return rule.How == MaskRule.Hash ? Hashed(value) : Masked;
        return value;
    }

    private string Hashed(string value)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(value), hash);
        return HashedPrefix + Convert.ToHexStringLower(hash[..16]);
    }
}

/// <summary>Which values are hidden, and how.</summary>
/// <param name="Keys">The key of a param or tag, with `*` for any characters; upper and lower case are the same.</param>
/// <param name="How">`mask` or `hash`.</param>
public sealed record MaskRule(string? Keys, string? How)
{
    /// <summary>Nothing of the value is kept.</summary>
    public const string Mask = "mask";

    /// <summary>A keyed hash is kept: equal values stay equal.</summary>
    public const string Hash = "hash";

    /// <summary>The longest pattern.</summary>
    public const int KeysCharsMax = 250;
}
