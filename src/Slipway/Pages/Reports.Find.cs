using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>Reading reports and their versions.</summary>
internal sealed partial class Reports
{
    private const string Columns = "SELECT r.no, r.id, r.title, r.version, r.author, r.author_id, r.changed_by, r.created_ms, r.updated_ms, r.deleted_ms FROM reports r";

    private const string ById = Columns + " WHERE r.workspace_id = $1 AND r.id = $2";

    private const string TextOf = "SELECT text, bytes FROM report_versions WHERE report_no = $1 AND version = $2";

    private const string VersionColumns = "SELECT version, title, author, at_ms, bytes";

    private const string NewestVersions = VersionColumns + " FROM report_versions WHERE report_no = $1 ORDER BY version DESC LIMIT $2";

    private const string OneVersion = VersionColumns + ", text FROM report_versions WHERE report_no = $1 AND version = $2";

    /// <summary>Which experiments reports draw on.</summary>
    internal static readonly DrawnExperiments Drawn = new("report_experiments", "report_no");

    /// <summary>A page of the reports that the caller may see, the last changed first, in two statements.</summary>
    public async Task<Outcome<ReportsPage>> List(Caller caller, ListReports request, CancellationToken ct)
    {
        if (PageSize.Check(request.Max, ListReports.MaxMax) is { } badSize) return badSize;
        if (WireCheck.Text(request.Q, "q", Report.TitleCharsMax) is { } badText) return badText;
        if (request.ExperimentId is not null && WireCheck.ExperimentId(request.ExperimentId) is { } badId) return badId;
        var keyset = new ChangeKeyset("reports", $"{request.ExperimentId}\n{request.Deleted}\n{request.Q}", request.Max, request.PageToken);
        if (keyset.Problem is { } badToken) return badToken;
        return await db.Read<Outcome<ReportsPage>>(session =>
        {
            var sql = new SearchSql(session.Dialect);
            var where = $"r.workspace_id = {sql.Add(caller.Workspace)} AND r.deleted_ms IS {(request.Deleted is true ? "NOT " : "")}NULL";
            if (request.ExperimentId is { } id)
            {
                if (Experiments.Find(session, caller, id, "", out var experiment) is { } missing) return missing;
                where += Drawn.On(sql, "r.no", experiment.Id);
            }
            // LIKE has no escape on which both databases agree: its two wildcards in what is looked for stand for any one character.
            if (!string.IsNullOrEmpty(request.Q)) where += " AND " + session.Dialect.ILike("r.title", sql.Add($"%{request.Q.Replace('%', '_')}%"));
            var rows = session.Query($"{Columns} WHERE {where}{keyset.Where(sql, "r")}{Drawn.Visible(sql, caller, "r.no")}{keyset.Order("r")}", Read, sql.Args);
            var page = keyset.Page(rows, static row => (row.UpdatedMs, row.No), out var next);
            var experiments = Drawn.Of(session, [.. page.Select(static row => row.No)]);
            return new ReportsPage(page.ConvertAll(row => Record(caller, row, experiments[row.No], null)), next);
        }, ct);
    }

    /// <summary>One report with its text; deleted ones too.</summary>
    public Task<Outcome<Report>> Get(Caller caller, ReportRef request, CancellationToken ct) => db.Read<Outcome<Report>>(session =>
        Find(session, caller, request.Id, "", out var row, out var experiments) is { } missing ? missing : Record(caller, row, experiments, session.Text(TextOf, row.No, row.Version)), ct);

    /// <summary>The versions that are kept, without their texts.</summary>
    public Task<Outcome<ReportVersions>> Versions(Caller caller, ReportRef request, CancellationToken ct) => db.Read<Outcome<ReportVersions>>(session =>
        Find(session, caller, request.Id, "", out var row, out _) is { } missing ? missing
        : new ReportVersions(session.Query(NewestVersions, static version => Version(version, false), row.No, Report.VersionsMax)), ct);

    /// <summary>One version with its text.</summary>
    public Task<Outcome<ReportVersion>> GetVersion(Caller caller, ReportVersionRef request, CancellationToken ct) => db.Read<Outcome<ReportVersion>>(session =>
    {
        if (Find(session, caller, request.Id, "", out var row, out _) is { } missing) return missing;
        if (request.Version is not { } number) return Problem.Missing("version");
        return session.First(OneVersion, static version => Version(version, true), row.No, number) is { } found ? found
            : Problem.NotFound($"The report {row.Id} has no version {number} any more or yet: its newest is {row.Version}, and {Report.VersionsMax} are kept.");
    }, ct);

    /// <summary>A report as the subject of notes and of a history.</summary>
    public static Outcome<Subject> AsSubject(Session session, Caller caller, string id) =>
        Find(session, caller, id, "", out var row, out var experiments) is { } missing ? missing : new Subject(Subject(row.Id), MayDelete(caller, row, experiments));

    private static Problem? Find(Session session, Caller caller, string? id, string hold, out ReportRow row, out long[] experiments)
    {
        (row, experiments) = (null!, []);
        if (string.IsNullOrEmpty(id)) return Problem.Missing("id");
        if (!PageId.Is(id) || session.First(ById + hold, Read, caller.Workspace, id) is not { } found) return Missing(id);
        (row, experiments) = (found, Drawn.Of(session, [found.No])[found.No]);
        return DrawnExperiments.May(caller, Right.ReadExperiments, experiments) ? null : Missing(id);
    }

    private static Problem Missing(string id) => Problem.NotFound($"No report with id={WireCheck.Quote(id)} exists.");

    private static bool MayChange(Caller caller, ReportRow row, long[] experiments) => Author.ReadsOnly(caller) is null && (row.Author.Is(caller) || DrawnExperiments.May(caller, Right.WriteExperiments, experiments));

    private static bool MayDelete(Caller caller, ReportRow row, long[] experiments) => Author.ReadsOnly(caller) is null && (row.Author.Is(caller) || DrawnExperiments.May(caller, Right.ManageExperiments, experiments));

    private static Report Record(Caller caller, ReportRow row, long[] experiments, string? text) => new(row.Id, row.Title, DrawnExperiments.Ids(experiments), row.Version, row.Author.Name, row.ChangedBy,
        row.CreatedMs, row.UpdatedMs, MayChange(caller, row, experiments), MayDelete(caller, row, experiments), row.DeletedMs, text);

    private static ReportVersion Version(Row row, bool whole) => new(row.Long(0), row.Text(1), row.Text(2), row.Long(3), row.Long(4), whole ? row.Text(5) : null);

    private static ReportRow Read(Row row) => new(row.Long(0), row.Text(1), row.Text(2), row.Long(3), new Author(row.Text(4), row.LongOrNull(5)), row.Text(6), row.Long(7), row.Long(8), row.LongOrNull(9));

    private sealed record ReportRow(long No, string Id, string Title, long Version, Author Author, string ChangedBy, long CreatedMs, long UpdatedMs, long? DeletedMs);
}
