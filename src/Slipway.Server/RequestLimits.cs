using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>
/// How many requests at once, and how many a second from one address, of one account and in one workspace. Health checks and metrics are never
/// refused: they are wanted most when it is full.
/// </summary>
internal sealed class RequestLimits(LimitOptions options, TimeProvider clock) : IDisposable
{
    private readonly ConcurrencyLimiter all = new(new ConcurrencyLimiterOptions { PermitLimit = options.ConcurrentRequests, QueueLimit = 0 });
    private readonly RateBuckets<IPAddress> perAddress = new(clock);
    private readonly RateBuckets<long> perUser = new(clock);
    private readonly RateBuckets<string> perToken = new(clock);
    private readonly RateBuckets<long> perWorkspace = new(clock);

    /// <summary>Runs the rest when there is room for it.</summary>
    public Task Admit(HttpContext context, RequestDelegate next)
    {
        if (IsProbe(context.Request.Path)) return next(context);
        if (options.RequestsPerSecondPerAddress is var rate and > 0 && !perAddress.Take(Block(context.Connection.RemoteIpAddress), rate))
            return Answers.Problem(context, TooMany($"More than {rate} requests a second from this address (limits.requestsPerSecondPerAddress)."));
        var room = all.AttemptAcquire();
        if (room.IsAcquired) return Run(context, next, room);
        room.Dispose();
        return Answers.Problem(context, Problem.Busy($"{options.ConcurrentRequests} requests are being answered already (limits.concurrentRequests). Send it again."));
    }

    /// <summary>Null when somebody who is known by now may ask one more; all tokens and browsers of an account count together, and each token for itself.</summary>
    public Problem? Admit(Caller caller)
    {
        if (options.RequestsPerSecondPerUser is var rate and > 0 && caller.Principal is { } principal && !perUser.Take(principal, rate))
            return TooMany($"More than {rate} requests a second of '{caller.Actor}' (limits.requestsPerSecondPerUser).");
        if (options.RequestsPerSecondPerToken is var each and > 0 && caller.Token is { } token && !perToken.Take(token, each))
            return TooMany($"More than {each} requests a second with the token {token} (limits.requestsPerSecondPerToken).");
        if (caller.Quota?.RequestsPerSecond is { } quota && !perWorkspace.Take(caller.Workspace, quota))
            return TooMany($"More than {quota} requests a second in this workspace, which is its quota (requests_per_second).");
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => all.Dispose();

    // Who has one IPv6 address has 2^64 of them: the network counts as one.
    private static IPAddress Block(IPAddress? address)
    {
        if (address is null || address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6) return address ?? IPAddress.None;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    private static Problem TooMany(string what) =>
        new(ErrorCode.REQUEST_LIMIT_EXCEEDED, what + " Wait a second, or send several points in one log-batch.", 429) { RetryAfter = TimeSpan.FromSeconds(1) };

    private static async Task Run(HttpContext context, RequestDelegate next, RateLimitLease room)
    {
        using (room) await next(context);
    }

    private static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health") || path.StartsWithSegments("/healthz") || path.StartsWithSegments("/metrics");
}
