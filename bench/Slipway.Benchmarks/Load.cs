using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Benchmarks;

/// <summary>The requests of the measures, and clients that send them as fast as they are answered.</summary>
internal static class Load
{
    public static string CreateExperiment(RawHttp http, string name)
    {
        Must(http.Post("/api/2.0/mlflow/experiments/create", $$"""{"name":"{{name}}-{{Guid.NewGuid():N}}"}"""), http);
        return Json(http).GetProperty("experiment_id").GetString()!;
    }

    public static string CreateRun(RawHttp http, string experiment, string name = "r")
    {
        Must(http.Post("/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{Now()}},"run_name":"{{name}}","tags":[]}"""), http);
        return Json(http).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
    }

    public static JsonElement Json(RawHttp http) => JsonDocument.Parse(http.Body.ToArray()).RootElement;

    public static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public static void Must(int status, RawHttp http)
    {
        if (status != 200) throw new InvalidOperationException($"Answered {status}: {Encoding.UTF8.GetString(http.Body[..Math.Min(http.Body.Length, 400)])}");
    }

    /// <summary>A log-batch body of 1,000 points over some keys, with values that do not compress and steps that are new in every request.</summary>
    public static ReadOnlySpan<byte> Batch(byte[] buffer, string run, int keys, long request, Random random)
    {
        var at = 0;
        Put(buffer, ref at, "{\"run_id\":\""u8);
        at += Encoding.ASCII.GetBytes(run, buffer.AsSpan(at));
        Put(buffer, ref at, "\",\"metrics\":["u8);
        var (perKey, time) = (1_000 / keys, 1_700_000_000_000L);
        for (var i = 0; i < 1_000; i++)
        {
            var step = request * perKey + i / keys;
            Put(buffer, ref at, i == 0 ? "{\"key\":\"metric_"u8 : ",{\"key\":\"metric_"u8);
            Put(buffer, ref at, i % keys);
            Put(buffer, ref at, "\",\"value\":"u8);
            Utf8Formatter.TryFormat(random.NextDouble(), buffer.AsSpan(at), out var written);
            at += written;
            Put(buffer, ref at, ",\"timestamp\":"u8);
            Put(buffer, ref at, time + step * 100);
            Put(buffer, ref at, ",\"step\":"u8);
            Put(buffer, ref at, step);
            Put(buffer, ref at, "}"u8);
        }
        Put(buffer, ref at, "]}"u8);
        return buffer.AsSpan(0, at);
    }

    /// <summary>Runs clients at once; each sends what <paramref name="one"/> does until the time or the count is used up. Answers requests a second and latencies.</summary>
    public static Rate Clients(ServerUnderTest server, int clients, TimeSpan time, long count, Func<RawHttp, int, Action<long>> one)
    {
        long next = 0;
        var latencies = new List<double>[clients];
        using var ready = new Barrier(clients + 1);
        var threads = Enumerable.Range(0, clients).Select(n => new Thread(() =>
        {
            using var http = server.Connect();
            var send = one(http, n);
            var mine = latencies[n] = [];
            ready.SignalAndWait();
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < time)
            {
                var number = Interlocked.Increment(ref next);
                if (number > count) break;
                var started = Stopwatch.GetTimestamp();
                send(number);
                mine.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        ready.SignalAndWait();
        var start = Stopwatch.GetTimestamp();
        foreach (var thread in threads) thread.Join();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var all = latencies.SelectMany(list => list).Order().ToArray();
        return new Rate(all.Length / seconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], seconds);
    }

    private static void Put(byte[] buffer, ref int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(buffer.AsSpan(at));
        at += text.Length;
    }

    private static void Put(byte[] buffer, ref int at, long number)
    {
        Utf8Formatter.TryFormat(number, buffer.AsSpan(at), out var written);
        at += written;
    }
}

/// <summary>What a load came to.</summary>
internal readonly record struct Rate(double PerSecond, double MedianMs, double P99Ms, double Seconds)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond:N0}/s, median {MedianMs:N2} ms, p99 {P99Ms:N2} ms");
}
