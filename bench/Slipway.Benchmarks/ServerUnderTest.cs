using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Benchmarks;

/// <summary>The built `slipway server` in a process of its own, as a user starts it.</summary>
internal sealed class ServerUnderTest : IDisposable
{
    private readonly Process process;

    private readonly TaskCompletionSource<string> setUpCode;

    private ServerUnderTest(Process process, Uri url, string data, double startMs, TaskCompletionSource<string> setUpCode) =>
        (this.process, Url, Data, StartMs, this.setUpCode) = (process, url, data, startMs, setUpCode);

    /// <summary>What the start printed for the first administrator.</summary>
    public string SetUpCode => setUpCode.Task.GetAwaiter().GetResult();

    public Uri Url { get; }

    public string Data { get; }

    /// <summary>From exec to the first answered request.</summary>
    public double StartMs { get; }

    public static ServerUnderTest Start(string data, string? database, params string[] more)
    {
        var executable = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Slipway.Cli/release/slipway"));
        if (!File.Exists(executable)) throw new FileNotFoundException($"{executable} is missing: run dotnet build -c Release first.");
        var port = FreePort();
        var url = new Uri($"http://127.0.0.1:{port}");
        List<string> args = ["server", "--urls", url.ToString().TrimEnd('/'), "--data", data, .. more];
        if (database is not null) args.AddRange(["--database", database]);
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(executable, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var setUpCode = new TaskCompletionSource<string>();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Split("/setup?code=") is [_, { } code]) setUpCode.TrySetResult(code);
        };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { Length: > 0 } text) Console.Error.WriteLine("server: " + text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!Answers(url))
        {
            if (process.HasExited) throw new InvalidOperationException($"The server ended with {process.ExitCode}.");
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new TimeoutException("The server does not answer.");
            Thread.Sleep(2);
        }
        return new ServerUnderTest(process, url, data, Stopwatch.GetElapsedTime(started).TotalMilliseconds, setUpCode);
    }

    public RawHttp Connect() => new(Url);

    /// <summary>Resident memory now and at its highest, in MB.</summary>
    public (double Now, double Peak) Memory()
    {
        var status = File.ReadAllLines($"/proc/{process.Id}/status");
        double Kb(string name) => double.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return (Kb("VmRSS:") / 1024, Kb("VmHWM:") / 1024);
    }

    /// <summary>Processor seconds used so far.</summary>
    public double CpuSeconds()
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>SIGTERM and wait.</summary>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            if (!process.WaitForExit(60_000)) process.Kill();
        }
        process.Dispose();
    }

    private static bool Answers(Uri url)
    {
        try
        {
            using var http = new RawHttp(url);
            return http.Get("/health") == 200;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
