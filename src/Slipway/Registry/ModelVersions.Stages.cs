using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>Stages and aliases: where versions stand, moved in one transaction and written into the history.</summary>
internal sealed partial class ModelVersions
{
    private const string SetStage = "UPDATE model_versions SET stage = $1, updated_ms = $2 WHERE no = $3";

    // The stage by its model's own name, where it has some: several of those show as one of MLflow's.
    private const string OthersIn = """
        SELECT v.version FROM model_versions v LEFT JOIN model_version_stages s ON s.version_no = v.no WHERE v.model_id = $1 AND v.stage = $2 AND coalesce(s.stage, v.stage) = $3 AND v.version <> $4 ORDER BY v.version
        """;

    private const string PutAlias = """
        INSERT INTO registered_model_aliases (model_id, alias, version) VALUES ($1, $2, $3) ON CONFLICT (model_id, alias) DO UPDATE SET version = excluded.version
        """;

    /// <summary>Moves a version to another stage, and if asked for the others of that stage to Archived.</summary>
    public async Task<Outcome<ModelVersionAnswer>> Transition(Caller caller, TransitionModelVersion request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Stage)) return Problem.Missing("stage");
        if (ModelStage.Parse(request.Stage) is null && StageSets.CheckName(request.Stage) is not null) return ModelStage.Unknown(request.Stage);
        if (WireCheck.Text(request.Reason, "reason", TransitionModelVersion.ReasonCharsMax) is { } bad) return bad;
        var archive = request.ArchiveExistingVersions is true;
        await gates.Settle(ct);
        return await Change(caller, request.Name, request.Version, (session, row, now) =>
        {
            var resolved = StageSets.Resolve(session, row.ModelId, request.Stage);
            if (resolved.Problem is { } unknown) return unknown;
            var (stage, before) = (resolved.Value, StageSets.Current(session, row));
            if (archive && !ModelStage.IsActive(stage.Shows))
                return Problem.Invalid($"Model version transition cannot archive existing model versions because '{request.Stage}' is not an Active stage. Valid stages are ['{ModelStage.Staging}', '{ModelStage.Production}']");
            var others = archive ? session.Query(OthersIn, static other => other.Long(0), row.ModelId, stage.Shows, stage.Name, row.Version) : [];
            if (stage.Name != before && gates.Enter(session, caller, row, (StayKind.Stage, stage.Name), now) is { } closed) return closed;
            foreach (var other in others.Select(other => Row(session, row.ModelId, other)!))
            {
                if (gates.Enter(session, caller, other, (StayKind.Stage, ModelStage.Archived), now) is { } held) return held;
                Move(session, caller, row.ModelId, other.No, other.Version, new StageName(ModelStage.Archived, ModelStage.Archived), request.Reason ?? $"Version {row.Version} took its place.", now);
            }
            if (stage.Name != before) Move(session, caller, row.ModelId, row.No, row.Version, stage, request.Reason, now);
            else session.Execute(SetStage, stage.Shows, now, row.No);
            session.Execute(TouchModel, now, row.ModelId);
            events.Append(session, caller, "model_version.transitioned", row.Subject, EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("before", before), ("after", stage.Name),
                ("archived", others.Count == 0 ? null : string.Join(',', others.Select(Text))), ("reason", request.Reason)));
            events.Tell(session, caller, WebhookKind.VersionUpdated, ("name", row.Name), ("version", Text(row.Version)), ("stage", stage.Name), ("previous_stage", before), ("reason", request.Reason));
            return null;
        }, ct);
    }

    /// <summary>Lets an alias stand for a version, whichever it stood for before.</summary>
    public async Task<Outcome<Done>> SetAlias(Caller caller, SetRegisteredModelAlias request, CancellationToken ct)
    {
        if (RegistryCheck.NewAlias(request.Alias) is { } bad) return bad;
        await gates.Settle(ct);
        var set = await Change(caller, request.Name, request.Version, (session, row, now) =>
            OfAlias(session, row.ModelId, request.Alias!) != row.Version && gates.Enter(session, caller, row, (StayKind.Alias, request.Alias!), now) is { } closed ? closed
            : PutAliasOf(session, caller, new RegisteredModelRow(row.ModelId, row.Name, null, row.IsPrompt, "", 0, 0), row.Version, request.Alias!, null, now), ct);
        return set.Problem is { } refused ? refused : default(Done);
    }

    /// <summary>Takes an alias away; one that is not there is no error, as in the reference.</summary>
    public async Task<Outcome<Done>> DeleteAlias(Caller caller, RegisteredModelAliasRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (RegistryCheck.Alias(request.Alias) is { } badAlias) return badAlias;
        var now = Now();
        var deleted = await db.Write<Done>(session =>
        {
            if (RegisteredModels.Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var model) is { } refused) return refused;
            if (Protections.Refuse(session, caller, model.Id, model.Name, (StayKind.Alias, request.Alias!)) is { } held) return held;
            if (session.Long("DELETE FROM registered_model_aliases WHERE model_id = $1 AND alias = $2 RETURNING version", model.Id, request.Alias) is not { } before) return default(Done);
            Stays.End(session, caller, model.Id, StayKind.Alias, request.Alias!, before, now, null);
            events.Append(session, caller, "model_alias.deleted", Subject(model.Id, before), EventData.Of(("name", model.Name), ("alias", request.Alias), ("before", Text(before))));
            events.Tell(session, caller, model.IsPrompt ? WebhookKind.PromptAliasDeleted : WebhookKind.AliasDeleted, ("name", model.Name), ("alias", request.Alias));
            return default(Done);
        }, ct);
        events.Hint();
        return deleted;
    }

    /// <summary>The version that an alias stands for; `latest` is the newest of all.</summary>
    public async Task<Outcome<ModelVersionAnswer>> GetByAlias(Caller caller, RegisteredModelAliasRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (RegistryCheck.Alias(request.Alias) is { } badAlias) return badAlias;
        return await db.Read<Outcome<ModelVersionAnswer>>(session =>
        {
            if (RegisteredModels.Find(session, caller, request.Name!, "", out var model) is { } refused) return refused;
            var isLatest = request.Alias!.Equals("latest", StringComparison.OrdinalIgnoreCase);
            var version = isLatest ? session.Long("SELECT max(version) FROM model_versions WHERE model_id = $1", model.Id) : OfAlias(session, model.Id, request.Alias);
            if (version is not { } number) return isLatest ? Problem.NotFound($"Latest version not found for model {model.Name}.") : Problem.Invalid($"Registered model alias {request.Alias} not found.");
            return Answer(session, session.First(ByNumber, ReadRow, model.Id, number)!.No);
        }, ct);
    }

    private static void Move(Session session, Caller caller, long model, long no, long version, StageName stage, string? reason, long now)
    {
        session.Execute(SetStage, stage.Shows, now, no);
        StageSets.Put(session, model, no, stage);
        Stays.EndAll(session, caller, model, version, now, reason, StayKind.Stage);
        if (stage.Name != ModelStage.None) Stays.Begin(session, caller, model, StayKind.Stage, stage.Name, version, now, reason);
    }
}
