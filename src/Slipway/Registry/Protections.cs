using Slipway.Access;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Stages and aliases that only a role may move. What stands in one may be taken away by nobody else either, and not be deleted.</summary>
internal sealed class Protections(Database db, EventLog events, TimeProvider clock)
{
    /// <summary>What stands for whoever may manage the model.</summary>
    public const string Managers = "manage";

    private const string Columns = """
        SELECT m.name, s.kind, s.slot, s.role, s.made_ms, s.made_by, s.model_id FROM slot_protections s LEFT JOIN registered_models m ON m.id = s.model_id
        """;

    private const string Put = """
        INSERT INTO slot_protections (workspace_id, model_id, kind, slot, role, made_ms, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (workspace_id, model_id, kind, slot) DO UPDATE SET role = excluded.role, made_ms = excluded.made_ms, made_by = excluded.made_by
        """;

    /// <summary>Protects a stage or alias, or says which other role may move it.</summary>
    public Task<Outcome<SlotProtection>> Protect(Caller caller, SlotProtection request, CancellationToken ct) => Change<SlotProtection>(caller, request, (session, place) =>
    {
        if (request.Role is { Length: > 0 } role && !HeldRoles.Exists(session, caller.Workspace, role)) return Problem.Invalid($"There is no role '{SearchText.Cut(role)}' here. `slipway roles list` says who has which.");
        if (session.Long("SELECT count(*) FROM slot_protections WHERE workspace_id = $1", caller.Workspace) >= GatePolicy.AttachmentsMax) return Problem.Invalid($"A workspace has at most {GatePolicy.AttachmentsMax:N0} protections. Lift some first.");
        session.Execute(Put, caller.Workspace, place.Model, place.Kind, place.Slot, string.IsNullOrEmpty(request.Role) ? null : request.Role, clock.GetUtcNow().ToUnixTimeMilliseconds(), caller.Actor);
        Note(session, caller, "model_slot.protected", place, request);
        return session.First(Columns + " WHERE s.workspace_id = $1 AND s.model_id = $2 AND s.kind = $3 AND s.slot = $4", Record, caller.Workspace, place.Model, place.Kind, place.Slot)!;
    }, ct);

    /// <summary>Lifts a protection.</summary>
    public Task<Outcome<Done>> Lift(Caller caller, SlotProtection request, CancellationToken ct) => Change<Done>(caller, request, (session, place) =>
    {
        if (session.Execute("DELETE FROM slot_protections WHERE workspace_id = $1 AND model_id = $2 AND kind = $3 AND slot = $4", caller.Workspace, place.Model, place.Kind, place.Slot) == 0)
            return Problem.NotFound("That is not protected. `slipway gates protections` says what is.");
        Note(session, caller, "model_slot.unprotected", place, request);
        return default(Done);
    }, ct);

    /// <summary>All of them, or those that count for a model.</summary>
    public async Task<Outcome<SlotProtections>> List(Caller caller, ListGateRules request, CancellationToken ct) => await db.Read<Outcome<SlotProtections>>(session =>
    {
        var only = -1L;
        if (!string.IsNullOrEmpty(request.Model))
        {
            if (RegistryCheck.Name(request.Model, "model") is { } bad) return bad;
            if (RegisteredModels.Find(session, caller, request.Model, "", out var model) is { } refused) return refused;
            only = model.Id;
        }
        var rows = session.Query(Columns + " WHERE s.workspace_id = $1 AND ($2 < 0 OR s.model_id IN (0, $2)) ORDER BY s.model_id, s.kind, s.slot", static row => (Model: row.Long(6), Record: Record(row)), caller.Workspace, only);
        return new SlotProtections([.. rows.Where(row => row.Model == 0 || caller.Sees(RootKind.RegisteredModel, row.Model)).Select(static row => row.Record)]);
    }, ct);

    /// <summary>Who alone may move a slot of a model: a role, <see cref="Managers"/>, or null for everybody who may change the model. What is said for the model goes before what is said for all.</summary>
    public static string? Of(Session session, long workspace, long model, (StayKind Kind, string Name) slot) => session.First("""
        SELECT role FROM slot_protections WHERE workspace_id = $1 AND model_id IN (0, $2) AND kind = $3 AND slot = $4 ORDER BY model_id DESC LIMIT 1
        """, static row => row.TextOrNull(0) ?? Managers, workspace, model, (int)slot.Kind, slot.Name);

    /// <summary>Null when the caller may move a slot, else why not.</summary>
    public static Problem? Refuse(Session session, Caller caller, long model, string name, (StayKind Kind, string Name) slot)
    {
        if (Of(session, caller.Workspace, model, slot) is not { } role) return null;
        var may = role == Managers ? (caller.On(RootKind.RegisteredModel, model) & Right.ManageModels) != 0 : HeldRoles.Has(session, caller, role);
        return may ? null
            : Problem.Denied($"{(slot.Kind is StayKind.Alias ? $"The alias '{slot.Name}'" : $"The stage {slot.Name}")} of '{name}' is protected: it is moved by {(role == Managers ? "who may manage the model" : $"the role {role}")} alone, not by '{caller.Actor}'. Ask one of them.");
    }

    /// <summary>Null when the caller may take away what stands in the slots of a model, or in those of one of its versions.</summary>
    public static Problem? RefuseRemoval(Session session, Caller caller, long model, string name, long? version)
    {
        var slots = session.Query("SELECT DISTINCT kind, slot FROM slot_protections WHERE workspace_id = $1 AND model_id IN (0, $2)", static row => (Kind: (StayKind)row.Int(0), Slot: row.Text(1)), caller.Workspace, model);
        foreach (var slot in slots)
            if (session.Long("SELECT count(*) FROM model_stays WHERE model_id = $1 AND kind = $2 AND slot = $3 AND until_ms IS NULL AND ($4 = 0 OR version = $4)", model, (int)slot.Kind, slot.Slot, version ?? 0) > 0
                && Refuse(session, caller, model, name, slot) is { } refused) return refused;
        return null;
    }

    private async Task<Outcome<T>> Change<T>(Caller caller, SlotProtection request, Func<Session, GatePlace, Outcome<T>> work, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (WireCheck.Text(request.Role, "role", 256) is { } badRole) return badRole;
        return await db.Write<T>(session =>
        {
            var place = GatePlace.Of(session, caller, request.Model, request.Stage, request.Alias);
            return place.Problem is { } bad ? bad : place.Value.Kind == 0 ? Problem.Invalid("Expected a stage or an alias.") : work(session, place.Value);
        }, ct);
    }

    private void Note(Session session, Caller caller, string kind, GatePlace place, SlotProtection request) =>
        events.Append(session, caller, kind, place.Model == 0 ? $"workspace/{RegisteredModels.Text(caller.Workspace)}" : RegisteredModels.Subject(place.Model),
            EventData.Of(("model", request.Model), ("stage", request.Stage), ("alias", request.Alias), ("role", request.Role)));

    private static SlotProtection Record(Row row) => new(row.TextOrNull(0), row.Int(1) == (int)StayKind.Stage ? row.Text(2) : null, row.Int(1) == (int)StayKind.Alias ? row.Text(2) : null, row.TextOrNull(3), row.Long(4), row.Text(5));
}
