namespace Slipway.Serving;

/// <summary>GET endpoints.</summary>
/// <param name="Model">Only those that route to this model.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, 100 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListEndpoints(string? Model = null, int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 1_000;
}

/// <summary>One page of endpoints.</summary>
/// <param name="Endpoints">By name.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record EndpointsPage(Endpoint[]? Endpoints = null, string? NextPageToken = null);

/// <summary>Names an endpoint.</summary>
/// <param name="Name">Required; part of the path.</param>
public sealed record EndpointRef(string? Name = null);

/// <summary>POST endpoints, and PATCH endpoints/{name} without arms: what is absent stays.</summary>
/// <param name="Name">Required.</param>
/// <param name="Description">For people.</param>
/// <param name="Arms">What it routes to; required when it is made.</param>
/// <param name="Sticky">Where requests carry their key; empty for none.</param>
/// <param name="Detail">How much errors tell: `none`, `shape` or `full`.</param>
/// <param name="TimeoutMs">The longest that a request may take, in milliseconds; 0 for no limit.</param>
/// <param name="Bandit">How shares follow rewards; empty for not.</param>
/// <param name="InputRules">Bounds and categories of columns, at most 1,000; empty for none.</param>
/// <param name="Reason">Why.</param>
public sealed record SaveEndpoint(string? Name = null, string? Description = null, EndpointArmRoute[]? Arms = null, StickyKey? Sticky = null, string? Detail = null, long? TimeoutMs = null,
    Bandit? Bandit = null, InputRule[]? InputRules = null, string? Reason = null);

/// <summary>PUT endpoints/{name}/arms: what it routes to from now on.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Arms">Required: all of them.</param>
/// <param name="Reason">Why.</param>
/// <param name="FromRevision">The revision that was looked at; when another one is the newest, nothing changes and the answer is 409.</param>
public sealed record RouteEndpoint(string? Name = null, EndpointArmRoute[]? Arms = null, string? Reason = null, long? FromRevision = null);

/// <summary>POST endpoints/{name}/deploy. One of version, alias and stage is said.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Model">Required.</param>
/// <param name="Version">This version.</param>
/// <param name="Alias">Whatever stands behind this alias, now and later.</param>
/// <param name="Stage">Whatever came last into this stage, now and later.</param>
/// <param name="Arm">The arm's name.</param>
/// <param name="Weight">Its share in percent, beside the others; null: it takes the main arm's place.</param>
/// <param name="Shadow">True: as a shadow.</param>
/// <param name="Canary">As a canary by this plan.</param>
/// <param name="Reason">Why.</param>
public sealed record DeployVersion(string? Name = null, string? Model = null, string? Version = null, string? Alias = null, string? Stage = null, string? Arm = null, double? Weight = null, bool? Shadow = null,
    CanaryPlan? Canary = null, string? Reason = null);

/// <summary>POST endpoints/{name}/rollback.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Reason">Required.</param>
/// <param name="Revision">To what it routed then; null: to what it routed before its versions changed last.</param>
public sealed record RollbackEndpoint(string? Name = null, string? Reason = null, long? Revision = null);

/// <summary>POST endpoints/{name}/pause and resume.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Reason">Why.</param>
public sealed record PauseEndpoint(string? Name = null, string? Reason = null);

/// <summary>POST endpoints/{name}/canary.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Action">`promote`, `abort`, `hold` or `go`.</param>
/// <param name="Reason">Why.</param>
public sealed record SteerCanary(string? Name = null, string? Action = null, string? Reason = null);

/// <summary>GET endpoints/{name}/history.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="MaxResults">1 to 1,000, 50 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListRevisions(string? Name = null, int? MaxResults = null, string? PageToken = null);

/// <summary>One page of what an endpoint routed to.</summary>
/// <param name="Revisions">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record RevisionsPage(EndpointRevision[]? Revisions = null, string? NextPageToken = null);

/// <summary>What an endpoint routed to from some time on.</summary>
/// <param name="Revision">From 1.</param>
/// <param name="Kind">`created`, `routed`, `deployed`, `followed`, `canary_started`, `canary_step`, `canary_promoted`, `canary_rolled_back`, `canary_aborted`, `rolled_back`, `paused`, `resumed` or `changed`.</param>
/// <param name="AtMs">Unix milliseconds.</param>
/// <param name="By">By whom.</param>
/// <param name="Reason">Why.</param>
/// <param name="Arms">To what.</param>
public sealed record EndpointRevision(long Revision = 0, string? Kind = null, long AtMs = 0, string? By = null, string? Reason = null, EndpointArmRoute[]? Arms = null);

/// <summary>POST endpoints/{name}/rewards.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Rewards">At most <see cref="RewardsMax"/>.</param>
public sealed record SendRewards(string? Name = null, Reward[]? Rewards = null)
{
    /// <summary>The most rewards of one request.</summary>
    public const int RewardsMax = 10_000;
}

/// <summary>What a prediction was worth.</summary>
/// <param name="Arm">The arm that answered.</param>
/// <param name="RequestId">Or the request.</param>
/// <param name="Value">Called `reward` on the wire.</param>
public sealed record Reward(string? Arm = null, string? RequestId = null, [property: System.Text.Json.Serialization.JsonPropertyName("reward")] double? Value = null);

/// <summary>What became of rewards.</summary>
/// <param name="Accepted">Counted.</param>
/// <param name="Unknown">Of no arm or request that is known.</param>
public sealed record RewardsTaken(long Accepted = 0, long Unknown = 0);

/// <summary>POST endpoints/{name}/keys.</summary>
/// <param name="Name">Of the endpoint; part of the path.</param>
/// <param name="Key">What the key is called.</param>
/// <param name="Owner">A service account, for administrators; null: the caller.</param>
/// <param name="ExpiresInDays">1 to 3,650; 365 if null.</param>
public sealed record MakeEndpointKey(string? Name = null, string? Key = null, string? Owner = null, int? ExpiresInDays = null);

/// <summary>Names a key of an endpoint.</summary>
/// <param name="Name">Of the endpoint; part of the path.</param>
/// <param name="Id">Of the key; part of the path.</param>
public sealed record EndpointKeyRef(string? Name = null, string? Id = null);

/// <summary>The keys of an endpoint.</summary>
/// <param name="Keys">The oldest first.</param>
public sealed record EndpointKeys(EndpointKey[]? Keys = null);

/// <summary>A token that asks one endpoint and does nothing else.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="CreatedMs">Unix milliseconds.</param>
/// <param name="ExpiresMs">Unix milliseconds.</param>
/// <param name="UsedMs">When it was used last, within the hour; Unix milliseconds.</param>
public sealed record EndpointKey(string? Id = null, string? Name = null, string? Owner = null, long CreatedMs = 0, long? ExpiresMs = null, long? UsedMs = null);

/// <summary>A new key: the only time that its secret is shown.</summary>
/// <param name="Token">To send as `Authorization: Bearer`.</param>
/// <param name="Key">What it is.</param>
public sealed record EndpointKeyMade(string? Token = null, EndpointKey? Key = null)
{
    // A record prints its members: not the secret.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Key = ").Append(Key);
        return true;
    }
}
