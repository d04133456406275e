using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>Who is asking. A single-user installation has one answer: the local user, with the address the request came from.</summary>
internal sealed class CallerSource(Right rights)
{
    /// <summary>The caller of a request.</summary>
    public Caller Of(HttpContext context) => Caller.Local(context.Connection.RemoteIpAddress?.ToString()) with { Rights = rights };
}
