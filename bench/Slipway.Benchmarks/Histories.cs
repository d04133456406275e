using System.Diagnostics;

namespace Slipway.Benchmarks;

/// <summary>Long series: one JSON call, buckets over millions of points, and their deletion.</summary>
internal static class Histories
{
    public static void Measure(ServerUnderTest server, Results results, double share, long longPoints)
    {
        using var http = server.Connect();
        var experiment = Load.CreateExperiment(http, "history");
        var small = Series(server, experiment, 100_000);
        var call = Median(http, 7, $"/api/2.0/mlflow/metrics/get-history?run_id={small}&metric_key=metric_0&max_results=100000");
        results.Add("history of 100,000 points in one JSON call", $"{Results.N(call, 1)} ms, {Results.N(http.Body.Length / 1e6, 1)} MB", "MLflow 3.11: 4,350 ms", $"< {Results.N(60 / share)} ms", call < 60 / share);
        var large = Series(server, experiment, longPoints);
        var buckets = Median(http, 15, $"/api/slipway/v1/runs/{large}/metrics/series?key=metric_0&buckets=1000");
        results.Add($"{Results.N(longPoints / 1e6)} million points at 1,000 buckets", $"{Results.N(buckets, 1)} ms", "", $"< {Results.N(30 / share)} ms", buckets < 30 / share);
        var started = Stopwatch.GetTimestamp();
        Load.Must(http.Send(http.Request("DELETE", $"/api/slipway/v1/runs/{large}?hard=true", [])), http);
        var delete = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        results.Add("hard delete of that run", $"{Results.N(delete, 1)} ms", "", $"< {Results.N(50 / share)} ms", delete < 50 / share);
    }

    /// <summary>A run with one long series, `metric_0`, compacted.</summary>
    public static string Series(ServerUnderTest server, string experiment, long points)
    {
        using var http = server.Connect();
        var run = Load.CreateRun(http, experiment);
        Load.Clients(server, 2, TimeSpan.FromHours(1), points / 1_000, (connection, client) =>
        {
            var (body, random) = (new byte[256 * 1024], new Random(client));
            return number => Load.Must(connection.Send(connection.Request("POST", "/api/2.0/mlflow/runs/log-batch", Load.Batch(body, run, 1, number - 1, random))), connection);
        });
        Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        return run;
    }

    private static double Median(RawHttp http, int times, string path)
    {
        var all = new List<double>();
        for (var i = 0; i < times + 2; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Get(path), http);
            if (i >= 2) all.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        all.Sort();
        return all[all.Count / 2];
    }
}
