using Slipway.Access;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>Artifacts whose path holds somebody's name: whether the file is about them, only a person can judge.</summary>
internal static class PeopleInPaths
{
    /// <summary>The most entries looked at, and deleted, at a time.</summary>
    private const int PageMax = 1_000;

    private const string Named = "FROM artifacts WHERE (replace(name, $1, '') <> name OR replace(folder, $1, '') <> folder)";

    private const string Holding = Named + " AND blob_id IS NOT NULL";

    // Directories too: all that is below one of that name goes along with it.
    private const string After = $"SELECT workspace_id, folder, name {Named} AND (workspace_id, folder, name) > ($2, $3, $4) ORDER BY workspace_id, folder, name LIMIT $5";

    /// <summary>The place; files in whose path the name is a word are deleted when that is asked for.</summary>
    public static PersonalPlace In(ArtifactTree artifacts) => new("artifacts whose path holds the name", static (session, name) => session.Long("SELECT count(*) " + Holding, name) ?? 0, null,
        static (session, name, most) => session.Query($"SELECT folder, name {Holding} ORDER BY workspace_id, folder, name LIMIT $2", static row => Path(row.Text(0), row.Text(1)), name, most),
        new PersonalErasure("artifacts", (database, name, ct) => Delete(artifacts, database, name, ct)));

    private static async Task<Problem?> Delete(ArtifactTree artifacts, Database database, string name, CancellationToken ct)
    {
        var (workspace, folder, file, more) = (long.MinValue, "", "", true);
        while (more)
        {
            var page = await database.Read(session => session.Query(After, static row => (Workspace: row.Long(0), Folder: row.Text(1), Name: row.Text(2)), name, workspace, folder, file, PageMax), ct);
            if (page.Count > 0) (workspace, folder, file) = page[^1];
            more = page.Count == PageMax;
            var written = await database.Write<int>(session =>
            {
                foreach (var found in page)
                    if (WholeWords.Has(Path(found.Folder, found.Name), name)) artifacts.DeleteNamed(session, found.Workspace, found.Folder, found.Name);
                return page.Count;
            }, ct);
            if (written.Problem is { } problem) return problem;
        }
        return null;
    }

    private static string Path(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";
}
