using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Slipway.Faults.Processes;
using Slipway.Faults.Stores;
using Slipway.Storage;

namespace Slipway.Faults.Fuzz;

/// <summary>
/// Odd requests over the wire, each from (seed, number) alone: never a 5xx, never a hang, never a refusal without a reason, never a byte of a
/// file that is no artifact. A failure prints the request; SLIPWAY_TEST_SEED brings all of them back.
/// </summary>
public sealed class WireFuzzTests(ITestOutputHelper output)
{
    private const int Connections = 6;
    private const int Together = 16;
    private const string Canary = "CANARY of a file that is no artifact";

    [Theory]
    [InlineData("bodies", Dialect.Sqlite)]
    [InlineData("filters", Dialect.Sqlite)]
    [InlineData("tokens", Dialect.Sqlite)]
    [InlineData("queries", Dialect.Sqlite)]
    [InlineData("paths", Dialect.Sqlite)]
    [InlineData("bodies", Dialect.Postgres)]
    [InlineData("filters", Dialect.Postgres)]
    [InlineData("queries", Dialect.Postgres)]
    public async Task No_request_makes_the_server_fail_or_hang(string kind, Dialect dialect)
    {
        var seed = Scale.Seed();
        var cases = dialect is Dialect.Sqlite ? Scale.Of(full: 200_000, least: 20_000) : Scale.Of(full: 50_000, least: 4_000);
        await using var postgres = dialect is Dialect.Postgres ? await PostgresCluster.Start() : null;
        if (postgres is not null) await postgres.CreateDatabase("slipway");
        await using var server = await InProcessServer.Start(options => postgres is null ? options : options with { Database = postgres.Database("slipway") });
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "secret.txt"), Canary);
        var fixture = await FuzzFixture.Create(server.Url);
        // The twins for pages are the same calls. A backup reads everything, one at a time: a second one is rightly told to wait.
        var routes = server.Routes.Where(route => !route.Path.StartsWith("/ajax-api", StringComparison.Ordinal) && !route.Path.EndsWith("/backup", StringComparison.Ordinal)).ToList();
        var (failures, statuses, next, started) = (new ConcurrentQueue<string>(), new ConcurrentDictionary<int, int>(), 0, Stopwatch.GetTimestamp());

        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new RawConnection(server.Url);
            while (failures.Count < 10 && Interlocked.Add(ref next, Together) is var upTo && upTo - Together < cases)
            {
                var requests = Enumerable.Range(upTo - Together, Together).Select(number => Case(kind, seed, number, fixture, routes)).ToList();
                var answers = await connection.Send(requests);
                for (var i = 0; i < answers.Count; i++)
                {
                    statuses.AddOrUpdate(answers[i].Status, 1, static (_, n) => n + 1);
                    if (Wrong(requests[i], answers[i].Status, answers[i].Body) is { } wrong) failures.Enqueue($"case {upTo - Together + i}: {wrong}\n{FuzzCase.Show(requests[i])}");
                }
            }
        })));

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.WriteLine($"{cases} cases in {seconds:N1} s; answers: {string.Join(", ", statuses.OrderBy(status => status.Key).Select(status => $"{status.Value} x {status.Key}"))}");
        Assert.True(failures.IsEmpty, $"SLIPWAY_TEST_SEED={seed}\n{string.Join("\n\n", failures)}\n\n{string.Join("\n", server.Failures.All.Take(5))}");
        Assert.Equal(["data", "secret.txt"], Directory.EnumerateFileSystemEntries(server.Folder).Select(path => Path.GetFileName(path)).Order());
        // Still there, and the odd requests were not all stopped at the door.
        using var wire = new WireClient(server.Url);
        Assert.True((await wire.Get("health")).Ok);
        Assert.True(statuses.GetValueOrDefault(200) > cases / 200, "Hardly a request was answered 200: the fuzz stays at the surface.");
    }

    private static byte[] Case(string kind, int seed, int number, FuzzFixture fixture, List<Route> routes)
    {
        var odd = new Oddities(new Random(unchecked(seed * 1_000_003 + number)), fixture);
        var fuzz = new RouteFuzz(odd);
        switch (kind)
        {
            case "filters":
                {
                    var route = odd.Pick(routes.Where(static route => route.Method is "POST" && route.Path.EndsWith("/search", StringComparison.Ordinal)).ToList());
                    return FuzzCase.Request("POST", route.Path, odd.Mutate(Json(new { experiment_ids = new[] { "0" }, filter = odd.Filter(), order_by = odd.Chance(0.4) ? new[] { odd.OrderBy() } : null, max_results = odd.Random.Next(1, 30) }), 0.02));
                }
            case "tokens":
                {
                    if (odd.Chance(0.3)) return FuzzCase.Request("GET", $"/api/2.0/mlflow/metrics/get-history?run_id={odd.Pick(fixture.Runs)}&metric_key=loss&max_results={odd.Random.Next(0, 4)}&page_token={Uri.EscapeDataString(odd.Token())}");
                    if (odd.Chance(0.2)) return FuzzCase.Request("GET", $"/api/2.0/mlflow/artifacts/list?run_id={odd.Pick(fixture.Runs)}&page_token={Uri.EscapeDataString(odd.Token())}");
                    var route = odd.Pick(routes.Where(static route => route.Method is "POST" && route.Path.EndsWith("/search", StringComparison.Ordinal)).ToList());
                    return FuzzCase.Request("POST", route.Path, Json(new { experiment_ids = new[] { "0" }, max_results = 2, order_by = odd.Chance(0.5) ? new[] { "metrics.loss DESC" } : null, page_token = odd.Token() }));
                }
            case "queries":
                {
                    var route = odd.Pick(routes.Where(route => route.Method == "GET").ToList());
                    return FuzzCase.Request(odd.Chance(0.95) ? "GET" : "HEAD", fuzz.Target(route, withQuery: true));
                }
            case "paths":
                {
                    var path = fuzz.Escape(odd.Path());
                    return odd.Random.Next(6) switch
                    {
                        0 => FuzzCase.Request("PUT", RouteFuzz.Limit("/api/2.0/mlflow-artifacts/artifacts/" + path), odd.Bytes(odd.Random.Next(200)), "application/octet-stream"),
                        1 => FuzzCase.Request("GET", RouteFuzz.Limit("/api/2.0/mlflow-artifacts/artifacts?path=" + path)),
                        2 => FuzzCase.Request("GET", RouteFuzz.Limit($"/get-artifact?run_id={odd.Pick(fixture.Runs)}&path={path}")),
                        3 => FuzzCase.Request("DELETE", RouteFuzz.Limit("/api/2.0/mlflow-artifacts/artifacts/fuzz/" + path)),
                        4 => FuzzCase.Request("GET", RouteFuzz.Limit($"/api/2.0/mlflow/artifacts/list?run_id={odd.Pick(fixture.Runs)}&path={path}")),
                        _ => FuzzCase.Request("GET", RouteFuzz.Limit("/api/2.0/mlflow-artifacts/artifacts/" + path)),
                    };
                }
            default:
                {
                    // What removes the things the other cases live on comes seldom.
                    var route = odd.Pick(routes.Where(route => route.Method != "GET" && (odd.Chance(0.03) || !Removes(route))).ToList());
                    return FuzzCase.Request(route.Method, RouteFuzz.Limit(fuzz.Target(route, withQuery: odd.Chance(0.05))), fuzz.Body(route),
                        odd.Chance(0.97) ? "application/json" : odd.Pick(["text/plain", "application/json; charset=utf-16", "", "application/x-www-form-urlencoded", "multipart/form-data"]));
                }
        }
    }

    private static bool Removes(Route route) => route.Method == "DELETE" || route.Path.EndsWith("/gc", StringComparison.Ordinal) || route.Path.EndsWith("/delete", StringComparison.Ordinal);

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);

    private static string? Wrong(byte[] request, int status, byte[] body)
    {
        if (status == 0) return "the connection was closed without an answer";
        if (status >= 500 && status != 501) return $"answered {status} {Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 500))}";
        if (body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)) >= 0 || body.AsSpan().StartsWith("SQLite format 3"u8) || body.AsSpan().IndexOf("PRIVATE KEY"u8) >= 0) return $"answered {status} with a file that is no artifact";
        // An empty 400, 414 or 431 is Kestrel's own, to what is no HTTP.
        if (status < 400 || body.Length == 0) return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            // MLflow's words, or those of a prediction protocol: `error` alone, TorchServe's `code`, `type` and `message`.
            var said = json.RootElement;
            var reason = said.TryGetProperty("error_code", out _) || said.TryGetProperty("type", out _) ? Text(said, "message") : Text(said, "error");
            return reason is { Length: > 0 } ? null : $"answered {status} without a reason: {Encoding.UTF8.GetString(body)}";
        }
        catch (JsonException)
        {
            return request.AsSpan().StartsWith("HEAD "u8) ? null : $"answered {status} with a body that is no JSON: {Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 300))}";
        }
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
