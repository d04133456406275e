using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Tells streams what changes. One loop reads for all of them, four times a second while there are any: sealed events by position, so that none is lost or told twice,
/// and which runs got points, by the log of points; both also see what other servers of the installation wrote.
/// </summary>
internal sealed partial class LiveFeed(Database db, Metrics metrics, TimeProvider clock, ILogger<LiveFeed> logger) : IDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>The most streams of one server; one more is answered 503.</summary>
    public const int SubscriptionsMax = 500;

    /// <summary>The most events of one look.</summary>
    public const int EventsMax = 1_000;

    /// <summary>The most metrics that a run's stream tells; a page with more asks for what it shows.</summary>
    public const int MetricsMax = 1_000;

    /// <summary>The most runs that one hint to an experiment's stream names.</summary>
    public const int HintedMax = 100;

    // Ids of batches do not follow commits on PostgreSQL: the last few are looked at again.
    private const int BatchesBack = 1_000;

    // Compaction may take a batch away between two looks: now and then every watched run is looked at.
    private const int LookAtAllEvery = 8;

    private const string Touched = "SELECT l.run_no, r.run_id, r.experiment_id, max(l.id) FROM metric_log l JOIN runs r ON r.no = l.run_no WHERE l.id > $1 GROUP BY l.run_no, r.run_id, r.experiment_id";

    private static string ExperimentsOfRuns(Dialect dialect) => $"SELECT run_id, experiment_id FROM runs WHERE run_id {dialect.InTexts("$1")}";

    private static string ExperimentsOfModels(Dialect dialect) => $"SELECT model_id, experiment_id FROM logged_models WHERE model_id {dialect.InTexts("$1")}";

    private readonly ConcurrentDictionary<LiveListener, byte> streams = new();
    private readonly SemaphoreSlim looking = new(1);
    private readonly Dictionary<long, long> hinted = [];
    private readonly LiveHints hints = new(metrics, clock);
    private long position = -1;
    private long newestBatch;
    private long looks;

    private sealed record Seen(List<Event> Events, Dictionary<string, long> ExperimentOf, List<(long RunNo, string RunId, long Experiment, long Batch)> Touched);

    /// <summary>Begins to listen; answers the position from which on the subscription is told everything. Null when there are too many streams.</summary>
    public async Task<long?> Add(LiveListener subscription, CancellationToken ct)
    {
        await looking.WaitAsync(ct);
        try
        {
            if (streams.Count >= SubscriptionsMax) return null;
            if (position < 0)
                (position, newestBatch) = await db.Read(static session => (EventLog.Head(session), session.Long("SELECT max(id) FROM metric_log") ?? 0), ct);
            streams[subscription] = 0;
            return position;
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>Ends listening.</summary>
    public void Remove(LiveListener subscription) => streams.TryRemove(subscription, out _);

    /// <summary>Looks until the stop; costs nothing while nobody listens.</summary>
    public async Task Run(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                await Look(ct);
            }
            catch (StorageException failure)
            {
                Failed(failure.Message); // the database may be restarting; the next tick tries again
            }
        }
    }

    /// <summary>One look.</summary>
    public async Task Look(CancellationToken ct)
    {
        await looking.WaitAsync(ct);
        try
        {
            if (streams.IsEmpty)
            {
                position = -1;
                hinted.Clear();
                hints.Clear();
                return;
            }
            var bundles = streams.Keys.OfType<LiveBundle>().ToList();
            var seen = await db.Read(session => Read(session, bundles), ct);
            foreach (var one in seen.Events) Tell(one, seen.ExperimentOf);
            if (seen.Events.Count > 0) position = seen.Events[^1].Position!.Value;
            Hint(seen.Touched);
            hints.Tell(bundles);
            await TellMetrics(seen.Touched, ct);
        }
        finally
        {
            looking.Release();
        }
    }

    public void Dispose() => looking.Dispose();

    private Seen Read(Session session, List<LiveBundle> bundles)
    {
        var events = EventLog.After(session, position, EventsMax);
        var experiments = Experiment(session, events);
        var after = Math.Max(0, newestBatch - (session.Dialect is Dialect.Postgres ? BatchesBack : 0));
        var touched = session.Query(Touched, static row => (row.Long(0), row.Text(1), row.Long(2), row.Long(3)), after);
        if (bundles.Count > 0)
        {
            hints.Note(session, after, touched, bundles);
            if (looks % LookAtAllEvery == 0) hints.NoteMarks(session, bundles);
        }
        return new Seen(events, experiments, touched);
    }

    /// <summary>The experiment of each run and model that events are about, by subject.</summary>
    internal static Dictionary<string, long> Experiment(Session session, List<Event> events)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (prefix, sql) in (ReadOnlySpan<(string, Func<Dialect, string>)>)[("run/", ExperimentsOfRuns), ("logged_model/", ExperimentsOfModels)])
        {
            var ids = events.Where(one => one.Subject.StartsWith(prefix, StringComparison.Ordinal)).Select(one => one.Subject[prefix.Length..]).Distinct().ToList();
            if (ids.Count == 0) continue;
            session.Each(sql(session.Dialect), row =>
            {
                found[prefix + row.Text(0)] = row.Long(1);
                return true;
            }, Arg.Texts(ids));
        }
        // What is gone for good is in no table any more: its last event says where it was.
        foreach (var one in events)
            if (!found.ContainsKey(one.Subject) && LiveJson.ExperimentIn(one.Data) is { } said) found[one.Subject] = said;
        return found;
    }

    private void Tell(Event one, Dictionary<string, long> experimentOf)
    {
        if (!LiveJson.IsForReaders(one.Kind)) return;
        var news = new LiveNews(one, experimentOf);
        foreach (var stream in streams.Keys)
            if (stream.Workspace == news.Workspace && stream.Wants(news)) stream.Send(stream.Tell(news));
    }

    /// <summary>An experiment's stream is told which runs got points, not the points: 10,000 runs would be too many.</summary>
    private void Hint(List<(long RunNo, string RunId, long Experiment, long Batch)> touched)
    {
        if (hinted.Count > 10_000) hinted.Clear();
        var fresh = touched.Where(run => hinted.GetValueOrDefault(run.RunNo) < run.Batch).ToList();
        foreach (var run in touched)
        {
            hinted[run.RunNo] = run.Batch;
            newestBatch = Math.Max(newestBatch, run.Batch);
        }
        foreach (var experiment in fresh.GroupBy(static run => run.Experiment))
        {
            LiveItem? item = null;
            foreach (var stream in streams.Keys.OfType<LiveSubscription>())
                if (stream.RunId is null && stream.ExperimentId == experiment.Key && !stream.Busy) stream.Send(item ??= LiveJson.Hint([.. experiment.Select(static run => run.RunId)]));
        }
    }

    private async Task TellMetrics(List<(long RunNo, string RunId, long Experiment, long Batch)> touched, CancellationToken ct)
    {
        var all = looks++ % LookAtAllEvery == 0;
        var runs = touched.Select(static run => run.RunNo).ToHashSet();
        foreach (var stream in streams.Keys.OfType<LiveSubscription>())
            if (stream.RunId is not null && (all || runs.Contains(stream.RunNo))) stream.Behind = true;
        var due = streams.Keys.OfType<LiveSubscription>().Where(static stream => stream is { RunId: not null, Behind: true, Busy: false }).ToLookup(static stream => stream.RunNo);
        if (due.Count == 0) return;
        if (await metrics.EnsureSettled(ct) is { } problem)
        {
            Failed(problem.Message);
            return;
        }
        using var latest = await db.Read(session => metrics.Latest(session, [.. due.Select(static run => run.Key)]), ct);
        var at = 0;
        foreach (var run in due.OrderBy(static run => run.Key))
        {
            // Points come by run, as ids rise.
            while (at < latest.Points.Length && latest.Points[at].RunNo < run.Key) at++;
            var from = at;
            while (at < latest.Points.Length && latest.Points[at].RunNo == run.Key) at++;
            foreach (var stream in run) TellMetrics(stream, latest.Points[from..at], latest.Names);
        }
    }

    private static void TellMetrics(LiveSubscription stream, ReadOnlySpan<LatestPoint> points, string[] names)
    {
        stream.Behind = false;
        var changed = new List<(string Key, SeriesPoint Point)>();
        foreach (ref readonly var point in points)
        {
            var name = names[point.Key];
            if (stream.Sent.TryGetValue(name, out var before) ? before == point.Point : stream.Sent.Count >= MetricsMax) continue;
            stream.Sent[name] = point.Point;
            changed.Add((name, point.Point));
        }
        if (changed.Count > 0) stream.Send(LiveJson.Metrics(stream.RunId!, changed, more: points.Length > MetricsMax));
    }

    [LoggerMessage(LogLevel.Warning, "Streams could not be told what changed: {Why} It is tried again.")]
    private partial void Failed(string why);
}
