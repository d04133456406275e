using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>Stages and aliases: where versions stand, moved in one transaction and written into the history.</summary>
internal sealed partial class ModelVersions
{
    private const string SetStage = "UPDATE model_versions SET stage = $1, updated_ms = $2 WHERE no = $3";

    private const string OthersIn = "SELECT no, version FROM model_versions WHERE model_id = $1 AND stage = $2 AND version <> $3 ORDER BY version";

    private const string PutAlias = """
        INSERT INTO registered_model_aliases (model_id, alias, version) VALUES ($1, $2, $3) ON CONFLICT (model_id, alias) DO UPDATE SET version = excluded.version
        """;

    /// <summary>Moves a version to another stage, and if asked for the others of that stage to Archived.</summary>
    public Task<Outcome<ModelVersionAnswer>> Transition(Caller caller, TransitionModelVersion request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Stage)) return Refuse(Problem.Missing("stage"));
        if (ModelStage.Parse(request.Stage) is not { } stage) return Refuse(ModelStage.Unknown(request.Stage));
        if (WireCheck.Text(request.Reason, "reason", TransitionModelVersion.ReasonCharsMax) is { } bad) return Refuse(bad);
        var archive = request.ArchiveExistingVersions is true;
        if (archive && !ModelStage.IsActive(stage))
            return Refuse(Problem.Invalid($"Model version transition cannot archive existing model versions because '{request.Stage}' is not an Active stage. Valid stages are ['{ModelStage.Staging}', '{ModelStage.Production}']"));
        return Change(caller, request.Name, request.Version, (session, row, now) =>
        {
            var others = archive ? session.Query(OthersIn, static other => (No: other.Long(0), Version: other.Long(1)), row.ModelId, stage, row.Version) : [];
            foreach (var other in others) Move(session, caller, row.ModelId, other.No, other.Version, ModelStage.Archived, request.Reason ?? $"Version {row.Version} took its place.", now);
            if (stage != row.Stage) Move(session, caller, row.ModelId, row.No, row.Version, stage, request.Reason, now);
            else session.Execute(SetStage, stage, now, row.No);
            session.Execute(TouchModel, now, row.ModelId);
            events.Append(session, caller, "model_version.transitioned", row.Subject, EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("before", row.Stage), ("after", stage),
                ("archived", others.Count == 0 ? null : string.Join(',', others.Select(static other => Text(other.Version)))), ("reason", request.Reason)));
            events.Tell(session, caller, WebhookKind.VersionUpdated, ("name", row.Name), ("version", Text(row.Version)), ("stage", stage), ("previous_stage", row.Stage), ("reason", request.Reason));
            return null;
        }, ct);
    }

    /// <summary>Lets an alias stand for a version, whichever it stood for before.</summary>
    public async Task<Outcome<Done>> SetAlias(Caller caller, SetRegisteredModelAlias request, CancellationToken ct)
    {
        if (RegistryCheck.NewAlias(request.Alias) is { } bad) return bad;
        var set = await Change(caller, request.Name, request.Version, (session, row, now) =>
            PutAliasOf(session, caller, new RegisteredModelRow(row.ModelId, row.Name, null, row.IsPrompt, "", 0, 0), row.Version, request.Alias!, null, now), ct);
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

    private static void Move(Session session, Caller caller, long model, long no, long version, string stage, string? reason, long now)
    {
        session.Execute(SetStage, stage, now, no);
        Stays.EndAll(session, caller, model, version, now, reason, StayKind.Stage);
        if (stage != ModelStage.None) Stays.Begin(session, caller, model, StayKind.Stage, stage, version, now, reason);
    }

    private static Task<Outcome<ModelVersionAnswer>> Refuse(Problem problem) => Task.FromResult<Outcome<ModelVersionAnswer>>(problem);
}
