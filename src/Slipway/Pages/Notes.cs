using System.Text;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>
/// Notes that people write on runs, experiments and reports. Whoever may read the thing may read and write notes on it; only its author edits a note; its
/// author, and whoever manages the thing, deletes it. Events name the thing as their subject, and never repeat the text.
/// </summary>
internal sealed class Notes(Database db, EventLog events, TimeProvider clock, Subjects subjects)
{
    private const string Columns = "SELECT n.no, n.id, n.subject, n.reply_to, n.author, n.author_id, n.text, n.created_ms, n.edited_ms, n.deleted_ms FROM notes n";

    private const string ById = Columns + " WHERE n.workspace_id = $1 AND n.id = $2";

    private const string PageOf = Columns + """
         WHERE n.workspace_id = $1 AND n.subject = $2 AND n.no > $3
           AND (n.deleted_ms IS NULL OR EXISTS (SELECT 1 FROM notes a WHERE a.reply_to = n.id)) ORDER BY n.no LIMIT $4
        """;

    private const string Count = "SELECT count(*) FROM notes WHERE workspace_id = $1 AND subject = $2";

    private const string Insert = """
        INSERT INTO notes (id, workspace_id, subject, reply_to, author, author_id, text, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO NOTHING RETURNING no
        """;

    private const string Change = "UPDATE notes SET text = $2, edited_ms = $3 WHERE no = $1";

    private const string Empty = "UPDATE notes SET text = '', author = '', author_id = NULL, deleted_ms = $2 WHERE no = $1";

    /// <summary>A page of the notes about something, the oldest first.</summary>
    public async Task<Outcome<NotesPage>> List(Caller caller, ListNotes request, CancellationToken ct)
    {
        if (subjects.Check(request.Subject) is { } badSubject) return badSubject;
        if (PageSize.Check(request.Max, ListNotes.MaxMax) is { } badSize) return badSize;
        var keyset = new NumberKeyset("notes", request.Subject!, request.PageToken);
        if (keyset.Problem is { } badToken) return badToken;
        var size = request.Max ?? PageSize.Default;
        return await db.Read<Outcome<NotesPage>>(session =>
        {
            var subject = subjects.Find(session, caller, request.Subject!);
            if (subject.Problem is { } missing) return missing;
            var rows = session.Query(PageOf, Read, caller.Workspace, subject.Value.Name, keyset.After ?? 0, size + 1);
            return new NotesPage([.. rows.Take(size).Select(row => Record(caller, row, subject.Value))], rows.Count > size ? keyset.Next(rows[size - 1].No) : null);
        }, ct);
    }

    /// <summary>Writes a note.</summary>
    public async Task<Outcome<Note>> Write(Caller caller, WriteNote request, CancellationToken ct)
    {
        if (Author.ReadsOnly(caller) is { } denied) return denied;
        if (subjects.Check(request.Subject) is { } badSubject) return badSubject;
        if (CheckText(request.Text) is { } badText) return badText;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Note>(session =>
        {
            var subject = subjects.Find(session, caller, request.Subject!);
            if (subject.Problem is { } missing) return missing;
            if (request.ReplyTo is { } answered && (!PageId.Is(answered) || session.First(ById, Read, caller.Workspace, answered) is not { DeletedMs: null } first || first.Subject != subject.Value.Name))
                return Problem.NotFound($"No note with id={WireCheck.Quote(answered)} about {subject.Value.Name} that can be answered.");
            if (session.Long(Count, caller.Workspace, subject.Value.Name) >= Note.PerSubjectMax) return Problem.Invalid($"There are {Note.PerSubjectMax:N0} notes about {subject.Value.Name}, the most there can be.");
            var (author, id, no) = (Author.Of(caller), "", (long?)null);
            while (no is null) no = session.Long(Insert, id = PageId.New(), caller.Workspace, subject.Value.Name, request.ReplyTo, author.Name, author.Id, request.Text, now);
            events.Append(session, caller, "note.written", subject.Value.Name, EventData.Of(("note", id), ("reply_to", request.ReplyTo)));
            return Record(caller, new NoteRow(no.Value, id, subject.Value.Name, request.ReplyTo, author, request.Text!, now, null, null), subject.Value);
        }, ct);
    }

    /// <summary>Changes the text of the caller's own note.</summary>
    public async Task<Outcome<Note>> Edit(Caller caller, EditNote request, CancellationToken ct)
    {
        if (Author.ReadsOnly(caller) is { } denied) return denied;
        if (CheckText(request.Text) is { } badText) return badText;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Note>(session =>
        {
            if (Find(session, caller, request.Id, out var row, out var subject) is { } missing) return missing;
            if (!row.Author.Is(caller)) return Problem.Denied($"The note {row.Id} is of '{row.Author.Name}': only its author edits it. Answer it instead.");
            if (row.Text == request.Text) return Record(caller, row, subject);
            session.Execute(Change, row.No, request.Text, now);
            events.Append(session, caller, "note.edited", row.Subject, EventData.Of(("note", row.Id)));
            return Record(caller, row with { Text = request.Text!, EditedMs = now }, subject);
        }, ct);
    }

    /// <summary>Deletes a note: its text and its author's name are gone at once.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, NoteRef request, CancellationToken ct)
    {
        if (Author.ReadsOnly(caller) is { } denied) return denied;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.Id, out var row, out var subject) is { } missing) return missing;
            if (!row.Author.Is(caller) && !subject.Manages) return Problem.Denied($"The note {row.Id} is of '{row.Author.Name}': its author deletes it, and whoever manages {row.Subject}.");
            session.Execute(Empty, row.No, now);
            events.Append(session, caller, "note.deleted", row.Subject, EventData.Of(("note", row.Id)));
            return default(Done);
        }, ct);
    }

    /// <summary>With something that goes for good go the notes about it.</summary>
    internal static void Erase(Session session, long workspace, string subject) => session.Later("DELETE FROM notes WHERE workspace_id = $1 AND subject = $2", workspace, subject);

    // A note is held against a change at the same time; what it is about decides who sees it.
    private Problem? Find(Session session, Caller caller, string? id, out NoteRow row, out Subject subject)
    {
        (row, subject) = (null!, default);
        if (string.IsNullOrEmpty(id)) return Problem.Missing("id");
        if (!PageId.Is(id) || session.First(ById + session.Dialect.ForUpdate(), Read, caller.Workspace, id) is not { DeletedMs: null } found) return Missing(id);
        if (!subjects.Finding.ContainsKey(found.Subject[..found.Subject.IndexOf('/', StringComparison.Ordinal)])) return Missing(id);
        var about = subjects.Find(session, caller, found.Subject);
        if (about.Problem is not null) return Missing(id);
        (row, subject) = (found, about.Value);
        return null;
    }

    private static Problem Missing(string id) => Problem.NotFound($"No note with id={WireCheck.Quote(id)} exists.");

    private static Problem? CheckText(string? text) =>
        string.IsNullOrWhiteSpace(text) ? Problem.Missing("text")
        : Encoding.UTF8.GetByteCount(text) is var bytes and > Note.TextBytesMax ? Problem.Invalid($"'text' holds at most {Note.TextBytesMax:N0} bytes of UTF-8, got {bytes:N0}. Write a report instead.")
        : WireCheck.Text(text, "text", Note.TextBytesMax);

    private static Note Record(Caller caller, NoteRow row, Subject subject)
    {
        var deleted = row.DeletedMs is not null;
        var mine = !deleted && row.Author.Is(caller) && Author.ReadsOnly(caller) is null;
        return new Note(row.Id, row.Subject, row.ReplyTo, deleted ? null : row.Author.Name, row.CreatedMs, deleted ? null : row.Text, row.EditedMs, deleted, mine,
            mine || !deleted && subject.Manages && Author.ReadsOnly(caller) is null);
    }

    private static NoteRow Read(Row row) => new(row.Long(0), row.Text(1), row.Text(2), row.TextOrNull(3), new Author(row.Text(4), row.LongOrNull(5)), row.Text(6), row.Long(7), row.LongOrNull(8), row.LongOrNull(9));

    private sealed record NoteRow(long No, string Id, string Subject, string? ReplyTo, Author Author, string Text, long CreatedMs, long? EditedMs, long? DeletedMs);
}
