using System.Text.Json;
using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Serving;

/// <summary>What endpoints route to: one way in for every change, by which no version passes the gates.</summary>
internal sealed partial class Endpoints
{
    private const string InsertArm = """
        INSERT INTO endpoint_arms (endpoint_id, name, position, model_id, version, kind, slot, weight, shadow, held_version, held_ms, held_reason, held_evaluation)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """;

    private const string InsertRevision = "INSERT INTO endpoint_revisions (endpoint_id, revision, kind, at_ms, actor, reason, arms) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    /// <summary>Routes to other arms: all of them are said.</summary>
    public Task<Outcome<Endpoint>> Route(Caller caller, RouteEndpoint request, CancellationToken ct) =>
        CheckTexts(null, request.Reason) is { } badText ? Task.FromResult<Outcome<Endpoint>>(badText)
        : Change(caller, request.Name, (session, row, now) =>
        {
            if (request.FromRevision is { } from && from != row.Revision) return Problem.Conflict($"Revision {row.Revision} of '{row.Name}' is the newest, not {from}: somebody changed it meanwhile. Look again before routing.");
            if (Ladder(session, row) is { } busy) return busy;
            var arms = ArmPlan.Of(session, caller, request.Arms);
            return arms.Problem ?? Apply(session, caller, row, arms.Value, "routed", request.Reason, now);
        }, ct);

    /// <summary>Deploys a version: in the main arm's place, beside the others, as a shadow or as a canary.</summary>
    public async Task<Outcome<Endpoint>> Deploy(Caller caller, DeployVersion request, CancellationToken ct)
    {
        if (CheckTexts(null, request.Reason) is { } badText) return badText;
        if (request.Canary is not null && (request.Weight is not null || request.Shadow is true) || request.Weight is not null && request.Shadow is true) return Problem.Invalid("Expected one of weight, shadow and canary.");
        if (request.Weight is { } weight && !(weight is >= 0 and < 100)) return Problem.Invalid($"weight: expected a share of 0 to below 100 percent, got {weight}.");
        var plan = request.Canary is { } asked ? CanaryRules.Read(asked) : default(Outcome<CanaryPlan>);
        if (request.Canary is not null && plan.Problem is { } badPlan) return badPlan;
        return await Change(caller, request.Name, (session, row, now) =>
        {
            if (Ladder(session, row) is { } busy) return busy;
            var read = ArmPlan.Of(session, caller, new EndpointArmRoute(request.Arm ?? (request.Canary is not null ? "canary" : null), request.Model, request.Version, request.Alias, request.Stage, 0, request.Shadow), "deploy");
            if (read.Problem is { } bad) return bad with { Message = bad.Message.Replace("deploy.", "", StringComparison.Ordinal).Replace("deploy: ", "", StringComparison.Ordinal) };
            var (arm, arms) = (read.Value, ArmsOf(session, row.Id));
            var main = ArmPlan.Main(arms);
            if (request.Canary is not null)
            {
                if (row.Settings.Bandit is not null) return Problem.Conflict("Shares follow rewards here: a canary's ladder would fight with that. Take the bandit away first, or deploy with a weight.");
                if (arms.Exists(one => one.Name == arm.Name)) return Problem.Conflict($"There is an arm '{arm.Name}' already. Say another name, or take it away.");
                if (arm.ModelId == main.ModelId && arm.Version == main.Version) return Problem.Invalid($"Version {arm.Version} of '{arm.Model}' is what the main arm '{main.Name}' serves: there is nothing to compare.");
                var after = ArmPlan.WithShare(arms, arm, plan.Value.Steps![0] / 100);
                if (ArmPlan.Check(after) is { } wrong) return wrong;
                if (Apply(session, caller, row, after, "canary_started", request.Reason, now) is { } closed) return closed;
                CanaryRow.Start(session, row.Id, arm, main, plan.Value, now);
                news.Tell(session, caller, WebhookKind.CanaryStarted, ("name", row.Name), ("model", arm.Model), ("version", RegisteredModels.Text(arm.Version)), ("reason", request.Reason));
                return null;
            }
            List<ArmRow> next = request.Weight is { } share ? ArmPlan.WithShare(arms.FindAll(one => one.Name != arm.Name), arm, share / 100)
                : request.Shadow is true ? [.. arms.Where(one => one.Name != arm.Name), arm]
                : [.. arms.Select(one => one == main ? arm with { Weight = main.Weight } : one)];
            return ArmPlan.Check(next) is { } unfit ? unfit : Apply(session, caller, row, next, "deployed", request.Reason, now);
        }, ct);
    }

    /// <summary>Goes back to what was routed before.</summary>
    public Task<Outcome<Endpoint>> Rollback(Caller caller, RollbackEndpoint request, CancellationToken ct) =>
        WireCheck.Required(request.Reason, "reason", Endpoint.TextCharsMax) is { } badText ? Task.FromResult<Outcome<Endpoint>>(badText)
        : Change(caller, request.Name, (session, row, now) =>
        {
            var (current, found) = (ArmsOf(session, row.Id), (List<ArmRow>?)null);
            static HashSet<(long, long)> Answering(IEnumerable<ArmRow> arms) => [.. arms.Where(static arm => arm is { Shadow: false, Weight: > 0 }).Select(static arm => (arm.ModelId, arm.Version))];
            var now_ = Answering(current);
            var number = 0L;
            session.Each("SELECT revision, arms FROM endpoint_revisions WHERE endpoint_id = $1 AND ($2 = 0 OR revision = $2) ORDER BY revision DESC", one =>
            {
                var arms = JsonSerializer.Deserialize(one.Text(1), ServingJson.Default.ListArmRow)!;
                if (request.Revision is null && Answering(arms).SetEquals(now_)) return true;
                (number, found) = (one.Long(0), arms);
                return false;
            }, row.Id, request.Revision ?? 0);
            if (found is null) return request.Revision is { } asked ? Problem.NotFound($"'{row.Name}' has no revision {asked}; the newest is {row.Revision}.") : Problem.Conflict($"'{row.Name}' never routed to other versions: there is nothing to go back to.");
            if (CanaryRow.Open(session, row.Id) is { } canary) CanaryRow.End(session, canary.Id, CanaryState.Aborted, request.Reason!, now);
            // What is no good must not come back by the alias that it stands behind.
            var standing = Stays.Standing(session, [.. found.Select(static arm => arm.ModelId).Distinct()]);
            var back = found.ConvertAll(arm => arm.Kind is { } kind && standing.TryGetValue((arm.ModelId, kind, arm.Slot!), out var there) && there != arm.Version
                ? arm with { Held = new HeldVersion(RegisteredModels.Text(there), now, "Rolled back: " + request.Reason) } : arm);
            return Apply(session, caller, row, back, "rolled_back", $"To revision {number}: {request.Reason}", now, rollback: true);
        }, ct);

    /// <summary>Answers nobody until it is resumed.</summary>
    public Task<Outcome<Endpoint>> Pause(Caller caller, PauseEndpoint request, CancellationToken ct) => SetPaused(caller, request, true, ct);

    /// <summary>Answers again.</summary>
    public Task<Outcome<Endpoint>> Resume(Caller caller, PauseEndpoint request, CancellationToken ct) => SetPaused(caller, request, false, ct);

    /// <summary>An arm's alias or stage moved: lets the new version in, if the endpoint's gates do. What was done meanwhile by somebody else is not done again.</summary>
    public async Task Follow(long endpoint, string armName, long version, CancellationToken ct)
    {
        await gates.Settle(ct);
        var (now, caller) = (Now(), Caller.System("serving"));
        var followed = await db.Write<Done>(session =>
        {
            if (session.First($"{Columns} WHERE id = $1{session.Dialect.ForUpdate()}", Read, endpoint) is not { } row) return default(Done);
            caller = caller with { Workspace = row.Workspace };
            var arms = ArmsOf(session, endpoint);
            var at = arms.FindIndex(arm => arm.Name == armName);
            if (at < 0 || arms[at] is not { Kind: { } kind, Slot: { } slot } arm || arm.Version == version) return default(Done);
            if (Stays.Current(session, arm.ModelId, kind, slot) != version || ModelVersions.Row(session, arm.ModelId, version) is not { } coming) return default(Done);
            if (arm.Held?.Version == coming.Version.ToString(System.Globalization.CultureInfo.InvariantCulture) && (arm.Held.Evaluation is null || !gates.Evaluate(session, caller, coming, (StayKind.Endpoint, row.Name)).Passed)) return default(Done);
            arms[at] = arm with { Version = version, Held = null };
            return Apply(session, caller, row, arms, "followed", $"{(kind is StayKind.Alias ? $"The alias '{slot}'" : $"The stage {slot}")} of '{arm.Model}' moved from version {arm.Version} to {version}.", now) is { } closed ? closed : default(Done);
        }, ct);
        var noted = await After(caller, followed, ct);
        if (noted.Problem is not { Status: < 500 } held) return;
        await db.Write<Done>(session =>
        {
            session.Execute("UPDATE endpoint_arms SET held_version = $3, held_ms = $4, held_reason = $5, held_evaluation = $6 WHERE endpoint_id = $1 AND name = $2 AND version <> $3", endpoint, armName, version, now, held.Message, held.Gates?.Id ?? 0);
            session.Execute(Raise);
            news.Append(session, caller, "endpoint.held", Subject(endpoint), EventData.Of(("arm", armName), ("version", RegisteredModels.Text(version)), ("reason", held.Message)));
            return default(Done);
        }, ct);
        foreach (var tell in Changed) tell();
    }

    // The one way in. Versions that were not there come through the gates; who left and who came is written into the models' history.
    private Problem? Apply(Session session, Caller caller, EndpointRow row, List<ArmRow> arms, string kind, string? reason, long now, bool rollback = false)
    {
        var before = ArmsOf(session, row.Id);
        var (was, will) = (before.Select(static arm => (arm.ModelId, arm.Version)).ToHashSet(), arms.Select(static arm => (arm.ModelId, arm.Version)).ToHashSet());
        RegisteredModels.Hold(session, [.. was.Union(will).Except(was.Intersect(will)).Select(static one => one.ModelId).Distinct().Order()]);
        foreach (var arm in arms.DistinctBy(static arm => (arm.ModelId, arm.Version)))
        {
            if (was.Contains((arm.ModelId, arm.Version))) continue;
            if (ModelVersions.Row(session, arm.ModelId, arm.Version) is not { } version) return ModelVersions.Missing(arm.Model, arm.Version);
            if (gates.Enter(session, caller, version, (StayKind.Endpoint, row.Name), now, rollback) is { } closed) return closed;
        }
        foreach (var (model, version) in was.Except(will)) Stays.End(session, caller, model, StayKind.Endpoint, row.Name, version, now, reason);
        // The main arm first: who comes later is compared with who came first.
        foreach (var arm in arms.OrderByDescending(static arm => arm.Weight).DistinctBy(static arm => (arm.ModelId, arm.Version)))
            if (!was.Contains((arm.ModelId, arm.Version))) Stays.Begin(session, caller, arm.ModelId, StayKind.Endpoint, row.Name, arm.Version, now, reason);
        session.Execute("DELETE FROM endpoint_arms WHERE endpoint_id = $1", row.Id);
        session.ExecuteMany(InsertArm, [.. arms.Select(static (arm, i) => (arm, i))], (bind, one) => bind.Add(row.Id).Add(one.arm.Name).Add(one.i).Add(one.arm.ModelId).Add(one.arm.Version).Add((long?)one.arm.Kind).Add(one.arm.Slot)
            .Add(one.arm.Weight).Add(one.arm.Shadow).Add(Number(one.arm.Held?.Version)).Add(one.arm.Held?.AtMs).Add(one.arm.Held?.Reason).Add(Number(one.arm.Held?.Evaluation)));
        Note(session, caller, row, arms, kind, reason, now);
        return null;

        static long? Number(string? text) => text is null ? null : long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private void Note(Session session, Caller caller, EndpointRow row, List<ArmRow> arms, string kind, string? reason, long now)
    {
        var revision = row.Revision + 1;
        session.Execute("UPDATE endpoints SET revision = $2, updated_ms = $3, updated_by = $4 WHERE id = $1", row.Id, revision, now, caller.Actor);
        session.Execute(InsertRevision, row.Id, revision, kind, now, caller.Actor, reason, JsonSerializer.Serialize(arms, ServingJson.Default.ListArmRow));
        session.Execute("DELETE FROM endpoint_revisions WHERE endpoint_id = $1 AND revision <= $2", row.Id, revision - Endpoint.RevisionsMax);
        session.Execute(Raise);
        var said = string.Join(", ", arms.Select(static arm => $"{arm.Name}={arm.Model}/{arm.Version}{(arm.Shadow ? " shadow" : $" {arm.Weight:0.##}")}"));
        news.Append(session, caller, "endpoint." + kind, row.Subject, EventData.Of(("name", row.Name), ("revision", RegisteredModels.Text(revision)), ("arms", said), ("reason", reason)));
        news.Tell(session, caller, kind is "created" ? WebhookKind.EndpointCreated : WebhookKind.EndpointUpdated, ("name", row.Name), ("revision", RegisteredModels.Text(revision)), ("change", kind), ("arms", said), ("reason", reason));
    }

    private Task<Outcome<Endpoint>> SetPaused(Caller caller, PauseEndpoint request, bool paused, CancellationToken ct) =>
        CheckTexts(null, request.Reason) is { } badText ? Task.FromResult<Outcome<Endpoint>>(badText)
        : Change(caller, request.Name, (session, row, now) =>
        {
            if (paused == row.Paused is not null) return null;
            session.Execute("UPDATE endpoints SET paused = $2 WHERE id = $1", row.Id, paused ? string.IsNullOrWhiteSpace(request.Reason) ? "no reason was given." : request.Reason : null);
            Note(session, caller, row, ArmsOf(session, row.Id), paused ? "paused" : "resumed", request.Reason, now);
            return null;
        }, ct);

    private static Problem? Ladder(Session session, EndpointRow row) => CanaryRow.Open(session, row.Id) is { } canary
        ? Problem.Conflict($"The canary '{canary.Arm}' (version {canary.Version}) is under way on '{row.Name}'. End it first: slipway endpoints canary {row.Name} promote, or abort.") : null;
}
