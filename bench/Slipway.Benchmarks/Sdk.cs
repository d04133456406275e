using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Client;
using Slipway.Client.Logs;

namespace Slipway.Benchmarks;

/// <summary>What logging costs the program that trains: nanoseconds a point, points a second to the server, and nothing when that is in trouble.</summary>
internal static class Sdk
{
    private static readonly string[] Keys = [.. Enumerable.Range(0, 10).Select(i => $"train/metric_{i}")];

    public static async Task Measure(Results results, ServerUnderTest server, string folder, double scale)
    {
        await Call(results, folder, scale);
        await Sustained(results, server, folder, (long)(20_000_000 * scale));
        await Sync(results, server, folder, (long)(40_000_000 * scale));
        await Trouble(results, folder, scale);
    }

    private static SlipwayClientOptions Options(string folder, string name, Uri? url = null) => new()
    {
        Url = url ?? new Uri("http://127.0.0.1:1"),
        Offline = url is null,
        LogFolder = Path.Combine(folder, name),
        StartWait = TimeSpan.FromSeconds(2),
        FinishWait = TimeSpan.FromSeconds(1),
        Warn = static _ => { },
        Capture = Captures.None,
    };

    private static async Task Call(Results results, string folder, double scale)
    {
        using var client = new SlipwayClient(Options(folder, "call"));
        var run = await client.StartRunAsync("sdk");
        var points = (int)(5_000_000 * scale);
        Log(run, points / 10);
        var clock = Nanoseconds(points, static count => { for (var i = 0; i < count; i++) _ = DateTimeOffset.UtcNow; });
        var before = GC.GetAllocatedBytesForCurrentThread();
        var best = double.MaxValue;
        for (var round = 0; round < 3; round++) best = Math.Min(best, Nanoseconds(points, count => Log(run, count)));
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (3.0 * points);
        results.Add("log a point, one thread", $"{Results.N(best)} ns", $"reading the clock alone: {Results.N(clock)} ns", "< 1,000 ns", best < 1000);
        results.Add("allocated for it on that thread", $"{Results.N(allocated, 4)} bytes", "", "0", allocated < 0.01);
        var started = Stopwatch.GetTimestamp();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Log(run, points / 8));
        var eight = Stopwatch.GetElapsedTime(started).TotalNanoseconds / points;
        results.Add("log a point, eight threads into one run", $"{Results.N(eight)} ns of wall time a point", $"{Results.N(eight / best, 1)} times one thread's", "< 1,000 ns", eight < 1000);
        var bytes = new DirectoryInfo(run.LogFolder!).EnumerateFiles("*.log").Sum(file => file.Length) / (points * 4.1);
        await run.FinishAsync();
        await run.DisposeAsync();
        var written = LogFolder.Create(Path.Combine(folder, "written"), new LogSheet(Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"), "sdk", null, "sdk", 0, null, null, null, true), mapped: false);
        using (var writer = new LogWriter(written, Guid.NewGuid(), 1, 0, 64 << 20, static _ => { }, static () => { }))
        {
            var each = Nanoseconds(points / 10, count => { for (var i = 0; i < count; i++) writer.Point(Keys[i % Keys.Length], i, i, i); });
            results.Add("the same where files are written and not mapped", $"{Results.N(each)} ns", "a system call a point", "", null);
        }
        results.Add("bytes a point in the local log", Results.N(bytes, 1), "8 bytes: the value", "", null);
    }

    private static async Task Sustained(Results results, ServerUnderTest server, string folder, long points)
    {
        using var client = new SlipwayClient(Options(folder, "sustained", server.Url));
        var run = await client.StartRunAsync("sdk");
        var started = Stopwatch.GetTimestamp();
        Log(run, points);
        var logged = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await run.FlushAsync();
        var rate = points / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await run.FinishAsync();
        await run.DisposeAsync();
        results.Add($"log {Results.N(points / 1e6)} million points until the server has stored them", $"{Results.N(rate)} points/s", $"the calls alone took {Results.N(logged, 1)} s", ">= 1,000,000 points/s", rate >= 1_000_000);
    }

    private static async Task Sync(Results results, ServerUnderTest server, string folder, long points)
    {
        var options = Options(folder, "sync");
        using (var offline = new SlipwayClient(options))
        {
            await using var run = await offline.StartRunAsync("sdk");
            Log(run, points);
            await run.FinishAsync();
        }
        using var client = new SlipwayClient(Options(folder, "sync", server.Url));
        var (serverBefore, ownBefore, started) = (server.CpuSeconds(), Environment.CpuUsage.TotalTime.TotalSeconds, Stopwatch.GetTimestamp());
        var sent = 0L;
        await foreach (var log in client.Logs.SyncAsync()) sent += log.Sent;
        var (seconds, own, servers) = (Stopwatch.GetElapsedTime(started).TotalSeconds, Environment.CpuUsage.TotalTime.TotalSeconds - ownBefore, server.CpuSeconds() - serverBefore);
        results.Add($"sync of {Results.N(points / 1e6)} million points", $"{Results.N(sent / seconds)} points/s", $"processor: {Results.N(servers, 1)} s the server's, {Results.N(own, 1)} s the client's", "the server's ingest rate", sent >= points);
    }

    /// <summary>Steps of about a millisecond with ten points each, with and without logging, in turns: the machine's moods meet both alike.</summary>
    private static async Task Trouble(Results results, string folder, double scale)
    {
        using var stalled = new Answering(null);
        using var busy = new Answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}");
        var (steps, rounds) = (Math.Max(20, (int)(60 * scale)), 61);
        foreach (var (name, url) in ((string, Uri)[])[("is down", new Uri("http://127.0.0.1:1")), ("accepts and never answers", stalled.Url), ("answers 503", busy.Url)])
        {
            using var client = new SlipwayClient(Options(folder, name.Replace(' ', '-'), url));
            var run = await client.StartRunAsync("sdk");
            for (var warm = 0; warm < 10; warm++) Train(steps, warm % 2 == 0 ? run : null);
            var (ratios, without) = (new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                var (first, second) = (Train(steps, round % 2 == 0 ? null : run), Train(steps, round % 2 == 0 ? run : null));
                ratios.Add(round % 2 == 0 ? second / first : first / second);
                without.Add(round % 2 == 0 ? first : second);
            }
            ratios.Sort();
            var slower = 100 * (ratios[rounds / 2] - 1);
            await run.DisposeAsync();
            results.Add($"training while the server {name}", $"{Results.N(slower, 2)} % slower (median of {rounds} pairs)", $"{Results.N(without.Min() / steps * 1e3, 3)} ms a step without logging, 10 points a step with", "< 1 %", slower < 1);
        }
    }

    private static void Log(ActiveRun run, long points)
    {
        for (long i = 0; i < points; i++) run.LogMetric(Keys[i % Keys.Length], i * 0.37, i / Keys.Length);
    }

    private static double Train(int steps, ActiveRun? run)
    {
        var weights = new double[256];
        var started = Stopwatch.GetTimestamp();
        for (var step = 0; step < steps; step++)
        {
            for (var pass = 0; pass < 6_000; pass++)
                for (var i = 0; i < weights.Length; i++) weights[i] = weights[i] * 0.999 + step * 1e-3 + i;
            if (run is null) continue;
            foreach (var key in Keys) run.LogMetric(key, weights[7], step);
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Nanoseconds(int count, Action<int> work)
    {
        var started = Stopwatch.GetTimestamp();
        work(count);
        return Stopwatch.GetElapsedTime(started).TotalNanoseconds / count;
    }

    /// <summary>Accepts connections; answers every request with the same words, or never.</summary>
    private sealed class Answering : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly byte[]? answer;

        public Answering(string? answer)
        {
            this.answer = answer is null ? null : Encoding.ASCII.GetBytes(answer);
            listener.Start();
            _ = Task.Run(Accept);
        }

        public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

        public void Dispose() => listener.Dispose();

        private async Task Accept()
        {
            try
            {
                while (true) _ = Serve(await listener.AcceptTcpClientAsync());
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                // The measurement is over.
            }
        }

        private async Task Serve(TcpClient client)
        {
            using (client)
            {
                var buffer = new byte[256 * 1024];
                try
                {
                    while (await client.GetStream().ReadAsync(buffer) > 0)
                        if (answer is not null) await client.GetStream().WriteAsync(answer);
                }
                catch (IOException)
                {
                    // The client gave up.
                }
            }
        }
    }
}
