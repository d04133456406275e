using System.Net;

namespace Slipway.Tests.Server;

public sealed class CrossOriginTests
{
    private const string Page = "https://notebooks.example.com";

    [Fact]
    public async Task No_page_of_another_site_reads_anything_by_default()
    {
        await using var server = await TestServer.Start();
        var answer = await Send(server, "GET", "/version", Page);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain(answer.Response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(server, "OPTIONS", "/api/2.0/mlflow/runs/create", Page, asks: "POST")).Status);
    }

    [Fact]
    public async Task A_configured_origin_is_named_exactly_and_gets_no_cookies()
    {
        await using var server = await Start();
        var answer = await Send(server, "GET", "/version", Page);
        Assert.Equal(Page, Assert.Single(answer.Response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.False(answer.Response.Headers.Contains("Access-Control-Allow-Credentials"));
        foreach (var origin in new[] { null, Page, "https://evil.example", "null", Page + ".evil.example" })
        {
            var other = await Send(server, "GET", "/version", origin);
            Assert.Equal("Origin", Assert.Single(other.Response.Headers.Vary));
            Assert.Equal(origin == Page, other.Response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_preflight_is_answered_for_routes_that_exist_and_runs_nothing()
    {
        await using var server = await Start();
        var asked = await Send(server, "OPTIONS", "/api/2.0/mlflow/runs/create", Page, asks: "POST");
        Assert.Equal((HttpStatusCode.NoContent, ""), (asked.Status, asked.Body));
        Assert.Contains("Authorization", string.Join(",", asked.Response.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.Equal(Page, Assert.Single(asked.Response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(HttpStatusCode.NotFound, (await Send(server, "OPTIONS", "/no/such", Page, asks: "POST")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(server, "OPTIONS", "/api/2.0/mlflow/runs/create", Page, asks: "DELETE")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Send(server, "OPTIONS", "/api/2.0/mlflow/runs/create", Page)).Status);
        var foreign = await Send(server, "OPTIONS", "/api/2.0/mlflow/runs/create", "https://evil.example", asks: "POST");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.Status);
        Assert.False(foreign.Response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static Task<TestServer> Start() => TestServer.Start(static options => options with { Origins = [Page] });

    private static async Task<Answer> Send(TestServer server, string method, string path, string? origin, string? asks = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (asks is not null) request.Headers.Add("Access-Control-Request-Method", asks);
        return await server.Send(request);
    }
}
