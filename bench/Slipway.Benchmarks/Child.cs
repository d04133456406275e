using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Benchmarks;

/// <summary>A server in a process of its own that answers `GET /health` when it is ready.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process process;

    private Child(Process process, Uri url) => (this.process, Url) = (process, url);

    public Uri Url { get; }

    /// <summary>Resident memory in MB.</summary>
    public double MemoryMb => double.Parse(File.ReadLines($"/proc/{process.Id}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Starts it; null when it ends at once or never answers, which it says on the console.</summary>
    public static Child? Start(string program, Func<string, string[]> args)
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, args(port.ToString(CultureInfo.InvariantCulture))) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Console.Error.WriteLine($"{program}: {missing.Message}");
            return null;
        }
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var child = new Child(process, new Uri($"http://127.0.0.1:{port}"));
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60) && !process.HasExited; Thread.Sleep(20))
        {
            try
            {
                using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(child.Url, "/health")));
                if (answer.IsSuccessStatusCode) return child;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException) { }
        }
        child.Dispose();
        return null;
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }
}
