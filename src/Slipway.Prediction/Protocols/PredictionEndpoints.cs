using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Slipway.Prediction.Protocols;

/// <summary>Routes as endpoints of a host that has nothing but predictions: `slipway serve`, a bundle, tests.</summary>
internal static class PredictionEndpoints
{
    /// <summary>Maps them.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="callerOf">Who asks, or why they may not.</param>
    public static EndpointDataSource Map(IEnumerable<PredictionRoute> routes, Func<HttpContext, PredictionRoute, ValueTask<Outcome<Caller>>> callerOf) =>
        new DefaultEndpointDataSource(routes.Select(route => new RouteEndpoint(context => Handle(context, route, callerOf), RoutePatternFactory.Parse(route.Path), order: 0,
            new EndpointMetadataCollection(route, new HttpMethodMetadata(route.Method == "GET" ? ["GET", "HEAD"] : [route.Method])), route.Method + " " + route.Path)));

    private static Task Handle(HttpContext context, PredictionRoute route, Func<HttpContext, PredictionRoute, ValueTask<Outcome<Caller>>> callerOf)
    {
        var asked = callerOf(context, route);
        return asked.IsCompletedSuccessfully ? Go(context, route, asked.Result) : Wait(context, route, asked);
    }

    private static async Task Wait(HttpContext context, PredictionRoute route, ValueTask<Outcome<Caller>> asked) => await Go(context, route, await asked);

    private static Task Go(HttpContext context, PredictionRoute route, Outcome<Caller> caller) =>
        caller.Succeeded ? route.Handle(context, caller.Value) : PredictionHost.WriteProblem(context, route.Protocol, caller.Problem);
}
