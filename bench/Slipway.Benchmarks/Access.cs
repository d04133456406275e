using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>What asking who comes costs a request, and a search over experiments most of which are hidden from who searches.</summary>
internal static class Access
{
    private const int Experiments = 100, RunsEach = 100;

    public static void Measure(Results results, string folder, Func<string, string?> database, double scale)
    {
        using var single = ServerUnderTest.Start(Path.Combine(folder, "single"), database("single"));
        using var people = ServerUnderTest.Start(Path.Combine(folder, "people"), database("people"), "--access-mode", "people");
        const string Password = "a password for the benchmark";
        using var http = people.Connect();
        Load.Must(http.Post("/api/slipway/v1/access/set-up", $$"""{"code":"{{people.SetUpCode}}","name":"root","password":"{{Password}}"}"""), http);
        http.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("root:" + Password));
        Load.Must(http.Post("/api/slipway/v1/access/members", """{"name":"reader","kind":"service"}"""), http);
        var token = Token(http, """{"name":"bench"}""");
        var reader = Token(http, """{"name":"bench","owner":"reader"}""");

        // In turns, so that whatever else the machine does meets all of them.
        using var plain = single.Connect();
        using var bearer = people.Connect();
        using var basic = people.Connect();
        (bearer.Authorization, basic.Authorization) = ("Bearer " + token, http.Authorization);
        var rounds = Math.Max(5, (int)(40 * scale));
        var medians = new[] { plain, bearer, basic }.Select(static _ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
            foreach (var (connection, i) in new[] { plain, bearer, basic }.Select(static (connection, i) => (connection, i)))
                medians[i].Add(Microseconds(connection, "/api/2.0/mlflow/experiments/get?experiment_id=0", 500));
        var (none, byToken, byPassword) = (Median(medians[0]), Median(medians[1]), Median(medians[2]));
        results.Add("authorisation by token", $"{Results.N(byToken - none, 1)} us more a request", $"{Results.N(none, 0)} us without", "< 20 us", byToken - none < 20);
        results.Add("authorisation by name and password", $"{Results.N(byPassword - none, 1)} us more a request", $"{Results.N(none, 0)} us without", "< 20 us", byPassword - none < 20);

        var all = Seed(http, scale);
        for (var i = 0; i < all.Count; i += 10)
            Load.Must(http.Send(http.Request("PUT", "/api/slipway/v1/access/grants", Encoding.UTF8.GetBytes($$"""{"name":"reader","kind":"experiment","root":"{{all[i]}}","level":"read"}"""))), http);
        using var few = people.Connect();
        few.Authorization = "Bearer " + reader;
        var body = $$"""{"experiment_ids":[{{string.Join(',', all.Select(static id => $"\"{id}\""))}}],"filter":"metrics.m0 < 0.5","order_by":["metrics.m1 DESC"],"max_results":100}""";
        var (admins, readers) = (new List<double>(), new List<double>());
        for (var i = 0; i < 60; i++)
        {
            admins.Add(Search(bearer, body));
            readers.Add(Search(few, body));
        }
        var (everything, tenth) = (Median(admins), Median(readers));
        results.Add($"search of {Results.N(Experiments * (int)(RunsEach * scale))} runs of which a tenth may be seen", $"{Results.N(tenth, 1)} ms", $"{Results.N(everything, 1)} ms for an administrator", "no more", tenth <= everything * 1.05);
    }

    private static string Token(RawHttp http, string body)
    {
        Load.Must(http.Post("/api/slipway/v1/access/tokens", body), http);
        return Load.Json(http).GetProperty("token").GetString()!;
    }

    private static List<string> Seed(RawHttp http, double scale)
    {
        var (random, ids) = (new Random(1), new List<string>());
        for (var e = 0; e < Experiments; e++)
        {
            ids.Add(Load.CreateExperiment(http, "e" + e));
            for (var r = 0; r < (int)(RunsEach * scale); r++)
            {
                var run = Load.CreateRun(http, ids[^1]);
                var points = Enumerable.Range(0, 5).Select(m => string.Create(CultureInfo.InvariantCulture, $$"""{"key":"m{{m}}","value":{{random.NextDouble():R}},"timestamp":1,"step":1}"""));
                Load.Must(http.Post("/api/2.0/mlflow/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', points)}}]}"""), http);
            }
        }
        return ids;
    }

    private static double Microseconds(RawHttp http, string path, int requests)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < requests; i++) Load.Must(http.Get(path), http);
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / requests;
    }

    private static double Search(RawHttp http, string body)
    {
        var started = Stopwatch.GetTimestamp();
        Load.Must(http.Post("/api/2.0/mlflow/runs/search", body), http);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
