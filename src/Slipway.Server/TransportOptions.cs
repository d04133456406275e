using System.Net;
using System.Text;

namespace Slipway.Server;

/// <summary>The certificate of the https addresses among `urls`.</summary>
public sealed record TlsOptions
{
    /// <summary>A file with the certificate and those that issued it: PEM, or PFX with its key. Key `tls.certificate`.</summary>
    public string? Certificate { get; init; }

    /// <summary>A PEM file with the private key; null where the certificate's file holds it. Key `tls.key`.</summary>
    public string? Key { get; init; }

    /// <summary>What opens an encrypted key or PFX file. Key `tls.password`.</summary>
    public string? Password { get; init; }

    // A record prints its members: not the password.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Certificate = ").Append(Certificate).Append(", Key = ").Append(Key);
        return true;
    }
}

/// <summary>Which proxies are believed, and in which words they speak.</summary>
public sealed record ProxyOptions
{
    /// <summary>Addresses or networks (CIDR) of proxies whose headers count; others' are passed over. Key `proxies`.</summary>
    public IReadOnlyList<string> Addresses
    {
        get;
        init => (field, Networks) = value.Select(Network).ToList() is var networks && networks.TrueForAll(network => network is not null)
            ? (value, networks.ConvertAll(network => network!.Value))
            : throw new OptionException("proxies", "addresses or networks such as 10.0.0.7 or 10.0.0.0/24");
    } = [];

    /// <summary>
    /// False: X-Forwarded-For, -Proto and -Host count. True: `Forwarded` (RFC 7239) does. Never both, because a proxy that writes one passes the
    /// other on as its client sent it. Key `proxyHeaders`.
    /// </summary>
    public bool Rfc7239 { get; init; }

    internal IReadOnlyList<IPNetwork> Networks { get; private init; } = [];

    private static IPNetwork? Network(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) && network.ToString().Equals(text, StringComparison.OrdinalIgnoreCase) ? network : null; // 10.0.0.1/8 meant something else
}
