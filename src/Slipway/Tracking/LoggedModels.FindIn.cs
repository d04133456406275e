using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class LoggedModels
{
    /// <summary>The most models whose names are looked through: the newest.</summary>
    public const int FoundAmongMax = 10_000;

    /// <summary>The kind of what <see cref="FindIn"/> finds.</summary>
    public const string FoundKind = "logged_model";

    private const string FoundColumns = """
        SELECT m.model_id, m.experiment_id, m.name, m.created_ms, e.name FROM logged_models m JOIN experiments e ON e.id = m.experiment_id
        """;

    /// <summary>Finds logged models by id or name.</summary>
    public static void FindIn(Session session, Caller caller, Finding finding)
    {
        if (finding.IdRange("m-") is { } range)
            session.Each(FoundColumns + " WHERE m.model_id >= $1 AND m.model_id < $2 AND e.workspace_id = $3 ORDER BY m.model_id LIMIT $4",
                row => Add(row, row.Text(0) == range.From ? FindRank.Id : FindRank.IdBegins), range.From, range.To, caller.Workspace, FindThings.ResultsMax);
        session.Each(FoundColumns + " WHERE m.no > (SELECT max(n.no) FROM logged_models n) - $1 AND m.deleted_ms IS NULL AND e.workspace_id = $2 ORDER BY m.no DESC",
            row => FoundNames.Rank(row.Utf8(2), finding) is not { } rank || !finding.Takes(rank, FoundKind) || Add(row, rank), FoundAmongMax, caller.Workspace);

        bool Add(Row row, FindRank rank)
        {
            var experiment = row.Long(1);
            if (caller.Sees(RootKind.Experiment, experiment))
                finding.Add(rank, row.Long(3), new(FoundKind, row.Text(0), row.Text(2), experiment.ToString(System.Globalization.CultureInfo.InvariantCulture), row.Text(4)));
            return true;
        }
    }
}
