using System.Net;
using System.Net.Sockets;

namespace Slipway.Tests;

/// <summary>Where the server may call by itself.</summary>
public sealed class OutboundTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("::ffff:0:7f00:1")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("fd00:ec2::254")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("ff02::1")]
    public void These_addresses_are_not_the_public_ones(string address) => Assert.True(Outbound.IsPrivate(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("192.169.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700:4700::1111")]
    public void These_addresses_are_public(string address) => Assert.False(Outbound.IsPrivate(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://2130706433/")] // 127.0.0.1 as one number
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://0/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:a9fe:a9fe]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[::1%25lo]/")]
    [InlineData("https://someone@127.0.0.1/")]
    [InlineData("https://LOCALHOST/")]
    [InlineData("https://localhost./")]
    [InlineData("https://a.localhost/")]
    public void A_webhook_cannot_be_spelt_around_the_check(string url) => Assert.NotNull(new Slipway.Webhooks.WebhookCheck(AllowPrivate: false).Url(url));

    [Fact]
    public async Task A_name_of_which_any_address_is_private_is_not_called()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var http = Outbound.Client(allowPrivate: false, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("1.1.1.1"), IPAddress.Loopback]));
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync($"http://rebound.example.com:{port}/"));
        Assert.Contains("outbound.allowPrivate", refused.Message, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task The_connection_goes_to_what_was_checked_and_a_redirect_is_not_followed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (port, looks) = (((IPEndPoint)listener.LocalEndpoint).Port, 0);
        using var http = Outbound.Client(allowPrivate: true, (_, _) =>
        {
            looks++;
            return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        });
        var asked = http.GetAsync($"http://does-not-resolve.invalid:{port}/");
        using (var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await connection.GetStream().WriteAsync("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Found, (await asked).StatusCode);
        }
        Assert.Equal(1, looks);
    }
}
