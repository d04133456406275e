using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>Runs with 50 metrics and 20 params each, and searches whose thresholds vary per query so that no cache answers them. The first queries of a kind only warm the code up.</summary>
internal static class Searching
{
    private const int Metrics = 50, Params = 20, Clients = 4, WarmUp = 200;

    /// <summary>The first searches of a process: the runtime compiles their code again, optimised, during the first seconds.</summary>
    private const int FirstWarmUp = 600;

    public static string Seed(ServerUnderTest server, int runs)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "search");
        Load.Clients(server, Clients, TimeSpan.FromHours(1), runs, (http, _) => number =>
        {
            var run = Load.CreateRun(http, experiment, "r" + number);
            var random = new Random((int)number);
            var body = new StringBuilder($$"""{"run_id":"{{run}}","metrics":[""");
            for (var m = 0; m < Metrics; m++)
                body.Append(CultureInfo.InvariantCulture, $$"""{{(m > 0 ? "," : "")}}{"key":"m{{m}}","value":{{random.NextDouble():R}},"timestamp":{{1_700_000_000_000 + number}},"step":1}""");
            body.Append("],\"params\":[");
            for (var p = 0; p < Params; p++)
                body.Append(CultureInfo.InvariantCulture, $$"""{{(p > 0 ? "," : "")}}{"key":"p{{p}}","value":"{{random.Next(1_000)}}"}""");
            body.Append("]}");
            Load.Must(http.Post("/api/2.0/mlflow/runs/log-batch", body.ToString()), http);
        });
        Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        return experiment;
    }

    public static void Small(ServerUnderTest server, Results results, double share, string experiment)
    {
        var median = Median(server, experiment, 200, random => (Filter("m0", random, 0.5), "metrics.m1 DESC"), FirstWarmUp);
        results.Add("search: 100 of 10,000 runs, metric filter, ordered by another", $"{Results.N(median, 2)} ms", "MLflow 3.11 with 5 metrics a run: 2,592 ms", $"< {Results.N(5 / share)} ms", median < 5 / share);
        using var http = server.Connect();
        var started = Stopwatch.GetTimestamp();
        string? token = null;
        var (runs, parse) = (0, 0.0);
        do
        {
            Load.Must(http.Post("/api/2.0/mlflow/runs/search", $$"""{"experiment_ids":["{{experiment}}"],"max_results":1000,"order_by":["metrics.m3 DESC"]{{(token is null ? "" : $",\"page_token\":\"{token}\"")}}}"""), http);
            // Reading 5 MB of JSON for its token would measure the generator: the token stands at the end, the runs are counted by their ids.
            var pause = Stopwatch.GetTimestamp();
            runs += Count(http.Body, "\"run_uuid\""u8);
            token = Token(http.Body);
            parse += Stopwatch.GetElapsedTime(pause).TotalSeconds;
        }
        while (token is not null);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds - parse;
        results.Add($"paging through {Results.N(runs)} runs by 1,000", $"{Results.N(seconds, 2)} s", "MLflow 3.11 with 5 metrics a run: 60 s", $"< {Results.N(1 / share)} s", seconds < 1 / share);
    }

    public static void Large(ServerUnderTest server, Results results, double share, string experiment, int runs, string when)
    {
        foreach (var selectivity in new[] { 0.5, 0.05, 0.01, 0.001 })
        {
            var median = Median(server, experiment, 20, random => (Filter("m0", random, selectivity), "metrics.m1 DESC"));
            results.Add($"search of {Results.N(runs)} runs, {selectivity * 100:0.#} % match{when}", $"{Results.N(median, 1)} ms", "", $"< {Results.N(30 / share)} ms", median < 30 / share);
        }
        var three = Median(server, experiment, 20, random => ($"{Filter("m0", random, 0.5)} and {Filter("m2", random, 0.5)} and params.p3 != '7'", "metrics.m1 ASC"));
        results.Add($"search of {Results.N(runs)} runs, three predicates{when}", $"{Results.N(three, 1)} ms", "", $"< {Results.N(150 / share)} ms", three < 150 / share);
    }

    private static string Filter(string metric, Random random, double selectivity) =>
        string.Create(CultureInfo.InvariantCulture, $"metrics.{metric} < {selectivity * (0.95 + 0.1 * random.NextDouble()):R}");

    private static double Median(ServerUnderTest server, string experiment, int queries, Func<Random, (string Filter, string Order)> query, int warmUp = WarmUp)
    {
        using var http = server.Connect();
        var random = new Random(11);
        var times = new List<double>();
        for (var i = 0; i < queries + warmUp; i++)
        {
            var (filter, order) = query(random);
            var request = http.Request("POST", "/api/2.0/mlflow/runs/search", Encoding.UTF8.GetBytes($$"""{"experiment_ids":["{{experiment}}"],"filter":"{{filter}}","order_by":["{{order}}"],"max_results":100}"""));
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Send(request), http);
            if (i >= warmUp) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        times.Sort();
        return times[times.Count / 2];
    }

    private static int Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> what)
    {
        var count = 0;
        for (int at; (at = text.IndexOf(what)) >= 0; count++) text = text[(at + what.Length)..];
        return count;
    }

    private static string? Token(ReadOnlySpan<byte> body)
    {
        var at = body.LastIndexOf("\"next_page_token\""u8);
        if (at < 0) return null;
        var text = Encoding.UTF8.GetString(body[(at + 17)..]);
        var start = text.IndexOf('"', StringComparison.Ordinal) + 1;
        return text[start..text.IndexOf('"', start)];
    }
}
