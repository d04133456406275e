using Slipway.Access;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// Checks that somebody let pass for one version. A waiver takes the role that the check's policy names and a reason; taken back it holds no more, and stays
/// visible all the same.
/// </summary>
internal sealed class GateWaivers(Database db, RegistryNews events, TimeProvider clock, Policies policies)
{
    private const string Columns = """
        SELECT w.id, p.name, w.check_id, w.reason, w.actor, w.at_ms, w.revoked_ms, w.revoked_by, w.revoked_reason, w.policy_id FROM gate_waivers w JOIN gate_policies p ON p.id = w.policy_id
        """;

    private const string Insert = "INSERT INTO gate_waivers (model_id, version, policy_id, check_id, reason, at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";

    /// <summary>Lets a check pass.</summary>
    public Task<Outcome<GateWaiver>> Waive(Caller caller, WaiveGateCheck request, CancellationToken ct) => On<GateWaiver>(caller, request.Name, request.Version, request.Reason, (session, row, now) =>
    {
        if (string.IsNullOrEmpty(request.Policy)) return Problem.Missing("policy");
        if (string.IsNullOrEmpty(request.Check)) return Problem.Missing("check");
        if (Policies.CheckName(request.Policy) is not null || Policies.Find(session, caller.Workspace, request.Policy) is not { } found) return Policies.Missing(request.Policy);
        var policy = policies.Newest(session, found).Policy;
        if (policy.Checks.FirstOrDefault(check => check.Id == request.Check) is not { } known)
            return Problem.NotFound($"The policy '{found.Name}' has no check '{SearchText.Cut(request.Check)}'. It has {string.Join(", ", policy.Checks.Select(static check => check.Id))}.");
        if (!known.Waivable) return Problem.Invalid($"The check '{known.Id}' of '{found.Name}' cannot be waived. Whoever keeps the policy can say 'waivable: true'.");
        if (!HeldRoles.Has(session, caller, policy.Waivers)) return Problem.Denied($"Checks of '{found.Name}' are waived by the role {policy.Waivers} alone, which '{caller.Actor}' does not have.");
        if (Holding(session, row.ModelId, row.Version).Exists(waiver => waiver.Policy == found.Id && waiver.Check == known.Id)) return Problem.Exists($"The check '{known.Id}' of '{found.Name}' is waived already for version {row.Version}.");
        if (session.Long("SELECT count(*) FROM gate_waivers WHERE model_id = $1 AND version = $2", row.ModelId, row.Version) >= GateWaiver.WaiversMax) return Problem.Invalid($"A version has at most {GateWaiver.WaiversMax:N0} waivers.");
        var id = session.Long(Insert, row.ModelId, row.Version, found.Id, known.Id, request.Reason, now, caller.Actor)!.Value;
        events.Append(session, caller, "gate.waived", row.Subject, EventData.Of(("name", row.Name), ("version", RegisteredModels.Text(row.Version)), ("policy", found.Name), ("check", known.Id), ("reason", request.Reason)));
        return session.First(Columns + " WHERE w.id = $1", Read, id)!;
    }, ct);

    /// <summary>Takes a waiver back.</summary>
    public Task<Outcome<GateWaiver>> Revoke(Caller caller, RevokeGateWaiver request, CancellationToken ct) => On<GateWaiver>(caller, request.Name, request.Version, request.Reason, (session, row, now) =>
    {
        if (request.Id is not { } id) return Problem.Missing("id");
        var waiver = session.First(Columns + " WHERE w.id = $1 AND w.model_id = $2 AND w.version = $3", static one => (Record: Read(one), Policy: one.Long(9)), id, row.ModelId, row.Version);
        if (waiver.Record is not { } record) return Problem.NotFound($"Version {row.Version} of '{row.Name}' has no waiver {id}.");
        if (record.RevokedMs is not null) return Problem.Conflict($"Waiver {id} was taken back already, by {record.RevokedBy}.");
        // A policy that was deleted meanwhile says nobody's role any more: the default's.
        var role = Policies.Find(session, caller.Workspace, record.Policy!) is { } found ? policies.Newest(session, found).Policy.Waivers : Policy.WaiversDefault;
        if (!HeldRoles.Has(session, caller, role)) return Problem.Denied($"Waivers of '{record.Policy}' are taken back by the role {role} alone, which '{caller.Actor}' does not have.");
        session.Execute("UPDATE gate_waivers SET revoked_ms = $2, revoked_by = $3, revoked_reason = $4 WHERE id = $1", id, now, caller.Actor, request.Reason);
        events.Append(session, caller, "gate.waiver_revoked", row.Subject, EventData.Of(("name", row.Name), ("version", RegisteredModels.Text(row.Version)), ("policy", record.Policy), ("check", record.Check), ("reason", request.Reason)));
        return session.First(Columns + " WHERE w.id = $1", Read, id)!;
    }, ct);

    /// <summary>Every waiver of a version, the newest first.</summary>
    public static List<GateWaiver> Of(Session session, long model, long version) => session.Query(Columns + " WHERE w.model_id = $1 AND w.version = $2 ORDER BY w.id DESC", Read, model, version);

    /// <summary>The waivers of a version that hold.</summary>
    public static List<(long Policy, string Check, GateWaiver Waiver)> Holding(Session session, long model, long version) =>
        session.Query(Columns + " WHERE w.model_id = $1 AND w.version = $2 AND w.revoked_ms IS NULL ORDER BY w.id", static row => (row.Long(9), row.Text(2), Read(row)), model, version);

    private async Task<Outcome<T>> On<T>(Caller caller, string? name, string? number, string? reason, Func<Session, ModelVersionRow, long, Outcome<T>> work, CancellationToken ct)
    {
        if (RegistryCheck.Name(name) is { } badName) return badName;
        var version = RegistryCheck.Version(number);
        if (version.Problem is { } badVersion) return badVersion;
        if (string.IsNullOrWhiteSpace(reason)) return Problem.Missing("reason");
        if (WireCheck.Text(reason, "reason", GateWaiver.ReasonCharsMax) is { } badReason) return badReason;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<T>(session => ModelVersions.Find(session, caller, name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused ? refused : work(session, row, now), ct);
    }

    private static GateWaiver Read(Row row) => new()
    {
        Id = row.Long(0),
        Policy = row.Text(1),
        Check = row.Text(2),
        Reason = row.Text(3),
        By = row.Text(4),
        AtMs = row.Long(5),
        RevokedMs = row.LongOrNull(6),
        RevokedBy = row.TextOrNull(7),
        RevokedReason = row.TextOrNull(8),
    };
}
