using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Events;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Lineage;

/// <summary>
/// Tells one place what happened here, as a reader of the event log: in order, from where it stopped, so that neither a crash nor a place that is away for
/// days loses anything. One server of an installation does; a place may hear a thing twice.
/// </summary>
internal sealed partial class LineageTeller(Database db, LineagePlace place, IReadOnlyDictionary<string, Func<Session, Event, IEnumerable<JsonObject>>> words, TimeProvider clock, ILogger<LineageTeller> log)
{
    /// <summary>The longest wait before another attempt.</summary>
    public static readonly TimeSpan BackOffMax = TimeSpan.FromMinutes(10);

    /// <summary>The most events of the log that are looked at together.</summary>
    public const int Together = 200;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private const string Put = "INSERT INTO lineage_told (place, position) VALUES ($1, $2) ON CONFLICT (place) DO UPDATE SET position = excluded.position";

    private int failures;

    /// <summary>The job that tells; a kind for each place.</summary>
    public JobHandler Handler => new("lineage.tell " + place.Name, Run, Resident: true);

    /// <summary>Tells what is new; answers how long to wait after a failure, or null when all is told.</summary>
    public async Task<TimeSpan?> Tell(Lease? lease, CancellationToken ct)
    {
        while (true)
        {
            var (from, events) = await db.Read(session =>
            {
                // A place that is new begins with what happens from now on.
                if (session.Long("SELECT position FROM lineage_told WHERE place = $1", place.Name) is not { } told) return (-1, []);
                return (told, EventLog.After(session, told, Together).Select(one => (Position: one.Position!.Value, Words: words.TryGetValue(one.Kind, out var say) ? say(session, one).ToList() : [])).ToList());
            }, ct);
            if (from < 0)
            {
                await Note(lease, await db.Read(EventLog.Head, ct), ct);
                return null;
            }
            if (events.Count == 0) return null;
            var done = from;
            try
            {
                foreach (var (position, said) in events)
                {
                    foreach (var one in said)
                        if (await place.Send(System.Text.Encoding.UTF8.GetBytes(one.ToJsonString()), ct) is { } refused) Refused(place.Name, position, refused);
                    if (said.Count > 0) await Note(lease, position, ct);
                    done = position;
                }
                await Note(lease, done, ct);
                failures = 0;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or HttpRequestException || failure is OperationCanceledException && !ct.IsCancellationRequested)
            {
                if (done > from) await Note(lease, done, ct);
                var wait = TimeSpan.FromSeconds(Math.Min(BackOffMax.TotalSeconds, Math.Pow(2, Math.Min(++failures, 20))));
                Failed(place.Name, failure.Message, wait);
                return wait;
            }
        }
    }

    private async Task Run(Lease lease, CancellationToken ct)
    {
        while (true) await Task.Delay(await Tell(lease, ct) ?? Every, clock, ct);
    }

    private async Task Note(Lease? lease, long position, CancellationToken ct)
    {
        var noted = await db.Write<Done>(session =>
        {
            if (lease is not null && JobQueue.CheckLease(session, lease) is { } stale) return stale;
            session.Execute(Put, place.Name, position);
            return default(Done);
        }, ct);
        if (noted.Problem is { } problem) throw new StorageException(problem);
    }

    [LoggerMessage(LogLevel.Warning, "Lineage could not be told to {Place}: {Why} It is tried again in {Wait}.")]
    private partial void Failed(string place, string why, TimeSpan wait);

    [LoggerMessage(LogLevel.Warning, "{Place} refused what the event at position {Position} says, and is not asked again: {Why}")]
    private partial void Refused(string place, long position, string why);
}
