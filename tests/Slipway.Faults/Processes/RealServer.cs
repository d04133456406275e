using System.Diagnostics;

namespace Slipway.Faults.Processes;

/// <summary>The built `slipway server` as a process of its own, on a port of the kernel's choice: something that can be killed.</summary>
internal sealed class RealServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Queue<string> lastWords = [];

    private RealServer(Process process) => this.process = process;

    /// <summary>Where it answers.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>The exit code, once it has ended: 137 is a SIGKILL.</summary>
    public int ExitCode => process.ExitCode;

    public bool HasEnded => process.HasExited;

    /// <summary>Its resident memory at its highest so far, in MB; Linux only.</summary>
    public double PeakMegabytes => File.ReadLines($"/proc/{process.Id}/status").Where(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(static line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1_024).Single();

    /// <summary>Its last lines, for messages.</summary>
    public string LastWords
    {
        get
        {
            lock (lastWords) return string.Join('\n', lastWords);
        }
    }

    /// <summary>Starts it. Waits for the line that says where it listens unless <paramref name="wait"/> is false.</summary>
    public static async Task<RealServer> Start(string data, string? failPoint = null, bool wait = true, Action<ProcessStartInfo>? change = null)
    {
        var start = new ProcessStartInfo(Executable(), ["server", "--urls", "http://127.0.0.1:0", "--data", data]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (failPoint is not null) start.Environment["SLIPWAY_FAILPOINT"] = failPoint;
        change?.Invoke(start);
        var server = new RealServer(new Process { StartInfo = start });
        var listening = new TaskCompletionSource<Uri?>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.process.EnableRaisingEvents = true;
        server.process.OutputDataReceived += (_, line) => server.Hear(line.Data, listening);
        server.process.ErrorDataReceived += (_, line) => server.Hear(line.Data, listening);
        server.process.Exited += (_, _) => listening.TrySetResult(null);
        server.process.Start();
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        if (!wait) return server;
        server.Url = await listening.Task.WaitAsync(ReadyWithin) ?? throw new InvalidOperationException($"The server ended before it listened:\n{server.LastWords}");
        return server;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Waits until it ends by itself.</summary>
    public Task Ended(TimeSpan within) => process.WaitForExitAsync().WaitAsync(within);

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    /// <summary>Beside this test's own output: artifacts/bin/PROJECT/CONFIGURATION.</summary>
    public static string Executable()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var path = Path.Combine(here.Parent!.Parent!.FullName, "Slipway.Cli", here.Name, "slipway");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there: build src/Slipway.Cli first.");
    }

    private void Hear(string? line, TaskCompletionSource<Uri?> listening)
    {
        if (line is null) return;
        lock (lastWords)
        {
            lastWords.Enqueue(line);
            if (lastWords.Count > 40) lastWords.Dequeue();
        }
        const string Sign = "Listening on ";
        if (line.IndexOf(Sign, StringComparison.Ordinal) is var at and >= 0 && Uri.TryCreate(line[(at + Sign.Length)..].Trim(), UriKind.Absolute, out var url)) listening.TrySetResult(url);
    }
}
