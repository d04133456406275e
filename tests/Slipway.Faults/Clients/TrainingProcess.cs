using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Slipway.Faults.Clients;

/// <summary>Starts <see cref="Training"/> as a process, listens to it, and kills it.</summary>
internal sealed class TrainingProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process process;
    private readonly TaskCompletionSource<string> run = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> errors = new();
    private long said;

    private TrainingProcess(Process process) => this.process = process;

    /// <summary>By key, the last step whose call has returned for certain.</summary>
    public ConcurrentDictionary<string, long> Returned { get; } = new();

    /// <summary>What it said at its end: whether the server has everything, and how much was dropped.</summary>
    public (bool Stored, long Dropped)? Done { get; private set; }

    public string Errors => string.Join('\n', errors);

    public int ExitCode => process.ExitCode;

    public bool HasEnded => process.HasExited;

    public static TrainingProcess Start(string folder, Uri? url, string? joined, int threads, int steps, int pauseEvery = 0)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["train", folder, url?.ToString() ?? "-", joined ?? "-", Text(threads), Text(steps), Text(pauseEvery)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var one = new TrainingProcess(new Process { StartInfo = start });
        one.process.OutputDataReceived += (_, line) => one.Hear(line.Data);
        one.process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) one.errors.Enqueue(text); };
        one.process.Start();
        one.process.BeginOutputReadLine();
        one.process.BeginErrorReadLine();
        return one;
    }

    /// <summary>The run's id, once it has one.</summary>
    public Task<string> Run() => run.Task.WaitAsync(Patience);

    /// <summary>Waits until it said so many things more.</summary>
    public async Task Says(long more)
    {
        var upTo = Interlocked.Read(ref said) + more;
        while (Interlocked.Read(ref said) < upTo && !process.HasExited) await Task.Delay(1);
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public Task Ended() => process.WaitForExitAsync().WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await Kill();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        switch (line?.Split(' '))
        {
            case ["run", var id]: run.TrySetResult(id); break;
            case ["at", var key, var step]: Returned[key] = long.Parse(step, CultureInfo.InvariantCulture); break;
            case ["done", var stored, var dropped]: Done = (bool.Parse(stored), long.Parse(dropped, CultureInfo.InvariantCulture)); break;
        }
        Interlocked.Increment(ref said);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
