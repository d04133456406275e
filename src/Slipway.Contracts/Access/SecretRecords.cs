using System.Text;

namespace Slipway.Access;

/// <summary>Sets a secret of the workspace; nobody can read it back.</summary>
/// <param name="Name">1 to 63 letters, digits, `-`, `_` or `.`.</param>
/// <param name="Value">At most 16,384 characters.</param>
public sealed record SetSecret(string? Name, string? Value)
{
    /// <summary>The longest name.</summary>
    public const int NameCharsMax = 63;

    /// <summary>The longest value.</summary>
    public const int ValueCharsMax = 16_384;

    /// <summary>The most secrets of a workspace.</summary>
    public const int SecretsMax = 1_000;

    // A record prints its members: not the value.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Name = ").Append(Name);
        return true;
    }
}

/// <summary>Names a secret.</summary>
/// <param name="Name">Its name.</param>
public sealed record SecretRef(string? Name);

/// <summary>Lists the workspace's secrets.</summary>
public sealed record ListSecrets;

/// <summary>A secret, without what it says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SetMs">When it was set, in Unix milliseconds.</param>
/// <param name="SetBy">By whom.</param>
public sealed record SecretInfo(string Name, long SetMs, string SetBy);

/// <summary>Secrets by name.</summary>
/// <param name="Secrets">The secrets.</param>
public sealed record SecretsPage(IReadOnlyList<SecretInfo> Secrets);

/// <summary>Asks for a new key.</summary>
public sealed record RotateSecrets;

/// <summary>What was sealed anew.</summary>
/// <param name="KeyId">The key that seals from now on.</param>
/// <param name="Secrets">Secrets that were sealed anew.</param>
/// <param name="DataKeys">Workspaces' keys that were sealed anew.</param>
public sealed record SecretsRotated(string KeyId, int Secrets, int DataKeys);
