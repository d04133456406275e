using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>
/// Searches by the shape of curves: runs whose loss falls in the noise to a floor of its own, at a speed of its own. Thresholds and steps vary
/// per query. Beside each stands the same search by the latest value, which an index answers.
/// </summary>
internal static class Curves
{
    private const int Points = 500, WarmUp = 30, Queries = 40;

    public static void Measure(ServerUnderTest server, Results results, double share, int runs)
    {
        var experiment = Seed(server, runs);
        void Row(string what, string order, double promisedMs, Func<Random, string> filter)
        {
            var (median, found) = Median(server, experiment, filter, order);
            var (plain, _) = Median(server, experiment, random => string.Create(CultureInfo.InvariantCulture, $"metrics.loss < {0.02 + 0.4 * random.NextDouble():R}"), order);
            results.Add($"search of {Results.N(runs)} curves of {Points} points: {what}, {Results.N(found)} found of a page of 100", $"{Results.N(median, 1)} ms",
                $"by the latest value, {Results.N(plain, 1)} ms: {Results.N(median / plain, 1)} times that", $"< {Results.N(promisedMs / share)} ms", median < promisedMs / share);
        }
        string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        Row("first_step, a third match", "start_time DESC", 50, random => Text($"first_step(metrics.loss < {0.30 + 0.05 * random.NextDouble():R}) < {60 + random.Next(20)}"));
        Row("first_step, 1 % match", "start_time DESC", 50, random => Text($"first_step(metrics.loss < {0.30 + 0.05 * random.NextDouble():R}) < {14 + random.Next(3)}"));
        Row("first_step, none match", "start_time DESC", 50, random => Text($"first_step(metrics.loss < {0.30 + 0.05 * random.NextDouble():R}) < {2 + random.Next(3)}"));
        Row("min and last_step, few match", "start_time DESC", 50, random => Text($"min(metrics.loss) < {0.06 + 0.02 * random.NextDouble():R} AND last_step(metrics.loss > {0.3 + 0.05 * random.NextDouble():R}) < {20 + random.Next(5)}"));
        Row("either of two, ordered by min", "min(metrics.loss) ASC", 50, random => Text($"(count(metrics.loss IS NAN) > 0 OR first_step(metrics.loss < {0.30 + 0.05 * random.NextDouble():R}) < {15 + random.Next(5)}) AND NOT max(metrics.loss) > {1.2 + 0.1 * random.NextDouble():R}"));
        Row("at, a third match", "start_time DESC", 50, random => Text($"at(metrics.loss, {100 + random.Next(300)}) < {0.2 + 0.02 * random.NextDouble():R}"));
        Row("at, none match", "start_time DESC", 50, random => Text($"at(metrics.loss, {100 + random.Next(300)}) < {-1 - random.NextDouble():R}"));
        Row("at, 1 % match (points are read)", "start_time DESC", 500, random => Text($"at(metrics.loss, {100 + random.Next(300)}) < {0.02 + 0.002 * random.NextDouble():R}"));
        Row("a regular expression, 1 % match", "start_time DESC", 50, random => Text($"params.model RLIKE '^net-{random.Next(10)}{random.Next(10)}$'"));
    }

    private static string Seed(ServerUnderTest server, int runs)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "curves");
        Load.Clients(server, 4, TimeSpan.FromHours(1), runs, (http, _) => number =>
        {
            var run = Load.CreateRun(http, experiment, "r" + number);
            var random = new Random((int)number);
            var (floor, pace) = (0.4 * random.NextDouble(), 0.005 + 0.1 * random.NextDouble() * random.NextDouble());
            var body = new StringBuilder($$"""{"run_id":"{{run}}","params":[{"key":"model","value":"net-{{random.Next(100):00}}"}],"metrics":[""");
            for (var step = 0; step < Points; step++)
            {
                var loss = floor + Math.Exp(-pace * step) + 0.02 * random.NextDouble();
                body.Append(CultureInfo.InvariantCulture, $$"""{{(step > 0 ? "," : "")}}{"key":"loss","value":{{loss:R}},"timestamp":{{1_700_000_000_000 + step * 1_000}},"step":{{step}}}""");
                // A batch holds 1,000 entries, one of which is the param.
                if (step > 0) body.Append(CultureInfo.InvariantCulture, $$""",{"key":"rate","value":{{pace * step:R}},"timestamp":{{1_700_000_000_000 + step * 1_000}},"step":{{step}}}""");
            }
            body.Append("]}");
            Load.Must(http.Post("/api/2.0/mlflow/runs/log-batch", body.ToString()), http);
        });
        Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        return experiment;
    }

    private static (double MedianMs, double Found) Median(ServerUnderTest server, string experiment, Func<Random, string> filter, string order)
    {
        using var http = server.Connect();
        var random = new Random(17);
        var times = new List<double>();
        var found = 0;
        for (var i = 0; i < Queries + WarmUp; i++)
        {
            var text = filter(random).Replace("\"", "\\\"", StringComparison.Ordinal);
            var request = http.Request("POST", "/api/2.0/mlflow/runs/search", Encoding.UTF8.GetBytes($$"""{"experiment_ids":["{{experiment}}"],"filter":"{{text}}","order_by":["{{order}}"],"max_results":100}"""));
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Send(request), http);
            if (i < WarmUp) continue;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            for (var rest = http.Body; rest.IndexOf("\"run_uuid\""u8) is >= 0 and var at; rest = rest[(at + 10)..]) found++;
        }
        times.Sort();
        return (times[times.Count / 2], found / (double)Queries);
    }
}
