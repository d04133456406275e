using Slipway.Access;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Takes a name out of the texts of runs, experiments and logged models, where it stands as a word. Candidates are read in pages by key, outside the writer; each is written only if it is
/// still what was read, so that nothing said meanwhile is lost.
/// </summary>
internal static class PersonInTexts
{
    /// <summary>The most candidates looked at, and written, at a time, where a text is at most a few thousand characters.</summary>
    public const int PageMax = 1_000;

    // An experiment's name is unique in its workspace: its number keeps two that become equal apart.
    private static readonly PersonInColumn[] Columns =
    [
        new("runs", "no", null, "name", null),
        new("params", "run_no", "key", "value", null),
        new("tags", "run_no", "key", "value", null),
        new("experiments", "id", null, "name", static id => "-" + id),
        new("experiment_tags", "experiment_id", "key", "value", null),
        new("logged_models", "no", null, "name", null),
        new("logged_model_params", "model_no", "key", "value", null),
        new("logged_model_tags", "model_no", "key", "value", null),
    ];

    /// <summary>The walk.</summary>
    public static PersonalErasure Erasure { get; } = Over(Columns, PageMax);

    /// <summary>The same walk over columns of another capability, so many texts at a time.</summary>
    public static PersonalErasure Over(IReadOnlyList<PersonInColumn> columns, int pageMax) => new("texts", (database, name, ct) => Erase(database, name, columns, pageMax, ct));

    private static async Task<Problem?> Erase(Database database, string name, IReadOnlyList<PersonInColumn> columns, int pageMax, CancellationToken ct)
    {
        foreach (var column in columns)
        {
            var (id, key, more) = (long.MinValue, "", true);
            while (more)
            {
                var page = await database.Read(session => session.Query(column.Select, static row => new Entry(row.Long(0), row.Text(1), row.Text(2)), name, id, key, pageMax), ct);
                if (page.Count > 0) (id, key) = (page[^1].Id, page[^1].Key);
                more = page.Count == pageMax;
                var held = page.FindAll(entry => WholeWords.Has(entry.Text, name));
                var written = await database.Write<int>(session => session.ExecuteMany(column.Update, held, (row, entry) =>
                {
                    row.Add(WholeWords.Replace(entry.Text, name, SealChain.ErasedName) + column.Suffix?.Invoke(entry.Id)).Add(entry.Id);
                    if (column.Key is not null) row.Add(entry.Key);
                    row.Add(entry.Text);
                }), ct);
                if (written.Problem is { } problem) return problem;
            }
        }
        return null;
    }

    private readonly record struct Entry(long Id, string Key, string Text);
}
