using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>Going back, and several moves at once.</summary>
internal sealed partial class ModelVersions
{
    /// <summary>The alias that a rollback is about when nobody says which.</summary>
    public const string Champion = "champion";

    /// <summary>Goes back to the last version that stood in the slot, is still there and was not itself rolled back from.</summary>
    public async Task<Outcome<ModelRolledBack>> Rollback(Caller caller, RollbackModel request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (string.IsNullOrWhiteSpace(request.Reason)) return Problem.Missing("reason");
        if (WireCheck.Text(request.Reason, "reason", TransitionModelVersion.ReasonCharsMax) is { } badReason) return badReason;
        if (Slot(request.Stage, request.Alias, out var asked) is { } badSlot) return badSlot;
        var expected = string.IsNullOrEmpty(request.From) ? default(Outcome<long>?) : RegistryCheck.Version(request.From);
        if (expected is { Problem: { } badVersion }) return badVersion;
        var now = Now();
        await gates.Settle(ct);
        var done = await db.Write<ModelRolledBack>(session =>
        {
            if (RegisteredModels.Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var model) is { } refused) return refused;
            var named = Resolved(session, model.Id, asked);
            if (named.Problem is { } unknown) return unknown;
            var slot = named.Value ?? InProduction(session, model.Id);
            if (Stays.Current(session, model.Id, slot.Kind, slot.Name) is not { } current) return Problem.Invalid($"Nothing stands {Where(slot)} of '{model.Name}', so there is nothing to go back from.");
            if (expected is { Value: var said } && said != current)
                return Problem.Conflict($"Version {current} stands {Where(slot)} of '{model.Name}', not {said}: somebody moved it meanwhile. Look again before going back.");
            if (Stays.LastGood(session, model.Id, slot.Kind, slot.Name, current) is not { } good)
                return Problem.Invalid($"No earlier version that is still there and was not rolled back stood {Where(slot)} of '{model.Name}'.");
            if (gates.Enter(session, caller, Row(session, model.Id, good)!, slot, now, rollback: true) is { } closed) return closed;
            if (slot.Kind is StayKind.Stage && gates.Enter(session, caller, Row(session, model.Id, current)!, (StayKind.Stage, ModelStage.Archived), now, rollback: true) is { } held) return held;
            Stays.Discredit(session, model.Id, slot.Kind, slot.Name, current);
            Put(session, caller, model, slot, good, request.Reason, now);
            if (slot.Kind is StayKind.Stage) PutStage(session, caller, model, current, ModelStage.Archived, request.Reason, now);
            Stays.Discredit(session, model.Id, slot.Kind, slot.Name, current);
            session.Execute(TouchModel, now, model.Id);
            events.Append(session, caller, "registered_model.rolled_back", RegisteredModels.Subject(model.Id), EventData.Of(("name", model.Name), (slot.Kind is StayKind.Alias ? "alias" : "stage", slot.Name),
                ("before", Text(current)), ("after", Text(good)), ("reason", request.Reason)));
            return new ModelRolledBack(slot.Kind is StayKind.Stage ? slot.Name : null, slot.Kind is StayKind.Alias ? slot.Name : null, Text(current), Text(good));
        }, ct);
        events.Hint();
        return await gates.Noted(caller, done, ct);
    }

    /// <summary>Moves several versions in one transaction: nobody sees one moved and the other not.</summary>
    public async Task<Outcome<Done>> Move(Caller caller, MoveModelVersions request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (request.Moves is not { Length: > 0 } moves) return Problem.Missing("moves");
        if (WireCheck.Count(moves.Length, MoveModelVersions.MovesMax, "moves") is { } tooMany) return tooMany;
        if (WireCheck.Text(request.Reason, "reason", TransitionModelVersion.ReasonCharsMax) is { } badReason) return badReason;
        var checkedMoves = new List<((StayKind Kind, string Name) Slot, long Version, long? From)>();
        for (var i = 0; i < moves.Length; i++)
        {
            if (Slot(moves[i]?.Stage, moves[i]?.Alias, out var slot) is { } badSlot) return badSlot with { Message = $"moves[{i}]: {badSlot.Message}" };
            if (slot is not { } wanted) return Problem.Invalid($"moves[{i}]: expected a stage or an alias.");
            var version = RegistryCheck.Version(moves[i]!.Version);
            if (version.Problem is { } badVersion) return badVersion with { Message = $"moves[{i}]: {badVersion.Message}" };
            if (checkedMoves.Exists(other => other.Slot == wanted && (wanted.Kind is StayKind.Alias || other.Version == version.Value))
                || wanted.Kind is StayKind.Stage && checkedMoves.Exists(other => other.Slot.Kind is StayKind.Stage && other.Version == version.Value))
                return Problem.Invalid($"moves[{i}]: '{wanted.Name}' or the version stands there twice.");
            var from = moves[i]!.From is { Length: > 0 } said ? RegistryCheck.Version(said) : default(Outcome<long>?);
            if (from is { Problem: { } badFrom }) return badFrom with { Message = $"moves[{i}].from: {badFrom.Message}" };
            checkedMoves.Add((wanted, version.Value, from?.Value));
        }
        var now = Now();
        await gates.Settle(ct);
        var done = await db.Write<Done>(session =>
            RegisteredModels.Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var model) is { } refused ? refused
            : MoveAll(session, caller, model, checkedMoves, request.Reason, now) is { } problem ? problem : default(Done), ct);
        events.Hint();
        return await gates.Noted(caller, done, ct);
    }

    /// <summary>Moves one version in somebody's write, through its gates.</summary>
    public Problem? MoveIn(Session session, Caller caller, ModelVersionRow version, (StayKind Kind, string Name) slot, string reason, long now) =>
        RegisteredModels.Find(session, caller, version.Name, session.Dialect.ForUpdate(), out var model) is { } refused ? refused : MoveAll(session, caller, model, [(slot, version.Version, null)], reason, now);

    // All gates are asked before anything moves: each version is compared with who stands there, not with who was put there a moment ago.
    private Problem? MoveAll(Session session, Caller caller, RegisteredModelRow model, List<((StayKind Kind, string Name) Slot, long Version, long? From)> asked, string? reason, long now)
    {
        var moves = new List<((StayKind Kind, string Name) Slot, long Version)>();
        foreach (var (wanted, version, from) in asked)
        {
            var resolved = Resolved(session, model.Id, wanted);
            if (resolved.Problem is { } unknown) return unknown;
            var slot = resolved.Value!.Value;
            if (Row(session, model.Id, version) is not { } row) return Missing(model.Name, version);
            var standing = Stays.Current(session, model.Id, slot.Kind, slot.Name);
            if (from is { } expected && expected != (standing ?? 0))
                return Problem.Conflict($"{(standing is { } there ? $"Version {there} stands" : "Nothing stands")} {Where(slot)} of '{model.Name}', not {expected}: somebody moved it meanwhile. Look again before moving.");
            var isThere = slot.Kind is StayKind.Alias ? standing == version : StageSets.Current(session, row) == slot.Name;
            if (!isThere && gates.Enter(session, caller, row, slot, now) is { } closed) return closed;
            moves.Add((slot, version));
        }
        foreach (var (slot, version) in moves)
            if (Put(session, caller, model, slot, version, reason, now) is { } full) return full;
        session.Execute(TouchModel, now, model.Id);
        return null;
    }

    /// <summary>Where versions stood.</summary>
    public async Task<Outcome<ModelHistoryPage>> History(Caller caller, GetModelHistory request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (Slot(request.Stage, request.Alias, out var slot) is { } badSlot) return badSlot;
        var size = request.MaxResults ?? GetModelHistory.MaxResultsDefault;
        if (SearchPage.CheckSize(size, GetModelHistory.MaxResultsMax) is { } badSize) return badSize;
        return await db.Read<Outcome<ModelHistoryPage>>(session =>
            RegisteredModels.Find(session, caller, request.Name!, "", out var model) is { } refused ? refused
            : Resolved(session, model.Id, slot) is { Problem: { } unknown } ? unknown
            : Stays.Page(session, model.Id, Resolved(session, model.Id, slot).Value, request.AtMs, size, request.PageToken), ct);
    }

    private Problem? Put(Session session, Caller caller, RegisteredModelRow model, (StayKind Kind, string Name) slot, long version, string? reason, long now)
    {
        if (slot.Kind is StayKind.Alias) return PutAliasOf(session, caller, model, version, slot.Name, reason, now);
        PutStage(session, caller, model, version, slot.Name, reason, now);
        return null;
    }

    private void PutStage(Session session, Caller caller, RegisteredModelRow model, long version, string stage, string? reason, long now)
    {
        var row = session.First(ByNumber, ReadRow, model.Id, version)!;
        var before = StageSets.Current(session, row);
        if (before == stage) return;
        Move(session, caller, model.Id, row.No, version, StageSets.Resolve(session, model.Id, stage).Value, reason, now);
        events.Append(session, caller, "model_version.transitioned", row.Subject, EventData.Of(("name", model.Name), ("version", Text(version)), ("before", before), ("after", stage), ("reason", reason)));
        events.Tell(session, caller, WebhookKind.VersionUpdated, ("name", model.Name), ("version", Text(version)), ("stage", stage), ("previous_stage", before), ("reason", reason));
    }

    private Problem? PutAliasOf(Session session, Caller caller, RegisteredModelRow model, long version, string alias, string? reason, long now)
    {
        var before = OfAlias(session, model.Id, alias);
        if (before == version) return null;
        if (before is null && session.Long("SELECT count(*) FROM registered_model_aliases WHERE model_id = $1", model.Id) >= RegisteredModel.AliasesMax)
            return Problem.Invalid($"A model has at most {RegisteredModel.AliasesMax:N0} aliases. Delete some first.");
        session.Execute(PutAlias, model.Id, alias, version);
        if (before is not null) Stays.End(session, caller, model.Id, StayKind.Alias, alias, before.Value, now, reason);
        Stays.Begin(session, caller, model.Id, StayKind.Alias, alias, version, now, reason);
        events.Append(session, caller, "model_alias.set", Subject(model.Id, version),
            EventData.Of(("name", model.Name), ("alias", alias), ("before", before is { } was ? Text(was) : null), ("after", Text(version)), ("reason", reason)));
        events.Tell(session, caller, model.IsPrompt ? WebhookKind.PromptAliasCreated : WebhookKind.AliasCreated, ("name", model.Name), ("alias", alias), ("version", Text(version)));
        return null;
    }

    /// <summary>A stage or an alias, or null for neither.</summary>
    private static Problem? Slot(string? stage, string? alias, out (StayKind Kind, string Name)? slot)
    {
        slot = null;
        if (!string.IsNullOrEmpty(stage) && !string.IsNullOrEmpty(alias)) return Problem.Invalid("Expected a stage or an alias, not both.");
        if (!string.IsNullOrEmpty(alias))
        {
            if (RegistryCheck.NewAlias(alias) is { } bad) return bad;
            slot = (StayKind.Alias, alias);
        }
        else if (!string.IsNullOrEmpty(stage))
        {
            if (ModelStage.Parse(stage) is null && StageSets.CheckName(stage) is not null) return ModelStage.Unknown(stage);
            slot = (StayKind.Stage, ModelStage.Parse(stage) ?? stage);
        }
        return null;
    }

    /// <summary>A slot with the stage by its model's own name.</summary>
    private static Outcome<(StayKind Kind, string Name)?> Resolved(Session session, long model, (StayKind Kind, string Name)? slot)
    {
        if (slot is not (StayKind.Stage, var stage)) return slot;
        var known = StageSets.Resolve(session, model, stage);
        return known.Problem is { } unknown ? unknown : ((StayKind, string)?)(StayKind.Stage, known.Value.Name);
    }

    private static string Where((StayKind Kind, string Name) slot) => slot.Kind is StayKind.Alias ? $"behind the alias '{slot.Name}'" : $"in the stage {slot.Name}";
}
