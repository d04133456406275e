using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>Counts and times every request by the template of its route, and traces it when somebody listens.</summary>
internal sealed class RequestMetrics
{
    /// <summary>The name of our traces' source.</summary>
    public const string SourceName = "Slipway.Server";

    private const string NoRoute = "(none)";
    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);

    private static readonly Histogram<double> Seconds = Meter.CreateHistogram<double>("slipway_http_request_seconds", "s", "Time from the first byte of a request to its answer.");
    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>("slipway_http_requests_active", "{requests}", "Requests being answered.");

    // Boxed once: a tag is an object.
    private static readonly object[] Statuses = [.. Enumerable.Range(0, 600).Select(status => (object)status)];

    /// <summary>Runs the rest, measured.</summary>
    public static async Task Measure(HttpContext context, RequestDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = Source.HasListeners() ? Begin(context.Request) : null;
        Active.Add(1);
        try
        {
            await next(context);
        }
        finally
        {
            Active.Add(-1);
            var route = context.GetEndpoint()?.Metadata.GetMetadata<Route>()?.Path ?? NoRoute;
            var status = context.Response.StatusCode;
            Seconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds,
                new("method", Method(context.Request.Method)), new("route", route), new("status", Statuses[status is >= 0 and < 600 ? status : 0]));
            if (activity is not null) End(activity, context, route, status);
        }
    }

    // A client may send any word as a method: it must not become a series of its own.
    private static string Method(string method) => method switch
    {
        "GET" or "POST" or "PUT" or "DELETE" or "PATCH" or "HEAD" or "OPTIONS" => method,
        _ => "other",
    };

    private static Activity? Begin(HttpRequest request)
    {
        ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out var parent);
        return Source.StartActivity(request.Method, ActivityKind.Server, parent);
    }

    private static void End(Activity activity, HttpContext context, string route, int status)
    {
        activity.DisplayName = $"{Method(context.Request.Method)} {route}";
        activity.SetTag("http.request.method", context.Request.Method).SetTag("http.route", route).SetTag("http.response.status_code", status).SetTag("url.path", context.Request.Path.Value);
        if (status >= 500) activity.SetStatus(ActivityStatusCode.Error);
    }
}
