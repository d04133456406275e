namespace Slipway.Pages;

/// <summary>A note that somebody wrote on a run, an experiment or a report, or an answer to one.</summary>
/// <param name="Id">12 letters and digits.</param>
/// <param name="Subject">What it is about: `run/ID`, `experiment/ID`, `report/ID`.</param>
/// <param name="ReplyTo">The note that it answers; absent for the first of a conversation.</param>
/// <param name="Author">Who wrote it; absent once deleted.</param>
/// <param name="CreatedMs">When, Unix milliseconds.</param>
/// <param name="Text">Markdown; absent once deleted.</param>
/// <param name="EditedMs">When it was last edited; absent when it never was.</param>
/// <param name="Deleted">True for a deleted note: it is listed as long as an answer to it is.</param>
/// <param name="MayEdit">True when the caller wrote it.</param>
/// <param name="MayDelete">True when the caller wrote it or manages what it is about.</param>
public sealed record Note(string? Id, string? Subject, string? ReplyTo, string? Author, long CreatedMs, string? Text, long? EditedMs, bool Deleted, bool MayEdit, bool MayDelete)
{
    /// <summary>The largest text, in bytes of UTF-8.</summary>
    public const int TextBytesMax = 16 * 1024;

    /// <summary>The most notes about one thing, deleted ones too.</summary>
    public const int PerSubjectMax = 10_000;
}

/// <summary>A new note.</summary>
/// <param name="Subject">What it is about: `run/ID`, `experiment/ID`, `report/ID`. The caller may read it.</param>
/// <param name="Text">Markdown, 1 to <see cref="Note.TextBytesMax"/> bytes.</param>
/// <param name="ReplyTo">The note about the same thing that it answers.</param>
public sealed record WriteNote(string? Subject, string? Text, string? ReplyTo = null);

/// <summary>Edits a note; only its author may.</summary>
/// <param name="Id">The note, from the path.</param>
/// <param name="Text">As in <see cref="WriteNote"/>.</param>
public sealed record EditNote(string? Id, string? Text);

/// <summary>A note by its id.</summary>
/// <param name="Id">The note, from the path.</param>
public sealed record NoteRef(string? Id);

/// <summary>Which notes to list: the oldest first.</summary>
/// <param name="Subject">What they are about.</param>
/// <param name="Max">1 to <see cref="MaxMax"/>; 100 when absent.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListNotes(string? Subject, int? Max = null, string? PageToken = null)
{
    /// <summary>The most notes of one page.</summary>
    public const int MaxMax = 200;
}

/// <summary>A page of notes.</summary>
/// <param name="Notes">The oldest first.</param>
/// <param name="NextPageToken">Absent on the last page.</param>
public sealed record NotesPage(IReadOnlyList<Note> Notes, string? NextPageToken = null);

/// <summary>What happened to something: the newest first.</summary>
/// <param name="Subject">`run/ID`, `experiment/ID`, `report/ID`.</param>
/// <param name="Max">1 to <see cref="MaxMax"/>; 100 when absent.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListChanges(string? Subject, int? Max = null, string? PageToken = null)
{
    /// <summary>The most changes of one page.</summary>
    public const int MaxMax = 1_000;

    /// <summary>The most characters of a subject, here and in notes.</summary>
    public const int SubjectCharsMax = 300;
}

/// <summary>A page of changes.</summary>
/// <param name="Changes">The newest first.</param>
/// <param name="NextPageToken">Absent on the last page.</param>
public sealed record SubjectChanges(IReadOnlyList<SubjectChange> Changes, string? NextPageToken = null);

/// <summary>One change.</summary>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Kind">What happened, as `noun.verbed`.</param>
/// <param name="Actor">Who; absent once erased.</param>
/// <param name="Data">What was before and after, as JSON text; absent when there is nothing to say or it was erased.</param>
public sealed record SubjectChange(long AtMs, string Kind, string? Actor, string? Data);
