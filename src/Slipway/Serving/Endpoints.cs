using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Access;
using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Serving;

/// <summary>How an arm is on this server: `ready`, `loading`, `unloaded` or `failed`; the version that answers in its place; why not.</summary>
internal readonly record struct ArmLook(string State, string? ServingVersion, string? Problem, ModelExecution? Execution = null);

/// <summary>
/// Endpoints as rows: what they route to and routed to. Every change holds the endpoint's row, goes through the gates, and writes a revision; those who serve look for changes
/// and swap what they route to.
/// </summary>
internal sealed partial class Endpoints(Database db, RegistryNews news, TimeProvider clock, Standings standings, Gates gates, Tokens tokens)
{
    private const string Insert = """
        INSERT INTO endpoints (workspace_id, name, description, revision, salt, settings, made_ms, made_by, updated_ms, updated_by) VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $6, $7)
        ON CONFLICT (workspace_id, name) DO NOTHING RETURNING id
        """;

    private const string Raise = "UPDATE serving_generation SET generation = generation + 1 WHERE one = 1";

    /// <summary>How an arm is on this server; whoever serves says so.</summary>
    public Func<EndpointRow, ArmRow, ArmLook> Looking { get; set; } = static (_, _) => new("loading", null, null);

    /// <summary>What shadows of an endpoint found on this server; whoever serves says so.</summary>
    public Func<EndpointRow, IEnumerable<ShadowState>> Comparing { get; set; } = static _ => [];

    /// <summary>Called after a change was committed, by this server: whoever serves need not wait for the next look.</summary>
    public List<Action> Changed { get; } = [];

    /// <summary>Told, in the write, of an endpoint that goes for good.</summary>
    public List<Action<Session, EndpointRow>> Leaving { get; } = [];

    /// <summary>Whether anything changed: equal numbers, nothing did.</summary>
    public static long Generation(Session session) => session.Long("SELECT generation FROM serving_generation WHERE one = 1") ?? 0;

    /// <summary>Makes an endpoint.</summary>
    public async Task<Outcome<Endpoint>> Create(Caller caller, SaveEndpoint request, CancellationToken ct)
    {
        if (EndpointNames.Check(request.Name, "name") is { } badName) return badName;
        if (CheckTexts(request.Description, request.Reason) is { } badText) return badText;
        var settings = SettingsReader.Read(request, new EndpointSettings());
        if (settings.Problem is { } unfit) return unfit;
        await gates.Settle(ct);
        var (now, salt, granted) = (Now(), BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)), false);
        var made = await db.Write<Endpoint>(session =>
        {
            if (session.Long("SELECT count(*) FROM endpoints WHERE workspace_id = $1", caller.Workspace) >= Endpoint.PerWorkspaceMax) return Problem.Invalid($"A workspace has at most {Endpoint.PerWorkspaceMax:N0} endpoints. Delete some first.");
            var arms = ArmPlan.Of(session, caller, request.Arms);
            if (arms.Problem is { } bad) return bad;
            if (session.Long(Insert, caller.Workspace, request.Name, request.Description, salt, Kept(settings.Value), now, caller.Actor) is not { } id) return Problem.Exists($"There is an endpoint '{request.Name}' already.");
            var row = session.First($"{Columns} WHERE id = $1", Read, id)!;
            if (Apply(session, caller, row, arms.Value, "created", request.Reason, now) is { } refused) return refused;
            granted = RootGrants.GiveMaker(session, caller, RootKind.Endpoint, id);
            return Answer(session, caller, id);
        }, ct);
        if (granted) standings.Forget();
        return await After(caller, made, ct);
    }

    /// <summary>One endpoint as it is.</summary>
    public async Task<Outcome<Endpoint>> Get(Caller caller, EndpointRef request, CancellationToken ct) =>
        await db.Read<Outcome<Endpoint>>(session => Find(session, caller, request.Name, "", out var row) is { } refused ? refused : Answer(session, caller, row.Id), ct);

    /// <summary>One page of endpoints, by name.</summary>
    public async Task<Outcome<EndpointsPage>> List(Caller caller, ListEndpoints request, CancellationToken ct)
    {
        var size = request.MaxResults ?? 100;
        if (SearchPage.CheckSize(size, ListEndpoints.MaxResultsMax) is { } badSize) return badSize;
        return await db.Read<Outcome<EndpointsPage>>(session =>
        {
            var model = -1L;
            if (!string.IsNullOrEmpty(request.Model))
            {
                if (RegistryCheck.Name(request.Model, "model") is { } bad) return bad;
                if (RegisteredModels.Find(session, caller with { Acting = Right.None }, request.Model, "", out var found) is { } refused) return refused;
                model = found.Id;
            }
            // A workspace has so few that who may see which is asked here.
            var rows = session.Query($"{Columns} WHERE workspace_id = $1 AND name > $2 AND ($3 < 0 OR id IN (SELECT endpoint_id FROM endpoint_arms WHERE model_id = $3)) ORDER BY name", Read, caller.Workspace, request.PageToken ?? "", model)
                .FindAll(row => caller.Sees(RootKind.Endpoint, row.Id));
            return new EndpointsPage([.. Answers(session, caller, [.. rows.Take(size)])], rows.Count > size ? rows[size - 1].Name : null);
        }, ct);
    }

    /// <summary>Changes what is said; what is absent stays.</summary>
    public Task<Outcome<Endpoint>> Update(Caller caller, SaveEndpoint request, CancellationToken ct)
    {
        if (CheckTexts(request.Description, request.Reason) is { } badText) return Task.FromResult<Outcome<Endpoint>>(badText);
        if (request.Arms is not null) return Task.FromResult<Outcome<Endpoint>>(Problem.Invalid("arms: arms are routed by PUT /endpoints/NAME/arms."));
        return Change(caller, request.Name, (session, row, now) =>
        {
            var settings = SettingsReader.Read(request, row.Settings);
            if (settings.Problem is { } unfit) return unfit;
            if (settings.Value.Bandit is not null && CanaryRow.Open(session, row.Id) is not null) return Problem.Conflict("A canary is under way: shares follow its ladder. End it before shares follow rewards.");
            session.Execute("UPDATE endpoints SET description = $2, settings = $3 WHERE id = $1", row.Id, request.Description ?? row.Description, Kept(settings.Value));
            Note(session, caller, row, ArmsOf(session, row.Id), "changed", request.Reason, now);
            return null;
        }, ct);
    }

    /// <summary>Deletes an endpoint for good, with its history and keys; the event log keeps what happened.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, EndpointRef request, CancellationToken ct)
    {
        var now = Now();
        var deleted = await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.Name, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            foreach (var arm in ArmsOf(session, row.Id).DistinctBy(static arm => (arm.ModelId, arm.Version))) Stays.End(session, caller, arm.ModelId, StayKind.Endpoint, row.Name, arm.Version, now, "The endpoint was deleted.");
            foreach (var leave in Leaving) leave(session, row);
            Tokens.EraseKeys(session, row.Id);
            RootGrants.Erase(session, RootKind.Endpoint, row.Id);
            session.Execute("DELETE FROM endpoint_tallies WHERE canary_id IN (SELECT id FROM endpoint_canaries WHERE endpoint_id = $1)", row.Id);
            foreach (var table in (ReadOnlySpan<string>)["endpoint_arms", "endpoint_revisions", "endpoint_canaries", "endpoint_rewards"]) session.Execute($"DELETE FROM {table} WHERE endpoint_id = $1", row.Id);
            session.Execute("DELETE FROM endpoints WHERE id = $1", row.Id);
            session.Execute(Raise);
            news.Append(session, caller, "endpoint.deleted", row.Subject, EventData.Of(("name", row.Name)));
            news.Tell(session, caller, WebhookKind.EndpointDeleted, ("name", row.Name));
            return default(Done);
        }, ct);
        if (deleted.Succeeded) standings.Forget();
        return await After(caller, deleted, ct);
    }

    /// <summary>What it routed to, the newest first.</summary>
    public async Task<Outcome<RevisionsPage>> History(Caller caller, ListRevisions request, CancellationToken ct)
    {
        var size = request.MaxResults ?? 50;
        if (SearchPage.CheckSize(size, 1_000) is { } badSize) return badSize;
        var before = long.MaxValue;
        if (!string.IsNullOrEmpty(request.PageToken) && !long.TryParse(request.PageToken, out before)) return Problem.Invalid("page_token: expected the next_page_token of the last answer.");
        return await db.Read<Outcome<RevisionsPage>>(session =>
        {
            if (Find(session, caller, request.Name, "", out var row) is { } refused) return refused;
            var page = session.Query("SELECT revision, kind, at_ms, actor, reason, arms FROM endpoint_revisions WHERE endpoint_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3",
                static one => new EndpointRevision(one.Long(0), one.Text(1), one.Long(2), one.Text(3), one.TextOrNull(4), [.. JsonSerializer.Deserialize(one.Text(5), ServingJson.Default.ListArmRow)!.Select(static arm => arm.Wire)]), row.Id, before, size + 1);
            return new RevisionsPage([.. page.Take(size)], page.Count > size ? RegisteredModels.Text(page[size - 1].Revision) : null);
        }, ct);
    }

    /// <summary>The keys of an endpoint.</summary>
    public async Task<Outcome<EndpointKeys>> Keys(Caller caller, EndpointRef request, CancellationToken ct) => await db.Read<Outcome<EndpointKeys>>(session =>
        Find(session, caller, request.Name, "", out var row) is { } refused ? refused : new EndpointKeys([.. Tokens.KeysOf(session, row.Id).Select(Key)]), ct);

    /// <summary>Makes a key.</summary>
    public async Task<Outcome<EndpointKeyMade>> MakeKey(Caller caller, MakeEndpointKey request, CancellationToken ct)
    {
        var made = await tokens.CreateKey(caller, request.Key, request.Owner, request.ExpiresInDays, session => Found(session, caller, request.Name), ct);
        return made.Problem is { } problem ? problem : new EndpointKeyMade(made.Value.Token, Key(made.Value.Info));
    }

    /// <summary>Revokes a key.</summary>
    public Task<Outcome<Done>> RevokeKey(Caller caller, EndpointKeyRef request, CancellationToken ct) => tokens.RevokeKey(caller, request.Id, session => Found(session, caller, request.Name), ct);

    private static Outcome<(long, string)> Found(Session session, Caller caller, string? name) => Find(session, caller, name, "", out var row) is { } refused ? refused : (row.Id, row.Name);

    private static EndpointKey Key(TokenInfo token) => new(token.Id, token.Name, token.Owner, token.CreatedMs, token.ExpiresMs, token.UsedMs);

    private async Task<Outcome<Endpoint>> Change(Caller caller, string? name, Func<Session, EndpointRow, long, Problem?> change, CancellationToken ct)
    {
        await gates.Settle(ct);
        var now = Now();
        var changed = await db.Write<Endpoint>(session =>
            Find(session, caller, name, session.Dialect.ForUpdate(), out var row) is { } refused ? refused
            : change(session, row, now) is { } problem ? problem
            : Answer(session, caller, row.Id), ct);
        return await After(caller, changed, ct);
    }

    private async Task<Outcome<T>> After<T>(Caller caller, Outcome<T> outcome, CancellationToken ct)
    {
        if (outcome.Succeeded)
            foreach (var tell in Changed) tell();
        news.Hint();
        return await gates.Noted(caller, outcome, ct);
    }

    private static Problem? CheckTexts(string? description, string? reason) =>
        WireCheck.Text(description, "description", Endpoint.TextCharsMax) ?? WireCheck.Text(reason, "reason", Endpoint.TextCharsMax);

    private static string Kept(EndpointSettings settings) => JsonSerializer.Serialize(settings, ServingJson.Default.EndpointSettings);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
