using System.Globalization;
using Slipway.Access;
using Slipway.Lineage;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What the registry knows of lineage: which versions were made of which logged model, run or other version.</summary>
internal static class RegisteredLineage
{
    /// <summary>The kinds of things.</summary>
    public const string Version = "model-version", Model = "model";

    private const string Registered = "registered", Copied = "copied", Promoted = "promoted";

    // A version that was made of a logged model came from the run by way of that one.
    private const string Sources = "SELECT run_id, logged_model_id, source FROM model_versions WHERE workspace_id = $1 AND is_prompt = 0 AND name = $2 AND version = $3";

    private const string OfModel = "SELECT name, version FROM model_versions WHERE logged_model_id = $1 AND workspace_id = $2 AND is_prompt = 0 ORDER BY no DESC LIMIT $3";

    private const string OfRun = "SELECT name, version FROM model_versions WHERE run_id = $1 AND workspace_id = $2 AND is_prompt = 0 AND logged_model_id IS NULL ORDER BY no DESC LIMIT $3";

    private const string CopiesOf = "SELECT name, version FROM model_versions WHERE workspace_id = $1 AND source = $2 AND source >= 'models:/' AND source < 'models:0' AND is_prompt = 0 ORDER BY no DESC LIMIT $3";

    private const string OriginOf = """
        SELECT f.workspace_id, f.name, f.version FROM model_versions v JOIN model_origins o ON o.version_no = v.no JOIN model_versions f ON f.no = o.from_no
         WHERE v.workspace_id = $1 AND v.is_prompt = 0 AND v.name = $2 AND v.version = $3
        """;

    private const string PromotedTo = """
        SELECT t.workspace_id, t.name, t.version FROM model_versions v JOIN model_origins o ON o.from_no = v.no JOIN model_versions t ON t.no = o.version_no
         WHERE v.workspace_id = $1 AND v.is_prompt = 0 AND v.name = $2 AND v.version = $3 ORDER BY o.version_no DESC LIMIT $4
        """;

    private const string Newest = "SELECT name, version FROM model_versions WHERE model_id = $1 ORDER BY version DESC LIMIT $2";

    /// <summary>Adds it.</summary>
    public static void AddTo(LineageKinds kinds)
    {
        kinds.Add(Version, 2, Versions);
        kinds.AddRoot(Model, 1, Expand);
        kinds.AddStep(Version, LineageWay.Up, static (session, caller, ids, _, found) => session.Together([.. ids.Where(Numbered).Select(id => Each(Sources, row =>
        {
            if (Copy(row.Text(2)) is { } other) found(new(id, other, Copied));
            else if (row.TextOrNull(1) is { Length: > 0 } model) found(new(id, LineageId.Of(TrackedLineage.Model, model), Registered));
            else if (row.TextOrNull(0) is { Length: > 0 } run) found(new(id, LineageId.Of(TrackedLineage.Run, run), Registered));
        }, caller.Workspace, id.Parts[0], Number(id)))]));
        kinds.AddStep(Version, LineageWay.Down, static (session, caller, ids, most, found) => session.Together([.. ids.Where(Numbered).Select(id =>
            Each(CopiesOf, row => found(new(id, Id(row), Copied)), caller.Workspace, $"models:/{id.Parts[0]}/{id.Parts[1]}", most))]));
        kinds.AddStep(Version, LineageWay.Up, static (session, caller, ids, _, found) => Elsewhere(session, caller, ids, OriginOf, null, found));
        kinds.AddStep(Version, LineageWay.Down, static (session, caller, ids, most, found) => Elsewhere(session, caller, ids, PromotedTo, most, found));
        foreach (var (kind, sql) in ((string, string)[])[(TrackedLineage.Model, OfModel), (TrackedLineage.Run, OfRun)])
            kinds.AddStep(kind, LineageWay.Down, (session, caller, ids, most, found) =>
                session.Together([.. ids.Select(id => Each(sql, row => found(new(id, Id(row), Registered)), id.Parts[0], caller.Workspace, most))]));
    }

    // Versions of other workspaces by their workspaces' names; nobody is told of one that was deleted.
    private static void Elsewhere(Session session, Caller caller, IReadOnlyList<LineageId> ids, string sql, int? most, Action<LineageStep> found)
    {
        var steps = new List<(LineageId Of, long Workspace, LineageId Other)>();
        session.Together([.. ids.Where(Numbered).Select(id => Each(sql, row => steps.Add((id, row.Long(0), LineageId.Of(Version, row.Text(1), RegisteredModels.Text(row.Long(2))))),
            [caller.Workspace, id.Parts[0], Number(id), .. most is { } limit ? (Arg[])[limit] : []]))]);
        var names = steps.Select(static step => step.Workspace).Distinct().ToDictionary(static id => id, id => Workspaces.FindOrNull(session, id) is { DeletedMs: null, Name: var name } ? name : null);
        foreach (var (of, workspace, other) in steps)
            if (names[workspace] is { } name) found(new(of, other.In(name), Promoted));
    }

    private static LineageId Id(Row row) => LineageId.Of(Version, row.Text(0), RegisteredModels.Text(row.Long(1)));

    private static bool Numbered(LineageId id) => long.TryParse(id.Parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static long Number(LineageId id) => long.Parse(id.Parts[1], NumberStyles.None, CultureInfo.InvariantCulture);

    // An alias or a stage stood for another version then: only a number says which one it was.
    private static LineageId? Copy(string source) => ModelUri.Is(source) && ModelUri.Parse(source) is { Name: { } name, Version: { } version } ? LineageId.Of(Version, name, RegisteredModels.Text(version)) : null;

    private static Outcome<List<LineageId>> Expand(Session session, Caller caller, LineageId id, int most)
    {
        if (RegistryCheck.Name(id.Parts[0]) is { } bad) return bad;
        if (RegisteredModels.Find(session, caller, id.Parts[0], "", out var row) is { } missing) return missing;
        return session.Query(Newest, Id, row.Id, most);
    }

    private static IEnumerable<(LineageId, LineageNode)> Versions(Session session, Caller caller, IReadOnlyList<LineageId> ids)
    {
        var byName = ids.Where(Numbered).ToLookup(static id => id.Parts[0], StringComparer.Ordinal);
        var models = session.Query($"SELECT id, name FROM registered_models WHERE workspace_id = $1 AND is_prompt = 0 AND name {session.Dialect.InTexts("$2")}", static row => (Id: row.Long(0), Name: row.Text(1)),
            caller.Workspace, Arg.Texts([.. byName.Select(static group => group.Key)])).Where(model => caller.Sees(RootKind.RegisteredModel, model.Id)).ToDictionary(static model => model.Id, static model => model.Name);
        var numbers = new List<long>();
        session.Together([.. models.SelectMany(model => byName[model.Value].Select(id => Each("SELECT no FROM model_versions WHERE model_id = $1 AND version = $2", row => numbers.Add(row.Long(0)), model.Key, Number(id))))]);
        foreach (var version in ModelVersions.Records(session, numbers))
        {
            var id = LineageId.Of(Version, version.Name!, version.Version!);
            yield return (id, new LineageNode(id.Text, Version, $"{version.Name} {version.Version}", 0, version.CreationTimestamp,
                TrackedLineage.Details(("stage", version.CurrentStage), ("status", version.Status), ("aliases", string.Join(", ", version.Aliases ?? [])), ("user_id", version.UserId), ("run_id", version.RunId))));
        }
    }

    private static Question Each(string sql, Action<Row> visit, params Arg[] args) => new(sql, row =>
    {
        visit(row);
        return true;
    }, args);
}
