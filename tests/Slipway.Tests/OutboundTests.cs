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

    [Theory]
    [InlineData("https://１２７.０.０.１/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://①②⑦.⓪.⓪.①/")]
    [InlineData("https://١٢٧.٠.٠.١/")]
    [InlineData("https://ⓛocalhost/")]
    [InlineData("https://localhost。/")]
    [InlineData("https://%31%32%37.0.0.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://0x8.8.8.8/")]
    [InlineData("https://010.8.8.8/")]
    [InlineData("https://8.8.2056/")]
    [InlineData("https://134744072/")]
    [InlineData("https://8.8.8.8.8/")]
    [InlineData("https://example.0x7f/")]
    [InlineData("https://[::ffff:8.8.8.8]/")]
    [InlineData("https://[::ffff:808:808]/")]
    [InlineData("https://[2606:4700:4700::1111%251]/")]
    [InlineData("https://[2606:4700:4700:0::1111]/")]
    [InlineData("https://example.com./")]
    [InlineData("https://exämple.com/")]
    [InlineData("https:\\\\127.0.0.1\\@example.com/")]
    [InlineData("https://example.com\\@127.0.0.1/")]
    public void A_host_that_is_not_written_plainly_is_refused(string url) => Assert.NotNull(new Slipway.Webhooks.WebhookCheck(AllowPrivate: false).Url(url));

    [Theory]
    [InlineData("https://example.com/hook?a=b")]
    [InlineData("HTTPS://Hooks.Example.COM:8443/")]
    [InlineData("https://xn--exmple-cua.com/")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700:4700::1111]:443/x")]
    [InlineData("https://a-b.c1.example/#x")]
    [InlineData("https://under_score.example.com/")]
    public void A_host_that_is_written_plainly_is_taken(string url) => Assert.Null(new Slipway.Webhooks.WebhookCheck(AllowPrivate: false).Url(url)?.Message);

    [Fact]
    public async Task However_a_private_address_is_spelt_it_is_refused_when_saved_and_not_called_when_sent()
    {
        var (random, check) = (new Random(17), new Slipway.Webhooks.WebhookCheck(AllowPrivate: false));
        using var http = Outbound.Client(allowPrivate: false, static (host, _) => Task.FromResult(IPAddress.TryParse(host, out var address) ? [address] : (IPAddress[])[IPAddress.Loopback]));
        for (var i = 0; i < 3_000; i++)
        {
            var url = $"https://{Spelt(random)}{(random.Next(3) == 0 ? ":1" : "")}/";
            Assert.True(check.Url(url) is not null, url);
            if (i % 50 != 0 || !Uri.TryCreate(url, UriKind.Absolute, out _)) continue;
            await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(url));
        }
    }

    /// <summary>A private IPv4 address, in one of the ways that some reader takes.</summary>
    private static string Spelt(Random random)
    {
        uint[] privates = [0x7f000001, 0x0a000000 + (uint)random.Next(1 << 24), 0xc0a80000 + (uint)random.Next(1 << 16), 0xa9fea9fe, 0x7f000000 + (uint)random.Next(1 << 24), 0xac100000 + (uint)random.Next(1 << 20)];
        var address = privates[random.Next(privates.Length)];
        if (random.Next(6) == 0) return random.Next(2) == 0 ? $"[::ffff:{address >> 16:x}:{address & 0xffff:X}]" : $"[0:0:0:0:0:FFFF:{new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address])}]";
        // 1 to 4 parts; the last takes what is left.
        var parts = random.Next(1, 5);
        var texts = Enumerable.Range(0, parts).Select(part => part < parts - 1 ? address >> 24 - 8 * part & 0xff : address & (uint)((1UL << 32 - 8 * (parts - 1)) - 1))
            .Select(part => random.Next(4) switch { 0 => $"0x{part:x}", 1 => "0" + Convert.ToString((long)part, 8), 2 => $"0X{part:X8}", _ => $"{part}" }).ToList();
        if (parts == 4 && texts.TrueForAll(static text => text[0] != '0' || text == "0") && random.Next(2) == 0) texts[3] += ".";
        var host = string.Join(random.Next(5) == 0 ? "。" : ".", texts);
        return random.Next(4) == 0 ? string.Concat(host.Select(one => char.IsAsciiLetterOrDigit(one) && random.Next(2) == 0 ? (char)(one + 0xfee0) : one)) : host;
    }

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
