using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class Runs
{
    /// <summary>The most runs whose names are looked through: the newest. Older ones are found by id, and by name in their experiment's table.</summary>
    public const int FoundAmongMax = 20_000;

    /// <summary>The kind of what <see cref="FindIn"/> finds.</summary>
    public const string FoundKind = "run";

    // The sign keeps the order of numbers in the plan: newest first without a sort.
    private static string NewestOf(Dialect dialect) => $"""
        SELECT r.no, r.run_id, r.experiment_id, r.name, r.created_ms FROM runs r WHERE +r.experiment_id {dialect.InLongs("$1")} AND r.deleted_ms IS NULL ORDER BY r.no DESC LIMIT $2
        """;

    private const string FoundById = """
        SELECT r.run_id, r.experiment_id, r.name, r.created_ms, e.name FROM runs r JOIN experiments e ON e.id = r.experiment_id
         WHERE r.run_id >= $1 AND r.run_id < $2 AND e.workspace_id = $3 ORDER BY r.run_id LIMIT $4
        """;

    /// <summary>Finds runs by id or name.</summary>
    public static void FindIn(Session session, Caller caller, Finding finding)
    {
        if (finding.IdRange() is { } range)
            session.Each(FoundById, row =>
            {
                var (id, experiment) = (row.Text(0), row.Long(1));
                if (caller.Sees(RootKind.Experiment, experiment))
                    finding.Add(id == range.From ? FindRank.Id : FindRank.IdBegins, row.Long(3), new(FoundKind, id, row.Text(2), Text(experiment), row.Text(4)));
                return true;
            }, range.From, range.To, caller.Workspace, FindThings.ResultsMax);
        var experiments = session.Query("SELECT id, name FROM experiments WHERE workspace_id = $1 ORDER BY id DESC LIMIT $2", static row => (Id: row.Long(0), Name: row.Text(1)), caller.Workspace, Experiments.FoundAmongMax)
            .Where(experiment => caller.Sees(RootKind.Experiment, experiment.Id)).ToDictionary(static experiment => experiment.Id, static experiment => experiment.Name);
        if (experiments.Count == 0) return;
        session.Each(NewestOf(session.Dialect), row =>
        {
            if (FoundNames.Rank(row.Utf8(3), finding) is not { } rank || !finding.Takes(rank, FoundKind)) return true;
            var experiment = row.Long(2);
            finding.Add(rank, row.Long(4), new(FoundKind, row.Text(1), row.Text(3), Text(experiment), experiments[experiment]));
            return true;
        }, Arg.Longs(experiments.Keys), FoundAmongMax);
    }
}
