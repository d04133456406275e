using System.Globalization;
using Slipway.Datasets;
using Slipway.Lineage;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What tracking knows of lineage: which data a run read, which models it read and wrote.</summary>
internal static class TrackedLineage
{
    /// <summary>The kinds of things.</summary>
    public const string Run = "run", Model = "logged-model", Data = "dataset";

    /// <summary>The kinds of edges.</summary>
    public const string Read = "read", Wrote = "wrote", Same = "same";

    private const string DataOfRun = """
        SELECT d.name, d.digest FROM run_datasets d JOIN runs r ON r.no = d.run_no WHERE r.run_id = $1 ORDER BY d.position DESC, d.dataset_id DESC LIMIT $2
        """;

    private const string ModelsOfRun = """
        SELECT m.model_id FROM run_models m JOIN runs r ON r.no = m.run_no WHERE r.run_id = $1 AND m.is_output = $2 ORDER BY m.model_id DESC LIMIT $3
        """;

    private const string MadeByRun = "SELECT model_id FROM logged_models WHERE source_run_id = $1 AND deleted_ms IS NULL ORDER BY no DESC LIMIT $2";

    private const string RunOfModel = "SELECT source_run_id FROM logged_models WHERE model_id = $1 AND source_run_id IS NOT NULL";

    private const string RunsOfModel = """
        SELECT r.run_id FROM run_models m JOIN runs r ON r.no = m.run_no WHERE m.model_id = $1 AND m.is_output = $2 ORDER BY m.run_no DESC LIMIT $3
        """;

    private const string RunsOfData = """
        SELECT r.run_id FROM run_datasets d JOIN runs r ON r.no = d.run_no JOIN experiments e ON e.id = r.experiment_id
         WHERE d.dataset_id = $1 AND e.workspace_id = $2 ORDER BY d.run_no DESC LIMIT $3
        """;

    /// <summary>Adds it.</summary>
    public static void AddTo(LineageKinds kinds)
    {
        kinds.Add(Run, 1, Runs);
        kinds.Add(Model, 1, Models);
        kinds.Add(Data, 2, Sets);
        kinds.AddStep(Run, LineageWay.Up, static (session, _, ids, most, found) => session.Together(
        [
            .. ids.Select(id => Each(DataOfRun, row => found(new(id, LineageId.Of(Data, row.Text(0), row.Text(1)), Read)), id.Parts[0], most)),
            .. ids.Select(id => Each(ModelsOfRun, row => found(new(id, LineageId.Of(Model, row.Text(0)), Read)), id.Parts[0], 0, most)),
        ]));
        kinds.AddStep(Run, LineageWay.Down, static (session, _, ids, most, found) =>
        {
            // A model that a run made says so itself, the run says so too: either may be all there is.
            var told = new HashSet<(LineageId, LineageId)>();
            void Tell(LineageId id, Row row)
            {
                var model = LineageId.Of(Model, row.Text(0));
                if (told.Add((id, model))) found(new(id, model, Wrote));
            }
            session.Together([.. ids.Select(id => Each(MadeByRun, row => Tell(id, row), id.Parts[0], most)), .. ids.Select(id => Each(ModelsOfRun, row => Tell(id, row), id.Parts[0], 1, most))]);
        });
        kinds.AddStep(Model, LineageWay.Up, static (session, _, ids, most, found) =>
        {
            var told = new HashSet<(LineageId, LineageId)>();
            void Tell(LineageId id, Row row)
            {
                var run = LineageId.Of(Run, row.Text(0));
                if (told.Add((id, run))) found(new(id, run, Wrote));
            }
            session.Together([.. ids.Select(id => Each(RunOfModel, row => Tell(id, row), id.Parts[0])), .. ids.Select(id => Each(RunsOfModel, row => Tell(id, row), id.Parts[0], 1, most))]);
        });
        kinds.AddStep(Model, LineageWay.Down, static (session, _, ids, most, found) =>
            session.Together([.. ids.Select(id => Each(RunsOfModel, row => found(new(id, LineageId.Of(Run, row.Text(0)), Read)), id.Parts[0], 0, most))]));
        kinds.AddStep(Data, LineageWay.Down, static (session, caller, ids, most, found) =>
        {
            var sets = DatasetVersions.Places(session, Pairs(ids)).GroupBy(static set => LineageId.Of(Data, set.Name, set.Digest));
            session.Together([.. sets.SelectMany(group => group.Select(set => Each(RunsOfData, row => found(new(group.Key, LineageId.Of(Run, row.Text(0)), Read)), set.Id, caller.Workspace, most)))]);
        });
    }

    /// <summary>Adds that data of ours and data that another system told of are the same, where both have the same address.</summary>
    public static void Join(LineageKinds kinds)
    {
        kinds.AddStep(Data, LineageWay.Up, static (session, caller, ids, _, found) =>
        {
            foreach (var set in DatasetVersions.Places(session, Pairs(ids)).DistinctBy(static set => (set.Name, set.Digest, set.Address)))
                if (set.Address is { } address)
                    // Some write the slash before the path, some do not.
                    foreach (var name in (string[])[address.Name, "/" + address.Name])
                    {
                        var other = LineageId.Of(ToldLineage.Set, address.Namespace, name);
                        if (ToldLineage.Knows(session, caller, other)) found(new(LineageId.Of(Data, set.Name, set.Digest), other, Same));
                    }
        });
        kinds.AddStep(ToldLineage.Set, LineageWay.Down, static (session, caller, ids, most, found) =>
        {
            var byAddress = ids.ToLookup(static id => new DatasetAddress(id.Parts[0], id.Parts[1].Trim('/')));
            var places = new List<(DatasetAddress Address, DatasetPlace Place)>();
            DatasetVersions.At(session, [.. byAddress.Select(static group => group.Key)], DatasetVersions.PlacesMax, (address, place) => places.Add((address, place)));
            if (places.Count == 0) return;
            var mine = session.Query($"SELECT id FROM experiments WHERE workspace_id = $1 AND id {session.Dialect.InLongs("$2")}", static row => row.Long(0), caller.Workspace,
                Arg.Longs([.. places.Select(static one => one.Place.Experiment).Distinct()])).ToHashSet();
            foreach (var group in places.Where(one => mine.Contains(one.Place.Experiment)).GroupBy(static one => one.Address))
                foreach (var set in group.DistinctBy(static one => (one.Place.Name, one.Place.Digest)).Take(most))
                    foreach (var id in byAddress[group.Key]) found(new(id, LineageId.Of(Data, set.Place.Name, set.Place.Digest), Same));
        });
    }

    private static Question Each(string sql, Action<Row> visit, params Arg[] args) => new(sql, row =>
    {
        visit(row);
        return true;
    }, args);

    private static List<(string Name, string Digest)> Pairs(IReadOnlyList<LineageId> ids) => [.. ids.Select(static id => (id.Parts[0], id.Parts[1]))];

    private static IEnumerable<(LineageId, LineageNode)> Runs(Session session, Caller caller, IReadOnlyList<LineageId> ids)
    {
        var byId = ids.ToDictionary(static id => id.Parts[0], StringComparer.Ordinal);
        return session.Query($"""
            SELECT r.run_id, r.name, r.status, r.start_ms, r.created_ms, r.user_id, r.deleted_ms, r.experiment_id, e.name FROM runs r JOIN experiments e ON e.id = r.experiment_id
             WHERE e.workspace_id = $1 AND r.run_id {session.Dialect.InTexts("$2")}
            """, row => (Experiment: row.Long(7), Id: byId[row.Text(0)], Node: new LineageNode(byId[row.Text(0)].Text, Run, row.Text(1), 0, row.LongOrNull(3) ?? row.Long(4),
                Details(("experiment_id", Text(row.Long(7))), ("experiment_name", row.Text(8)), ("status", ((RunStatus)row.Int(2)).ToString()), ("user_id", row.Text(5)), ("deleted", row.IsNull(6) ? null : "true")))),
            caller.Workspace, Arg.Texts(byId.Keys)).Where(one => caller.Sees(RootKind.Experiment, one.Experiment)).Select(static one => (one.Id, one.Node));
    }

    private static IEnumerable<(LineageId, LineageNode)> Models(Session session, Caller caller, IReadOnlyList<LineageId> ids)
    {
        var byId = ids.ToDictionary(static id => id.Parts[0], StringComparer.Ordinal);
        return session.Query($"""
            SELECT m.model_id, m.name, m.created_ms, m.model_type, m.source_run_id, m.status, m.experiment_id FROM logged_models m JOIN experiments e ON e.id = m.experiment_id
             WHERE e.workspace_id = $1 AND m.deleted_ms IS NULL AND m.model_id {session.Dialect.InTexts("$2")}
            """, row => (Experiment: row.Long(6), Id: byId[row.Text(0)], Node: new LineageNode(byId[row.Text(0)].Text, Model, row.Text(1), 0, row.Long(2),
                Details(("experiment_id", Text(row.Long(6))), ("model_type", row.TextOrNull(3)), ("run_id", row.TextOrNull(4)), ("status", ((LoggedModelStatus)row.Int(5)).ToString())))),
            caller.Workspace, Arg.Texts(byId.Keys)).Where(one => caller.Sees(RootKind.Experiment, one.Experiment)).Select(static one => (one.Id, one.Node));
    }

    // The same data may be logged in many experiments: it is seen by whoever sees one of them, as it was first logged there.
    private static IEnumerable<(LineageId, LineageNode)> Sets(Session session, Caller caller, IReadOnlyList<LineageId> ids)
    {
        var places = DatasetVersions.Places(session, Pairs(ids));
        var mine = places.Count == 0 ? [] : session.Query($"SELECT id FROM experiments WHERE workspace_id = $1 AND id {session.Dialect.InLongs("$2")}", static row => row.Long(0), caller.Workspace,
            Arg.Longs([.. places.Select(static set => set.Experiment).Distinct()])).Where(id => caller.Sees(RootKind.Experiment, id)).ToHashSet();
        return places.Where(set => mine.Contains(set.Experiment)).GroupBy(static set => LineageId.Of(Data, set.Name, set.Digest)).Select(static group =>
        {
            var first = group.MinBy(static set => set.CreatedMs)!;
            return (group.Key, new LineageNode(group.Key.Text, Data, first.Name, 0, first.CreatedMs, Details(("digest", first.Digest), ("source_type", first.SourceType), ("experiment_id", Text(first.Experiment)))));
        });
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    internal static Dictionary<string, string> Details(params ReadOnlySpan<(string Name, string? Value)> details)
    {
        var some = new Dictionary<string, string>();
        foreach (var (name, value) in details)
            if (!string.IsNullOrEmpty(value)) some[name] = value;
        return some;
    }
}
