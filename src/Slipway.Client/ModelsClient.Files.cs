using Slipway.Registry;

namespace Slipway.Client;

/// <summary>What versions are made of: files, findings, signatures; and the keys that a workspace trusts.</summary>
public sealed partial class ModelsClient
{
    private const string OwnKeys = "api/slipway/v1/model-keys";

    /// <summary>What a version is made of: files with digests, flavors, signature, what the scan found.</summary>
    public Task<ModelPackage> PackageAsync(string name, string version, CancellationToken ct = default) => transport.Get<ModelPackage>(OfVersion(name, version) + "/package", ct);

    /// <summary>Asks for another look into a version's files; <see cref="PackageAsync"/> says `pending` until it has ended.</summary>
    public Task<ModelScan> InspectAsync(string name, string version, CancellationToken ct = default) =>
        transport.Post<ModelVersionRef, ModelScan>(OfVersion(name, version) + "/inspect", new ModelVersionRef(name, version), ct);

    /// <summary>Keeps a signature of a version.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="envelope">What <see cref="ModelSigning.Sign"/> made.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<ModelSignature> AddSignatureAsync(string name, string version, string envelope, CancellationToken ct = default) =>
        transport.Post<SignModelVersion, ModelSignature>(OfVersion(name, version) + "/signatures", new SignModelVersion(name, version, envelope), ct);

    /// <summary>The signatures of a version with their envelopes.</summary>
    public async Task<IReadOnlyList<ModelSignature>> SignaturesAsync(string name, string version, CancellationToken ct = default) =>
        (await transport.Get<ModelSignatureList>(OfVersion(name, version) + "/signatures", ct).ConfigureAwait(false)).Signatures;

    /// <summary>The keys that the workspace trusts.</summary>
    public async Task<IReadOnlyList<ModelKey>> KeysAsync(CancellationToken ct = default) => (await transport.Get<ModelKeyList>(OwnKeys, ct).ConfigureAwait(false)).Keys;

    /// <summary>Trusts a key, a public key on P-256 in PEM.</summary>
    public Task<ModelKey> AddKeyAsync(string name, string publicKey, CancellationToken ct = default) => transport.Post<AddModelKey, ModelKey>(OwnKeys, new AddModelKey(name, publicKey), ct, idempotent: false);

    /// <summary>Trusts a key no longer.</summary>
    public Task RemoveKeyAsync(string keyId, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyId);
        return transport.Delete($"{OwnKeys}/{Uri.EscapeDataString(keyId)}", ct);
    }

    private static string OfVersion(string name, string version)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(version);
        return $"{Own}{Uri.EscapeDataString(name)}/versions/{Uri.EscapeDataString(version)}";
    }
}
