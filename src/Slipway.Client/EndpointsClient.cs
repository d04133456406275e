using System.Runtime.CompilerServices;
using Slipway.Serving;

namespace Slipway.Client;

/// <summary>Endpoints: what answers predictions, and how a new version takes over. Every method throws <see cref="SlipwayException"/> when the server refuses or cannot be reached.</summary>
public sealed class EndpointsClient
{
    private const string Root = "api/slipway/v1/endpoints";

    private readonly Transport transport;

    internal EndpointsClient(Transport transport) => this.transport = transport;

    /// <summary>All endpoints that the caller sees, by name, page after page as they are read.</summary>
    /// <param name="model">Only those that route to this model.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<Endpoint> ListAsync(string? model = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<EndpointsPage>($"{Root}?model={Uri.EscapeDataString(model ?? "")}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var endpoint in page.Endpoints ?? []) yield return endpoint;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>One endpoint as it is.</summary>
    public Task<Endpoint> GetAsync(string name, CancellationToken ct = default) => transport.Get<Endpoint>(Of(name), ct);

    /// <summary>Makes an endpoint.</summary>
    public Task<Endpoint> CreateAsync(SaveEndpoint endpoint, CancellationToken ct = default) => transport.Post<SaveEndpoint, Endpoint>(Root, endpoint, ct, idempotent: false);

    /// <summary>Changes what requests meet; what is absent stays.</summary>
    public Task<Endpoint> UpdateAsync(string name, SaveEndpoint changes, CancellationToken ct = default) => transport.Write<SaveEndpoint, Endpoint>(HttpMethod.Patch, Of(name), changes, ct);

    /// <summary>Deletes an endpoint for good.</summary>
    public Task DeleteAsync(string name, CancellationToken ct = default) => transport.Delete(Of(name), ct);

    /// <summary>Routes to other versions, or with other weights: all arms are said.</summary>
    public Task<Endpoint> RouteAsync(string name, IEnumerable<EndpointArmRoute> arms, string? reason = null, long? fromRevision = null, CancellationToken ct = default) =>
        transport.Write<RouteEndpoint, Endpoint>(HttpMethod.Put, Of(name) + "/arms", new RouteEndpoint(name, [.. arms], reason, fromRevision), ct);

    /// <summary>Deploys a version to an endpoint, which is made if it is not there.</summary>
    /// <param name="name">The endpoint.</param>
    /// <param name="deploy">Which version, and how: at once, with a weight, as a shadow or as a canary.</param>
    /// <param name="ct">Cancels the requests.</param>
    /// <exception cref="SlipwayException">The version is not there, its gates refuse it, or the caller may not.</exception>
    public async Task<Endpoint> DeployAsync(string name, DeployVersion deploy, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(deploy);
        try
        {
            return await transport.Post<DeployVersion, Endpoint>(Of(name) + "/deploy", deploy, ct, idempotent: false).ConfigureAwait(false);
        }
        catch (SlipwayException missing) when (missing.Status == 404 && missing.Message.Contains("There is no endpoint", StringComparison.Ordinal) && deploy is { Weight: null, Canary: null } && deploy.Shadow is not true)
        {
            return await CreateAsync(new SaveEndpoint(name, Arms: [new EndpointArmRoute(deploy.Arm, deploy.Model, deploy.Version, deploy.Alias, deploy.Stage)], Reason: deploy.Reason), ct).ConfigureAwait(false);
        }
    }

    /// <summary>Goes back to what was routed before.</summary>
    public Task<Endpoint> RollbackAsync(string name, string reason, long? revision = null, CancellationToken ct = default) =>
        transport.Post<RollbackEndpoint, Endpoint>(Of(name) + "/rollback", new RollbackEndpoint(name, reason, revision), ct, idempotent: revision is not null);

    /// <summary>Answers nobody until it is resumed.</summary>
    public Task<Endpoint> PauseAsync(string name, string? reason = null, CancellationToken ct = default) => transport.Post<PauseEndpoint, Endpoint>(Of(name) + "/pause", new PauseEndpoint(name, reason), ct);

    /// <summary>Answers again.</summary>
    public Task<Endpoint> ResumeAsync(string name, string? reason = null, CancellationToken ct = default) => transport.Post<PauseEndpoint, Endpoint>(Of(name) + "/resume", new PauseEndpoint(name, reason), ct);

    /// <summary>Steers a canary: `promote`, `abort`, `hold` or `go`.</summary>
    public Task<Endpoint> CanaryAsync(string name, string action, string? reason = null, CancellationToken ct = default) =>
        transport.Post<SteerCanary, Endpoint>(Of(name) + "/canary", new SteerCanary(name, action, reason), ct, idempotent: false);

    /// <summary>What it routed to, the newest first, page after page as they are read.</summary>
    public async IAsyncEnumerable<EndpointRevision> HistoryAsync(string name, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<RevisionsPage>($"{Of(name)}/history?page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var revision in page.Revisions ?? []) yield return revision;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>Says what predictions were worth.</summary>
    public Task<RewardsTaken> RewardAsync(string name, IEnumerable<Reward> rewards, CancellationToken ct = default) =>
        transport.Post<SendRewards, RewardsTaken>(Of(name) + "/rewards", new SendRewards(name, [.. rewards]), ct, idempotent: false);

    /// <summary>The keys of an endpoint.</summary>
    public async Task<IReadOnlyList<EndpointKey>> KeysAsync(string name, CancellationToken ct = default) => (await transport.Get<EndpointKeys>(Of(name) + "/keys", ct).ConfigureAwait(false)).Keys ?? [];

    /// <summary>Makes a key: the only time that its secret is shown.</summary>
    public Task<EndpointKeyMade> CreateKeyAsync(string name, string key, string? owner = null, int? days = null, CancellationToken ct = default) =>
        transport.Post<MakeEndpointKey, EndpointKeyMade>(Of(name) + "/keys", new MakeEndpointKey(name, key, owner, days), ct, idempotent: false);

    /// <summary>Revokes a key.</summary>
    public Task RevokeKeyAsync(string name, string id, CancellationToken ct = default) => transport.Delete($"{Of(name)}/keys/{Uri.EscapeDataString(id)}", ct);

    /// <summary>Says that an endpoint leaves the installation: its versions pass the gates of the place `:export`. <see cref="ModelsClient.DownloadAsync"/> fetches them.</summary>
    /// <exception cref="SlipwayException">Gates refuse a version.</exception>
    public Task<Endpoint> ExportAsync(string name, string? reason = null, CancellationToken ct = default) => transport.Post<ExportEndpoint, Endpoint>(Of(name) + "/exports", new ExportEndpoint(name, reason), ct, idempotent: false);

    private static string Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Root}/{Uri.EscapeDataString(name)}";
    }
}
