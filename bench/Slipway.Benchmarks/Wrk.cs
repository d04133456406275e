using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Benchmarks;

/// <summary>The load generator wrk, where it is installed; else clients of our own, which cost the server more of the cores.</summary>
internal static partial class Wrk
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(static folder => Path.Combine(folder, "wrk")).FirstOrDefault(File.Exists);

    public static string Name => Program is null ? "own clients" : "wrk";

    /// <summary>Requests a second at 16 connections, closed loop; the 99th percentile in ms; how many were not answered 200.</summary>
    public static (double PerSecond, double P99Ms, long Bad) Run(string folder, Uri url, byte[] body, double seconds, string headers = "", string type = "application/json", int connections = 16)
    {
        if (Program is null) return Own(url, body, seconds, headers, type, connections);
        var (script, content) = (Path.Combine(folder, "wrk.lua"), Path.Combine(folder, "wrk.body"));
        File.WriteAllBytes(content, body);
        var lua = new StringBuilder($"local f = io.open('{content}', 'rb')\nwrk.method = 'POST'\nwrk.body = f:read('*all')\nf:close()\nwrk.headers['Content-Type'] = '{type}'\n");
        foreach (var header in headers.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = header.Split(": ", 2);
            lua.Append(CultureInfo.InvariantCulture, $"wrk.headers['{parts[0]}'] = '{parts[1]}'\n");
        }
        File.WriteAllText(script, lua.ToString());
        using var wrk = Process.Start(new ProcessStartInfo(Program, ["-t1", $"-c{connections}", "--latency", string.Create(CultureInfo.InvariantCulture, $"-d{Math.Max(1, (int)seconds)}s"), "-s", script, url.ToString()]) { RedirectStandardOutput = true })!;
        var said = wrk.StandardOutput.ReadToEnd();
        wrk.WaitForExit();
        var p99 = Percentile().Match(said);
        var bad = Bad().Match(said);
        return (double.Parse(Rate().Match(said).Groups[1].Value, CultureInfo.InvariantCulture),
            double.Parse(p99.Groups[1].Value, CultureInfo.InvariantCulture) * p99.Groups[2].Value switch { "us" => 1e-3, "s" => 1e3, _ => 1 },
            bad.Success ? long.Parse(bad.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
    }

    private static (double, double, long) Own(Uri url, byte[] body, double seconds, string headers, string type, int connections)
    {
        var (count, bad) = (0L, 0L);
        var times = new System.Collections.Concurrent.ConcurrentBag<List<double>>();
        var started = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, connections).Select(_ => new Thread(() =>
        {
            using var http = new RawHttp(url);
            var mine = new List<double>();
            times.Add(mine);
            var head = Encoding.ASCII.GetBytes($"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n{headers.Replace("\n", "\r\n", StringComparison.Ordinal)}\r\n");
            byte[] request = [.. head, .. body];
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
            {
                var sent = Stopwatch.GetTimestamp();
                if (http.Send(request) != 200) Interlocked.Increment(ref bad);
                mine.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                Interlocked.Increment(ref count);
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        var all = times.SelectMany(static list => list).Order().ToArray();
        return (count / Stopwatch.GetElapsedTime(started).TotalSeconds, all[(int)(all.Length * 0.99)], bad);
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Bad();
}
