using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Tests.Server;

public sealed class TlsTests : IDisposable
{
    private readonly TestCertificate files = new();
    private readonly ManualClock clock = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public async Task Https_answers_over_http2_and_http1_with_the_certificate_of_the_file()
    {
        var thumbprint = files.Write();
        await using var server = await Start();
        foreach (var version in new[] { HttpVersion.Version20, HttpVersion.Version11 })
        {
            var (answer, seen) = await Get(server, "/version", version);
            Assert.Equal((HttpStatusCode.OK, version, thumbprint), (answer.StatusCode, answer.Version, seen));
        }
        Assert.StartsWith("https://", server.Server.Urls[0]);
    }

    [Fact]
    public async Task A_pfx_file_and_an_encrypted_key_open_with_their_password()
    {
        var thumbprint = files.Write(password: "open sesame");
        await using (var pfx = await Start(new TlsOptions { Certificate = files.PfxPath, Password = "open sesame" }))
            Assert.Equal(thumbprint, (await Get(pfx, "/version")).Thumbprint);
        await using var pem = await Start(Files with { Password = "open sesame" });
        Assert.Equal(thumbprint, (await Get(pem, "/version")).Thumbprint);
    }

    [Fact]
    public async Task A_renewed_certificate_is_offered_without_a_restart()
    {
        var old = files.Write();
        await using var server = await Start();
        Assert.Equal(old, (await Get(server, "/version")).Thumbprint);
        var renewed = files.Write();
        clock.Advance(TlsCertificate.LookEvery);
        Assert.Equal(renewed, (await Get(server, "/version")).Thumbprint);
    }

    [Fact]
    public async Task A_half_written_renewal_leaves_the_old_certificate_until_it_is_whole()
    {
        var old = files.Write();
        await using var server = await Start();
        files.Write(key: false);
        clock.Advance(TlsCertificate.LookEvery);
        Assert.Equal(old, (await Get(server, "/version")).Thumbprint);
        File.Delete(files.CertificatePath);
        clock.Advance(TlsCertificate.LookEvery);
        Assert.Equal(old, (await Get(server, "/version")).Thumbprint);
        var renewed = files.Write();
        clock.Advance(TlsCertificate.LookEvery);
        Assert.Equal(renewed, (await Get(server, "/version")).Thumbprint);
    }

    [Fact]
    public async Task Old_versions_of_tls_are_refused()
    {
        files.Write();
        await using var server = await Start();
#pragma warning disable SYSLIB0039, CA5397 // the point of the test
        await Assert.ThrowsAnyAsync<Exception>(() => Get(server, "/version", protocols: SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
        Assert.Equal(HttpStatusCode.OK, (await Get(server, "/version", protocols: SslProtocols.Tls12)).Answer.StatusCode);
    }

    [Fact]
    public void Unusable_files_stop_the_start_with_the_option_and_the_reason()
    {
        files.Write(password: "open sesame");
        Assert.StartsWith("tls.password: is not set", Refusal(Files));
        Assert.StartsWith($"tls.certificate: {files.CertificatePath} with the key", Refusal(Files with { Password = "wrong" }));
        Assert.StartsWith($"tls.certificate: {files.PfxPath} cannot be used", Refusal(new TlsOptions { Certificate = files.PfxPath, Password = "wrong" }));
        Assert.StartsWith("tls.key: is set, and", Refusal(Files with { Certificate = files.PfxPath }));
        files.Write();
        Assert.StartsWith("tls.certificate: got '/no/such.crt'", Refusal(Files with { Certificate = "/no/such.crt" }));
        Assert.StartsWith("tls.key: got '/no/such.key'", Refusal(Files with { Key = "/no/such.key" }));
        Assert.StartsWith("tls.key: is not set, and", Refusal(Files with { Key = null }));
        Assert.StartsWith($"tls.key: {files.CertificatePath} holds no private key", Refusal(Files with { Key = files.CertificatePath }));
        files.Write(certificate: false);
        Assert.Contains("cannot be used", Refusal(Files));
        File.WriteAllText(files.CertificatePath, "no certificate at all");
        Assert.Contains("tls.", Refusal(Files with { Key = null }));
    }

    [Fact]
    public void An_ended_certificate_is_served_and_said()
    {
        files.Write(ends: clock.GetUtcNow().AddDays(-1));
        var log = new Lines();
        _ = new TlsCertificate(Files, clock, log);
        Assert.Contains("ended on", Assert.Single(log.Said));
        files.Write(ends: clock.GetUtcNow().AddDays(13));
        _ = new TlsCertificate(Files, clock, log);
        Assert.Contains("ends on", log.Said[^1]);
    }

    [Fact]
    public void Https_without_a_certificate_and_a_certificate_without_https_are_refused()
    {
        Assert.StartsWith("tls.certificate: is not set", new ServerOptions { Urls = ["https://127.0.0.1:0"] }.Check()!.Message);
        Assert.StartsWith("tls.certificate: is set", new ServerOptions { Tls = Files }.Check()!.Message);
        Assert.Null(new ServerOptions { Urls = ["http://127.0.0.1:0", "https://127.0.0.1:0"], Tls = Files }.Check());
        Assert.DoesNotContain("sesame", (Files with { Password = "open sesame" }).ToString());
    }

    [Fact]
    public async Task Browsers_are_told_to_stay_with_https_but_not_on_loopback()
    {
        files.Write();
        await using var server = await Start();
        Assert.False((await Get(server, "/version")).Answer.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal("max-age=31536000", Assert.Single((await Get(server, "/version", host: "slipway.example")).Answer.Headers.GetValues("Strict-Transport-Security")));
    }

    private TlsOptions Files => new() { Certificate = files.CertificatePath, Key = files.KeyPath };

    private Task<TestServer> Start(TlsOptions? tls = null) =>
        TestServer.Start(Dialect.Sqlite, options => options with { Urls = ["https://127.0.0.1:0"], Tls = tls ?? Files, Hosts = ["slipway.example"] }, clock: clock);

    private string Refusal(TlsOptions tls) => Assert.Throws<ServerStartException>(() => new TlsCertificate(tls, clock, NullLogger.Instance)).Message;

    // A connection of its own: what was negotiated before says nothing.
    private static async Task<(HttpResponseMessage Answer, string? Thumbprint)> Get(TestServer server, string path, Version? version = null, SslProtocols protocols = SslProtocols.None, string? host = null)
    {
        string? thumbprint = null;
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                EnabledSslProtocols = protocols,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    thumbprint = certificate?.GetCertHashString();
                    return thumbprint is not null; // who it is, the test compares
                },
            },
        };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Server.Urls[0] + path) { Version = version ?? HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (host is not null) request.Headers.Host = host;
        return (await http.SendAsync(request), thumbprint);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Add(formatter(state, exception));
    }
}
