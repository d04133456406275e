using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class Garbage
{
    private const string HeldExperiments = """
        SELECT e.id, e.workspace_id FROM experiments e
         WHERE e.deleted_ms IS NOT NULL AND e.deleted_ms <= $1 AND e.name <> 'Default' AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment_id = e.id) AND e.id > $3 ORDER BY e.id LIMIT $2
        """;

    private const string HeldModels = """
        SELECT m.no, m.model_id, m.artifact_uri, (SELECT e.workspace_id FROM experiments e WHERE e.id = m.experiment_id) FROM logged_models m
         WHERE m.deleted_ms IS NOT NULL AND m.deleted_ms <= $1 AND m.no > $3 ORDER BY m.no LIMIT $2
        """;

    private static readonly string[] ModelTables = ["logged_model_params", "logged_model_tags", "logged_model_metrics"];

    /// <summary>Deletes for good what is due: at most <see cref="CollectGarbage.RunsMax"/> runs, and experiments once no run is left to delete.</summary>
    public async Task<Outcome<GarbageCollected>> Collect(Caller caller, CollectGarbage request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (Before(request.OlderThanSeconds, out var before) is { } bad) return bad;
        // What is collected lies in any workspace, under roots that may have been closed to whoever administers them.
        caller = caller with { Acting = Right.None, Grants = Grants.None };
        var total = new GarbageCollected();
        foreach (var step in (Func<Session, Caller, long, GarbageCollected>[])[SomeRuns, SomeModels, SomeExperiments])
            while (true)
            {
                if (total.Runs + total.Models + total.Experiments >= CollectGarbage.RunsMax) return await Told(caller, total with { More = true }, ct);
                var done = await db.Write<GarbageCollected>(session => step(session, caller, before), ct, alone: true);
                // What earlier writes deleted is gone, whatever happens now: the next request goes on.
                if (done.Problem is { } problem) return problem;
                var some = done.Value;
                if (some.Runs + some.Models + some.Experiments == 0) break;
                total = some.And(total);
            }
        return await Told(caller, total, ct);
    }

    private async Task<Outcome<GarbageCollected>> Told(Caller caller, GarbageCollected total, CancellationToken ct)
    {
        if (total.Runs + total.Models + total.Experiments == 0) return total;
        return await db.Write<GarbageCollected>(session =>
        {
            events.Append(session, caller, "garbage.collected", "installation", EventData.Of(("runs", Text(total.Runs)), ("experiments", Text(total.Experiments)), ("models", Text(total.Models)),
                ("points", Text(total.Points)), ("files", Text(total.Files)), ("bytes", Text(total.Bytes))));
            return total;
        }, ct);
    }

    private GarbageCollected SomeRuns(Session session, Caller caller, long before)
    {
        // Held and looked at again by the same statement: a run that was restored meanwhile is not among them.
        var found = new List<RunRow>();
        // Those whose files something above is made of stay, and what comes after them has its turn all the same.
        for (var (experiment, no, more) = (-1L, -1L, true); more && found.Count == 0;)
        {
            var some = session.Query(ExpiredRuns + (session.Dialect is Dialect.Postgres ? " FOR UPDATE OF r" : ""), Runs.Read, before, experiment, no, WriteMax);
            if (more = some.Count == WriteMax) (experiment, no) = (some[^1].ExperimentId, some[^1].No);
            var held = runs.HeldBy(session, [.. some.Select(static run => run.RunId)], []);
            found.AddRange(some.Where(run => !held.Contains(run.RunId)));
        }
        var sizes = Metrics.Sizes(session, [.. found.Select(static run => run.No)]);
        var total = new GarbageCollected(found.Count, Points: sizes.Values.Sum(static size => size.Points), Bytes: sizes.Values.Sum(static size => size.Bytes));
        foreach (var workspace in found.GroupBy(static run => run.Workspace))
        {
            var files = ArtifactTree.Sizes(session, workspace.Key, [.. workspace.Select(Directory).OfType<string>()]);
            total = total with { Files = total.Files + files.Values.Sum(static size => size.Files), Bytes = total.Bytes + files.Values.Sum(static size => size.Bytes) };
            foreach (var run in workspace) runs.Erase(session, caller with { Workspace = run.Workspace }, run);
        }
        return total;
    }

    private GarbageCollected SomeModels(Session session, Caller caller, long before)
    {
        var found = new List<(long No, string Id, string Uri, long Workspace)>();
        for (var (no, more) = (-1L, true); more && found.Count == 0;)
        {
            var some = session.Query(HeldModels + session.Dialect.ForUpdate(), static row => (No: row.Long(0), Id: row.Text(1), Uri: row.Text(2), Workspace: row.Long(3)), before, WriteMax, no);
            if (more = some.Count == WriteMax) no = some[^1].No;
            var held = runs.HeldBy(session, [], [.. some.Select(static model => model.Id)]);
            found.AddRange(some.Where(model => !held.Contains(model.Id)));
        }
        foreach (var model in found) EraseModel(session, caller with { Workspace = model.Workspace }, model.No, model.Id, model.Uri);
        return new GarbageCollected(Models: found.Count);
    }

    private GarbageCollected SomeExperiments(Session session, Caller caller, long before)
    {
        var found = new List<(long Id, long Workspace)>();
        for (var (after, more) = (-1L, true); more && found.Count == 0;)
        {
            var some = session.Query(HeldExperiments + (session.Dialect is Dialect.Postgres ? " FOR UPDATE OF e" : ""), static row => (Id: row.Long(0), Workspace: row.Long(1)), before, WriteMax, after);
            if (more = some.Count == WriteMax) after = some[^1].Id;
            found.AddRange(some.Where(experiment => runs.HeldBy(session, [], session.Query("SELECT model_id FROM logged_models WHERE experiment_id = $1", static row => row.Text(0), experiment.Id)).Count == 0));
        }
        var models = 0;
        foreach (var (id, workspace) in found)
        {
            var own = caller with { Workspace = workspace };
            foreach (var model in session.Query("SELECT no, model_id, artifact_uri FROM logged_models WHERE experiment_id = $1 ORDER BY no", static row => (No: row.Long(0), Id: row.Text(1), Uri: row.Text(2)), id))
            {
                EraseModel(session, own, model.No, model.Id, model.Uri);
                models++;
            }
            experiments.Erase(session, own, id);
        }
        return new GarbageCollected(Experiments: found.Count, Models: models);
    }

    private void EraseModel(Session session, Caller caller, long no, string id, string uri)
    {
        foreach (var table in ModelTables) session.Execute($"DELETE FROM {table} WHERE model_no = $1", no);
        if (ArtifactPath.OfUri(uri) is { Problem: null, Value.IsRoot: false } root) artifacts.DeleteUnder(session, caller, root.Value);
        session.Execute("DELETE FROM logged_models WHERE no = $1", no);
        events.Append(session, caller, "logged_model.removed", "logged_model/" + id, EventData.Of(("artifact_uri", uri)));
    }
}
