using System.Net;
using System.Text;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Tests.Server;

public sealed class ProxiesTests
{
    private static readonly ProxyOptions Trusted = new() { Addresses = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"] };

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("203.0.113.9:4711", "203.0.113.9")]
    [InlineData("[2001:db9::7]:4711", "2001:db9::7")]
    [InlineData("1.2.3.4, 203.0.113.9", "203.0.113.9")] // what the client wrote itself stands to the left
    [InlineData("1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9")]
    [InlineData("203.0.113.9, 2001:db8::1, 10.0.0.2", "203.0.113.9")]
    [InlineData("unknown, 10.0.0.2", "10.0.0.2")]
    [InlineData("_hidden", "127.0.0.1")]
    [InlineData("7", "127.0.0.1")]
    [InlineData("", "127.0.0.1")]
    [InlineData("203.0.113.9,", "127.0.0.1")]
    public async Task The_rightmost_address_that_is_no_proxy_is_the_client(string header, string client)
    {
        await using var server = await Start(Trusted);
        Assert.Equal($"http 127.0.0.1 {client}", await Seen(server, ("X-Forwarded-For", header)));
    }

    [Fact]
    public async Task Headers_of_anybody_else_are_passed_over()
    {
        foreach (var options in new[] { new ProxyOptions(), new ProxyOptions { Addresses = ["10.0.0.0/8"] } })
        {
            await using var server = await Start(options);
            var seen = await Seen(server, ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "slipway.example"),
                ("Forwarded", "for=203.0.113.9;proto=https;host=slipway.example"));
            Assert.Equal("http 127.0.0.1 127.0.0.1", seen);
        }
    }

    [Fact]
    public async Task Scheme_and_host_are_those_that_the_outermost_proxy_wrote()
    {
        await using var server = await Start(Trusted);
        Assert.Equal("https slipway.example 203.0.113.9", await Seen(server, ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "slipway.example")));
        Assert.Equal("https slipway.example 203.0.113.9", await Seen(server, ("X-Forwarded-For", "203.0.113.9, 10.0.0.2"), ("X-Forwarded-Proto", "http, https, http"), ("X-Forwarded-Host", "evil.example, slipway.example, inner.example")));
        Assert.Equal("http 127.0.0.1 127.0.0.1", await Seen(server, ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "a/b")));
    }

    [Fact]
    public async Task The_standard_header_counts_only_where_it_was_chosen()
    {
        const string standard = "for=1.2.3.4;proto=http, for=\"[2001:db9::7]:4711\";proto=https;host=\"slipway.example\", for=10.0.0.2;proto=http";
        await using var chosen = await Start(Trusted with { Rfc7239 = true });
        Assert.Equal("https slipway.example 2001:db9::7", await Seen(chosen, ("Forwarded", standard), ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Proto", "http")));
        Assert.Equal("http 127.0.0.1 127.0.0.1", await Seen(chosen, ("Forwarded", "for=\"unfinished;proto=https"), ("X-Forwarded-For", "6.6.6.6")));
        await using var other = await Start(Trusted);
        Assert.Equal("http 127.0.0.1 203.0.113.9", await Seen(other, ("Forwarded", standard), ("X-Forwarded-For", "203.0.113.9")));
    }

    [Fact]
    public async Task The_forwarded_host_is_checked_as_any_other()
    {
        await using var server = await Start(Trusted);
        using var request = Request(("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Host", "evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Send(request)).Status);
    }

    [Fact]
    public async Task Rates_are_those_of_the_client_and_not_of_the_proxy()
    {
        await using var server = await Start(Trusted, perAddress: 2);
        foreach (var client in new[] { "203.0.113.1", "203.0.113.2" })
        {
            Assert.Equal(200, await Status(server, client));
            Assert.Equal(200, await Status(server, client));
            Assert.Equal(429, await Status(server, client));
        }
    }

    [Fact]
    public async Task A_network_of_ipv6_counts_as_one_address()
    {
        await using var server = await Start(Trusted, perAddress: 2);
        Assert.Equal(200, await Status(server, "2001:db9::1"));
        Assert.Equal(200, await Status(server, "2001:db9::2"));
        Assert.Equal(429, await Status(server, "2001:db9::3"));
        Assert.Equal(200, await Status(server, "2001:db9:0:1::1"));
    }

    [Fact]
    public async Task A_sign_in_behind_https_makes_a_secure_cookie()
    {
        await using var server = await TestServer.Start(Dialect.Sqlite, static options => options with
        {
            Proxies = Trusted,
            Hosts = ["slipway.example"],
            Access = new AccessOptions { Mode = AccessMode.People, PasswordRounds = 10 },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/setup")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["code"] = server.Server.SetUpCode!, ["name"] = "root", ["password"] = "correct horse battery" }),
            Headers = { { "X-Forwarded-Proto", "https" }, { "X-Forwarded-For", "203.0.113.9" }, { "X-Forwarded-Host", "slipway.example" }, { "Origin", "https://slipway.example" } },
        };
        var answer = await server.Send(request);
        var cookie = Assert.Single(answer.Response.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("__Host-slipway-session=", cookie);
        Assert.Contains("secure", cookie);
        Assert.Equal("max-age=31536000", Assert.Single(answer.Response.Headers.GetValues("Strict-Transport-Security")));
    }

    [Theory]
    [InlineData("10.0.0.1/8")] // bits beyond the network: somebody meant something else
    [InlineData("proxy.example")]
    [InlineData("10.0.0.0/33")]
    public void What_is_no_address_or_network_is_refused(string text) => Assert.Throws<OptionException>(() => new ProxyOptions { Addresses = [text] });

    private static Task<TestServer> Start(ProxyOptions proxies, int perAddress = 0) => TestServer.Start(Dialect.Sqlite, options => options with
    {
        Proxies = proxies,
        Hosts = ["slipway.example"],
        Limits = options.Limits with { RequestsPerSecondPerAddress = perAddress },
    }, static parts => parts.Routes.Raw("GET", "/seen", Right.None, "Says who asks.", static async (context, _) =>
    {
        await Answers.Text(context.Response, Encoding.UTF8.GetBytes($"{context.Request.Scheme} {context.Request.Host.Host} {CallerSource.Address(context)}"));
        return null;
    }), clock: new ManualClock());

    private static async Task<string> Seen(TestServer server, params (string Name, string Value)[] headers)
    {
        using var request = Request(headers);
        return (await server.Send(request)).Body;
    }

    private static HttpRequestMessage Request(params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/seen");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static async Task<int> Status(TestServer server, string client)
    {
        using var request = Request(("X-Forwarded-For", client));
        return (int)(await server.Send(request)).Status;
    }
}
