using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Removal for good: rows go at once, the points' segments and the artifacts' bytes are freed behind it.</summary>
internal sealed partial class Runs
{
    /// <summary>What capabilities above keep about a run goes with it: called in the same write, with the run's workspace and its name in events.</summary>
    public List<Action<Session, long, string>> Erasing { get; } = [];

    /// <summary>Which of these runs and logged models a capability above is made of the files of, and what of it: they are not removed for good.</summary>
    public List<Func<Session, IReadOnlyCollection<string>, IReadOnlyCollection<string>, IEnumerable<(string Id, string By)>>> Holding { get; } = [];

    /// <summary>Who holds what of these, by its id.</summary>
    internal ILookup<string, string> HeldBy(Session session, IReadOnlyCollection<string> runIds, IReadOnlyCollection<string> modelIds) =>
        Holding.SelectMany(holding => holding(session, runIds, modelIds)).ToLookup(static held => held.Id, static held => held.By);

    private static readonly string[] Owned = ["params", "tags", "run_datasets", "run_dataset_tags", "run_models", "logged_model_metrics"];

    /// <summary>Removes a run and everything logged to it, or, unless it is to be hard, deletes it softly.</summary>
    public async Task<Outcome<Done>> Remove(Caller caller, DeleteRun request, CancellationToken ct)
    {
        if (request.Hard is not true) return await SetDeleted(caller, request.RunId, true, ct);
        if (caller.Needs(Right.ManageExperiments) is { } denied) return denied;
        caller = caller with { Acting = Right.ManageExperiments };
        if (WireCheck.RunId(request.RunId) is { } bad) return bad;
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.RunId!, session.Dialect.ForUpdate(), out var run) is { } refused) return refused;
            if (HeldBy(session, [run.RunId], [])[run.RunId].FirstOrDefault() is { } by)
                return Problem.Conflict($"The files of run {run.RunId} are those of {by}, and more may be made of them. Delete that version first, or delete the run softly.");
            Erase(session, caller, run);
            return default(Done);
        }, ct);
    }

    /// <summary>Deletes a run that the write holds, with everything logged to it: a few statements, however many points it has.</summary>
    internal void Erase(Session session, Caller caller, RunRow run)
    {
        foreach (var table in Owned) session.Execute($"DELETE FROM {table} WHERE run_no = $1", run.No);
        metrics.Delete(session, run.No);
        // Artifacts that lie in another store are that store's: only its owner may remove them.
        if (ArtifactPath.OfUri(run.ArtifactUri) is { Problem: null, Value.IsRoot: false } root) artifacts.DeleteUnder(session, caller, root.Value);
        foreach (var erase in Erasing) erase(session, caller.Workspace, Subject(run.RunId));
        session.Execute("DELETE FROM runs WHERE no = $1", run.No);
        WorkspaceUsage.Take(session, caller.Workspace, Used.Runs, -1);
        events.Append(session, caller, "run.removed", Subject(run.RunId), EventData.Of(("experiment_id", Text(run.ExperimentId)), ("name", run.Name), ("artifact_uri", run.ArtifactUri)));
    }
}
