using Slipway.Access;

namespace Slipway.Client;

/// <summary>Named secrets of the client's workspace, sealed at rest: they can be set and used by the server, and read back by nobody.</summary>
public sealed class SecretsClient
{
    private const string Root = "api/slipway/v1/secrets";

    private readonly Transport transport;

    internal SecretsClient(Transport transport) => this.transport = transport;

    /// <summary>Their names, when each was set, and by whom.</summary>
    public async Task<IReadOnlyList<SecretInfo>> ListAsync(CancellationToken ct = default) => (await transport.Get<SecretsPage>(Root, ct).ConfigureAwait(false)).Secrets;

    /// <summary>Sets or replaces one.</summary>
    /// <param name="name">1 to 63 letters, digits, `-`, `_` or `.`.</param>
    /// <param name="value">At most 16,384 characters.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task SetAsync(string name, string value, CancellationToken ct = default) => transport.Write<SetSecret, Done>(HttpMethod.Put, Of(name), new SetSecret(name, value), ct);

    /// <summary>Deletes one.</summary>
    public Task DeleteAsync(string name, CancellationToken ct = default) => transport.Delete(Of(name), ct);

    /// <summary>Makes a new key and seals every secret, and every workspace's key of artifacts, anew with it. For administrators of the installation.</summary>
    public Task<SecretsRotated> RotateAsync(CancellationToken ct = default) =>
        transport.Post<RotateSecrets, SecretsRotated>(Root + "/rotate", new RotateSecrets(), ct, idempotent: false);

    private static string Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Root}/{Uri.EscapeDataString(name)}";
    }
}
