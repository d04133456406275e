using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>An experiment with when something last happened in it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="ArtifactLocation">Where its files lie.</param>
/// <param name="LastMs">When something last happened, as far as the server knows.</param>
/// <param name="FinishedMs">When the newest of its runs that FINISHED ended, or null.</param>
/// <param name="FailedMs">When the newest of its runs that FAILED ended, or null.</param>
internal sealed record ActiveExperiment(long Id, string Name, string ArtifactLocation, long LastMs, long? FinishedMs, long? FailedMs);

/// <summary>
/// When experiments were last active and what they hold, from indexes alone: two statements for all experiments of a workspace, however many runs they have.
/// </summary>
internal static class ExperimentActivity
{
    // The newest start, and the newest end of runs that FINISHED, FAILED or were KILLED: four looks into an index for each experiment.
    private const string Select = """
        SELECT e.id, e.name, e.artifact_location, e.updated_ms, (SELECT max(r.start_ms) FROM runs r WHERE r.experiment_id = e.id),
               (SELECT max(r.end_ms) FROM runs r WHERE r.experiment_id = e.id AND r.status = 3 AND r.deleted_ms IS NULL),
               (SELECT max(r.end_ms) FROM runs r WHERE r.experiment_id = e.id AND r.status = 4 AND r.deleted_ms IS NULL),
               (SELECT max(r.end_ms) FROM runs r WHERE r.experiment_id = e.id AND r.status = 5 AND r.deleted_ms IS NULL)
          FROM experiments e WHERE e.workspace_id = $1
        """;

    // Few runs: those whose clients send heartbeats now.
    private const string Heard = "SELECT experiment_id, max(heartbeat_ms) FROM runs WHERE status = 1 AND heartbeat_ms IS NOT NULL GROUP BY experiment_id";

    private static string Count(Dialect dialect) => $"""
        SELECT experiment_id, status, count(*) FROM runs WHERE experiment_id {dialect.InLongs("$1")} AND deleted_ms IS NULL GROUP BY experiment_id, status
        """;

    /// <summary>The active experiments that the caller may see, the last active first.</summary>
    public static List<ActiveExperiment> All(Session session, Caller caller, long now)
    {
        var sql = new SearchSql(session.Dialect);
        sql.Add(caller.Workspace);
        // Roots that differ from the workspace's rule for this caller: few, and one list.
        var exceptions = caller.Grants.Exceptions(caller.Rights, RootKind.Experiment).ToList();
        var shown = (caller.Rights & Right.ReadExperiments) != 0;
        var visible = shown && exceptions.Count == 0 ? "" : $" AND {(shown ? "NOT " : "")}(e.id {sql.In(exceptions)})";
        return Read(session, $"{Select} AND e.deleted_ms IS NULL{visible}", sql.Args, now);
    }

    /// <summary>These experiments, which the caller may see, deleted ones too.</summary>
    public static List<ActiveExperiment> Of(Session session, Caller caller, IReadOnlyCollection<long> ids, long now) =>
        Read(session, $"{Select} AND e.id {session.Dialect.InLongs("$2")}", [caller.Workspace, Arg.Longs(ids)], now);

    /// <summary>Their runs by state, and what their files take where that is quickly said: two statements.</summary>
    public static Dictionary<long, ExperimentOverview> Overviews(Session session, Caller caller, IReadOnlyList<ActiveExperiment> experiments)
    {
        if (experiments.Count == 0) return [];
        var runs = session.Query(Count(session.Dialect), static row => (Experiment: row.Long(0), Status: (RunStatus)row.Int(1), Count: row.Long(2)), Arg.Longs([.. experiments.Select(static one => one.Id)]))
            .ToLookup(static row => row.Experiment);
        var folders = experiments.ToDictionary(static one => one.Id, static one => ArtifactPath.OfUri(one.ArtifactLocation) is { Problem: null, Value.IsRoot: false } path ? path.Value.Text : null);
        var bytes = ArtifactTree.Bytes(session, caller.Workspace, [.. folders.Values.OfType<string>().Distinct(StringComparer.Ordinal)], ExperimentOverview.FilesMax);
        return experiments.ToDictionary(static one => one.Id, one =>
        {
            long Runs(RunStatus status) => runs[one.Id].Where(row => row.Status == status).Sum(static row => row.Count);
            return new ExperimentOverview($"{one.Id}", one.Name, new RunsByStatus(Runs(RunStatus.RUNNING), Runs(RunStatus.SCHEDULED), Runs(RunStatus.FINISHED), Runs(RunStatus.FAILED), Runs(RunStatus.KILLED)),
                one.LastMs, folders[one.Id] is { } folder && bytes.TryGetValue(folder, out var size) ? size : null);
        });
    }

    private static List<ActiveExperiment> Read(Session session, string sql, ReadOnlySpan<Arg> args, long now)
    {
        var heard = session.Query(Heard, static row => (Id: row.Long(0), AtMs: row.Long(1))).ToDictionary(static row => row.Id, static row => row.AtMs);
        var found = session.Query(sql, row =>
        {
            var last = Math.Max(row.Long(3), heard.GetValueOrDefault(row.Long(0)));
            // Clients say when runs start and end, and a clock may run ahead: nothing has happened in the future.
            for (var column = 4; column < 8; column++) last = Math.Max(last, Math.Min(now, row.LongOrNull(column) ?? 0));
            return new ActiveExperiment(row.Long(0), row.Text(1), row.Text(2), last, row.LongOrNull(5), row.LongOrNull(6));
        }, args);
        found.Sort(static (a, b) => b.LastMs != a.LastMs ? b.LastMs.CompareTo(a.LastMs) : b.Id.CompareTo(a.Id));
        return found;
    }
}
