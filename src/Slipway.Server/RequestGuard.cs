using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Server;

/// <summary>
/// What a request must satisfy before anything reads it. The Host list stops DNS rebinding (a foreign page that resolves its own name to this
/// machine), the Origin rule stops foreign pages that write with the browser's reach, and the headers make answers harmless in a browser.
/// </summary>
internal sealed class RequestGuard(ServerOptions options, CrossOrigin crossOrigin)
{
    /// <summary>A year, as browsers' lists of such sites ask for.</summary>
    private const string HttpsOnly = "max-age=31536000";

    private volatile string lastAllowed = "127.0.0.1";

    /// <summary>Goes on to <paramref name="next"/>, or answers why not.</summary>
    public Task Check(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "SAMEORIGIN";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'self'";

        crossOrigin.Describe(context);

        var request = context.Request;
        // Not on loopback: every other server of this machine would be bound by it.
        if (request.IsHttps && !ServerOptions.IsLoopback(request.Host.Host)) headers.StrictTransportSecurity = HttpsOnly;
        if (!AllowsHost(request.Host.Host) && !request.Path.StartsWithSegments("/health") && !request.Path.StartsWithSegments("/healthz"))
            return Answers.Problem(context, Problem.Denied(
                $"Invalid Host header '{request.Host.Host}': this server answers to localhost, private addresses and the names under its option hosts. Add the name there if it is yours."));
        if (request.Headers.Origin is { Count: > 0 } origin && Writes(request.Method) && !AllowsOrigin(origin.ToString(), request))
            return Answers.Problem(context, Problem.Denied(
                $"Cross-origin request blocked: a page of {origin} may not write here. Add it under the option origins if it is yours."));
        return HasDotSegments(context.Features.Get<IHttpRequestFeature>()!.RawTarget)
            ? Answers.Problem(context, Problem.Invalid("Invalid path: it holds '.' or '..' segments."))
            : next(context);
    }

    private static bool Writes(string method) => !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);

    private bool AllowsHost(string host)
    {
        if (host == lastAllowed) return true;
        if (!options.Hosts.Any(pattern => Matches(pattern, host)) && !IsNear(host)) return false;
        lastAllowed = host;
        return true;
    }

    // Localhost pages of any port may write to a loopback server, as in the reference: a notebook or a page under development.
    private bool AllowsOrigin(string origin, HttpRequest request) =>
        crossOrigin.Allows(origin)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && (uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
                || (ServerOptions.IsLoopback(uri.Host) && ServerOptions.IsLoopback(request.Host.Host))));

    private static bool Matches(string pattern, string host) =>
        pattern == "*" || host.Equals(pattern, StringComparison.OrdinalIgnoreCase)
        || (pattern.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase));

    // Loopback, private (RFC 1918, RFC 4193) and link-local addresses: names can be rebound to them, the numbers themselves cannot.
    private static bool IsNear(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address)) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return true;
        if (address.AddressFamily == AddressFamily.InterNetworkV6) return address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal;
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return bytes[0] == 10 || (bytes[0] == 172 && bytes[1] is >= 16 and < 32) || (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254);
    }

    // Kestrel resolves dot segments before routing, so the request would silently become another one.
    private static bool HasDotSegments(string target)
    {
        if (!target.Contains("/.", StringComparison.Ordinal) && !target.Contains("%2e", StringComparison.OrdinalIgnoreCase)) return false;
        var end = target.IndexOf('?');
        foreach (var segment in (end < 0 ? target : target[..end]).Split('/'))
            if (Uri.UnescapeDataString(segment) is "." or "..") return true;
        return false;
    }
}
