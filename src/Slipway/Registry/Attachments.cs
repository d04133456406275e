using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Where policies count: for a model or for every one, for a slot or for all. Who manages one model cannot lift its gates: it takes the right over all of them.</summary>
internal sealed class Attachments(Database db, EventLog events, TimeProvider clock)
{
    private const string Columns = """
        SELECT p.name, m.name, a.kind, a.slot, a.made_ms, a.made_by, a.model_id FROM gate_attachments a JOIN gate_policies p ON p.id = a.policy_id
          LEFT JOIN registered_models m ON m.id = a.model_id
        """;

    private const string Order = " ORDER BY p.name, a.model_id, a.kind, a.slot";

    /// <summary>Attaches a policy. Again changes nothing.</summary>
    public Task<Outcome<GateAttachment>> Attach(Caller caller, GateAttachment request, CancellationToken ct) => Change<GateAttachment>(caller, request, (session, policy, place) =>
    {
        if (session.Long("SELECT count(*) FROM gate_attachments WHERE workspace_id = $1", caller.Workspace) >= GatePolicy.AttachmentsMax) return Problem.Invalid($"A workspace has at most {GatePolicy.AttachmentsMax:N0} attachments. Detach some first.");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (session.Execute("INSERT INTO gate_attachments (workspace_id, model_id, kind, slot, policy_id, made_ms, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            caller.Workspace, place.Model, place.Kind, place.Slot, policy.Id, now, caller.Actor) > 0)
            Note(session, caller, "gate_policy.attached", policy, request);
        return session.First(Columns + " WHERE a.workspace_id = $1 AND a.model_id = $2 AND a.kind = $3 AND a.slot = $4 AND a.policy_id = $5", Record, caller.Workspace, place.Model, place.Kind, place.Slot, policy.Id)!;
    }, ct);

    /// <summary>Detaches a policy.</summary>
    public Task<Outcome<Done>> Detach(Caller caller, GateAttachment request, CancellationToken ct) => Change<Done>(caller, request, (session, policy, place) =>
    {
        if (session.Execute("DELETE FROM gate_attachments WHERE workspace_id = $1 AND model_id = $2 AND kind = $3 AND slot = $4 AND policy_id = $5", caller.Workspace, place.Model, place.Kind, place.Slot, policy.Id) == 0)
            return Problem.NotFound($"'{policy.Name}' is not attached there. `slipway gates attachments` says where it is.");
        Note(session, caller, "gate_policy.detached", policy, request);
        return default(Done);
    }, ct);

    /// <summary>All of them, or those that count for a model.</summary>
    public async Task<Outcome<GateAttachments>> List(Caller caller, ListGateRules request, CancellationToken ct) => await db.Read<Outcome<GateAttachments>>(session =>
    {
        var only = -1L;
        if (!string.IsNullOrEmpty(request.Model))
        {
            if (RegistryCheck.Name(request.Model, "model") is { } bad) return bad;
            if (RegisteredModels.Find(session, caller, request.Model, "", out var model) is { } refused) return refused;
            only = model.Id;
        }
        var rows = session.Query(Columns + " WHERE a.workspace_id = $1 AND ($2 < 0 OR a.model_id IN (0, $2))" + Order, Seen, caller.Workspace, only);
        return new GateAttachments(Visible(caller, rows));
    }, ct);

    /// <summary>Those of a policy that the caller may see.</summary>
    public static GateAttachment[] Of(Session session, Caller caller, long policy) => Visible(caller, session.Query(Columns + " WHERE a.policy_id = $1" + Order, Seen, policy));

    private async Task<Outcome<T>> Change<T>(Caller caller, GateAttachment request, Func<Session, PolicyRow, GatePlace, Outcome<T>> work, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (string.IsNullOrEmpty(request.Policy)) return Problem.Missing("policy");
        return await db.Write<T>(session =>
        {
            if (Policies.CheckName(request.Policy) is not null || Policies.Find(session, caller.Workspace, request.Policy) is not { } policy) return Policies.Missing(request.Policy);
            // Held, so that it is not deleted meanwhile.
            session.Long("SELECT id FROM gate_policies WHERE id = $1" + session.Dialect.ForUpdate(), policy.Id);
            var place = GatePlace.Of(session, caller, request.Model, request.Stage, request.Alias, request.Endpoint);
            return place.Problem is { } bad ? bad : work(session, policy, place.Value);
        }, ct);
    }

    private void Note(Session session, Caller caller, string kind, PolicyRow policy, GateAttachment request) =>
        events.Append(session, caller, kind, Policies.Subject(policy.Id), EventData.Of(("name", policy.Name), ("model", request.Model), ("stage", request.Stage), ("alias", request.Alias), ("endpoint", request.Endpoint)));

    private static GateAttachment[] Visible(Caller caller, List<(long Model, GateAttachment Record)> rows) =>
        [.. rows.Where(row => row.Model == 0 || caller.Sees(RootKind.RegisteredModel, row.Model)).Select(static row => row.Record)];

    private static (long Model, GateAttachment Record) Seen(Row row) => (row.Long(6), Record(row));

    private static GateAttachment Record(Row row) => new(row.Text(0), row.TextOrNull(1), row.Int(2) == (int)StayKind.Stage ? row.Text(3) : null, row.Int(2) == (int)StayKind.Alias ? row.Text(3) : null, row.Long(4), row.Text(5),
        row.Int(2) == (int)StayKind.Endpoint ? row.Text(3) : null);
}

/// <summary>What an attachment or protection is about.</summary>
/// <param name="Model">A model's key, 0 for every one.</param>
/// <param name="Kind">A <see cref="StayKind"/>, 0 for all slots.</param>
/// <param name="Slot">Its name, empty for all.</param>
internal readonly record struct GatePlace(long Model, int Kind, string Slot)
{
    /// <summary>Finds it; a stage has to be one of the model's, where a model is named.</summary>
    public static Outcome<GatePlace> Of(Session session, Caller caller, string? name, string? stage, string? alias, string? endpoint = null)
    {
        var model = 0L;
        if (!string.IsNullOrEmpty(name))
        {
            if (RegistryCheck.Name(name, "model") is { } badName) return badName;
            if (RegisteredModels.Find(session, caller, name, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            model = row.Id;
        }
        if (!string.IsNullOrEmpty(endpoint))
            return !string.IsNullOrEmpty(stage) || !string.IsNullOrEmpty(alias) ? Problem.Invalid("Expected one of a stage, an alias and an endpoint.")
                : RegistryCheck.Endpoint(endpoint) is { } badEndpoint ? badEndpoint : new GatePlace(model, (int)StayKind.Endpoint, endpoint);
        if (!string.IsNullOrEmpty(stage) && !string.IsNullOrEmpty(alias)) return Problem.Invalid("Expected a stage or an alias, not both.");
        if (!string.IsNullOrEmpty(alias)) return RegistryCheck.NewAlias(alias) is { } badAlias ? badAlias : new GatePlace(model, (int)StayKind.Alias, alias);
        if (string.IsNullOrEmpty(stage)) return new GatePlace(model, 0, "");
        if (model != 0)
        {
            var known = StageSets.Resolve(session, model, stage);
            return known.Problem is { } unknown ? unknown : new GatePlace(model, (int)StayKind.Stage, known.Value.Name);
        }
        return StageSets.CheckName(stage) is { } badStage ? badStage : new GatePlace(model, (int)StayKind.Stage, ModelStage.Parse(stage) ?? stage);
    }
}
