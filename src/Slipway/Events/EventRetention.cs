using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Erases who, from where and what of events that are older than their kind is to be kept. That something of the kind happened stays, the chain
/// verifies, and each erasure is an event itself.
/// </summary>
internal sealed partial class EventRetention(Database database, EventLog events, TimeProvider clock, IReadOnlyDictionary<string, int> days, ILogger<EventRetention> log)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    // Text keys sort by their bytes: all that begins with "run." lies before "run/".
    private const string Due = """
        SELECT id FROM events WHERE position > $1 AND position <= $2 AND at_ms < $3 AND (kind = $4 OR kind > $4 || '.' AND kind < $4 || '/')
           AND (actor IS NOT NULL OR address IS NOT NULL OR data IS NOT NULL) ORDER BY position
        """;

    private const string Times = "SELECT min(at_ms), max(at_ms), max(position) FROM events WHERE position > $1 AND position <= $2";

    // Up to where everything of a kind is done: the next look begins there. A new process looks once at all.
    private readonly Dictionary<string, long> done = [];

    /// <summary>The resident job that looks once an hour.</summary>
    public JobHandler Handler => new("events.retain", async (_, ct) =>
    {
        using var timer = new PeriodicTimer(Every, clock);
        do await EraseOld(clock.GetUtcNow(), ct);
        while (await timer.WaitForNextTickAsync(ct));
    }, Resident: true);

    /// <summary>Erases what is due; answers of how many events.</summary>
    public async Task<long> EraseOld(DateTimeOffset now, CancellationToken ct)
    {
        var total = 0L;
        foreach (var (kind, kept) in days) total += await EraseOld(kind, now.AddDays(-kept).ToUnixTimeMilliseconds(), ct);
        if (total > 0) Erased(total);
        return total;
    }

    private async Task<long> EraseOld(string kind, long beforeMs, CancellationToken ct)
    {
        var (total, settled) = (0L, true);
        for (var from = done.GetValueOrDefault(kind); ; from += EventErasure.ScanMax)
        {
            var to = from + EventErasure.ScanMax;
            var (oldest, newest, last, due) = await database.Read(session =>
            {
                var (min, max, end) = session.First(Times, static row => (row.LongOrNull(0), row.LongOrNull(1), row.LongOrNull(2) ?? 0), from, to);
                return (min, max, end, min < beforeMs ? session.Query(Due, static row => row.Long(0), from, to, beforeMs, kind) : []);
            }, ct);
            foreach (var batch in due.Chunk(EventErasure.BatchMax)) total += await Erase(kind, beforeMs, batch, ct);
            // Events are sealed about in the order of time: behind a stretch that is all young, none is old.
            if (oldest is null || oldest >= beforeMs) return total;
            settled &= newest < beforeMs;
            if (settled) done[kind] = last;
        }
    }

    private async Task<long> Erase(string kind, long beforeMs, long[] ids, CancellationToken ct)
    {
        var outcome = await database.Write<int>(session =>
        {
            var count = EventErasure.All(session, ids);
            if (count > 0) events.Append(session, Caller.System("retention"), "events.expired", "events", new JsonObject { ["kind"] = kind, ["events"] = count, ["before_ms"] = beforeMs }.ToJsonString());
            return count;
        }, ct);
        return outcome.Problem is { } problem ? throw new StorageException(problem) : outcome.Value;
    }

    [LoggerMessage(LogLevel.Information, "Erased actor, address and details of {Count} events that are older than audit.retentionDays keeps them.")]
    private partial void Erased(long count);
}
