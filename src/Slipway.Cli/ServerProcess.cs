using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Cli;

/// <summary>
/// A server as a process of its own, from the same executable: what runs beside it (a trainer with a native engine, say) cannot take the
/// tracker down. Its log goes to a file in the data folder.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>A cold start on a slow disk with much to open; a healthy one takes under a second.</summary>
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(40);

    private readonly Process process;

    private ServerProcess(Process process, Uri url, string logFile) => (this.process, Url, LogFile) = (process, url, logFile);

    public Uri Url { get; }

    public string LogFile { get; }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <exception cref="CommandFailure">It ended or did not answer in time; the message ends with its last words.</exception>
    public static async Task<ServerProcess> Start(Uri url, string data, CancellationToken ct)
    {
        if (url.Port == 0) url = new UriBuilder(url) { Port = FreePort() }.Uri;
        Directory.CreateDirectory(data);
        var logFile = Path.Combine(Path.GetFullPath(data), "server.log");
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Started as `dotnet slipway.dll` the process is dotnet, and wants to be told again what to run.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var argument in (string[])["server", "--urls", url.GetLeftPart(UriPartial.Authority), "--data", data]) start.ArgumentList.Add(argument);

        var process = new Process { StartInfo = start };
        // A log that cannot be written ends here, before there is a process to look after.
        var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        process.Start();
        process.StandardInput.Close();
        _ = Pump(process, log);
        var server = new ServerProcess(process, url, logFile);
        try
        {
            await server.Ready(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the server ends by itself.</summary>
    public Task Ended(CancellationToken ct) => process.WaitForExitAsync(ct);

    /// <summary>True when it ended as it does when it is asked to.</summary>
    public bool EndedWell => process is { HasExited: true, ExitCode: ExitCode.Ok };

    /// <summary>Asks it to stop, and waits until it has finished what was begun.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            Ask(process);
            using var limit = new CancellationTokenSource(StopWithin);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        process.Dispose();
    }

    /// <summary>True when a Slipway server answers there.</summary>
    public static async Task<bool> Answers(Uri url, CancellationToken ct)
    {
        // Nothing secret is asked or told, so any certificate will do: it is for the machine's name, and this may be its number.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var http = new HttpClient(handler) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var answer = await http.GetAsync("api/slipway/v1/version", ct);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task Ready(CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); !await Answers(Url, ct); await Task.Delay(50, ct))
        {
            if (process.HasExited)
                throw new CommandFailure(process.ExitCode is ExitCode.Refused ? ExitCode.Refused : ExitCode.Failed, $"The server did not start:{Environment.NewLine}{LastWords()}",
                    "If the port or the folder is taken, name others with --urls and --data.");
            if (waited.Elapsed > ReadyWithin)
                throw new CommandFailure(ExitCode.Unreachable, $"The server did not answer at {Url} within {ReadyWithin.TotalSeconds} s:{Environment.NewLine}{LastWords()}", $"Its log is {LogFile}.");
        }
    }

    private string LastWords()
    {
        process.WaitForExit(100); // Let the pumps empty the pipes.
        using var reader = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join(Environment.NewLine, reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(5).Select(line => "  " + line.TrimEnd()));
    }

    private static async Task Pump(Process process, StreamWriter log)
    {
        var gate = new SemaphoreSlim(1);
        await Task.WhenAll(Copy(process.StandardOutput), Copy(process.StandardError));
        await log.DisposeAsync();

        async Task Copy(StreamReader from)
        {
            while (await from.ReadLineAsync() is { } line)
            {
                await gate.WaitAsync();
                await log.WriteLineAsync(line);
                gate.Release();
            }
        }
    }

    /// <summary>SIGTERM where there are signals, so that the server drains; elsewhere it is ended, and its database knows how to take that.</summary>
    private static void Ask(Process process)
    {
        if (OperatingSystem.IsWindows()) process.Kill();
        else _ = Terminate(process.Id, 15); // It may have ended meanwhile: then there is nothing to ask.
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill")]
    private static extern int Terminate(int process, int signal);
}
