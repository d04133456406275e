using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>How many requests at once, and how many a second from one address. Health checks and metrics are never refused: they are wanted most when it is full.</summary>
internal sealed class RequestLimits : IDisposable
{
    private readonly LimitOptions options;
    private readonly ConcurrencyLimiter all;
    private readonly PartitionedRateLimiter<IPAddress>? perAddress;

    public RequestLimits(LimitOptions options)
    {
        this.options = options;
        all = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.ConcurrentRequests, QueueLimit = 0 });
        if (options.RequestsPerSecondPerAddress is var rate and > 0)
            perAddress = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetTokenBucketLimiter(address, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = rate,
                TokensPerPeriod = rate,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }

    /// <summary>Runs the rest when there is room for it.</summary>
    public Task Admit(HttpContext context, RequestDelegate next)
    {
        if (IsProbe(context.Request.Path)) return next(context);
        if (perAddress is not null)
        {
            using var token = perAddress.AttemptAcquire(context.Connection.RemoteIpAddress ?? IPAddress.None);
            if (!token.IsAcquired)
                return Answers.Problem(context, new Problem(ErrorCode.REQUEST_LIMIT_EXCEEDED,
                    $"More than {options.RequestsPerSecondPerAddress} requests a second from this address (limits.requestsPerSecondPerAddress). Wait a second, or send several points in one log-batch.", 429)
                { RetryAfter = TimeSpan.FromSeconds(1) });
        }
        var room = all.AttemptAcquire();
        if (room.IsAcquired) return Run(context, next, room);
        room.Dispose();
        return Answers.Problem(context, Problem.Busy($"{options.ConcurrentRequests} requests are being answered already (limits.concurrentRequests). Send it again."));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        all.Dispose();
        perAddress?.Dispose();
    }

    private static async Task Run(HttpContext context, RequestDelegate next, RateLimitLease room)
    {
        using (room) await next(context);
    }

    private static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health") || path.StartsWithSegments("/healthz") || path.StartsWithSegments("/metrics");
}
