using Microsoft.Extensions.Logging;
using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Serving;

namespace Slipway.Server;

/// <summary>Endpoints: rows, what serves them, and who judges rollouts.</summary>
internal static partial class Capabilities
{
    private static void ComposeServing(Parts parts, AccessParts access, RegistryNews news, ArtifactTree tree, Gates gates, Inspections inspections)
    {
        var endpoints = new Endpoints(parts.Database, news, parts.Clock, access.Standings, gates, access.Tokens);
        access.Grants.Finding[RootKind.Endpoint] = Endpoints.Manageable;
        access.Grants.Naming[RootKind.Endpoint] = Endpoints.Names;
        var serving = parts.Serving = new ServingParts(endpoints, new VersionLoader(parts.Database, new VersionFolders(parts.Database, tree, Path.Combine(parts.Data, "serving", "versions")), inspections, new ModelOpener(new PythonWorkers(parts.Sandbox, parts.Options.Python.Options, parts.Clock), Elsewhere(parts))), new EndpointTable(), new Predictor(Random.Shared));
        var follower = parts.Own(new EndpointFollower(parts.Database, endpoints, serving.Loader, serving.Table, parts.Clock, parts.Logs.CreateLogger<EndpointFollower>()) { Only = parts.Options.Serve?.Endpoint });
        parts.Loop("serving.follow", follower.Run);
        parts.JobHandlers.Add(new Rollouts(endpoints, parts.Clock, parts.Logs.CreateLogger<Rollouts>()).Handler);
        EndpointsApi.Map(parts.Routes, endpoints, new EndpointExports(parts.Database, endpoints, gates, news, parts.Clock));
        ComposePredictions(parts, serving);
        // Nobody listens to a warm-up: it is in no log and no count.
        var unheard = new Prediction.Protocols.PredictionHost(new EndpointTable(), new Predictor(Random.Shared));
        serving.Loader.Warming = (model, folder, ct) => Warmth.Example(unheard, model, folder, ct);
        access.PersonalData.Places.AddRange(PeopleInServing.Places);
    }

    /// <summary>Calls models on other servers, each with its own limit of time.</summary>
    private static HttpClient Elsewhere(Parts parts)
    {
        var http = parts.Own(Outbound.Client(parts.Options.OutboundAllowPrivate));
        http.Timeout = Timeout.InfiniteTimeSpan;
        return http;
    }
}

/// <summary>What serves predictions in this process, for those who add protocols, runtimes and listeners.</summary>
/// <param name="Endpoints">The rows.</param>
/// <param name="Loader">Opens versions.</param>
/// <param name="Table">What is served.</param>
/// <param name="Predictor">Who runs it.</param>
internal sealed record ServingParts(Endpoints Endpoints, VersionLoader Loader, EndpointTable Table, Predictor Predictor);
