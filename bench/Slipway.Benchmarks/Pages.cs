using System.Diagnostics;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>What fast pages ask for, each beside the cost of an empty request in the same run; and what one stream over live runs costs the server.</summary>
internal static class Pages
{
    private const string Own = "/api/slipway/v1";
    private const int Warm = 30, Times = 15, LiveRuns = 50;

    public static void Measure(ServerUnderTest server, Results results, double share, int runs, long longPoints, double scale)
    {
        var experiment = Searching.Seed(server, runs);
        var curves = Curves(server, Math.Max(2, (int)(100 * scale)), 10_000);
        var large = Histories.Series(server, Load.CreateExperiment(server.Connect(), "long"), longPoints);
        using var http = server.Connect();
        var health = Median(http, 100, _ => http.Request("GET", "/health", []));
        void Row(string what, double promised, Func<int, byte[]> request)
        {
            var median = Median(http, Times, request);
            results.Add(what, $"{Results.N(median, 1)} ms, {Results.N(http.Body.Length / 1024.0)} KB", $"{Results.N(median / health)} empty requests of {Results.N(health, 2)} ms", $"< {Results.N(promised / share)} ms", median < promised / share);
        }
        byte[] Post(string path, string json) => http.Request("POST", Own + path, Encoding.UTF8.GetBytes(json));

        Row($"order of {Results.N(runs)} runs by a metric", 100, n => Post("/runs/order", $$"""{"experiment_ids":["{{experiment}}"],"order_by":["metrics.m{{n % 40}} DESC"]}"""));
        Row($"order of {Results.N(runs)} runs by the least of a metric, filtered", 100, n => Post("/runs/order", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.m{{n % 40}} < 0.5","order_by":["min(metrics.m{{n % 30 + 1}})"]}"""));
        var ids = Ids(http, Post("/runs/order", $$"""{"experiment_ids":["{{experiment}}"]}"""));
        var columns = string.Join(',', Enumerable.Range(0, 10).Select(static n => $"\"metrics.m{n}\",\"params.p{n}\""));
        Row("rows: 20 columns of 100 runs", 50, n => Post("/runs/rows", $$"""{"run_ids":[{{List(ids, n * 100, 100)}}],"columns":[{{columns}}]}"""));
        foreach (var kind in (string[])["metrics", "params", "tags"])
            Row($"keys of {kind} of {Results.N(runs)} runs", 100, _ => Post("/runs/keys", $$"""{"experiment_ids":["{{experiment}}"],"kind":"{{kind}}"}"""));
        Row($"find a part of a name among {Results.N(runs)} runs", 30, n => http.Request("GET", $"{Own}/find?q=r{n}7", []));
        Row($"series: {curves.Length} runs x 1,000 buckets, of 10,000 points each", 500, _ => Post("/metrics/series", $$"""{"series":[{{string.Join(',', curves.Select(static run => $$"""{"run_id":"{{run}}","key":"metric_0"}"""))}}],"buckets":1000}"""));
        Row($"series: {Results.N(longPoints / 1e6)} million points at 1,000 buckets", 50, n => Post("/metrics/series", $$"""{"series":[{"run_id":"{{large}}","key":"metric_0"}],"buckets":1000,"from":{{n}}}"""));
        Row($"CSV: 20 columns of {Results.N(runs)} runs", 2_000, _ => Post("/runs/export", $$"""{"experiment_ids":["{{experiment}}"],"columns":[{{columns}}]}"""));
        Stream(server, results, TimeSpan.FromSeconds(Math.Max(3, 10 * scale)));
    }

    /// <summary>Processor time of the server while runs log twice a second, without and with a stream over all of them.</summary>
    private static void Stream(ServerUnderTest server, Results results, TimeSpan time)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "live");
        var runs = Enumerable.Range(0, LiveRuns).Select(_ => Load.CreateRun(setup, experiment)).ToArray();
        var step = 0L;
        (double Cores, long Hints) Phase(bool streamed)
        {
            using var stop = new CancellationTokenSource();
            var reading = streamed ? Task.Run(() => Read(server, $"{Own}/stream?runs={string.Join(',', runs)}", stop.Token)) : Task.FromResult(0L);
            var (cpu, started) = (server.CpuSeconds(), Stopwatch.GetTimestamp());
            for (var due = TimeSpan.Zero; Stopwatch.GetElapsedTime(started) < time; due += TimeSpan.FromMilliseconds(500))
            {
                if (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } early) Thread.Sleep(early);
                step++;
                foreach (var run in runs)
                    Load.Must(setup.Post("/api/2.0/mlflow/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', Enumerable.Range(0, 10).Select(key => $$"""{"key":"m{{key}}","value":{{step}},"timestamp":{{Load.Now()}},"step":{{step}}}"""))}}]}"""), setup);
            }
            var cores = (server.CpuSeconds() - cpu) / Stopwatch.GetElapsedTime(started).TotalSeconds;
            stop.Cancel();
            return (cores, reading.GetAwaiter().GetResult());
        }
        Phase(streamed: true); // warms the code up
        var (without, with) = (Phase(streamed: false), Phase(streamed: true));
        var cost = Math.Max(0, with.Cores - without.Cores) * 100;
        results.Add($"one stream over {LiveRuns} live runs, 10 metrics twice a second each", $"{Results.N(cost, 1)} % of a core, {Results.N(with.Hints)} hints in {Results.N(time.TotalSeconds)} s",
            $"taking in their points: {Results.N(without.Cores * 100, 1)} % of a core", "< 5 % of a core", cost < 5);
    }

    private static async Task<long> Read(ServerUnderTest server, string path, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        var hints = 0L;
        try
        {
            using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, stop);
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
            while (await lines.ReadLineAsync(stop) is { } line)
                if (line == "event: metrics") hints++;
        }
        catch (OperationCanceledException)
        {
            // the phase is over
        }
        return hints;
    }

    private static string[] Curves(ServerUnderTest server, int count, int points)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "curves");
        var runs = Enumerable.Range(0, count).Select(_ => Load.CreateRun(setup, experiment)).ToArray();
        var each = points / 1_000;
        Load.Clients(server, 2, TimeSpan.FromHours(1), (long)count * each, (http, client) =>
        {
            var (body, random) = (new byte[256 * 1024], new Random(client));
            return number => Load.Must(http.Send(http.Request("POST", "/api/2.0/mlflow/runs/log-batch", Load.Batch(body, runs[(number - 1) / each], 1, (number - 1) % each, random))), http);
        });
        Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        return runs;
    }

    private static string[] Ids(RawHttp http, byte[] request)
    {
        Load.Must(http.Send(request), http);
        var body = http.Body;
        var ids = new string[(body.Length - 16) / 16];
        for (var i = 0; i < ids.Length; i++) ids[i] = Convert.ToHexStringLower(body.Slice(16 + 16 * i, 16));
        return ids;
    }

    private static string List(string[] ids, int from, int count) => string.Join(',', Enumerable.Range(from, count).Select(i => $"\"{ids[i % ids.Length]}\""));

    private static double Median(RawHttp http, int times, Func<int, byte[]> request)
    {
        var all = new List<double>();
        for (var i = 0; i < times + Warm; i++)
        {
            var bytes = request(i);
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Send(bytes), http);
            if (i >= Warm) all.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        all.Sort();
        return all[all.Count / 2];
    }
}
