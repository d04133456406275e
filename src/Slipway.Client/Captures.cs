namespace Slipway.Client;

/// <summary>What a run notes about itself without being told.</summary>
[Flags]
public enum Captures
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Commit, branch and remote of the git repository as tags, the uncommitted difference as the artifact `environment/uncommitted.diff` (at most 1 MB).</summary>
    Git = 1,

    /// <summary>Command line, environment variables (secrets masked), .NET, packages with versions and host, as the artifact `environment/environment.json`.</summary>
    Environment = 2,

    /// <summary>Processor, memory and GPU as metrics under `system/`, every 10 seconds.</summary>
    System = 4,

    /// <summary>What the program writes to the console, as the artifact `console.log` when the run ends (at most 10 MB).</summary>
    Console = 8,

    /// <summary>Git, environment and system: what costs nothing that a person would notice.</summary>
    Default = Git | Environment | System,

    /// <summary>Everything.</summary>
    All = Default | Console,
}
