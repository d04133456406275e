using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Streams of server-sent events: the changes of a run or of an experiment, as they are sealed, and its metrics as they arrive. A stream that breaks is taken up with
/// Last-Event-ID where it stood; it ends by itself after a while, so that who may see what is asked again.
/// </summary>
/// <param name="db">To look up what is asked for.</param>
/// <param name="feed">Who tells.</param>
/// <param name="clock">For the pauses.</param>
/// <param name="heartbeat">After so long without news a comment is sent, by which proxies and readers know that the stream lives.</param>
/// <param name="life">How long a stream lasts at most.</param>
/// <param name="stopping">Cancelled when the server begins to stop: streams end then.</param>
internal sealed class LiveStreams(Database db, LiveFeed feed, TimeProvider clock, TimeSpan heartbeat, TimeSpan life, CancellationToken stopping)
{
    /// <summary>The pause between two signs of life.</summary>
    public static readonly TimeSpan HeartbeatDefault = TimeSpan.FromSeconds(15);

    /// <summary>The life of a stream.</summary>
    public static readonly TimeSpan LifeDefault = TimeSpan.FromMinutes(10);

    /// <summary>How long one write waits for a reader that does not read.</summary>
    public static readonly TimeSpan WritePatience = TimeSpan.FromSeconds(15);

    /// <summary>The most events that are looked through when a stream is taken up again; a reader that missed more looks anew.</summary>
    public const int BacklogMax = 20_000;

    /// <summary>GET runs/{run_id}/stream.</summary>
    public async Task<Problem?> OfRun(HttpContext context, Caller caller)
    {
        var id = (string?)context.Request.RouteValues["run_id"];
        if (WireCheck.RunId(id) is { } bad) return bad;
        var found = await db.Read<Outcome<LiveSubscription>>(session => Runs.Find(session, caller, id!, "", out var run) is { } refused
            ? refused : new LiveSubscription(caller.Workspace, run.ExperimentId, run.RunId, run.No), context.RequestAborted);
        return found.Problem ?? await Stream(context, found.Value);
    }

    /// <summary>GET experiments/{experiment_id}/stream.</summary>
    public async Task<Problem?> OfExperiment(HttpContext context, Caller caller)
    {
        var id = (string?)context.Request.RouteValues["experiment_id"];
        if (WireCheck.ExperimentId(id) is { } bad) return bad;
        var found = await db.Read<Outcome<LiveSubscription>>(session => Experiments.Find(session, caller, id!, "", out var experiment) is { } refused
            ? refused : new LiveSubscription(caller.Workspace, experiment.Id, null, 0), context.RequestAborted);
        return found.Problem ?? await Stream(context, found.Value);
    }

    /// <summary>GET stream: many roots at once.</summary>
    public async Task<Problem?> OfMany(HttpContext context, Caller caller)
    {
        var query = context.Request.Query;
        var (experiments, runs) = (Listed(query["experiments"]), Listed(query["runs"]));
        if (experiments.Count + runs.Count > LiveBundle.RootsMax) return Problem.Invalid($"A stream follows at most {LiveBundle.RootsMax} runs and experiments, got {experiments.Count + runs.Count}. Follow those that are seen.");
        foreach (var id in experiments)
            if (WireCheck.ExperimentId(id, "experiments") is { } bad) return bad;
        foreach (var id in runs)
            if (WireCheck.RunId(id, "runs") is { } bad) return bad;
        var installation = query["installation"].ToString();
        if (installation is not ("" or "true" or "false")) return WireCheck.Invalid(installation, "installation", "must be true or false.");
        if (experiments.Count + runs.Count == 0 && installation != "true") return Problem.Invalid("Nothing to follow: name experiments or runs, ids separated by commas, or say installation=true.");
        var found = await db.Read(session => Bundle(session, caller, experiments, runs, installation == "true"), context.RequestAborted);
        return await Stream(context, found);
    }

    private static List<string> Listed(Microsoft.Extensions.Primitives.StringValues values) =>
        [.. values.OfType<string>().SelectMany(static value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal)];

    private static LiveBundle Bundle(Session session, Caller caller, List<string> experiments, List<string> runs, bool installation)
    {
        var seen = experiments.Select(id => (Id: id, Number: Experiments.Visible(session, caller, [id]))).ToList();
        var known = Runs.Places(session, caller, runs);
        string[] missing = [.. seen.Where(static one => one.Number.Count == 0).Select(static one => "experiment/" + one.Id), .. runs.Where(id => !known.ContainsKey(id)).Select(Runs.Subject)];
        return new LiveBundle(caller, seen.SelectMany(static one => one.Number), known, installation, missing);
    }

    private async Task<Problem?> Stream(HttpContext context, LiveListener subscription)
    {
        if (LastSeen(context.Request, out var lastSeen) is { } bad) return bad;
        if (stopping.IsCancellationRequested) return Problem.Busy("The server is stopping.");
        var response = context.Response;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            Head(response);
            return null;
        }
        if (await feed.Add(subscription, context.RequestAborted) is not { } from)
            return Problem.Busy($"{LiveFeed.SubscriptionsMax} streams are open already. Close pages that nobody looks at.", TimeSpan.FromSeconds(30));
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            Head(response);
            await Begin(response, subscription, lastSeen, from, ends.Token);
            await Follow(response, subscription, from, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The reader went, or the server stops: the stream ends here, and may be taken up again.
        }
        finally
        {
            feed.Remove(subscription);
        }
        return null;
    }

    private static void Head(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would keep back what is small
    }

    /// <summary>Says where the stream stands, after what was missed since the last one.</summary>
    private async Task Begin(HttpResponse response, LiveListener subscription, long? lastSeen, long from, CancellationToken ct)
    {
        response.BodyWriter.Write("retry: 1000\n\n"u8);
        if (lastSeen is null || lastSeen == from) Write(response, new LiveItem(from, "hello", subscription.Hello(from)));
        else if (lastSeen > from && lastSeen - from > LiveFeed.EventsMax || lastSeen < from - BacklogMax)
            Write(response, new LiveItem(from, "resync", LiveJson.Say(from, lastSeen > from ? "the server was restored" : "too much was missed")));
        else
        {
            for (var at = lastSeen.Value; at < from;)
            {
                var (items, next) = await db.Read(session => Missed(session, subscription, at, from), ct);
                foreach (var item in items) Write(response, item);
                at = next;
                await Flush(response, ct);
            }
            Write(response, new LiveItem(from, "hello", subscription.Hello(from)));
        }
        await Flush(response, ct);
    }

    private static (List<LiveItem> Items, long Next) Missed(Session session, LiveListener subscription, long after, long upTo)
    {
        var events = EventLog.After(session, subscription.Workspace, after, LiveFeed.EventsMax);
        var experiments = LiveFeed.Experiment(session, events);
        var items = events.Where(one => one.Position <= upTo && LiveJson.IsForReaders(one.Kind)).Select(one => new LiveNews(one, experiments)).Where(subscription.Wants)
            .Select(subscription.Tell).ToList();
        return (items, events.Count < LiveFeed.EventsMax ? upTo : events[^1].Position!.Value);
    }

    private async Task Follow(HttpResponse response, LiveListener subscription, long from, CancellationToken ct)
    {
        var until = clock.GetUtcNow() + life;
        while (clock.GetUtcNow() < until)
        {
            using var quiet = new CancellationTokenSource(heartbeat, clock);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct, quiet.Token);
            try
            {
                if (!await subscription.Items.WaitToReadAsync(wait.Token)) break;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                response.BodyWriter.Write(": still here\n\n"u8);
                await Flush(response, ct);
                continue;
            }
            while (subscription.Items.TryRead(out var item))
                if (item.Position == 0 || item.Position > from)
                {
                    Write(response, item);
                    // Piece by piece: what a slow reader has not taken is not kept twice.
                    if (response.BodyWriter.UnflushedBytes > 64 * 1024) await Flush(response, ct);
                }
            await Flush(response, ct);
        }
        if (!subscription.Overflowed) return;
        // Without an id: the reader goes on after the last event that it got.
        Write(response, new LiveItem(0, "resync", LiveJson.Say(from, "the reader was too slow")));
        await Flush(response, ct);
    }

    private async Task Flush(HttpResponse response, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(WritePatience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            await response.BodyWriter.FlushAsync(both.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // It does not read at all: only the connection's end will tell it.
            response.HttpContext.Abort();
            throw new OperationCanceledException(response.HttpContext.RequestAborted);
        }
    }

    private static void Write(HttpResponse response, LiveItem item)
    {
        var to = response.BodyWriter;
        if (item.Position > 0 || item.Name is "hello") to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {item.Position}\n")));
        to.Write(Encoding.ASCII.GetBytes($"event: {item.Name}\ndata: "));
        to.Write(item.Data);
        to.Write("\n\n"u8);
    }

    private static Problem? LastSeen(HttpRequest request, out long? position)
    {
        position = null;
        // The header is what EventSource sends when it connects again; the query is for programs and for the first time.
        var text = request.Headers["Last-Event-ID"] is { Count: > 0 } header ? header.ToString() : request.Query["last_event_id"].ToString();
        if (text.Length == 0) return null;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Problem.Invalid("Last-Event-ID: expected the id of an event of this stream, a whole number.");
        position = number;
        return null;
    }
}
