using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Access;

namespace Slipway.Server;

/// <summary>
/// Signing in with an OpenID provider: authorisation code with PKCE. What ties the answer to the browser that asked (state, nonce, verifier) lies in a cookie of ten
/// minutes in that browser alone, and goes with its first use.
/// </summary>
internal static class OpenIdPages
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const string CallbackPath = "/signin/openid/callback";

    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, OpenIdProvider provider, OpenIdMembers members, Credentials credentials)
    {
        routes.Raw("GET", "/signin/openid", Right.None, "Sends a browser to the identity provider.", (context, _) => Begin(context, provider));
        routes.Raw("GET", CallbackPath, Right.None, "Where the identity provider sends a browser back to.", (context, caller) => End(context, caller, provider, members, credentials));
    }

    private static async Task<Problem?> Begin(HttpContext context, OpenIdProvider provider)
    {
        var (state, nonce, verifier) = (Secrets.New(), Secrets.New(), Secrets.New());
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var to = await provider.Authorization(Callback(context.Request), state, nonce, challenge, context.RequestAborted);
        if (to.Problem is { } away) return await Refuse(context, away);
        var next = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(SignInPages.Next(context.Request.Query["next"])));
        context.Response.Cookies.Append(CookieName(context.Request), $"{state}.{nonce}.{verifier}.{next}", Options(context.Request, Patience));
        return await SignInPages.Redirect(context, to.Value);
    }

    private static async Task<Problem?> End(HttpContext context, Caller caller, OpenIdProvider provider, OpenIdMembers members, Credentials credentials)
    {
        var request = context.Request;
        var parts = request.Cookies[CookieName(request)]?.Split('.') ?? [];
        context.Response.Cookies.Delete(CookieName(request), Options(request, TimeSpan.Zero));
        if (parts.Length != 4 || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(parts[0]), Encoding.UTF8.GetBytes(request.Query["state"].ToString())))
            return await Refuse(context, Credentials.Unauthenticated("This browser did not ask for this sign-in, or too long ago."));
        // RFC 9207: an answer of another provider is none.
        if (request.Query["iss"] is [{ } issuer] && issuer != provider.Settings.Issuer.OriginalString)
            return await Refuse(context, Credentials.Unauthenticated("The answer comes from another identity provider."));
        if (request.Query["code"] is not [{ Length: > 0 and <= 4_096 } code])
            return await Refuse(context, Credentials.Unauthenticated($"The identity provider answered without a code: {request.Query["error"]} {request.Query["error_description"]}".Trim()));
        var token = await provider.Exchange(code, Callback(request), parts[2], parts[1], context.RequestAborted);
        if (token.Problem is { } refused) return await Refuse(context, refused);
        var member = await members.Of(token.Value, caller.Address, context.RequestAborted);
        if (member.Problem is { } barred) return await Refuse(context, barred);
        var cookie = await credentials.SignIn(member.Value, "openid", caller.Address, context.RequestAborted);
        if (cookie.Problem is { } failed) return failed;
        SignInPages.Remember(context, cookie.Value);
        return await SignInPages.Redirect(context, SignInPages.Next(Decoded(parts[3])));
    }

    private static Task<Problem?> Refuse(HttpContext context, Problem problem) =>
        SignInPages.Page(context, problem.Status, "Sign in", $"<h1>Not signed in</h1><p class=\"error\" role=\"alert\">{WebUtility.HtmlEncode(problem.Message)}</p><p><a href=\"/signin\">Try again</a></p>");

    private static string Callback(HttpRequest request) => $"{request.Scheme}://{request.Host}{CallbackPath}";

    private static string CookieName(HttpRequest request) => request.IsHttps ? "__Host-slipway-openid" : "slipway-openid";

    // Lax: the provider sends the browser back by a link, and the cookie must come along.
    private static CookieOptions Options(HttpRequest request, TimeSpan life) => new() { HttpOnly = true, Secure = request.IsHttps, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = life };

    private static string? Decoded(string base64Url)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(base64Url));
        }
        catch (FormatException)
        {
            return null; // somebody wrote into the cookie: go to the first page
        }
    }
}
