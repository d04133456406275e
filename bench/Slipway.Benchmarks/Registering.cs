using System.Diagnostics;

namespace Slipway.Benchmarks;

/// <summary>20,000 versions over 2,000 models with tags, and searches that vary per query so that no cache answers them.</summary>
internal static class Registering
{
    private const int Clients = 4, WarmUp = 200, Queries = 200;

    public static void Measure(ServerUnderTest server, Results results, double share, int models)
    {
        var perModel = 10;
        var made = Load.Clients(server, Clients, TimeSpan.FromHours(1), models, (http, _) => number =>
        {
            Load.Must(http.Post("/api/2.0/mlflow/registered-models/create", $$"""{"name":"model-{{number:00000}}","tags":[{"key":"team","value":"t{{number % 50}}"}]}"""), http);
            for (var i = 0; i < perModel; i++)
                Load.Must(http.Post("/api/2.0/mlflow/model-versions/create", $$"""{"name":"model-{{number:00000}}","source":"s3://bucket/{{number}}/{{i}}","run_id":"run{{(number * 7 + i) % 5_000}}","tags":[{"key":"score","value":"{{(number * 31 + i) % 1_000}}"}]}"""), http);
            Load.Must(http.Post("/api/2.0/mlflow/registered-models/alias", $$"""{"name":"model-{{number:00000}}","alias":"champion","version":"{{1 + number % perModel}}"}"""), http);
        });
        _ = made;
        var random = new Random(17);
        foreach (var (what, query) in new (string, Func<string>)[]
        {
            ("model-versions/search, the newest 100", () => "model-versions/search?max_results=100"),
            ("model-versions/search by name", () => Versions($"name = 'model-{random.Next(models):00000}'")),
            ("model-versions/search by run", () => Versions($"run_id = 'run{random.Next(5_000)}'")),
            ("model-versions/search by a tag's value", () => Versions($"tags.score = '{random.Next(1_000)}'")),
            ("model-versions/search by a part of the name", () => Versions($"name LIKE '%{random.Next(models):00000}'")),
            ("registered-models/search, the first 100", () => "registered-models/search?max_results=100"),
            ("registered-models/search by a tag's value", () => "registered-models/search?max_results=100&filter=" + Uri.EscapeDataString($"tags.team = 't{random.Next(50)}'")),
        })
        {
            var median = Median(server, query);
            results.Add($"{what}, of {Results.N(models * perModel)} versions over {Results.N(models)} models", $"{Results.N(median, 2)} ms", "", $"< {Results.N(10 / share)} ms", median < 10 / share);
        }
    }

    private static string Versions(string filter) => "model-versions/search?max_results=100&filter=" + Uri.EscapeDataString(filter);

    private static double Median(ServerUnderTest server, Func<string> query)
    {
        using var http = server.Connect();
        var times = new List<double>();
        for (var i = 0; i < WarmUp + Queries; i++)
        {
            var path = "/api/2.0/mlflow/" + query();
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Get(path), http);
            if (i >= WarmUp) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        times.Sort();
        return times[times.Count / 2];
    }
}
