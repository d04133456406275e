using System.Net;

namespace Slipway.Client;

/// <summary>When a request is tried again, and after which pause. Pure, so that it can be tested without waiting.</summary>
internal static class RetryPlan
{
    /// <summary>
    /// 408, 429 and the 5xx that may pass. A request that must not happen twice is repeated only where the server said that it did nothing.
    /// 501 and 507 do not pass by themselves: an unknown feature, a full disk.
    /// </summary>
    public static bool Again(HttpStatusCode status, bool idempotent) => (int)status switch
    {
        429 or 503 => true,
        408 or 500 or 502 or 504 => idempotent,
        _ => false,
    };

    /// <summary>A connection that was never made did nothing; one that broke may have.</summary>
    public static bool Again(HttpRequestError error, bool idempotent) =>
        idempotent || error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;

    /// <summary>
    /// "Equal jitter": half of the doubled pause is kept, half is random, so that clients that failed together do not come back together.
    /// </summary>
    /// <param name="attempt">0 before the first retry.</param>
    /// <param name="options">First and longest pause.</param>
    /// <param name="retryAfter">What the server asked for, if it did.</param>
    /// <param name="random">0 to 1.</param>
    public static TimeSpan Pause(int attempt, SlipwayClientOptions options, TimeSpan? retryAfter, double random)
    {
        if (retryAfter is { } asked && asked >= TimeSpan.Zero) return asked < options.RetryDelayMax ? asked : options.RetryDelayMax;
        var doubled = Math.Min(options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 30)), options.RetryDelayMax.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(doubled * (0.5 + random / 2));
    }
}
