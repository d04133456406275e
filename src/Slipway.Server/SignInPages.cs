using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Access;

namespace Slipway.Server;

/// <summary>
/// What browsers need before there are pages: a form to sign in at, one for the first administrator, and the way out. No script, no request to
/// anybody else; whatever is shown of a request is encoded.
/// </summary>
internal static class SignInPages
{
    private const int FormBytesMax = 16 * 1024;

    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, AccessParts access, bool singleUser)
    {
        routes.Raw("GET", "/signin", Right.None, "A form to sign in at.", (context, caller) =>
            singleUser ? Redirect(context, "/") : Page(context, 200, "Sign in", SignInForm(Next(context.Request.Query["next"]), caller, null, access.OpenId is not null)));
        routes.Raw("POST", "/signin", Right.None, "Signs a browser in with name and password.", (context, caller) => singleUser ? Nobody() : SignIn(context, caller, access), FormBytesMax);
        routes.Raw("POST", "/signout", Right.SignedIn, "Signs the browser out.", async (context, _) =>
        {
            if (CallerSource.CookieOf(context.Request) is { } cookie) await access.Credentials.SignOut(cookie, context.RequestAborted);
            context.Response.Cookies.Delete(CookieName(context.Request), Options(context.Request, TimeSpan.Zero));
            return await Redirect(context, "/signin");
        }, FormBytesMax);
        routes.Raw("GET", "/setup", Right.None, "A form for the first administrator.", (context, _) =>
            singleUser ? Redirect(context, "/") : Page(context, 200, "Set up", SetUpForm(context.Request.Query["code"].ToString(), null)));
        routes.Raw("POST", "/setup", Right.None, "Makes the first administrator, and signs the browser in.", (context, caller) => singleUser ? Nobody() : SetUp(context, caller, access), FormBytesMax);
    }

    private static Task<Problem?> Nobody() => Task.FromResult<Problem?>(Problem.Invalid("Nobody signs in here: this server is for one user. Set access.mode to people to change that."));

    private static async Task<Problem?> SignIn(HttpContext context, Caller caller, AccessParts access)
    {
        var (form, bad) = await Form(context);
        if (bad is not null) return bad;
        var (name, next) = (form["name"].ToString(), Next(form["next"]));
        var signed = await access.Credentials.SignIn(name, form["password"].ToString(), caller.Address, context.RequestAborted);
        if (signed.Problem is { } problem)
        {
            if (problem.RetryAfter is { } wait) context.Response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString();
            return await Page(context, problem.Status, "Sign in", SignInForm(next, caller, problem.Message, access.OpenId is not null, name));
        }
        Remember(context, signed.Value);
        return await Redirect(context, next);
    }

    private static async Task<Problem?> SetUp(HttpContext context, Caller caller, AccessParts access)
    {
        var (form, bad) = await Form(context);
        if (bad is not null) return bad;
        var (code, name, password) = (form["code"].ToString(), form["name"].ToString(), form["password"].ToString());
        var made = await access.SetUp.Use(caller, new SetUpRequest(code, name, password), context.RequestAborted);
        if (made.Problem is { } problem) return await Page(context, problem.Status, "Set up", SetUpForm(code, problem.Message));
        var signed = await access.Credentials.SignIn(name, password, caller.Address, context.RequestAborted);
        if (signed.Succeeded) Remember(context, signed.Value);
        return await Redirect(context, "/");
    }

    private static async Task<(IFormCollection Form, Problem? Problem)> Form(HttpContext context)
    {
        if (!context.Request.HasFormContentType) return (FormCollection.Empty, Problem.Invalid("Expected a form (application/x-www-form-urlencoded). Programs need no sign-in: they send a token."));
        try
        {
            return (await context.Request.ReadFormAsync(context.RequestAborted), null);
        }
        catch (InvalidDataException damage)
        {
            return (FormCollection.Empty, Problem.Invalid("The form cannot be read: " + damage.Message));
        }
    }

    private static string CookieName(HttpRequest request) => request.IsHttps ? CallerSource.SecureCookie : CallerSource.Cookie;

    private static CookieOptions Options(HttpRequest request, TimeSpan life) => new()
    {
        HttpOnly = true,
        Secure = request.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = life,
    };

    /// <summary>Gives a browser its cookie.</summary>
    public static void Remember(HttpContext context, string cookie) => context.Response.Cookies.Append(CookieName(context.Request), cookie, Options(context.Request, SignIns.LifeMax));

    /// <summary>Where to go after the sign-in.</summary>
    // Only a path of this server: `//elsewhere` and `/\elsewhere` are other sites to a browser.
    public static string Next(string? next) =>
        next is { Length: > 1 and < 2_000 } && next[0] == '/' && next[1] is not ('/' or '\\') && !next.Any(char.IsControl) ? next : "/";

    /// <summary>Sends a browser on.</summary>
    public static Task<Problem?> Redirect(HttpContext context, string to)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = to;
        context.Response.Headers.CacheControl = "no-store";
        return Task.FromResult<Problem?>(null);
    }

    /// <summary>A page of its own, under a policy that runs nothing.</summary>
    public static async Task<Problem?> Page(HttpContext context, int status, string title, string content)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.ContentSecurityPolicy = Policy;
        // Under no-referrer a browser sends a form with `Origin: null` (Fetch standard, "append a request Origin header"), which is refused as another site's.
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        context.Response.Headers.CacheControl = "no-store";
        await Answers.Text(context.Response, Encoding.UTF8.GetBytes($$"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{title}} - Slipway</title>
            <style>
            {{SignInLook.Style}}
            </style>
            <header>{{SignInLook.Mark}} Slipway</header>
            <main>{{content}}</main>
            </html>
            """), "text/html; charset=utf-8");
        return null;
    }

    private static string SignInForm(string next, Caller caller, string? error, bool openId, string name = "") => $"""
        <h1>Sign in</h1>
        {Error(error)}{(caller.Principal is null ? "" : $"<p>You are signed in as <strong>{Text(caller.Actor)}</strong>. <a href=\"/\">Go on</a>, or sign in as somebody else.</p>")}
        <form method="post" action="/signin">
          <input type="hidden" name="next" value="{Text(next)}">
          <label for="name">Name</label><input id="name" name="name" value="{Text(name)}" autocomplete="username" {(name.Length == 0 ? "autofocus " : "")}required maxlength="{CreateMember.NameCharsMax}">
          <label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" {(name.Length == 0 ? "" : "autofocus ")}required maxlength="{CreateMember.PasswordCharsMax}">
          <button>Sign in</button>
        </form>
        {(openId ? $"<p><a class=\"way\" href=\"/signin/openid?next={Uri.EscapeDataString(next)}\">Sign in with your organisation</a></p>" : "")}
        """;

    private static string SetUpForm(string code, string? error) => $"""
        <h1>First administrator</h1>
        {Error(error)}
        <p class="note">The server printed this link when it started; it works once. Whoever fills this in may do everything in the installation, and makes the accounts of others.</p>
        <form method="post" action="/setup">
          <input type="hidden" name="code" value="{Text(code)}">
          <label for="name">Name</label><input id="name" name="name" autocomplete="username" autofocus required maxlength="{CreateMember.NameCharsMax}">
          <label for="password">Password, {CreateMember.PasswordCharsMin} characters or more</label><input id="password" name="password" type="password" autocomplete="new-password" required minlength="{CreateMember.PasswordCharsMin}" maxlength="{CreateMember.PasswordCharsMax}">
          <button>Create and sign in</button>
        </form>
        """;

    private static string Error(string? error) => error is null ? "" : $"<p class=\"error\" role=\"alert\">{Text(error)}</p>";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
