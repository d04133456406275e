using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>What home and lists of experiments ask for, with few runs and with a hundred times as many: the cost is to grow with experiments, not with runs. And what a page of history and the importance of params cost.</summary>
internal static class Home
{
    private const string Own = "/api/slipway/v1";
    private const int Experiments = 100, Params = 20, Changes = 10_000, Warm = 30, Times = 21;

    public static void Measure(ServerUnderTest server, Results results, double share, int runs)
    {
        using var http = server.Connect();
        var experiments = Enumerable.Range(0, Experiments).Select(n => Load.CreateExperiment(http, $"home-{n}")).ToArray();
        var overview = Encoding.UTF8.GetBytes($$"""{"experiment_ids":[{{string.Join(',', experiments.Select(static id => $"\"{id}\""))}}]}""");
        double Attention() => Median(http, () => http.Request("GET", Own + "/attention", []));
        double Overview() => Median(http, () => http.Request("POST", Own + "/experiments/overview", overview));
        var few = Math.Max(Experiments, runs / 100);
        Seed(server, experiments, 0, few);
        var (attention, overviewed) = (Attention(), Overview());
        Seed(server, experiments, few, runs);
        void Row(string what, double promised, double few, double median) => results.Add(what, $"{Results.N(median, 1)} ms", $"with a hundredth of the runs {Results.N(few, 1)} ms: {Results.N(median / few, 1)} times that", $"< {Results.N(promised / share)} ms", median < promised / share);
        Row($"what needs attention among {Results.N(runs)} runs in {Experiments} experiments", 50, attention, Attention());
        Row($"overview of {Experiments} experiments with {Results.N(runs)} runs", 100, overviewed, Overview());

        var run = Load.CreateRun(http, experiments[0], "changed");
        double History() => Median(http, () => http.Request("GET", $"{Own}/history?subject=run/{run}&max=100", []));
        var first = 0.0;
        for (var n = 0; n < Changes; n++)
        {
            if (n == Changes / 100) first = History();
            Load.Must(http.Post("/api/2.0/mlflow/runs/set-tag", $$"""{"run_id":"{{run}}","key":"k","value":"{{n}}"}"""), http);
        }
        var median = History();
        results.Add($"history: 100 of {Results.N(Changes)} changes of a run", $"{Results.N(median, 1)} ms", $"of {Results.N(Changes / 100)} changes {Results.N(first, 1)} ms: {Results.N(median / first, 1)} times that", $"< {Results.N(10 / share)} ms", median < 10 / share);
        Importance(server, results, share, Math.Min(10_000, runs));
    }

    private static void Importance(ServerUnderTest server, Results results, double share, int runs)
    {
        using var http = server.Connect();
        var experiment = Load.CreateExperiment(http, "importance");
        Load.Clients(server, 4, TimeSpan.FromHours(1), runs, (client, _) => number =>
        {
            var run = Load.CreateRun(client, experiment, "r" + number);
            var random = new Random((int)number);
            var values = Enumerable.Range(0, Params).Select(_ => random.NextDouble()).ToArray();
            var sent = string.Join(',', values.Select((value, p) => string.Create(CultureInfo.InvariantCulture, $"{{\"key\":\"p{p}\",\"value\":\"{value:R}\"}}")));
            Load.Must(client.Post("/api/2.0/mlflow/runs/log-batch", string.Create(CultureInfo.InvariantCulture, $"{{\"run_id\":\"{run}\",\"params\":[{sent}],\"metrics\":[{{\"key\":\"loss\",\"value\":{3 * values[0] - values[1] + 0.1 * random.NextDouble():R},\"timestamp\":1}}]}}")), client);
        });
        Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        var body = Encoding.UTF8.GetBytes($$"""{"experiment_ids":["{{experiment}}"],"target":"metrics.loss"}""");
        var median = Median(http, () => http.Request("POST", Own + "/runs/importance", body), warm: 2, times: 5);
        var search = Median(http, () => http.Request("POST", "/api/2.0/mlflow/runs/search", Encoding.UTF8.GetBytes($$"""{"experiment_ids":["{{experiment}}"],"max_results":{{runs}}}""")), warm: 2, times: 5);
        results.Add($"importance of {Params} params over {Results.N(runs)} runs", $"{Results.N(median)} ms", $"reading these runs {Results.N(search)} ms: {Results.N(median / search, 1)} times that", $"< {Results.N(2_000 / share)} ms", median < 2_000 / share);
    }

    private static void Seed(ServerUnderTest server, string[] experiments, int from, int to) => Load.Clients(server, 4, TimeSpan.FromHours(1), to - from, (http, _) => number =>
    {
        var n = from + (int)number;
        var run = Load.CreateRun(http, experiments[n % experiments.Length], "r" + n);
        var status = (n % 10) switch { 0 => "FAILED", 1 => "KILLED", 2 => null, _ => "FINISHED" };
        if (status is not null) Load.Must(http.Post("/api/2.0/mlflow/runs/update", $$"""{"run_id":"{{run}}","status":"{{status}}","end_time":{{Load.Now()}}}"""), http);
    });

    private static double Median(RawHttp http, Func<byte[]> request, int warm = Warm, int times = Times)
    {
        var taken = new List<double>();
        for (var i = 0; i < warm + times; i++)
        {
            var bytes = request();
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Send(bytes), http);
            if (i >= warm) taken.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        taken.Sort();
        return taken[taken.Count / 2];
    }
}
