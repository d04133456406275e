using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>
/// Which pages of other sites may read answers: none but those of the configured origins, and those without the browser's cookie (a page of
/// another site sends a token). Closed is the default: without a header of ours a browser shows the page nothing.
/// </summary>
internal sealed class CrossOrigin(IReadOnlyList<string> allowed)
{
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private const string Accepted = "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, " + CallerSource.WorkspaceHeader;
    private const string Exposed = "Content-Disposition, Content-Range, ETag, Retry-After, Upload-Offset";

    private readonly HashSet<string> origins = new(allowed.Select(origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether pages of the origin are let in.</summary>
    public bool Allows(string origin) => origins.Contains(origin);

    /// <summary>Says to the browser whether the page may read the answer.</summary>
    public void Describe(HttpContext context)
    {
        if (origins.Count == 0) return;
        var headers = context.Response.Headers;
        // Also where no Origin came: a cache must not hand this answer to a page that sends one.
        headers.Vary = "Origin";
        if (context.Request.Headers.Origin is not [{ } origin] || !Allows(origin)) return;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = Exposed;
    }

    /// <summary>The answer to a browser that asks before it sends, for a route that exists; null for any other request.</summary>
    public Task? Preflight(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.Origin is not [{ } origin] || request.Headers.AccessControlRequestMethod.Count == 0) return null;
        // Routing has chosen the route of the method that is asked for, or found none.
        if (context.GetEndpoint()?.Metadata.GetMetadata<Route>() is null) return null;
        if (!Allows(origin))
            return Answers.Problem(context, Problem.Denied($"Pages of {origin} may not use this server. Add it under the option origins if it is yours."));
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = Accepted;
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
