using System.Net;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>
/// Takes the client's address, scheme and host from what configured proxies say, and only from them: the list is read from its end, which the
/// nearest proxy wrote, and the first address that is no proxy of ours is the client, whatever stands before it.
/// </summary>
internal sealed class Proxies(ProxyOptions options)
{
    /// <summary>More proxies in a row than this are not followed.</summary>
    public const int HopsMax = 16;

    private sealed record Said(List<string?> For, List<string?> Proto, List<string?> Host);

    /// <summary>Makes the request look as the client sent it to the outermost proxy of ours.</summary>
    public void Apply(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } nearest || !IsOurs(nearest)) return;
        var said = options.Rfc7239 ? Forwarded(context.Request.Headers) : XForwarded(context.Request.Headers);
        var (client, hops) = (nearest, 0);
        while (hops < said.For.Count && hops < HopsMax && IsOurs(client) && Address(said.For[^(hops + 1)]) is { } next) (client, hops) = (next, hops + 1);
        context.Connection.RemoteIpAddress = client;
        // What the outermost proxy of ours wrote; a proxy that overwrites instead of appending leaves a shorter list.
        hops = Math.Max(hops, 1);
        if (Of(said.Proto, hops)?.ToLowerInvariant() is ("http" or "https") and { } scheme) context.Request.Scheme = scheme;
        if (Of(said.Host, hops) is { Length: > 0 and <= 255 } host && Uri.TryCreate("http://" + host, UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0)
            context.Request.Host = new HostString(host);
    }

    private bool IsOurs(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in options.Networks)
            if (network.Contains(address)) return true;
        return false;
    }

    private static string? Of(List<string?> values, int hops) => values.Count == 0 ? null : values[Math.Max(0, values.Count - hops)];

    private static Said XForwarded(IHeaderDictionary headers) => new(Split(headers["X-Forwarded-For"].ToString()), Split(headers["X-Forwarded-Proto"].ToString()), Split(headers["X-Forwarded-Host"].ToString()));

    private static List<string?> Split(string value) => value.Length == 0 ? [] : [.. value.Split(',', StringSplitOptions.TrimEntries)];

    // RFC 7239: elements by commas, pairs by semicolons, values as tokens or quoted.
    private static Said Forwarded(IHeaderDictionary headers)
    {
        var said = new Said([], [], []);
        foreach (var element in Quoted(headers["Forwarded"].ToString(), ','))
        {
            string? from = null, proto = null, host = null;
            foreach (var pair in Quoted(element, ';'))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0) continue;
                var value = pair[(equals + 1)..].Trim();
                if (value is ['"', .., '"']) value = value[1..^1].Replace("\\", "", StringComparison.Ordinal);
                switch (pair[..equals].Trim().ToLowerInvariant())
                {
                    case "for": from = value; break;
                    case "proto": proto = value; break;
                    case "host": host = value; break;
                }
            }
            said.For.Add(from);
            said.Proto.Add(proto);
            said.Host.Add(host);
        }
        return said;
    }

    private static IEnumerable<string> Quoted(string text, char by)
    {
        var (begin, quoted) = (0, false);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '\\' && quoted) i++;
            else if (i < text.Length && text[i] == '"') quoted = !quoted;
            else if (i == text.Length || text[i] == by && !quoted)
            {
                if (i > begin) yield return text[begin..Math.Min(i, text.Length)];
                begin = i + 1;
            }
        }
    }

    // With or without a port, IPv6 in brackets with one; `unknown` and names that hide an address are none.
    private static IPAddress? Address(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var bare = text[0] == '[' ? text[1..Math.Max(1, text.IndexOf(']', StringComparison.Ordinal))] : text.Count(static c => c == ':') == 1 ? text[..text.IndexOf(':', StringComparison.Ordinal)] : text;
        // "7" and "0x7f.1" are addresses to the parser and to no proxy.
        return IPAddress.TryParse(bare, out var address) && (bare.Contains(':', StringComparison.Ordinal) || bare.Count(static c => c == '.') == 3) ? address : null;
    }
}
