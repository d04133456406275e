using System.Net;
using Slipway.Client;
using Slipway.Server;
using Slipway.Tests.Server;

namespace Slipway.Tests.Client;

/// <summary>Who a client is: sent to the server that was named, on every request, and to nobody else.</summary>
public sealed class CredentialsTests : IDisposable
{
    private const string Token = "slw_0123456789ab_secret";
    private readonly FakeServer server = new();
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-credentials-").FullName;

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_token_and_a_workspace_are_sent_on_every_request_uploads_and_downloads_too()
    {
        using var client = Client(new() { Token = Token, Workspace = "team-a", Url = new Uri("http://fake:5000") });
        await using (var run = await client.StartRunAsync("flights"))
        {
            run.LogMetric("loss", 0.5);
            await run.FinishAsync();
            await client.Artifacts.UploadAsync(run.Id, new MemoryStream([1]), "a.bin");
            await client.Artifacts.DownloadAsync(run.Id, "a.bin", Path.Combine(folder, "a.bin"));
        }
        Assert.Contains(server.All, one => one.Method is "PUT");
        Assert.All(server.All, one => Assert.Equal($"Bearer {Token}", one.Request.Headers.Authorization?.ToString()));
        Assert.All(server.All, one => Assert.Equal(["team-a"], one.Request.Headers.GetValues("X-MLFLOW-WORKSPACE")));
    }

    [Fact]
    public async Task A_name_and_password_in_the_address_are_sent_and_shown_nowhere()
    {
        server.Answer = _ => FakeServer.Refuse("no", HttpStatusCode.NotFound, "RESOURCE_DOES_NOT_EXIST");
        var options = new SlipwayClientOptions { Url = new Uri("http://ann:p%40ss@fake:5000/base"), Handler = server };
        Assert.Equal(("ann", "p@ss", "http://fake:5000/base/"), (options.UserName, options.Password, options.Url.AbsoluteUri));
        using var client = new SlipwayClient(options);
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Access.WhoAmIAsync());
        var sent = Assert.Single(server.All);
        Assert.Equal("Basic " + Convert.ToBase64String("ann:p@ss"u8), sent.Request.Headers.Authorization?.ToString());
        Assert.Equal("", sent.Request.RequestUri!.UserInfo);
        Assert.DoesNotContain("ss@fake", failure + client.Url.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_sent_is_refused_without_being_shown()
    {
        var token = Assert.Throws<ArgumentException>(() => new SlipwayClient(new SlipwayClientOptions { Token = "secret\nX-Evil: 1" }));
        Assert.DoesNotContain("secret", token.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SlipwayClient(new SlipwayClientOptions { Token = "größe" }));
        Assert.Throws<ArgumentException>(() => new SlipwayClient(new SlipwayClientOptions { UserName = "a:b", Password = "secret" }));
        Assert.Throws<ArgumentException>(() => new SlipwayClient(new SlipwayClientOptions { Workspace = "a\r\nb" }));
    }

    [Theory]
    [InlineData("http://evil.example/api", 307)]
    [InlineData("http://fake:5001/api", 307)]
    [InlineData("https://evil.example/", 302)]
    [InlineData("//evil.example/", 301)]
    [InlineData("http://user@fake:5000/", 308)]
    public async Task A_redirect_to_another_host_is_not_followed(string location, int status)
    {
        server.Answer = _ => new HttpResponseMessage((HttpStatusCode)status) { Headers = { Location = new Uri(location, UriKind.RelativeOrAbsolute) } };
        using var client = Client(new() { Token = Token, Url = new Uri("http://fake:5000"), Handler = server });
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Access.WhoAmIAsync());
        Assert.Equal(status, failure.Status);
        Assert.Contains("does not follow", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.All);
    }

    [Theory]
    [InlineData("/moved/me")]
    [InlineData("http://FAKE:5000/moved/me")]
    [InlineData("https://fake/moved/me")]
    public async Task A_redirect_on_the_same_host_is_followed(string location)
    {
        server.Answer = one => one.Path.StartsWith("/moved", StringComparison.Ordinal)
            ? FakeServer.Say(HttpStatusCode.OK, """{"name":"ann","workspace":"default","rights":[],"administrator":false,"single_user":false}""")
            : new HttpResponseMessage(HttpStatusCode.PermanentRedirect) { Headers = { Location = new Uri(location, UriKind.RelativeOrAbsolute) } };
        using var client = Client(new() { Token = Token, Url = new Uri("http://fake:5000"), Handler = server });
        Assert.Equal("ann", (await client.Access.WhoAmIAsync()).Name);
        Assert.Equal(2, server.All.Count);
    }

    [Fact]
    public async Task Redirects_in_circles_end()
    {
        server.Answer = _ => new HttpResponseMessage(HttpStatusCode.TemporaryRedirect) { Headers = { Location = new Uri("/again", UriKind.Relative) } };
        using var client = Client(new() { Url = new Uri("http://fake:5000"), Handler = server });
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Access.WhoAmIAsync());
        Assert.Contains("circles", failure.Message, StringComparison.Ordinal);
        Assert.InRange(server.All.Count, 2, 10);
    }

    [Fact]
    public async Task A_write_that_is_redirected_without_its_body_is_not_taken_for_done()
    {
        server.Answer = _ => new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new Uri("/signin", UriKind.Relative) } };
        using var client = Client(new() { Url = new Uri("http://fake:5000"), Handler = server });
        await Assert.ThrowsAsync<SlipwayException>(() => client.Access.SetUpAsync("code", "ann", "a long password"));
        Assert.Single(server.All);
    }

    [Fact]
    public async Task The_clients_own_connections_do_not_follow_either()
    {
        var reached = 0;
        await using var elsewhere = await TestServer.Start(Slipway.Storage.Dialect.Sqlite, compose: parts => parts.Routes.Raw("GET", "/stolen", Right.None, "Counts.", (_, _) =>
        {
            reached++;
            return Task.FromResult<Problem?>(null);
        }));
        await using var named = await TestServer.Start(Slipway.Storage.Dialect.Sqlite, compose: parts => parts.Routes.Raw("GET", "/away/{**rest}", Right.None, "Sends on.", (context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = new Uri(elsewhere.Http.BaseAddress!, "/stolen").AbsoluteUri;
            return Task.FromResult<Problem?>(null);
        }));
        using var client = new SlipwayClient(new SlipwayClientOptions { Url = new Uri(named.Http.BaseAddress!, "/away"), Token = Token });
        await Assert.ThrowsAsync<SlipwayException>(() => client.Access.WhoAmIAsync());
        Assert.Equal(0, reached);
    }

    [Theory]
    [InlineData(null, null, "SLIPWAY_TOKEN")]
    [InlineData(Token, null, "The token")]
    [InlineData(null, "ann", "The name and password")]
    public async Task A_401_says_what_was_not_accepted(string? token, string? name, string expected)
    {
        server.Answer = _ => FakeServer.Refuse("You are not authenticated.", HttpStatusCode.Unauthorized, "UNAUTHENTICATED");
        using var client = Client(new() { Token = token, UserName = name, Password = "secret word", Url = new Uri("http://fake:5000"), Handler = server });
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Access.WhoAmIAsync());
        Assert.Equal((401, ErrorCode.UNAUTHENTICATED), (failure.Status, failure.Code));
        Assert.Contains(expected, failure.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.ToString() + failure.Remedy, StringComparison.Ordinal);
        Assert.Single(server.All);
    }

    [Fact]
    public async Task A_pause_of_minutes_is_said()
    {
        server.Answer = _ =>
        {
            var refused = FakeServer.Refuse("Too many wrong passwords.", HttpStatusCode.TooManyRequests, "REQUEST_LIMIT_EXCEEDED");
            refused.Headers.RetryAfter = new(TimeSpan.FromSeconds(14 * 60 + 1));
            return refused;
        };
        using var client = new SlipwayClient(new SlipwayClientOptions { Url = new Uri("http://fake:5000"), Handler = server, RetriesMax = 0 });
        Assert.Equal("Try again in 15 minutes.", (await Assert.ThrowsAsync<SlipwayException>(() => client.Access.WhoAmIAsync())).Remedy);
    }

    [Fact]
    public async Task A_certificate_is_trusted_when_it_is_named_and_not_before()
    {
        using var certificate = new TestCertificate();
        certificate.Write();
        await using var https = await TestServer.Start(options => options with { Urls = ["https://127.0.0.1:0"], Tls = new TlsOptions { Certificate = certificate.CertificatePath, Key = certificate.KeyPath } });
        var url = new Uri($"https://localhost:{new Uri(https.Server.Urls[0]).Port}");
        using (var careful = new SlipwayClient(new SlipwayClientOptions { Url = url, RetriesMax = 0 }))
        {
            var failure = await Assert.ThrowsAsync<SlipwayException>(() => careful.Access.WhoAmIAsync());
            Assert.Contains("MLFLOW_TRACKING_SERVER_CERT_PATH", failure.Remedy, StringComparison.Ordinal);
        }
        using (var trusting = new SlipwayClient(new SlipwayClientOptions { Url = url, RetriesMax = 0, TrustedCertificates = certificate.CertificatePath }))
            Assert.Equal("local", (await trusting.Access.WhoAmIAsync()).Name);
        // Trusted, and still for another name.
        using (var elsewhere = new SlipwayClient(new SlipwayClientOptions { Url = new Uri(https.Server.Urls[0]), RetriesMax = 0, TrustedCertificates = certificate.CertificatePath }))
            await Assert.ThrowsAsync<SlipwayException>(() => elsewhere.Access.WhoAmIAsync());
        Assert.Throws<ArgumentException>(() => new SlipwayClient(new SlipwayClientOptions { Url = url, TrustedCertificates = Path.Combine(folder, "none.pem") }));
        Assert.Throws<ArgumentException>(() => new SlipwayClient(new SlipwayClientOptions { Url = url, TrustedCertificates = certificate.KeyPath }));
    }

    [Fact]
    public async Task A_403_says_where_to_look()
    {
        server.Answer = _ => FakeServer.Refuse("'ann' lacks the right Audit.", HttpStatusCode.Forbidden, "PERMISSION_DENIED");
        using var client = Client(new() { Token = Token, Url = new Uri("http://fake:5000"), Handler = server });
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Installation.VerifyAuditAsync());
        Assert.Equal((403, "'ann' lacks the right Audit."), (failure.Status, failure.Message));
        Assert.Contains("whoami", failure.Remedy, StringComparison.Ordinal);
    }

    private SlipwayClient Client(SlipwayClientOptions options) => new(new SlipwayClientOptions
    {
        Url = options.Url,
        Token = options.Token,
        UserName = options.UserName,
        Password = options.Password,
        Workspace = options.Workspace,
        Handler = server,
        RetriesMax = 3,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    });
}
