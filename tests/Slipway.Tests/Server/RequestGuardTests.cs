using System.Net;
using System.Text;

namespace Slipway.Tests.Server;

public sealed class RequestGuardTests(EchoServer echo) : IClassFixture<EchoServer>
{
    private readonly TestServer server = echo.Server;

    [Theory]
    [InlineData("localhost:5000", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:80", true)]
    [InlineData("192.168.1.20:5000", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("8.8.8.8", false)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    public async Task Host_must_be_near_or_named(string host, bool allowed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/version") { Headers = { Host = host } };
        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await server.Send(request)).Status);
    }

    [Fact]
    public async Task Health_answers_any_host()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.OK, (await server.Send(request)).Status);
    }

    [Fact]
    public async Task Configured_hosts_are_allowed_with_wildcards()
    {
        await using var named = await TestServer.Start(options => options with { Hosts = ["slipway.example", "*.team.example"] });
        foreach (var (host, status) in new[] { ("slipway.example", 200), ("a.team.example", 200), ("team.example.evil", 403), ("xteam.example", 403) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/version") { Headers = { Host = host } };
            Assert.Equal(status, (int)(await named.Send(request)).Status);
        }
    }

    [Theory]
    [InlineData("https://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("http://localhost:3000", 200)]
    public async Task Pages_of_a_foreign_origin_may_not_write(string origin, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/echo/post")
        {
            Headers = { { "Origin", origin } },
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        Assert.Equal(status, (int)(await server.Send(request)).Status);
    }

    [Fact]
    public async Task Answers_carry_headers_that_make_them_harmless_in_a_browser()
    {
        var headers = (await server.Get("/version")).Response.Headers;
        Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("SAMEORIGIN", Assert.Single(headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(headers.GetValues("Referrer-Policy")));
        Assert.StartsWith("default-src 'none'", Assert.Single(headers.GetValues("Content-Security-Policy")));
    }
}
