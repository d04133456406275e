using System.Globalization;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>A stage of a model, and which of MLflow's its clients see for it.</summary>
internal readonly record struct StageName(string Name, string Shows);

/// <summary>
/// Stages of a model's own. Each shows as one of MLflow's four, so that a client that knows those reads and sets valid ones; where a version stands, and what
/// the history says, is the stage of the model's own. None and Archived are in every set.
/// </summary>
internal sealed class StageSets(Database db, RegistryNews events)
{
    private const string OfModel = "SELECT stage, shows FROM model_stages WHERE model_id = $1 ORDER BY position";

    /// <summary>The stages of a model and who stands where.</summary>
    public async Task<Outcome<ModelStages>> Get(Caller caller, RegisteredModelRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        return await db.Read<Outcome<ModelStages>>(session => RegisteredModels.Find(session, caller, request.Name!, "", out var model) is { } refused ? refused : Record(session, model), ct);
    }

    /// <summary>Gives a model stages of its own, or MLflow's back. A stage that a version is in stays.</summary>
    public async Task<Outcome<ModelStages>> Set(Caller caller, ModelStages request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        if (Read(request.Stages ?? [], out var stages) is { } wrong) return wrong;
        return await db.Write<ModelStages>(session =>
        {
            if (RegisteredModels.Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var model) is { } refused) return refused;
            var before = Own(session, model.Id);
            var occupied = session.Query("""
                SELECT DISTINCT coalesce(s.stage, v.stage), v.stage FROM model_versions v LEFT JOIN model_version_stages s ON s.version_no = v.no WHERE v.model_id = $1
                """, static row => new StageName(row.Text(0), row.Text(1)), model.Id);
            foreach (var (stage, shown) in occupied)
            {
                if (stage is ModelStage.None or ModelStage.Archived) continue;
                if (stages.Count == 0 ? stage != shown : !stages.Contains(new StageName(stage, shown)))
                    return Problem.Conflict($"A version of '{model.Name}' is in the stage {stage}, which would go or show as something else. Move it first, or keep '{stage}' showing as {shown}.");
            }
            session.Execute("DELETE FROM model_stages WHERE model_id = $1", model.Id);
            session.ExecuteMany("INSERT INTO model_stages (model_id, position, stage, shows) VALUES ($1, $2, $3, $4)", [.. stages.Select(static (stage, i) => (stage, i))], (row, one) => row.Add(model.Id).Add(one.i).Add(one.stage.Name).Add(one.stage.Shows));
            events.Append(session, caller, "registered_model.stages_set", RegisteredModels.Subject(model.Id), EventData.Of(("name", model.Name), ("before", Said(before)), ("after", Said(stages))));
            return Record(session, model);
        }, ct);
    }

    /// <summary>The stage that a request means for a model: one of its own, or the first that shows as one of MLflow's.</summary>
    public static Outcome<StageName> Resolve(Session session, long model, string asked) => Resolve(Own(session, model), asked);

    /// <summary>The same in a set that was read; empty: MLflow's four.</summary>
    public static Outcome<StageName> Resolve(List<StageName> own, string asked)
    {
        var shown = ModelStage.Parse(asked);
        if (shown is not null && (own.Count == 0 || shown is ModelStage.None or ModelStage.Archived && !own.Exists(stage => stage.Name == shown))) return new StageName(shown, shown);
        foreach (var stage in own)
            if (stage.Name.Equals(asked, StringComparison.OrdinalIgnoreCase)) return stage;
        if (shown is not null && own.Find(stage => stage.Shows == shown) is { Name: not null } first) return first;
        return own.Count == 0 ? ModelStage.Unknown(asked)
            : Problem.Invalid($"Invalid Model Version stage: {SearchText.Cut(asked)}. Value must be one of {string.Join(", ", own.Select(static stage => stage.Name).Prepend(ModelStage.None).Append(ModelStage.Archived).Distinct())}.");
    }

    /// <summary>A model's own stages; empty for MLflow's four.</summary>
    public static List<StageName> Own(Session session, long model) => session.Query(OfModel, static row => new StageName(row.Text(0), row.Text(1)), model);

    /// <summary>The stage that a version is in, by its model's own name.</summary>
    public static string Current(Session session, ModelVersionRow row) => session.Text("SELECT stage FROM model_version_stages WHERE version_no = $1", row.No) ?? row.Stage;

    /// <summary>Notes in which stage of its model's own a version is.</summary>
    public static void Put(Session session, long model, long no, StageName stage)
    {
        session.Execute("DELETE FROM model_version_stages WHERE version_no = $1", no);
        if (stage.Name != stage.Shows) session.Execute("INSERT INTO model_version_stages (version_no, model_id, stage) VALUES ($1, $2, $3)", no, model, stage.Name);
    }

    /// <summary>The name of a stage.</summary>
    public static Problem? CheckName(string? name) =>
        string.IsNullOrWhiteSpace(name) ? Problem.Missing("stage")
        : name.Length > ModelStages.NameCharsMax || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' ') || name != name.Trim()
            ? Problem.Invalid($"stage: expected 1 to {ModelStages.NameCharsMax} letters, digits, '_', '-' and spaces, got '{SearchText.Cut(name)}'.")
        : null;

    private static Problem? Read(ModelStageOf[] sent, out List<StageName> stages)
    {
        stages = [];
        if (WireCheck.Count(sent.Length, ModelStages.StagesMax, "stages") is { } tooMany) return tooMany;
        for (var i = 0; i < sent.Length; i++)
        {
            if (CheckName(sent[i]?.Stage) is { } bad) return bad with { Message = $"stages[{i.ToString(CultureInfo.InvariantCulture)}]: {bad.Message}" };
            var name = ModelStage.Parse(sent[i].Stage!) ?? sent[i].Stage!;
            if (name is ModelStage.None or ModelStage.Archived) return Problem.Invalid($"stages[{i}]: {name} is in every set of stages: leave it out.");
            if (ModelStage.Parse(sent[i].Shows ?? "") is not { } shows || shows == ModelStage.None) return Problem.Invalid($"stages[{i}].shows: expected Staging, Production or Archived, got '{SearchText.Cut(sent[i].Shows ?? "")}'.");
            if (ModelStage.Parse(name) is { } own && own != shows) return Problem.Invalid($"stages[{i}]: {own} shows as {own}.");
            if (stages.Exists(stage => stage.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) return Problem.Invalid($"stages[{i}]: '{name}' stands there twice.");
            stages.Add(new StageName(name, shows));
        }
        return null;
    }

    private static ModelStages Record(Session session, RegisteredModelRow model)
    {
        var own = Own(session, model.Id);
        var stages = own.Count == 0 ? ModelStage.All.Select(static stage => new ModelStageOf(stage, stage))
            : [new ModelStageOf(ModelStage.None, ModelStage.None), .. own.Select(static stage => new ModelStageOf(stage.Name, stage.Shows)), new ModelStageOf(ModelStage.Archived, ModelStage.Archived)];
        var standing = session.Query("""
            SELECT coalesce(s.stage, v.stage), v.version FROM model_versions v LEFT JOIN model_version_stages s ON s.version_no = v.no
             WHERE v.model_id = $1 AND v.stage <> 'None' AND v.stage <> 'Archived' ORDER BY v.version DESC LIMIT 1000
            """, static row => (Stage: row.Text(0), Version: RegisteredModels.Text(row.Long(1))), model.Id).ToLookup(static one => one.Stage, static one => one.Version);
        return new ModelStages(model.Name, [.. stages.Select(stage => stage with { Versions = RegisteredModels.Some(standing[stage.Stage!]) })], own.Count > 0);
    }

    private static string? Said(List<StageName> stages) => stages.Count == 0 ? null : string.Join(", ", stages.Select(static stage => $"{stage.Name}={stage.Shows}"));
}
