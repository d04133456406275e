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
    public async Task<Workspace> CreateAsync(PutWorkspace workspace, CancellationToken ct = default) =>
        (await transport.Post<PutWorkspace, WorkspaceAnswer>(Root, workspace, ct, idempotent: false).ConfigureAwait(false)).Workspace;

    /// <summary>Changes what is not null; a quota replaces all three limits, rules of masking replace all rules.</summary>
    public async Task<Workspace> UpdateAsync(PutWorkspace change, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return (await transport.Write<PutWorkspace, WorkspaceAnswer>(HttpMethod.Patch, Of(change.Name), change, ct).ConfigureAwait(false)).Workspace;
    }

    /// <summary>Puts it and everything in it out of reach; <see cref="RestoreAsync"/> takes that back.</summary>
    public Task DeleteAsync(string name, CancellationToken ct = default) => transport.Delete(Of(name), ct);

    /// <summary>Brings it back.</summary>
    public Task RestoreAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Post($"api/slipway/v1/workspaces/{Uri.EscapeDataString(name)}/restore", new WorkspaceRef(name), ct);
    }

    private static string Of(string? name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Root}/{Uri.EscapeDataString(name)}";
    }
}
