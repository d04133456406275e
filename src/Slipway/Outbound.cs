using System.Net;
using System.Net.Sockets;

namespace Slipway;

/// <summary>
/// HTTP to addresses that somebody configured. Unless private addresses are allowed, every address of the host's name is checked and the
/// connection goes to a checked one, so that a name that changes between look and call leads nowhere; redirects are not followed.
/// </summary>
internal static class Outbound
{
    /// <summary>The longest wait for an answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "168.63.129.16/32", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Those that carry an IPv4 address within them too: what they lead to depends on the network.
            "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>True for addresses that are not the public Internet's: loopback, private, link-local, multicast, documentation, and where clouds answer to their machines.</summary>
    public static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return Array.Exists(Closed, network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));
    }

    /// <summary>True for a host that is written as a private address, or as localhost; other names are checked when they are called.</summary>
    public static bool IsPrivate(string host) => IsPrivateName(host.TrimEnd('.'));

    private static bool IsPrivateName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsPrivate(address);

    /// <summary>A client for such calls; the caller disposes it.</summary>
    public static HttpClient Client(bool allowPrivate, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        // A proxy would resolve the name anew, out of our sight.
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = Timeout,
        MaxResponseHeadersLength = 64,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = (context, ct) => Connect(context.DnsEndPoint, allowPrivate, resolve ?? Dns.GetHostAddressesAsync, ct),
    })
    { Timeout = Timeout, MaxResponseContentBufferSize = 64 * 1024 };

    private static async ValueTask<Stream> Connect(DnsEndPoint to, bool allowPrivate, Func<string, CancellationToken, Task<IPAddress[]>> resolve, CancellationToken ct)
    {
        var addresses = await resolve(to.Host, ct);
        if (!allowPrivate && Array.Find(addresses, IsPrivate) is { } closed)
            throw new HttpRequestException($"{to.Host} leads to {closed}, a private address. Set outbound.allowPrivate to true if that is meant.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
