using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;
using Slipway.Storage;
using EventLog = Slipway.Events.EventLog;

namespace Slipway.Server;

/// <summary>
/// Turns routes, which are data, into endpoints. Every request passes here: who asks, may they, call, and the answer for whatever went wrong.
/// </summary>
internal sealed partial class RouteTable(CallerSource callers, EventLog events, LimitOptions limits, RequestLimits rates, ILogger<RouteTable> log)
{
    /// <summary>Logged as nginx does for a client that hung up: nobody reads the answer.</summary>
    public const int ClientGone = 499;

    /// <summary>Endpoints without the reflection that mapping delegates one by one would cost at start.</summary>
    public EndpointDataSource Map(IReadOnlyList<Route> routes) => new DefaultEndpointDataSource(routes.Select(Endpoint));

    private Endpoint Endpoint(Route declared)
    {
        var route = declared.BodyBytesMax == Routes.BodyBytesDefault ? declared with { BodyBytesMax = limits.RequestBytes } : declared;
        string[] methods = route.Method == "GET" ? ["GET", "HEAD"] : [route.Method];
        return new RouteEndpoint(context => Handle(context, route), RoutePatternFactory.Parse(route.Path), order: 0,
            new EndpointMetadataCollection(route, new HttpMethodMetadata(methods, acceptCorsPreflight: true)), route.Path);
    }

    /// <summary>The answer where routing found nothing that takes the request: 404, or 405 with Allow. Null when a route takes it.</summary>
    public static Task? Refuse(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint)
            return Answers.Problem(context, new Problem(ErrorCode.ENDPOINT_NOT_FOUND,
                $"No route {context.Request.Method} {context.Request.Path}. GET /openapi.json lists what this server offers.", 404));
        return endpoint.Metadata.GetMetadata<Route>() is null ? WrongMethod(context, endpoint) : null;
    }

    // Routing answers a wrong method by an endpoint of its own, which sets Allow and no body.
    private static async Task WrongMethod(HttpContext context, Endpoint endpoint)
    {
        await endpoint.RequestDelegate!(context);
        await Answers.Problem(context, new Problem(ErrorCode.BAD_REQUEST,
            $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.", 405));
    }

    private async Task Handle(HttpContext context, Route route)
    {
        Problem? problem;
        Caller? caller = null;
        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = route.BodyBytesMax;
            var asked = callers.Of(context, route);
            var known = asked.IsCompletedSuccessfully ? asked.Result : await asked;
            if (!known.Succeeded)
            {
                await events.Refused(Caller.Anonymous(CallerSource.Address(context)), $"{route.Method} {route.Path}", known.Problem, context.RequestAborted);
                problem = known.Problem;
            }
            else
            {
                caller = known.Value;
                problem = rates.Admit(caller) ?? caller.Needs(route.Right) ?? await route.Handle(context, caller);
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = context.Response.HasStarted ? context.Response.StatusCode : ClientGone;
            return;
        }
        catch (ConnectionResetException)
        {
            return;
        }
        catch (StorageException storage)
        {
            // A full quota met half-way through an upload comes this way too.
            if (storage.Problem.Status >= StatusCodes.Status500InternalServerError) StorageFailed(storage, route.Method, route.Path);
            problem = storage.Problem;
        }
        catch (NulTextException nul)
        {
            // Stores check the fields that they have rules for, and name them; this is for all the others.
            problem = Problem.Invalid(nul.Message);
        }
        catch (BadHttpRequestException bad)
        {
            problem = bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? RequestBody.TooLarge(context, route.BodyBytesMax)
                : new Problem(ErrorCode.BAD_REQUEST, bad.Message, bad.StatusCode);
        }
        catch (Exception bug)
        {
            var trace = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
            Failed(bug, route.Method, route.Path, trace);
            problem = Problem.Internal($"The server failed on this request. Its log tells why under the trace id {trace}.");
        }
        if (problem is null) return;
        if (caller is not null && problem is { Code: ErrorCode.PERMISSION_DENIED or ErrorCode.UNAUTHENTICATED or ErrorCode.QUOTA_EXCEEDED })
            await events.Refused(caller, $"{route.Method} {route.Path}", problem, context.RequestAborted);
        await (route.Refuse is { } refuse && !context.Response.HasStarted ? refuse(context, problem) : Answers.Problem(context, problem));
    }

    [LoggerMessage(LogLevel.Warning, "{Method} {Route} met a failing database.")]
    private partial void StorageFailed(Exception failure, string method, string route);

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed, trace id {TraceId}.")]
    private partial void Failed(Exception bug, string method, string route, string traceId);
}
