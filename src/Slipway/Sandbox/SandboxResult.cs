namespace Slipway.Sandbox;

/// <summary>Which limit a job passed.</summary>
internal enum SandboxLimit
{
    /// <summary>Wall time.</summary>
    Time,
    /// <summary>Processor time.</summary>
    Cpu,
    /// <summary>Memory.</summary>
    Memory,
    /// <summary>Processes and threads.</summary>
    Processes,
    /// <summary>What it wrote to files.</summary>
    Disk,
    /// <summary>What it said.</summary>
    Output,
}

/// <summary>How a job ended.</summary>
internal sealed record SandboxResult
{
    /// <summary>What the program answered; 128 and the signal's number when a signal ended it; 127 when there was no such program.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The limit that it was killed for, or null.</summary>
    public SandboxLimit? KilledBecause { get; init; }

    /// <summary>What it said on stdout: the beginning and the end, as UTF-8.</summary>
    public required string Stdout { get; init; }

    /// <summary>What it said on stderr.</summary>
    public required string Stderr { get; init; }

    /// <summary>False when something in the middle of <see cref="Stdout"/> was left out.</summary>
    public bool StdoutWhole { get; init; }

    /// <summary>How long it ran.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Processor time of all its processes, as far as it was seen.</summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>The most memory that was seen, in bytes.</summary>
    public long PeakBytes { get; init; }

    /// <summary>The wanted files that were there.</summary>
    public IReadOnlyDictionary<string, byte[]> Results { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Wanted files that were not taken, and why.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>What confined it.</summary>
    public SandboxMechanism Mechanism { get; init; }

    /// <summary>A sentence about the limit that ended it; null when none did.</summary>
    public string? Limit(SandboxLimits limits) => KilledBecause switch
    {
        SandboxLimit.Time => $"It was ended after {limits.WallTime.TotalSeconds:0.#} s.",
        SandboxLimit.Cpu => $"It used more than {limits.CpuTime.TotalSeconds:0.#} s of processor time.",
        SandboxLimit.Memory => $"It used more than {limits.MemoryBytes:N0} bytes of memory.",
        SandboxLimit.Processes => $"It had more than {limits.Processes} processes and threads.",
        SandboxLimit.Disk => $"It wrote more than {limits.DiskBytes:N0} bytes to files, or more than {SandboxFolder.FilesMax:N0} files.",
        SandboxLimit.Output => $"It said more than {limits.OutputBytes:N0} bytes.",
        _ => null,
    };
}
