using System.Diagnostics;
using System.Text;

namespace Slipway.EndToEnd;

/// <summary>The built `slipway server` as its own process, on a port of the kernel's choice, with a data folder of its own.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(30);
    private const string Announcement = "Listening on ";

    private readonly Process process;
    private readonly StringBuilder errors;
    private readonly TaskCompletionSource<Uri> setUpLink = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool ownsData;

    private ServerProcess(Process process, string data, bool ownsData, Uri address, StringBuilder errors)
    {
        (this.process, Data, this.ownsData, this.errors) = (process, data, ownsData, errors);
        Http = new HttpClient { BaseAddress = address };
    }

    /// <summary>The executable of the same configuration as these tests.</summary>
    public static string Executable { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Slipway.Cli",
        new DirectoryInfo(AppContext.BaseDirectory).Name, OperatingSystem.IsWindows() ? "slipway.exe" : "slipway"));

    /// <summary>Its data folder.</summary>
    public string Data { get; }

    /// <summary>A client at its address.</summary>
    public HttpClient Http { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address => Http.BaseAddress!;

    /// <summary>Where the first administrator is made; only a server where people sign in, and that has none yet, prints it.</summary>
    public Task<Uri> SetUpLink => setUpLink.Task.WaitAsync(StartWithin);

    /// <summary>Its process id.</summary>
    public int Id => process.Id;

    /// <summary>Resident memory now, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>What it has written to standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (errors) return errors.ToString();
        }
    }

    /// <summary>Starts one; `data` is kept when it is given and removed with the server when not.</summary>
    public static async Task<ServerProcess> Start(string? data = null, params string[] arguments)
    {
        var folder = data ?? Path.Combine(Directory.CreateTempSubdirectory("slipway-e2e-").FullName, "data");
        var process = Run(["server", "--urls", "http://127.0.0.1:0", "--data", folder, .. arguments]);
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors) errors.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(StartWithin);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (!line.StartsWith(Announcement, StringComparison.Ordinal)) continue;
            var server = new ServerProcess(process, folder, data is null, new Uri(line[Announcement.Length..]), errors);
            _ = server.Drain();
            return server;
        }
        await process.WaitForExitAsync(deadline.Token);
        lock (errors) throw new InvalidOperationException($"slipway server ended with {process.ExitCode}: {errors}");
    }

    // Whatever it prints after its address must not fill the pipe.
    private async Task Drain()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            if (line.Contains("/setup?code=", StringComparison.Ordinal)) setUpLink.TrySetResult(new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]));
    }

    /// <summary>Starts the executable with its output to be read.</summary>
    public static Process Run(string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLIPWAY__", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Asks it to stop, as a service manager does, and answers its exit code.</summary>
    public async Task<int> Stop()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]);
            await kill.WaitForExitAsync();
        }
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode;
    }

    /// <summary>Ends it at once, as a power cut does to a process.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Ends it, and removes its folder if it is its own.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited) await Kill();
        process.Dispose();
        if (ownsData) Directory.Delete(Path.GetDirectoryName(Data)!, recursive: true);
    }
}
