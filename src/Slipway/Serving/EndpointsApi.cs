using static Slipway.Right;

namespace Slipway.Serving;

/// <summary>The routes of endpoints.</summary>
internal static class EndpointsApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, Endpoints endpoints, EndpointExports exports)
    {
        Wire.Add(EndpointsJson.Default);
        const string All = "/endpoints", One = All + "/{name}";
        var own = routes.Under("/api/slipway/v1");
        own.Get<ListEndpoints, EndpointsPage>(All, ReadEndpoints, "Lists endpoints by name.", endpoints.List);
        own.Post<SaveEndpoint, Endpoint>(All, CreateEndpoints, "Makes an endpoint.", endpoints.Create);
        own.Get<EndpointRef, Endpoint>(One, ReadEndpoints, "Answers what an endpoint routes to, and how it is.", endpoints.Get);
        own.Patch<SaveEndpoint, Endpoint>(One, WriteEndpoints, "Changes an endpoint; what is absent stays.", endpoints.Update);
        own.Delete<EndpointRef, Done>(One, ManageEndpoints, "Deletes an endpoint for good.", endpoints.Delete);
        own.Add<RouteEndpoint, Endpoint>("PUT", One + "/arms", WriteEndpoints, "Routes an endpoint to other versions, or with other weights.", endpoints.Route);
        own.Post<DeployVersion, Endpoint>(One + "/deploy", WriteEndpoints, "Deploys a version: at once, with a weight, as a shadow or as a canary.", endpoints.Deploy);
        own.Post<RollbackEndpoint, Endpoint>(One + "/rollback", WriteEndpoints, "Goes back to what was routed before.", endpoints.Rollback);
        own.Post<PauseEndpoint, Endpoint>(One + "/pause", WriteEndpoints, "Answers nobody until it is resumed.", endpoints.Pause);
        own.Post<PauseEndpoint, Endpoint>(One + "/resume", WriteEndpoints, "Answers again.", endpoints.Resume);
        own.Post<SteerCanary, Endpoint>(One + "/canary", WriteEndpoints, "Promotes, aborts, holds or continues a canary.", endpoints.Steer);
        own.Get<ListRevisions, RevisionsPage>(One + "/history", ReadEndpoints, "Lists what an endpoint routed to, since when, by whom and why.", endpoints.History);
        own.Post<SendRewards, RewardsTaken>(One + "/rewards", InvokeEndpoints, "Takes what predictions were worth.", endpoints.Reward);
        own.Get<EndpointRef, EndpointKeys>(One + "/keys", ManageEndpoints, "Lists the keys of an endpoint.", endpoints.Keys);
        own.Post<MakeEndpointKey, EndpointKeyMade>(One + "/keys", ManageEndpoints, "Makes a key: a token that asks one endpoint and does nothing else.", endpoints.MakeKey);
        own.Post<ExportEndpoint, Endpoint>(One + "/exports", WriteEndpoints, "Takes an endpoint out of the installation: its versions pass the gates for that.", exports.Export);
        own.Delete<EndpointKeyRef, Done>(One + "/keys/{id}", ManageEndpoints, "Revokes a key.", endpoints.RevokeKey);
    }
}
