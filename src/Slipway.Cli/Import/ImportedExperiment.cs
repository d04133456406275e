using Slipway.Client;

namespace Slipway.Cli.Import;

/// <summary>An experiment that runs are imported into. A deleted one is restored only when a run of it must be written, and deleted again afterwards.</summary>
internal sealed class ImportedExperiment(SlipwayClient client, string id, string name, bool isDeleted, bool made)
{
    private readonly Lock gate = new();
    private Task? restoring;

    public string Id => id;

    public string Name => name;

    /// <summary>Before any write to a run of it. Many may ask at once; one restores.</summary>
    public Task EnsureActive(CancellationToken ct)
    {
        if (!isDeleted) return Task.CompletedTask;
        lock (gate) return restoring ??= Restore(ct);
    }

    /// <summary>After its last run. Only an experiment that an import made is deleted because its source is; one that was deleted here stays so.</summary>
    public async Task End(bool deletedInSource, CancellationToken ct)
    {
        if (isDeleted ? restoring is not null : made && deletedInSource) await client.Experiments.DeleteAsync(id, ct);
    }

    private Task Restore(CancellationToken ct) => client.Experiments.RestoreAsync(id, ct);
}
