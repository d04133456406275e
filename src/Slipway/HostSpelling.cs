using System.Net;

namespace Slipway;

/// <summary>
/// Whether the host of an address is written the one way that everything on its road reads alike. Digits of other scripts, octal, hexadecimal and short IPv4
/// addresses, IPv4 within IPv6 and dots at the end lead to places that a list of private addresses does not show.
/// </summary>
internal static class HostSpelling
{
    /// <summary>Null for a host that is written plainly, else how it should be written.</summary>
    public static string? Wrong(Uri url)
    {
        if (AsWritten(url.OriginalString) is not { Length: > 0 } host) return "expected https:// and a host";
        if (host.Any(static c => !char.IsAscii(c)) || host.Contains('%', StringComparison.Ordinal)) return "expected letters, digits, '-' and '.'; write a name of another script in its xn-- form";
        if (host.EndsWith('.')) return "leave out the dot at its end";
        if (host[0] == '[')
            return !IPAddress.TryParse(host[1..^1], out var six) || six.ScopeId != 0 ? "expected an IPv6 address in brackets, without a zone"
                : six.IsIPv4MappedToIPv6 ? $"write it as {six.MapToIPv4()}"
                : string.Equals(host, $"[{six}]", StringComparison.OrdinalIgnoreCase) ? null : $"write it as [{six}]";
        // What ends in a number is an address to some and a name to others.
        var last = host[(host.LastIndexOf('.') + 1)..];
        if (last.All(char.IsAsciiDigit) || last.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return IPAddress.TryParse(host, out var four) && four.ToString() == host ? null : "write an IPv4 address as four decimal numbers";
        return string.Equals(host, url.Host, StringComparison.OrdinalIgnoreCase) ? null : $"write it as {url.Host}";
    }

    /// <summary>The host of an http address as it stands in the text, brackets and all; null where there is none.</summary>
    private static string? AsWritten(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        if (start < 1 || !text.AsSpan(0, start).ToString().All(char.IsAsciiLetter)) return null;
        var authority = text[(start + 3)..];
        var end = authority.IndexOfAny(['/', '?', '#', '\\']);
        if (end >= 0) authority = authority[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (authority.StartsWith('[')) return authority.IndexOf(']', StringComparison.Ordinal) is > 1 and var close ? authority[..(close + 1)] : null;
        return authority.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? authority[..colon] : authority;
    }
}
