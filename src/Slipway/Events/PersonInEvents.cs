using System.Text.Json;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>Finds the events that hold one person's name, and erases them. The log is walked once, in stretches of which each is a snapshot of its own.</summary>
internal sealed class PersonInEvents(Database database)
{
    // replace() is in both databases, and takes the name as it is: no wildcards.
    private const string InStretch = """
        SELECT id FROM events WHERE id > $1 AND id <= $2 AND (actor = $3 OR subject = $4 OR subject = $5
           OR replace(data, $6, '') <> data OR replace(data, $7, '') <> data OR replace(data, $8, '') <> data OR replace(data, $9, '') <> data) ORDER BY id
        """;

    private const string WordsInStretch = """
        SELECT id FROM events WHERE id > $1 AND id <= $2 AND (replace(data, $3, '') <> data OR replace(data, $4, '') <> data OR replace(subject, $3, '') <> subject) ORDER BY id
        """;

    private const string Ends = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM events";

    /// <summary>How many events hold the name.</summary>
    public async Task<long> Count(string name, CancellationToken ct)
    {
        var count = 0L;
        await Walk(Own(name), ids => Task.FromResult(count += ids.Length), ct);
        return count;
    }

    /// <summary>Erases the person from them; answers how many there were.</summary>
    public Task<Outcome<long>> Erase(string name, CancellationToken ct) => Erase(Own(name), (session, ids) => EventErasure.Person(session, ids, name), ct);

    /// <summary>Erases what holds the name as a word among others: details, and paths of artifacts.</summary>
    public Task<Outcome<long>> EraseWords(string name, CancellationToken ct) => Erase(
        (session, from, to) => session.Query(WordsInStretch, static row => row.Long(0), from, to, name, JsonEncodedText.Encode(name).ToString()),
        (session, ids) => EventErasure.Words(session, ids, name), ct);

    private async Task<Outcome<long>> Erase(Func<Session, long, long, List<long>> find, Func<Session, long[], int> erase, CancellationToken ct)
    {
        var (count, failed) = (0L, (Problem?)null);
        await Walk(find, async ids =>
        {
            foreach (var batch in ids.Chunk(EventErasure.BatchMax))
            {
                if (failed is not null) return;
                var outcome = await database.Write<int>(session => erase(session, batch), ct);
                failed = outcome.Problem;
                count += outcome.Succeeded ? outcome.Value : 0;
            }
        }, ct);
        return failed is { } problem ? problem : count;
    }

    private static Func<Session, long, long, List<long>> Own(string name)
    {
        var subjects = EventErasure.SubjectsOf(name);
        // As our JSON writes it: a quote and a plus sign may be escaped. The name stands alone as a text, or quoted in a sentence.
        var escaped = name.Replace("+", "\\u002B", StringComparison.Ordinal);
        return (session, from, to) => session.Query(InStretch, static row => row.Long(0), from, to, name, subjects[0], subjects[1],
            $"\"{name}\"", $"\"{escaped}\"", $"'{name}'", $"\\u0027{escaped}\\u0027");
    }

    private async Task Walk(Func<Session, long, long, List<long>> find, Func<long[], Task> visit, CancellationToken ct)
    {
        var (from, last) = await database.Read(static session => session.First(Ends, static row => (row.Long(0) - 1, row.Long(1))), ct);
        for (; from < last; from += EventErasure.ScanMax)
        {
            var start = from;
            var ids = await database.Read(session => find(session, start, start + EventErasure.ScanMax), ct);
            await visit([.. ids]);
        }
    }
}
