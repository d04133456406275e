using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

internal sealed partial class Reports
{
    /// <summary>The most reports whose titles are looked through: those that changed last.</summary>
    public const int FoundAmongMax = 10_000;

    /// <summary>The kind of what <see cref="FindIn"/> finds.</summary>
    public const string FoundKind = "report";

    /// <summary>Finds reports by id or title.</summary>
    public static void FindIn(Session session, Caller caller, Finding finding)
    {
        var sql = new SearchSql(session.Dialect);
        var where = $"r.workspace_id = {sql.Add(caller.Workspace)} AND r.deleted_ms IS NULL{Drawn.Visible(sql, caller, "r.no")}";
        session.Each($"SELECT r.id, r.title, r.updated_ms FROM reports r WHERE {where} ORDER BY r.updated_ms DESC, r.no DESC LIMIT {sql.Add(FoundAmongMax)}", row =>
        {
            var rank = row.Text(0).Equals(finding.Text, StringComparison.OrdinalIgnoreCase) ? FindRank.Id : FoundNames.Rank(row.Utf8(1), finding);
            if (rank is { } fits && finding.Takes(fits, FoundKind)) finding.Add(fits, row.Long(2), new(FoundKind, row.Text(0), row.Text(1)));
            return true;
        }, sql.Args);
    }
}
