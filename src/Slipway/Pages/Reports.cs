using System.Globalization;
using System.Text;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>
/// Reports: Markdown that several people write at. A change says which version it was made to and is refused when somebody was faster, so that nobody's
/// words are lost; the newest <see cref="Report.VersionsMax"/> versions are kept. Reading is in Reports.Find.cs.
/// </summary>
internal sealed partial class Reports(Database db, EventLog events, TimeProvider clock)
{
    private const string Count = "SELECT count(*) FROM reports WHERE workspace_id = $1";

    private const string Insert = """
        INSERT INTO reports (id, workspace_id, title, version, author, author_id, changed_by, created_ms, updated_ms) VALUES ($1, $2, $3, 1, $4, $5, $4, $6, $6)
        ON CONFLICT (id) DO NOTHING RETURNING no
        """;

    private const string AddVersion = "INSERT INTO report_versions (report_no, version, title, author, at_ms, bytes, text) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    private const string Advance = "UPDATE reports SET title = $2, version = $3, changed_by = $4, updated_ms = $5 WHERE no = $1";

    private const string Prune = "DELETE FROM report_versions WHERE report_no = $1 AND version <= $2";

    private const string Mark = "UPDATE reports SET deleted_ms = $2, updated_ms = $3 WHERE no = $1";

    /// <summary>How events name a report.</summary>
    public static string Subject(string id) => "report/" + id;

    /// <summary>Makes a report.</summary>
    public async Task<Outcome<Report>> Create(Caller caller, CreateReport request, CancellationToken ct)
    {
        if (WireCheck.Required(request.Title, "title", Report.TitleCharsMax) is { } badTitle) return badTitle;
        var text = request.Text ?? "";
        if (CheckText(text, out var bytes) is { } badText) return badText;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Report>(session =>
        {
            var experiments = DrawnExperiments.Check(session, caller, request.ExperimentIds ?? [], least: 0);
            if (experiments.Problem is { } missing) return missing;
            if (!DrawnExperiments.May(caller, Right.ReadExperiments, experiments.Value))
                return Problem.Denied($"'{caller.Actor}' may not read the whole workspace, to which a report without experiments belongs. Name the experiments in experiment_ids.");
            if (session.Long(Count, caller.Workspace) >= Report.PerWorkspaceMax) return Problem.Invalid($"A workspace holds at most {Report.PerWorkspaceMax:N0} reports.");
            var (author, id, no) = (Author.Of(caller), "", (long?)null);
            while (no is null) no = session.Long(Insert, id = PageId.New(), caller.Workspace, request.Title, author.Name, author.Id, now);
            session.Execute(AddVersion, no, 1L, request.Title, author.Name, now, bytes, text);
            Drawn.Put(session, no.Value, experiments.Value);
            events.Append(session, caller, "report.created", Subject(id), EventData.Of(("title", request.Title), ("experiment_ids", string.Join(',', experiments.Value))));
            return Record(caller, new ReportRow(no.Value, id, request.Title!, 1, author, author.Name, now, now, null), experiments.Value, text);
        }, ct, bytes);
    }

    /// <summary>Changes title, text or experiments of the version that the caller read. A change that is already there is answered as made: a client may repeat it.</summary>
    public async Task<Outcome<Report>> Update(Caller caller, UpdateReport request, CancellationToken ct)
    {
        if (request.Version is not { } version) return Problem.Missing("version");
        if (request.Title is not null && WireCheck.Required(request.Title, "title", Report.TitleCharsMax) is { } badTitle) return badTitle;
        if (CheckText(request.Text ?? "", out var bytes) is { } badText) return badText;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Report>(session =>
        {
            if (Find(session, caller, request.Id, session.Dialect.ForUpdate(), out var row, out var before) is { } missing) return missing;
            if (!MayChange(caller, row, before)) return Problem.Denied($"The report {row.Id} is of '{row.Author.Name}': its author may change it, and whoever may write to all its experiments.");
            if (row.DeletedMs is not null) return Problem.Invalid($"The report {row.Id} is deleted. Restore it first.");
            var experiments = before;
            if (request.ExperimentIds is { } ids)
            {
                var asked = DrawnExperiments.Check(session, caller, ids, least: 0);
                if (asked.Problem is { } unknown) return unknown;
                if (!DrawnExperiments.May(caller, Right.ReadExperiments, asked.Value)) return Problem.Denied($"'{caller.Actor}' may not read the whole workspace, to which a report without experiments belongs.");
                experiments = asked.Value;
            }
            var (old, oldBytes) = session.First(TextOf, static text => (text.Text(0), text.Long(1)), row.No, row.Version);
            var (title, text, moved) = (request.Title ?? row.Title, request.Text ?? old!, !experiments.AsSpan().SequenceEqual(before));
            if (title == row.Title && text == old && !moved) return Record(caller, row, experiments, text);
            if (row.Version != version) return Conflict(row, version);
            var after = row with { Title = title, Version = row.Version + 1, ChangedBy = caller.Actor, UpdatedMs = now };
            session.Execute(Advance, row.No, title, after.Version, caller.Actor, now);
            var size = request.Text is null ? oldBytes : bytes;
            session.Execute(AddVersion, row.No, after.Version, title, caller.Actor, now, size, text);
            session.Execute(Prune, row.No, after.Version - Report.VersionsMax);
            if (moved) Drawn.Put(session, row.No, experiments);
            events.Append(session, caller, "report.changed", Subject(row.Id), EventData.Of(("version", Text(after.Version)),
                ("title_before", title == row.Title ? null : row.Title), ("title", title == row.Title ? null : title),
                ("bytes_before", text == old ? null : Text(oldBytes)), ("bytes", text == old ? null : Text(size)),
                ("experiment_ids_before", moved ? string.Join(',', before) : null), ("experiment_ids", moved ? string.Join(',', experiments) : null)));
            return Record(caller, after, experiments, text);
        }, ct, bytes);
    }

    /// <summary>Deletes a report softly; deleting it again is fine.</summary>
    public Task<Outcome<Done>> Delete(Caller caller, ReportRef request, CancellationToken ct) => SetDeleted(caller, request.Id, true, ct);

    /// <summary>Brings a deleted report back; restoring one that is there is fine.</summary>
    public Task<Outcome<Done>> Restore(Caller caller, ReportRef request, CancellationToken ct) => SetDeleted(caller, request.Id, false, ct);

    private Task<Outcome<Done>> SetDeleted(Caller caller, string? id, bool deleted, CancellationToken ct)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return db.Write<Done>(session =>
        {
            if (Find(session, caller, id, session.Dialect.ForUpdate(), out var row, out var experiments) is { } missing) return missing;
            if (!MayDelete(caller, row, experiments)) return Problem.Denied($"The report {row.Id} is of '{row.Author.Name}': its author may delete and restore it, and whoever manages all its experiments.");
            if (row.DeletedMs is not null == deleted) return default(Done);
            session.Execute(Mark, row.No, deleted ? now : (long?)null, now);
            events.Append(session, caller, deleted ? "report.deleted" : "report.restored", Subject(row.Id), EventData.Of(("title", row.Title)));
            return default(Done);
        }, ct);
    }

    /// <summary>When an experiment goes for good, reports that draw on it alone are deleted softly, and stay as restorable as others; the rest draw on what is left.</summary>
    internal static void Erase(Session session, long experiment, long now)
    {
        var only = Drawn.OnlyOn(session, experiment);
        Drawn.Erase(session, experiment);
        session.ExecuteMany("UPDATE reports SET deleted_ms = coalesce(deleted_ms, $2), updated_ms = $2 WHERE no = $1", only, (row, no) => row.Add(no).Add(now));
        // Those keep the number: without it they would be for everybody.
        foreach (var no in only) Drawn.Put(session, no, [experiment]);
    }

    private static Problem Conflict(ReportRow row, long version) => Problem.Conflict(
        $"The report {row.Id} is at version {row.Version}, which '{row.ChangedBy}' wrote at {DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedMs):yyyy-MM-dd'T'HH:mm:ss'Z'}; the change was made to version {version}. " +
        $"Read version {row.Version}, bring the two together, and send the change with version {row.Version}.");

    private static Problem? CheckText(string text, out long bytes) => (bytes = Encoding.UTF8.GetByteCount(text)) > Report.TextBytesMax
        ? Problem.Invalid($"'text' holds at most {Report.TextBytesMax:N0} bytes of UTF-8, got {bytes:N0}. Split the report.")
        : WireCheck.Text(text, "text", Report.TextBytesMax);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
