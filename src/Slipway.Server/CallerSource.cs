using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Slipway.Access;

namespace Slipway.Server;

/// <summary>
/// Who is asking: a token, a name and password, or a browser's cookie, and in which workspace. A single-user installation has one answer: the
/// local user.
/// </summary>
internal sealed class CallerSource(AccessParts access, AccessMode mode, Right rights)
{
    /// <summary>The header by which MLflow's clients choose a workspace.</summary>
    public const string WorkspaceHeader = "X-MLFLOW-WORKSPACE";

    /// <summary>The browser's cookie where the connection is not encrypted.</summary>
    public const string Cookie = "slipway-session";

    /// <summary>The browser's cookie under HTTPS: browsers then take it from this host alone, and never unencrypted.</summary>
    public const string SecureCookie = "__Host-slipway-session";

    private readonly Caller local = Caller.Local() with { Rights = rights };

    /// <summary>The caller of a request for a route, or why there is none.</summary>
    public ValueTask<Outcome<Caller>> Of(HttpContext context, Route route)
    {
        if (mode is AccessMode.People) return OfPeople(context, route);
        var caller = local with { Address = Address(context), Acting = route.Right };
        return Within(caller, Asked(context.Request) ?? Workspaces.DefaultName, context.RequestAborted);
    }

    // A link to download, a frame and a player send no header of ours; they only read files, so for these the address may name the workspace.
    private static string? Asked(HttpRequest request) =>
        request.Headers.TryGetValue(WorkspaceHeader, out var name) && name.Count > 0 ? name.ToString()
        : HttpMethods.IsGet(request.Method) && request.Path.Value is "/get-artifact" or "/model-versions/get-artifact" && request.Query["workspace"] is [{ Length: > 0 } queried, ..] ? queried : null;

    /// <summary>Where a request came from.</summary>
    public static string? Address(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    /// <summary>The cookie's value, or null.</summary>
    public static string? CookieOf(HttpRequest request) => request.Cookies[request.IsHttps ? SecureCookie : Cookie] is { Length: > 0 and < 200 } value ? value : null;

    private async ValueTask<Outcome<Caller>> OfPeople(HttpContext context, Route route)
    {
        var (address, ct) = (Address(context), context.RequestAborted);
        var identified = await Identify(context, address, ct);
        if (identified.Problem is { } wrong)
            // Who presents something wrong is told so, also where nobody asked: except for probes and for the page to sign in at.
            return route.Right is Right.None ? Caller.Anonymous(address) : wrong;
        if (identified.Value is not { } identity)
            return route.Right is Right.None ? Caller.Anonymous(address)
                : Credentials.Unauthenticated("You are not authenticated. Send a token (MLFLOW_TRACKING_TOKEN) or a name and password (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD), or sign in at /signin.");

        var name = Asked(context.Request);
        var found = name is null && identity.OnlyWorkspace is { } only ? await access.Standings.Workspace(only, ct) : await access.Standings.Workspace(name ?? Workspaces.DefaultName, ct);
        if (found is null || identity.OnlyWorkspace is { } bound && bound != found.Id) return Workspaces.Missing(name ?? "");
        if (await access.Standings.Of(identity.Principal, found, ct) is not { } standing)
            return route.Right is Right.None ? Caller.Anonymous(address) : Credentials.Unauthenticated("The account is disabled or removed.");
        // Somebody without any part in a workspace is not told that it exists; in the default one they may still ask who they are.
        if (!standing.Reached && found.Id != Caller.DefaultWorkspace) return Workspaces.Missing(found.Name);
        return standing.Caller(identity.Most, address) with { Acting = route.Right, Token = identity.Token, OnlyEndpoint = identity.OnlyEndpoint };
    }

    private async ValueTask<Outcome<Identity?>> Identify(HttpContext context, string? address, CancellationToken ct)
    {
        var header = context.Request.Headers.Authorization;
        if (!StringValues.IsNullOrEmpty(header)) return await Authorization(header.ToString(), address, ct);
        if (CookieOf(context.Request) is not { } cookie) return (Identity?)null;
        if (ForeignWrite(context.Request) is { } foreign) return foreign;
        var owner = await access.Credentials.Cookie(cookie, ct);
        return owner.Succeeded ? owner.Value : owner.Problem;
    }

    private async ValueTask<Outcome<Identity?>> Authorization(string header, string? address, CancellationToken ct)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return Optional(await access.Credentials.Token(header[7..].Trim(), address, ct));
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) || Decoded(header.AsSpan(6).Trim()) is not { } pair || pair.IndexOf(':', StringComparison.Ordinal) is not (>= 0 and var colon))
            return Credentials.Unauthenticated("The Authorization header is neither 'Bearer TOKEN' nor 'Basic' with a name and password.");
        return Optional(await access.Credentials.Password(pair[..colon], pair[(colon + 1)..], address, ct));
    }

    private static Outcome<Identity?> Optional(Outcome<Identity> identity) => identity.Succeeded ? identity.Value : identity.Problem;

    private static string? Decoded(ReadOnlySpan<char> base64)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (base64.Length > 1024 || !Convert.TryFromBase64Chars(base64, bytes, out var written)) return null;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes[..written]);
        }
        catch (DecoderFallbackException)
        {
            return null; // no UTF-8: no name that anybody has
        }
    }

    // A browser sends its cookie along with whatever a foreign page makes it send. A write must therefore say that a page of this very server made it.
    private static Problem? ForeignWrite(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return null;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0
            ? Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme == request.Scheme && page.Authority.Equals(Authority(request), StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"] == "same-origin") return null;
        return Problem.Denied("A browser's sign-in writes only from pages of this server: the request has no Origin of it. Programs send a token instead.");
    }

    private static string Authority(HttpRequest request) => request.Host.Port is null or 80 && request.Scheme == "http" || request.Host.Port == 443 && request.Scheme == "https" ? request.Host.Host : request.Host.Value!;

    private async ValueTask<Outcome<Caller>> Within(Caller caller, string name, CancellationToken ct) =>
        await access.Standings.Workspace(name, ct) is { } found ? caller with { Workspace = found.Id, Quota = found.Quota, Masking = found.Masking } : Workspaces.Missing(name);
}
