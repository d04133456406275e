using Microsoft.AspNetCore.Http;
using Slipway.Prediction.Protocols;

namespace Slipway.Server;

/// <summary>The prediction protocols over what this process serves.</summary>
internal static partial class Capabilities
{
    private static void ComposePredictions(Parts parts, ServingParts serving)
    {
        var host = parts.Predictions = new PredictionHost(serving.Table, serving.Predictor) { Version = ServerApi.Version, MlflowVersion = ServerApi.MlflowVersion };
        host.Refuses = static (caller, endpoint) => caller.Refused(RootKind.Endpoint, endpoint.Id, PredictionHost.Unknown(endpoint.Name));
        foreach (var route in PredictionRoutes.Of(host))
            parts.Routes.Add(new Route(route.Method, route.Path, RightOf(route.Access), route.Summary)
            {
                BodyBytesMax = host.BodyBytesMax,
                Documented = route.Protocol is not GrpcInference,
                // Whoever asks for gRPC by HTTP/1.1 reads no trailers.
                Refuse = (http, problem) => route.Protocol is GrpcInference && !HttpProtocol.IsHttp2(http.Request.Protocol) ? Answers.Problem(http, problem) : PredictionHost.WriteProblem(http, route.Protocol, problem),
                Handle = async (http, caller) =>
                {
                    await route.Handle(http, caller);
                    return null;
                },
            });
    }

    private static Right RightOf(PredictionAccess access) => access switch
    {
        PredictionAccess.Anyone => Right.None,
        PredictionAccess.Invoke => Right.InvokeEndpoints,
        _ => Right.WriteEndpoints,
    };
}
