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
    /// <summary>The most candidates looked at, and written, at a time.</summary>
    private const int PageMax = 1_000;

    // An experiment's name is unique in its workspace: its number keeps two that become equal apart.
    private static readonly Column[] Columns =
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
    public static PersonalErasure Erasure { get; } = new("texts", Erase);

    private static async Task<Problem?> Erase(Database database, string name, CancellationToken ct)
    {
        foreach (var column in Columns)
        {
            var (id, key, more) = (long.MinValue, "", true);
            while (more)
            {
                var page = await database.Read(session => session.Query(column.Select, static row => new Entry(row.Long(0), row.Text(1), row.Text(2)), name, id, key, PageMax), ct);
                if (page.Count > 0) (id, key) = (page[^1].Id, page[^1].Key);
                more = page.Count == PageMax;
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

    /// <param name="Table">Where texts are.</param>
    /// <param name="Id">The number in its key.</param>
    /// <param name="Key">The text in its key, if any.</param>
    /// <param name="Value">The column with the text.</param>
    /// <param name="Suffix">What a changed text gets at its end.</param>
    private sealed record Column(string Table, string Id, string? Key, string Value, Func<long, string>? Suffix)
    {
        /// <summary>Entries after a key that hold the name at all: replace() is in both databases, and takes the name as it is.</summary>
        public string Select { get; } = Key is null
            ? $"SELECT {Id}, '', {Value} FROM {Table} WHERE replace({Value}, $1, '') <> {Value} AND {Id} > $2 AND $3 = '' ORDER BY {Id} LIMIT $4"
            : $"SELECT {Id}, {Key}, {Value} FROM {Table} WHERE replace({Value}, $1, '') <> {Value} AND ({Id}, {Key}) > ($2, $3) ORDER BY {Id}, {Key} LIMIT $4";

        public string Update { get; } = Key is null
            ? $"UPDATE {Table} SET {Value} = $1 WHERE {Id} = $2 AND {Value} = $3"
            : $"UPDATE {Table} SET {Value} = $1 WHERE {Id} = $2 AND {Key} = $3 AND {Value} = $4";
    }
}
