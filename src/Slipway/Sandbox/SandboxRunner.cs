using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;

namespace Slipway.Sandbox;

/// <summary>Runs jobs, each confined by the best that this machine offers. The one way in which the server starts other people's code or reads other people's formats.</summary>
internal sealed class SandboxRunner : IDisposable
{
    /// <summary>Between two looks at what a job uses.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>The same, of one that runs for days: each look reads all of /proc.</summary>
    private static readonly TimeSpan LookAtEndlessEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks between two measures of what it wrote.</summary>
    private const int LooksPerMeasure = 4;

    private readonly SandboxOptions options;
    private readonly SemaphoreSlim places;
    private readonly Lazy<Task<SandboxMeans>> means;
    private readonly SandboxUsers users = new();

    /// <summary>Made at once; nothing is tried before the first job.</summary>
    public SandboxRunner(SandboxOptions options)
    {
        this.options = options;
        places = new SemaphoreSlim(options.ConcurrentMax);
        means = new Lazy<Task<SandboxMeans>>(() => Task.Run(Prepare));
    }

    /// <summary>What this machine offers; tried at the first call.</summary>
    public Task<SandboxMeans> Means() => means.Value;

    /// <summary>Null when jobs can run here, else the refusal with what to do about it.</summary>
    public async Task<Problem?> Refusal()
    {
        var found = await Means();
        return found.Confines || !options.MustConfine ? null
            : new Problem(ErrorCode.NOT_IMPLEMENTED, $"There is no sandbox on this machine, and several people share the server, so nothing of theirs is run ({found.Why}). Install bubblewrap (Debian: apt-get install bubblewrap) and start the server anew.", 501);
    }

    /// <summary>Runs a job to its end. The answer is a problem only when it could not be started: a program that fails has a result.</summary>
    public async Task<Outcome<SandboxResult>> Run(SandboxJob job, CancellationToken ct)
    {
        if (job.Check() is { } bad) return bad;
        if (await Refusal() is { } refused) return refused;
        await places.WaitAsync(ct);
        try
        {
            return await Run(job, await Means(), ct);
        }
        finally
        {
            places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => places.Dispose();

    private async Task<SandboxMeans> Prepare()
    {
        // What a killed server left behind. Nobody else works in there.
        if (Directory.Exists(options.Folder))
            foreach (var left in Directory.EnumerateDirectories(options.Folder)) SandboxFolder.Remove(left);
        Directory.CreateDirectory(options.Folder);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(options.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return await SandboxProbe.Find(options.Mechanism, (job, tried) => Run(job, tried, CancellationToken.None));
    }

    /// <summary>Starts a program that runs until somebody ends it, and that speaks over a socket. It takes no place among the jobs that end by themselves.</summary>
    public async Task<Outcome<SandboxProcess>> Start(SandboxJob job, CancellationToken ct)
    {
        if (job.Check() is { } bad) return bad;
        if (await Refusal() is { } refused) return refused;
        var with = await Means();
        var user = with.OwnUser ? users.Take() : null;
        SandboxFolder? folder = null;
        SandboxSocket? socket = null;
        try
        {
            var made = await MakeFolder(job, with, user?.Id, ct);
            if (made.Problem is { } problem) return problem;
            var own = folder = made.Value;
            socket = SandboxSocket.Listen(own.Path);
            var started = await Launch(job, with, own, user?.Id);
            if (started.Problem is { } missing) return missing;
            var running = new SandboxProcess(started.Value, socket, own, user, job.Limits, (watched, said, stop) => Watch(watched, job, said, own, with, stop));
            (user, folder, socket) = (null, null, null);
            return running;
        }
        catch (SocketException failure)
        {
            return Problem.Internal($"The sandbox could not listen on a socket in {options.Folder}: {failure.Message}");
        }
        finally
        {
            socket?.Dispose();
            folder?.Dispose();
            user?.Dispose();
        }
    }

    private async Task<Outcome<SandboxResult>> Run(SandboxJob job, SandboxMeans with, CancellationToken ct)
    {
        using var user = with.OwnUser ? users.Take() : null;
        var made = await MakeFolder(job, with, user?.Id, ct);
        if (made.Problem is { } problem) return problem;
        using var folder = made.Value;
        var started = await Launch(job, with, folder, user?.Id);
        if (started.Problem is { } missing) return missing;
        using var process = started.Value;
        return await Watch(process, job, new SandboxOutputs(job.Limits), folder, with, ct);
    }

    private async Task<Outcome<SandboxFolder>> MakeFolder(SandboxJob job, SandboxMeans with, int? user, CancellationToken ct)
    {
        try
        {
            var made = await SandboxFolder.Make(options.Folder, job.Inputs, user, ct);
            if (made.Succeeded) made.Value.Show(job.Shown, mounted: with.Mechanism is not SandboxMechanism.Limits);
            return made;
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            return Problem.DiskFull($"The sandbox could not make a working folder in {options.Folder}: {full.Message}");
        }
    }

    private async Task<Outcome<Process>> Launch(SandboxJob job, SandboxMeans with, SandboxFolder folder, int? user)
    {
        var command = SandboxCommand.Of(job, with, options, folder.Path, user);
        var start = new ProcessStartInfo(command.Program, command.Arguments) { WorkingDirectory = command.WorkingFolder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in command.Environment) start.Environment[name] = value;
        try
        {
            return await SandboxThread.Start(start);
        }
        catch (Win32Exception missing)
        {
            return Problem.Internal($"The sandbox could not start {command.Program}: {missing.Message}.");
        }
    }

    private static async Task<SandboxResult> Watch(Process process, SandboxJob job, SandboxOutputs said, SandboxFolder folder, SandboxMeans with, CancellationToken ct)
    {
        var (tree, limits, clock) = (new ProcessTree(process.Id), job.Limits, Stopwatch.StartNew());
        var (stdout, stderr) = (said.Stdout, said.Stderr);
        var lookEvery = limits.WallTime == SandboxLimits.Endless ? LookAtEndlessEvery : LookEvery;
        var reading = Task.WhenAll(stdout.Read(process.StandardOutput.BaseStream), stderr.Read(process.StandardError.BaseStream));
        process.StandardInput.Close();
        var (peak, cpu, limit, looks) = (0L, TimeSpan.Zero, (SandboxLimit?)null, 0);
        var ended = process.WaitForExitAsync(CancellationToken.None);
        try
        {
            while (limit is null && await Task.WhenAny(ended, Task.Delay(lookEvery, ct)) != ended)
            {
                ct.ThrowIfCancellationRequested();
                var use = tree.Look();
                (peak, cpu) = (Math.Max(peak, use.Bytes), use.Cpu > cpu ? use.Cpu : cpu);
                limit = clock.Elapsed > limits.WallTime ? SandboxLimit.Time
                    : use.Cpu > limits.CpuTime ? SandboxLimit.Cpu
                    : use.Bytes > limits.MemoryBytes ? SandboxLimit.Memory
                    : use.Tasks > limits.Processes + ProcessesOfOurs ? SandboxLimit.Processes
                    : Math.Max(stdout.Bytes, stderr.Bytes) > limits.OutputBytes ? SandboxLimit.Output
                    : looks++ % LooksPerMeasure == 0 && folder.Measure() is var written && (written.TooMany || written.Bytes > limits.DiskBytes) ? SandboxLimit.Disk
                    : null;
            }
        }
        finally
        {
            // Also after a good end: what it left running goes with it.
            if (!process.HasExited) process.Kill();
            tree.KillAll();
            await ended;
            // The pipes end with their last holder; one that got away is not waited for.
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(2), CancellationToken.None));
        }
        if (limit is null && process.ExitCode != 0 && cpu > limits.CpuTime) limit = SandboxLimit.Cpu;
        if (limit is null && Math.Max(stdout.Bytes, stderr.Bytes) > limits.OutputBytes) limit = SandboxLimit.Output;
        if (limit is null && folder.Measure() is var left && (left.TooMany || left.Bytes > limits.DiskBytes)) limit = SandboxLimit.Disk;
        var (results, remarks) = Take(job, folder);
        return new SandboxResult
        {
            ExitCode = process.ExitCode,
            KilledBecause = limit,
            Stdout = stdout.Text(),
            Stderr = stderr.Text(),
            StdoutWhole = stdout.Whole,
            Took = clock.Elapsed,
            CpuTime = cpu,
            PeakBytes = peak,
            Results = results,
            Remarks = remarks,
            Mechanism = with.Mechanism,
        };
    }

    /// <summary>What stands around a job: bubblewrap and its first process, or unshare.</summary>
    private const int ProcessesOfOurs = 3;

    private static (Dictionary<string, byte[]> Results, List<string> Remarks) Take(SandboxJob job, SandboxFolder folder)
    {
        var (results, remarks, room) = (new Dictionary<string, byte[]>(StringComparer.Ordinal), new List<string>(), job.Limits.ResultBytes);
        foreach (var name in job.Results)
        {
            var (content, remark) = folder.Take(name, room);
            if (remark is not null) remarks.Add(remark);
            if (content is null) continue;
            results[name] = content;
            room -= content.Length;
        }
        return (results, remarks);
    }
}
