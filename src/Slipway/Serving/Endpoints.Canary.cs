using System.Globalization;
using System.Text.Json;
using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Serving;

/// <summary>Canaries: judged by what was counted, up the ladder or back, in one write each.</summary>
internal sealed partial class Endpoints
{
    /// <summary>How many answers of the control bins are made of, at least.</summary>
    public const int GatheredLeast = 200;

    /// <summary>Somebody steers a canary.</summary>
    public Task<Outcome<Endpoint>> Steer(Caller caller, SteerCanary request, CancellationToken ct) =>
        CheckTexts(null, request.Reason) is { } badText ? Task.FromResult<Outcome<Endpoint>>(badText)
        : Change(caller, request.Name, (session, row, now) =>
        {
            if (request.Action is not ("promote" or "abort" or "hold" or "go")) return Problem.Invalid($"action: expected promote, abort, hold or go, got '{SearchText.Cut(request.Action ?? "")}'.");
            if (CanaryRow.Open(session, row.Id) is not { } canary) return Problem.Conflict($"No canary is under way on '{row.Name}'.");
            switch (request.Action)
            {
                case "promote":
                    return Promote(session, caller, row, canary, request.Reason ?? "Somebody promoted it.", now);
                case "abort":
                    return Withdraw(session, caller, row, canary, CanaryState.Aborted, request.Reason ?? "Somebody ended it.", now);
                default:
                    var held = request.Action == "hold";
                    session.Execute("UPDATE endpoint_canaries SET state = $2, reason = $3, step_ms = $4 WHERE id = $1", canary.Id, (int)(held ? CanaryState.Held : CanaryState.Running), held ? request.Reason : null, held ? canary.StepMs : now);
                    session.Execute(Raise);
                    news.Append(session, caller, held ? "endpoint.canary_held" : "endpoint.canary_resumed", row.Subject, EventData.Of(("name", row.Name), ("reason", request.Reason)));
                    return null;
            }
        }, ct);

    /// <summary>Canaries that are under way.</summary>
    public Task<List<CanaryRow>> OpenCanaries(CancellationToken ct) => db.Read(CanaryRow.AllOpen, ct);

    /// <summary>Writes what this server counted.</summary>
    public Task<Outcome<Done>> WriteTallies(string server, IReadOnlyCollection<CanaryTallies.Counted> counted, CancellationToken ct) => db.Write<Done>(session =>
    {
        CanaryTallies.Write(session, server, counted);
        return default(Done);
    }, ct);

    /// <summary>Judges a canary by what all servers counted: makes bins, rolls back, goes a step up, or waits. True when something changed.</summary>
    public async Task<bool> Judge(long endpoint, CancellationToken ct)
    {
        var (now, changes) = (Now(), false);
        var judged = await db.Write<Done>(session =>
        {
            changes = false;
            if (session.First($"{Columns} WHERE id = $1{session.Dialect.ForUpdate()}", Read, endpoint) is not { } row || CanaryRow.Open(session, endpoint) is not { } canary) return default(Done);
            var caller = Caller.System("rollouts") with { Workspace = row.Workspace };
            var periods = CanaryTallies.Of(session, canary.Id, out var gathered);
            var needsBins = canary.Bins is null && (CanaryRules.Wants(canary.Plan, "latency") || CanaryRules.Wants(canary.Plan, "predictions"));
            if (needsBins && CanaryEvidence.BinsOf(gathered.Predictions, gathered.Microseconds, GatheredLeast) is { } bins)
            {
                session.Execute("UPDATE endpoint_canaries SET bins = $2, period = period + 1 WHERE id = $1", canary.Id, JsonSerializer.Serialize(bins, ServingJson.Default.TallyBins));
                session.Execute(Raise);
                (changes, needsBins) = (true, false);
            }
            var tests = CanaryEvidence.Tests(canary.Plan, [.. periods.Select(static one => one.Counts)]);
            session.Execute("UPDATE endpoint_canaries SET tests = $2 WHERE id = $1", canary.Id, JsonSerializer.Serialize([.. tests], ServingJson.Default.CanaryTestArray));
            if (tests.Find(CanaryEvidence.Alarms) is { } alarm)
            {
                changes = true;
                return Withdraw(session, caller, row, canary, CanaryState.RolledBack, string.Create(CultureInfo.InvariantCulture, $"{alarm.Guard}: {alarm.Message} The evidence is {alarm.Evidence:G3}, the limit {alarm.Limit:G3}."), now) is { } stuck ? stuck : default(Done);
            }
            var answered = periods.Where(one => one.Step == canary.Step).Sum(static one => one.Counts.Canary.Requests);
            if (changes || needsBins || canary.State is not CanaryState.Running || answered < canary.Plan.Requests || now - canary.StepMs < canary.Plan.HoldSeconds * 1000) return default(Done);
            changes = true;
            return Climb(session, caller, row, canary, answered, now) is { } refused ? refused : default(Done);
        }, ct);
        if (changes) await After(Caller.System("rollouts"), judged, ct);
        return changes;
    }

    private Problem? Climb(Session session, Caller caller, EndpointRow row, CanaryRow canary, long answered, long now)
    {
        var steps = canary.Plan.Steps!;
        var step = canary.Step + 1;
        if (step >= steps.Length)
        {
            session.Execute("UPDATE endpoint_canaries SET state = 2, reason = $2 WHERE id = $1", canary.Id, "It is at the end of its ladder: promote or abort it.");
            session.Execute(Raise);
            return null;
        }
        if (steps[step] >= 100) return Promote(session, caller, row, canary, "It went through all steps, and no guard spoke against it.", now);
        var arms = ArmsOf(session, row.Id);
        if (arms.Find(arm => arm.Name == canary.Arm) is not { } own) return Withdraw(session, caller, row, canary, CanaryState.Aborted, "Its arm is gone.", now);
        session.Execute("UPDATE endpoint_canaries SET step = $2, period = period + 1, step_ms = $3 WHERE id = $1", canary.Id, step, now);
        return Apply(session, caller, row, ArmPlan.WithShare(arms.FindAll(arm => arm.Name != own.Name), own, steps[step] / 100), "canary_step",
            string.Create(CultureInfo.InvariantCulture, $"{answered:N0} requests at {steps[canary.Step]} %, and no guard spoke against it: {steps[step]} %."), now);
    }

    private Problem? Promote(Session session, Caller caller, EndpointRow row, CanaryRow canary, string reason, long now)
    {
        var arms = ArmsOf(session, row.Id);
        if (arms.Find(arm => arm.Name == canary.Arm) is not { } own) return Withdraw(session, caller, row, canary, CanaryState.Aborted, "Its arm is gone.", now);
        var others = arms.FindAll(arm => arm.Name != canary.Arm);
        var replaced = others.Find(arm => arm.Name == canary.Against) ?? ArmPlan.Main(others);
        // A name that says which version, or which alias is followed, would be wrong now; another one was given by people.
        var isGiven = replaced.Kind is null && replaced.Name != "v" + RegisteredModels.Text(replaced.Version);
        var name = own.Kind is not null && own.Name != "canary" ? own.Name : isGiven ? replaced.Name : "v" + RegisteredModels.Text(own.Version);
        if (others.Exists(arm => arm != replaced && arm.Name == name)) name = canary.Arm;
        var sum = others.Where(static arm => !arm.Shadow).Sum(static arm => arm.Weight);
        List<ArmRow> after = [.. others.Select(arm => arm == replaced ? own with { Name = name, Weight = sum > 0 ? arm.Weight / sum * 100 : 100 } : arm.Shadow || sum == 0 ? arm : arm with { Weight = arm.Weight / sum * 100 })];
        if (Apply(session, caller, row, after, "canary_promoted", reason, now) is { } refused) return refused;
        CanaryRow.End(session, canary.Id, CanaryState.Promoted, reason, now);
        news.Tell(session, caller, WebhookKind.CanaryPromoted, ("name", row.Name), ("model", canary.Model), ("version", RegisteredModels.Text(canary.Version)), ("reason", reason));
        return null;
    }

    private Problem? Withdraw(Session session, Caller caller, EndpointRow row, CanaryRow canary, CanaryState state, string reason, long now)
    {
        var others = ArmsOf(session, row.Id).FindAll(arm => arm.Name != canary.Arm);
        var sum = others.Where(static arm => !arm.Shadow).Sum(static arm => arm.Weight);
        if (others.Count > 0 && Apply(session, caller, row, others.ConvertAll(arm => arm.Shadow || sum == 0 ? arm : arm with { Weight = arm.Weight / sum * 100 }), state is CanaryState.RolledBack ? "canary_rolled_back" : "canary_aborted", reason, now, rollback: true) is { } refused) return refused;
        CanaryRow.End(session, canary.Id, state, reason, now);
        if (state is CanaryState.RolledBack) news.Tell(session, caller, WebhookKind.CanaryRolledBack, ("name", row.Name), ("model", canary.Model), ("version", RegisteredModels.Text(canary.Version)), ("reason", reason));
        return null;
    }
}
