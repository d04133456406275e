using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Slipway.Storage;

namespace Slipway.Tests.Server;

public sealed partial class ServerApiTests(EchoServer echo) : IClassFixture<EchoServer>
{
    private readonly TestServer server = echo.Server;

    [Fact]
    public async Task Ready_when_a_write_commits_and_blobs_answer()
    {
        var answer = await server.Get("/healthz/ready");
        Assert.Equal((HttpStatusCode.OK, """{"database":"ok","artifacts":"ok"}"""), (answer.Status, answer.Body));
        Assert.Equal("OK", (await server.Get("/healthz/live")).Body);
    }

    [Fact]
    public async Task Not_ready_when_blobs_do_not_answer()
    {
        await using var broken = await TestServer.Start(options => options with
        {
            Artifacts = "s3://bucket/prefix",
            S3 = options.S3 with { Endpoint = new Uri("http://127.0.0.1:1"), PathStyle = true, AccessKey = "a", SecretKey = "b" },
        });
        var answer = await broken.Get("/healthz/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("ok", (string?)answer.Json["database"]);
        Assert.NotEqual("ok", (string?)answer.Json["artifacts"]);
    }

    [Fact]
    public async Task Metrics_count_requests_by_route_template_and_never_by_path()
    {
        await server.Get("/api/2.0/mlflow/echo/items/m-77?count=1");
        await server.Get("/no/such/path-88");
        using var odd = new HttpRequestMessage(new HttpMethod("BREW"), "/health");
        await server.Send(odd);
        var text = (await server.Get("/metrics")).Body;
        Assert.Matches("""slipway_http_request_seconds_count\{method="GET",route="/api/2.0/mlflow/echo/items/\{id\}",status="200"\} \d+""", text);
        Assert.Matches("""slipway_http_request_seconds_bucket\{method="GET",route="\(none\)",status="404",le="\+Inf"\} \d+""", text);
        Assert.Contains("method=\"other\"", text);
        Assert.DoesNotContain("m-77", text);
        Assert.DoesNotContain("path-88", text);
        Assert.DoesNotContain("BREW", text);
        foreach (var name in new[] { "slipway_commit_seconds_bucket", "slipway_commit_group_size_count", "slipway_write_queue_length", "process_resident_memory_bytes", "dotnet_gc_collections_total", "slipway_http_requests_active" })
            Assert.Contains("\n" + name, text);
    }

    [Fact]
    public async Task Metrics_are_well_formed_and_buckets_only_rise()
    {
        await server.Get("/health");
        var lines = (await server.Get("/metrics")).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\\{.*\\})? -?[0-9.E+-]+)$", line));
        var buckets = lines.Where(line => line.StartsWith("slipway_http_request_seconds_bucket", StringComparison.Ordinal)).GroupBy(line => LessOrEqual().Replace(line.Split("} ")[0], ""));
        Assert.NotEmpty(buckets);
        foreach (var series in buckets)
        {
            var counts = series.Select(line => double.Parse(line.Split("} ")[1], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(counts.Order(), counts);
        }
    }

    [Fact]
    public async Task Requests_of_one_address_beyond_its_rate_are_told_to_wait()
    {
        await using var limited = await TestServer.Start(options => options with { Limits = options.Limits with { RequestsPerSecondPerAddress = 5 } });
        var answers = new List<Answer>();
        for (var n = 0; n < 12; n++) answers.Add(await limited.Get("/version"));
        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(refused);
        Assert.Equal("REQUEST_LIMIT_EXCEEDED", refused[0].ErrorCode);
        Assert.Equal("1", Assert.Single(refused[0].Response.Headers.GetValues("Retry-After")));
        Assert.Equal(HttpStatusCode.OK, (await limited.Get("/health")).Status);
    }

    [Fact]
    public async Task Requests_beyond_what_is_answered_at_once_are_told_to_come_again()
    {
        var entered = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var limited = await TestServer.Start(Dialect.Sqlite, options => options with { Limits = options.Limits with { ConcurrentRequests = 1 } }, parts =>
            parts.Routes.Raw("GET", "/slow", Right.None, "Waits.", async (_, _) =>
            {
                entered.SetResult();
                await goOn.Task;
                return null;
            }));
        var slow = limited.Get("/slow");
        await entered.Task;
        var refused = await limited.Get("/version");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "TEMPORARILY_UNAVAILABLE"), (refused.Status, refused.ErrorCode));
        Assert.Equal(HttpStatusCode.OK, (await limited.Get("/health")).Status);
        goOn.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await slow).Status);
        Assert.Equal(HttpStatusCode.OK, (await limited.Get("/version")).Status);
    }

    [GeneratedRegex(",?le=\"[^\"]*\"")]
    private static partial Regex LessOrEqual();
}
