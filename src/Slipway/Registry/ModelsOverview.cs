using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>What lists show of models beside MLflow's record of each: a few statements however many models a page has, and one small one for each model's scans.</summary>
internal sealed class ModelsOverview(Database db)
{
    private const string Profiles = "SELECT model_id, owner, team, review_ms, retirement_ms FROM model_profiles WHERE model_id";

    private const string Newest = "SELECT model_id, max(version) FROM model_versions WHERE model_id";

    // The newest stay of a slot first: of several versions in a stage the one that came last counts as there.
    private const string Standing = "SELECT model_id, kind, slot, version FROM model_stays WHERE until_ms IS NULL AND slot <> 'None' AND slot <> 'Archived' AND model_id";

    private const string OwnStages = "SELECT model_id, stage, shows FROM model_stages WHERE model_id";

    private const string Scans = "SELECT v.version, i.status, i.findings FROM model_versions v LEFT JOIN model_inspections i ON i.version_no = v.no WHERE v.model_id = $1 AND v.version";

    // From worst to best: a list shows the worst.
    private static readonly string[] Worst = [ModelScan.Unsafe, ModelScan.Suspicious, ModelScan.NotScanned, ModelScan.Pending, ModelScan.Clean];

    private sealed class Model(long id, string name)
    {
        public long Id { get; } = id;

        public ModelOverview Said { get; set; } = new() { Name = name };

        public List<(StayKind Kind, string Slot, long Version)> Stands { get; } = [];

        public List<StageName> Stages { get; } = [];

        public long? Newest { get; set; }

        public IEnumerable<long> Looked => (Newest is { } newest ? [newest] : (long[])[]).Concat(Stands.Select(static one => one.Version).Order().Reverse()).Distinct().Take(ModelOverview.VersionsMax);
    }

    /// <summary>Answers in the order asked; what is not there, not for the caller, or a prompt, is left out.</summary>
    public async Task<Outcome<ModelOverviews>> Get(Caller caller, AskModelOverviews request, CancellationToken ct)
    {
        if (request.Names is not { Length: > 0 } names) return Problem.Missing("names");
        if (names.Length > AskModelOverviews.NamesMax) return Problem.Invalid($"'names' holds at most {AskModelOverviews.NamesMax} entries, got {names.Length}. Ask for a page at a time.");
        foreach (var name in names)
            if (RegistryCheck.Name(name) is { } bad) return bad;
        return await db.Read<Outcome<ModelOverviews>>(session => new ModelOverviews([.. Read(session, caller, names)]), ct);
    }

    private static IEnumerable<ModelOverview> Read(Session session, Caller caller, string[] names)
    {
        var models = session.Query($"SELECT id, name FROM registered_models WHERE workspace_id = $1 AND is_prompt = 0 AND name {session.Dialect.InTexts("$2")}", static row => new Model(row.Long(0), row.Text(1)),
            caller.Workspace, Arg.Texts([.. names.Distinct(StringComparer.Ordinal)])).FindAll(model => caller.Sees(RootKind.RegisteredModel, model.Id));
        var byId = models.ToDictionary(static model => model.Id);
        if (models.Count > 0) Fill(session, models, byId);
        var byName = models.ToDictionary(static model => model.Said.Name!, StringComparer.Ordinal);
        return names.Where(byName.ContainsKey).Select(name => byName[name].Said);
    }

    private static void Fill(Session session, List<Model> models, Dictionary<long, Model> byId)
    {
        var (among, ids) = (session.Dialect.InLongs("$1"), Arg.Longs([.. byId.Keys]));
        session.Together(
        [
            Each($"{Profiles} {among}", row =>
            {
                var model = byId[row.Long(0)];
                model.Said = model.Said with { Owner = row.TextOrNull(1), Team = row.TextOrNull(2), ReviewDate = ModelProfiles.Date(row.LongOrNull(3)), RetirementDate = ModelProfiles.Date(row.LongOrNull(4)) };
            }, ids),
            Each($"{Newest} {among} GROUP BY model_id", row => byId[row.Long(0)].Newest = row.LongOrNull(1), ids),
            Each($"{Standing} {among} ORDER BY model_id, id DESC", row => byId[row.Long(0)].Stands.Add(((StayKind)row.Int(1), row.Text(2), row.Long(3))), ids),
            Each($"{OwnStages} {among} ORDER BY model_id, position", row => byId[row.Long(0)].Stages.Add(new StageName(row.Text(1), row.Text(2))), ids),
        ]);
        var scans = byId.Keys.ToDictionary(static id => id, static _ => new List<ModelOverviewScan>());
        session.Together([.. models.Where(static model => model.Newest is not null).Select(model => Each($"{Scans} {session.Dialect.InLongs("$2")} ORDER BY v.version DESC",
            row => scans[model.Id].Add(new ModelOverviewScan(RegisteredModels.Text(row.Long(0)), row.TextOrNull(1) ?? ModelScan.NotScanned, row.LongOrNull(2) ?? 0)), model.Id, Arg.Longs([.. model.Looked])))]);
        foreach (var model in models)
            model.Said = model.Said with
            {
                Newest = model.Newest is { } newest ? RegisteredModels.Text(newest) : null,
                Champion = Champion(model) is { } champion ? RegisteredModels.Text(champion) : null,
                Scan = Array.Find(Worst, status => scans[model.Id].Exists(scan => scan.Status == status)),
                Findings = RegisteredModels.Some(scans[model.Id].Where(static scan => scan.Status is ModelScan.Unsafe or ModelScan.Suspicious)),
            };
    }

    private static long? Champion(Model model)
    {
        var production = StageSets.Resolve(model.Stages, ModelStage.Production) is { Problem: null, Value.Name: var name } ? name : ModelStage.Production;
        var alias = model.Stands.FirstOrDefault(static one => one is (StayKind.Alias, ModelVersions.Champion, _)).Version;
        var stage = model.Stands.FirstOrDefault(one => one.Kind is StayKind.Stage && one.Slot == production).Version;
        return alias > 0 ? alias : stage > 0 ? stage : null;
    }

    private static Question Each(string sql, Action<Row> visit, params Arg[] args) => new(sql, row =>
    {
        visit(row);
        return true;
    }, args);
}
