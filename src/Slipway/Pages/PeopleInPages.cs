using Slipway.Access;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>Where pages keep the names of people: as authors, which an erasure takes, and in what people wrote, which it takes when that is asked for.</summary>
internal static class PeopleInPages
{
    // Texts of reports are up to a megabyte each.
    private const int TextsAtATime = 16;

    // replace() is in both databases, and takes the name as it is: no wildcards.
    private const string Texts = """
        SELECT 'view ' || v.id || ', name' AS place FROM saved_views v WHERE replace(v.name, $1, '') <> v.name
        UNION ALL SELECT 'view ' || v.id || ', state' FROM saved_views v WHERE replace(v.state, $1, '') <> v.state
        UNION ALL SELECT 'report ' || r.id || ', title' FROM reports r WHERE replace(r.title, $1, '') <> r.title
        UNION ALL SELECT 'report ' || r.id || ', version ' || w.version FROM report_versions w JOIN reports r ON r.no = w.report_no WHERE replace(w.text, $1, '') <> w.text OR replace(w.title, $1, '') <> w.title
        UNION ALL SELECT 'note ' || n.id || ' on ' || n.subject FROM notes n WHERE replace(n.text, $1, '') <> n.text
        """;

    private static readonly PersonInColumn[] Written =
    [
        new("saved_views", "no", null, "name", null),
        new("saved_views", "no", null, "state", null),
        new("reports", "no", null, "title", null),
        new("report_versions", "no", null, "title", null),
        new("report_versions", "no", null, "text", null),
        new("notes", "no", null, "text", null),
    ];

    /// <summary>The places.</summary>
    public static IReadOnlyList<PersonalPlace> Places { get; } =
    [
        Authors("saved_views", "owner", "saved views of theirs", ", owner_id = NULL"),
        Authors("reports", "author", "reports that they made", ", author_id = NULL"),
        Authors("reports", "changed_by", "reports that they changed last", ""),
        Authors("report_versions", "author", "versions of reports that they wrote", ""),
        Authors("notes", "author", "notes that they wrote", ", author_id = NULL"),
        new("views, reports and notes that hold the name", static (session, name) => Count(session, $"SELECT count(*) FROM ({Texts}) found", name), null,
            static (session, name, most) => session.Query($"{Texts} ORDER BY 1 LIMIT $2", static row => row.Text(0), name, most), PersonInTexts.Over(Written, TextsAtATime)),
    ];

    private static PersonalPlace Authors(string table, string column, string place, string also) => new(place,
        (session, name) => Count(session, $"SELECT count(*) FROM {table} WHERE {column} = $1", name),
        (session, name, most) => session.Execute($"UPDATE {table} SET {column} = 'erased'{also} WHERE {column} = $1 AND no IN (SELECT no FROM {table} WHERE {column} = $1 ORDER BY no LIMIT $2)", name, most));

    private static long Count(Session session, string sql, string name) => session.Long(sql, name) ?? 0;
}
