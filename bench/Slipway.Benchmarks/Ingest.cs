using System.Diagnostics;
using System.Globalization;

namespace Slipway.Benchmarks;

/// <summary>log-batch at full speed, what it leaves on disk, and the small writes.</summary>
internal static class Ingest
{
    public static void Batches(ServerUnderTest server, Results results, double share, long points, Func<long>? bytesOnDisk)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "batches");
        var before = bytesOnDisk?.Invoke();
        var rate = Run(server, experiment, keys: 10, points / 1_000);
        var loaded = Stopwatch.GetTimestamp();
        var lag = WaitForCompaction(server, loaded);
        results.Add($"log-batch, 10 keys a batch, {Results.N(points / 1e6)} million points", $"{Results.N(rate.PerSecond * 1_000)} points/s, p99 {Results.N(rate.P99Ms, 1)} ms", "MLflow 3.11: about 10,000 points/s",
            $">= {Results.N(500_000 * share)} points/s", rate.PerSecond * 1_000 >= 500_000 * share);
        results.Add("compaction lag behind that load", $"{Results.N(lag, 1)} s", "", "< 60 s", lag < 60);
        if (bytesOnDisk is not null && (bytesOnDisk() - before) / (double)points is { } perPoint)
            results.Add("bytes a point on disk after compaction", Results.N(perPoint, 2), "8 bytes: the random value alone", "<= 10", perPoint <= 10);
        var wide = Run(server, experiment, keys: 1_000, Math.Max(200, points / 20_000));
        results.Add("log-batch, 1,000 keys a batch", $"{Results.N(wide.PerSecond * 1_000)} points/s, p99 {Results.N(wide.P99Ms, 1)} ms", "", $">= {Results.N(150_000 * share)} points/s", wide.PerSecond * 1_000 >= 150_000 * share);
    }

    public static void Singles(ServerUnderTest server, Results results, double share, double syncMs, TimeSpan time)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "singles");
        var run = Load.CreateRun(setup, experiment);
        var health = Load.Clients(server, 16, time, long.MaxValue, (http, _) => _ => Load.Must(http.Get("/health"), http));
        void One(string name, Func<long, string> body, string path)
        {
            var rate = Load.Clients(server, 16, time, long.MaxValue, (http, _) => number => Load.Must(http.Post(path, body(number)), http));
            results.Add($"{name}, 16 clients", $"{Results.N(rate.PerSecond)} requests/s, p99 {Results.N(rate.P99Ms, 1)} ms",
                $"{Results.N(100 * rate.PerSecond / health.PerSecond)} % of GET /health; a sync takes {Results.N(syncMs, 2)} ms", $">= {Results.N(10_000 * share)} requests/s", rate.PerSecond >= 10_000 * share);
        }
        One("log-metric", n => $$"""{"run_id":"{{run}}","key":"loss","value":{{(n * 0.37).ToString("R", CultureInfo.InvariantCulture)}},"timestamp":{{1_700_000_000_000 + n}},"step":{{n}}}""", "/api/2.0/mlflow/runs/log-metric");
        One("set-tag", n => $$"""{"run_id":"{{run}}","key":"tag{{n % 50}}","value":"v{{n}}"}""", "/api/2.0/mlflow/runs/set-tag");
        One("create run", n => $$"""{"experiment_id":"{{experiment}}","start_time":{{1_700_000_000_000 + n}},"run_name":"run-{{n}}","tags":[{"key":"mlflow.user","value":"u"},{"key":"mlflow.source.name","value":"train.py"}]}""", "/api/2.0/mlflow/runs/create");
    }

    private static Rate Run(ServerUnderTest server, string experiment, int keys, long requests) =>
        Load.Clients(server, 4, TimeSpan.FromMinutes(10), requests, (http, client) =>
        {
            var run = Load.CreateRun(http, experiment);
            var (body, random, mine) = (new byte[256 * 1024], new Random(client), 0L);
            return _ => Load.Must(http.Send(http.Request("POST", "/api/2.0/mlflow/runs/log-batch", Load.Batch(body, run, keys, mine++, random))), http);
        });

    /// <summary>Seconds from the end of the load until no uncompacted batch is left, by the server's own gauge.</summary>
    internal static double WaitForCompaction(ServerUnderTest server, long since)
    {
        using var http = server.Connect(); // a connection that idled during a long load is closed by now
        while (Gauge(http, "slipway_metrics_uncompacted_points") > 0)
        {
            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromMinutes(5)) throw new TimeoutException("Compaction does not finish.");
            Thread.Sleep(100);
        }
        return Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static double Gauge(RawHttp http, string name)
    {
        Load.Must(http.Get("/metrics"), http);
        var line = System.Text.Encoding.UTF8.GetString(http.Body).Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"/metrics has no {name}.");
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
