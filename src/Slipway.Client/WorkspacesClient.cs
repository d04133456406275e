using Slipway.Access;

namespace Slipway.Client;

/// <summary>Workspaces, which isolate everything in them. Making and changing them needs the right to administer.</summary>
public sealed class WorkspacesClient
{
    private const string Root = "api/3.0/mlflow/workspaces";

    private readonly Transport transport;

    internal WorkspacesClient(Transport transport) => this.transport = transport;

    /// <summary>Those that the caller reaches; administrators see deleted ones too.</summary>
    public async Task<IReadOnlyList<Workspace>> ListAsync(CancellationToken ct = default) => (await transport.Get<WorkspacesPage>(Root, ct).ConfigureAwait(false)).Workspaces;

    /// <summary>One of them.</summary>
    public async Task<Workspace> GetAsync(string name, CancellationToken ct = default) => (await transport.Get<WorkspaceAnswer>(Of(name), ct).ConfigureAwait(false)).Workspace;

    /// <summary>Makes one.</summary>
    /// <param name="name">2 to 63 of: lower-case letters, digits, `-`; begins with a letter.</param>
    /// <param name="description">For people.</param>
    /// <param name="quota">What it may use; null sets no limits.</param>
    /// <param name="ct">Cancels the request.</param>
    public async Task<Workspace> CreateAsync(string name, string? description = null, WorkspaceQuota? quota = null, CancellationToken ct = default) =>
        (await transport.Post<PutWorkspace, WorkspaceAnswer>(Root, new PutWorkspace(name, description, quota), ct, idempotent: false).ConfigureAwait(false)).Workspace;

    /// <summary>Changes the description or the limits; null leaves what is there, a quota replaces all three limits.</summary>
    public async Task<Workspace> UpdateAsync(string name, string? description = null, WorkspaceQuota? quota = null, CancellationToken ct = default) =>
        (await transport.Write<PutWorkspace, WorkspaceAnswer>(HttpMethod.Patch, Of(name), new PutWorkspace(name, description, quota), ct).ConfigureAwait(false)).Workspace;

    /// <summary>Puts it and everything in it out of reach; <see cref="RestoreAsync"/> takes that back.</summary>
    public Task DeleteAsync(string name, CancellationToken ct = default) => transport.Delete(Of(name), ct);

    /// <summary>Brings it back.</summary>
    public Task RestoreAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Post($"api/slipway/v1/workspaces/{Uri.EscapeDataString(name)}/restore", new WorkspaceRef(name), ct);
    }

    private static string Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Root}/{Uri.EscapeDataString(name)}";
    }
}
