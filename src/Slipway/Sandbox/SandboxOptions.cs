namespace Slipway.Sandbox;

/// <summary>How jobs are confined on this installation.</summary>
/// <param name="Folder">Where working folders are made; it is the sandbox's alone, and emptied at the first job.</param>
internal sealed record SandboxOptions(string Folder)
{
    /// <summary>The mechanism to use; null: the best that works.</summary>
    public SandboxMechanism? Mechanism { get; init; }

    /// <summary>True where several people share the server: jobs that nothing confines are refused.</summary>
    public bool MustConfine { get; init; }

    /// <summary>Folders of this machine that every job may read: where people's programs lie beside /usr.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Files and folders that no job may see: database, blobs, keys, configuration.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>How many jobs run at once; others wait.</summary>
    public int ConcurrentMax { get; init; } = Math.Max(2, Environment.ProcessorCount);
}
