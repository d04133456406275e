namespace Slipway.Registry;

/// <summary>Keeps a signature of a version.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version's number.</param>
/// <param name="Envelope">A DSSE envelope, as JSON in a text.</param>
public sealed record SignModelVersion(string? Name = null, string? Version = null, string? Envelope = null);

/// <summary>A signature of a version.</summary>
/// <param name="KeyId">SHA-256 of the public key, in hexadecimal.</param>
/// <param name="KeyName">By which name the workspace trusts the key; null when it does not.</param>
/// <param name="State">`valid`, `unknown-key` or `invalid`.</param>
/// <param name="Root">SHA-256 over the digests of the files.</param>
/// <param name="SignedMs">When it was kept.</param>
/// <param name="SignedBy">Who brought it.</param>
/// <param name="Envelope">The envelope, where it was asked for.</param>
public sealed record ModelSignature(string KeyId, string? KeyName, string State, string Root, long SignedMs, string SignedBy, string? Envelope = null)
{
    /// <summary>A trusted key made it, for these files.</summary>
    public const string Valid = "valid";

    /// <summary>The workspace does not know the key.</summary>
    public const string UnknownKey = "unknown-key";

    /// <summary>The key that it names did not make it.</summary>
    public const string Invalid = "invalid";

    /// <summary>The most signatures of a version.</summary>
    public const int SignaturesMax = 20;
}

/// <summary>The signatures of a version.</summary>
/// <param name="Signatures">By time.</param>
public sealed record ModelSignatureList(ModelSignature[] Signatures);

/// <summary>Trusts a key.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="PublicKey">PEM, a key on P-256.</param>
public sealed record AddModelKey(string? Name = null, string? PublicKey = null);

/// <summary>Names a key.</summary>
/// <param name="KeyId">SHA-256 of the public key.</param>
public sealed record ModelKeyRef(string? KeyId = null);

/// <summary>Asks for the keys.</summary>
public sealed record ListModelKeys;

/// <summary>A key that a workspace trusts.</summary>
/// <param name="KeyId">SHA-256 of the public key (SubjectPublicKeyInfo, DER), in hexadecimal.</param>
/// <param name="Name">What people call it.</param>
/// <param name="PublicKey">PEM.</param>
/// <param name="AddedMs">When it was added.</param>
/// <param name="AddedBy">By whom.</param>
public sealed record ModelKey(string KeyId, string Name, string PublicKey, long AddedMs, string AddedBy)
{
    /// <summary>The most keys of a workspace.</summary>
    public const int KeysMax = 100;

    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 100;
}

/// <summary>The keys that a workspace trusts.</summary>
/// <param name="Keys">By name.</param>
public sealed record ModelKeyList(ModelKey[] Keys);
