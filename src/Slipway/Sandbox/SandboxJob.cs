namespace Slipway.Sandbox;

/// <summary>A program of somebody else's, or one that reads somebody else's files. It starts in a folder of its own, with its files in `in/` and what it leaves in `out/`.</summary>
/// <param name="Program">A full path, or a name that is looked up in /usr/local/bin, /usr/bin and /bin.</param>
/// <param name="Arguments">As they are: no shell looks at them.</param>
internal sealed record SandboxJob(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The most input files of one job.</summary>
    public const int InputsMax = 20_000;

    /// <summary>The most files that are taken from `out/`.</summary>
    public const int ResultsMax = 16;

    /// <summary>What the environment holds beside PATH, HOME, TMPDIR and LANG.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Its files, read only, below `in/`.</summary>
    public IReadOnlyList<SandboxInput> Inputs { get; init; } = [];

    /// <summary>Folders of this machine that the program needs beside /usr, read only, at their own paths.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Folders of this machine that are seen, read only, in the working folder under a name of their own: a model's files, without a copy for each process.</summary>
    public IReadOnlyDictionary<string, string> Shown { get; init; } = new Dictionary<string, string>();

    /// <summary>Files below `out/` whose content is wanted.</summary>
    public IReadOnlyList<string> Results { get; init; } = [];

    /// <summary>What it may use.</summary>
    public SandboxLimits Limits { get; init; } = new();

    /// <summary>Whether it may use the network.</summary>
    public bool Network { get; init; }

    /// <summary>Null when it can be tried, else what is wrong with it.</summary>
    public Problem? Check()
    {
        if (Program.Length == 0 || Program.Contains('\0') || Arguments.Any(static one => one.Contains('\0'))) return Problem.Invalid("A program and its arguments must be texts without the character NUL.");
        if (Arguments.Sum(static one => (long)one.Length) > 100_000) return Problem.Invalid("A program's arguments hold at most 100,000 characters together.");
        if (Environment.FirstOrDefault(static pair => pair.Key.Length == 0 || pair.Key.AsSpan().ContainsAny('=', '\0') || pair.Value.Contains('\0')) is { Key: not null } odd) return Problem.Invalid($"'{odd.Key}' cannot be a variable of the environment.");
        if (Inputs.Count > InputsMax) return Problem.Invalid($"A job takes at most {InputsMax:N0} files, got {Inputs.Count:N0}.");
        if (Results.Count > ResultsMax) return Problem.Invalid($"At most {ResultsMax} files are taken from a job, got {Results.Count}.");
        if (Shown.Keys.FirstOrDefault(static name => name is "in" or "out" or "tmp" || !IsPlain(name) || name.Contains('/')) is { } taken) return Problem.Invalid($"'{taken}' cannot be the name of a folder in a job: expected one word, other than in, out and tmp.");
        if (Shown.Values.FirstOrDefault(static path => !Directory.Exists(path)) is { } absent) return Problem.Invalid($"There is no folder {absent}.");
        return Inputs.Select(static input => input.Name).Concat(Results).FirstOrDefault(static name => !IsPlain(name)) is { } bad ? Problem.Invalid($"'{bad}' cannot be the name of a job's file: expected a relative path without '.' and '..'.") : null;
    }

    private static bool IsPlain(string name) => name.Length is > 0 and <= 1_000 && !name.Contains('\0') && !name.Contains('\\') && name.Split('/').All(static part => part is not ("" or "." or "..") && part.Length <= 255);
}

/// <summary>A file that a job is given.</summary>
/// <param name="Name">Below `in/`, with `/` between folders.</param>
/// <param name="Write">Writes its content; a problem stops the job before it starts.</param>
internal sealed record SandboxInput(string Name, Func<Stream, CancellationToken, Task<Problem?>> Write)
{
    /// <summary>A file of bytes.</summary>
    public static SandboxInput Of(string name, ReadOnlyMemory<byte> content) => new(name, async (stream, ct) =>
    {
        await stream.WriteAsync(content, ct);
        return null;
    });

    /// <summary>A file of what a stream holds; the stream is closed.</summary>
    public static SandboxInput Of(string name, Func<CancellationToken, Task<Outcome<Stream>>> open) => new(name, async (stream, ct) =>
    {
        var opened = await open(ct);
        if (opened.Problem is { } problem) return problem;
        await using var content = opened.Value;
        await content.CopyToAsync(stream, 1 << 20, ct);
        return null;
    });
}

/// <summary>What a job may use. Beyond a limit it is killed with all that it started.</summary>
internal sealed record SandboxLimits
{
    /// <summary>For <see cref="WallTime"/> and <see cref="CpuTime"/> of a program that runs until somebody ends it.</summary>
    public static readonly TimeSpan Endless = TimeSpan.MaxValue;

    /// <summary>From start to end.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Of all its processes together.</summary>
    public TimeSpan CpuTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Of all its processes together, in bytes: what lies in memory; and what one process may ask for.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Processes and threads.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>The largest file, in bytes.</summary>
    public long FileBytes { get; init; } = 256L << 20;

    /// <summary>All that it writes to files, in bytes.</summary>
    public long DiskBytes { get; init; } = 1L << 30;

    /// <summary>Stdout and stderr, each, in bytes; the first and last 64 KiB are kept, or <see cref="OutputKeptBytes"/>.</summary>
    public long OutputBytes { get; init; } = 4L << 20;

    /// <summary>How much of the beginning of an output is kept; as much again of its end.</summary>
    public int OutputKeptBytes { get; init; } = 64 << 10;

    /// <summary>True for what somebody waits for: as urgent as the server, where other jobs are less.</summary>
    public bool Urgent { get; init; }

    /// <summary>What is taken from `out/`, in bytes together.</summary>
    public long ResultBytes { get; init; } = 16L << 20;
}
