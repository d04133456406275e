using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Finds sealed events by what they say. Filters have no index of their own, because every change would pay for it: a page looks at a bounded
/// stretch of positions, and says where to go on.
/// </summary>
internal sealed class EventSearch(Database database, long scanMax = EventSearch.ScanMax)
{
    /// <summary>The most positions that one page looks at.</summary>
    public const long ScanMax = 50_000;

    private const int PageDefault = 1_000;

    // Clocks of several servers differ, and one may be set back.
    private const long ClockSlackMs = 600_000;

    private const string Head = "SELECT last_position, no FROM event_seals ORDER BY no DESC LIMIT 1";

    private const string SealOf = "SELECT at_ms, first_position FROM event_seals WHERE no = $1";

    /// <summary>A page of events.</summary>
    public async Task<Outcome<EventsPage>> List(Caller caller, ListEvents request, CancellationToken ct)
    {
        if (Check(caller, request) is { } refused) return refused;
        return await database.Read(session => Page(session, caller, request), ct);
    }

    /// <summary>Every event that fits, as one JSON object a line. Each page is a snapshot of its own: none is held while the network is slow.</summary>
    public async Task<Problem?> Export(HttpContext context, Caller caller)
    {
        var asked = Asked(context.Request.Query);
        if (asked.Problem is { } bad) return bad;
        var request = asked.Value with { MaxResults = PageDefault, NewestFirst = null };
        if (Check(caller, request) is { } refused) return refused;
        var (response, ct) = (context.Response, context.RequestAborted);
        while (true)
        {
            var page = await database.Read(session => Page(session, caller, request), ct);
            if (!response.HasStarted)
            {
                response.ContentType = "application/x-ndjson";
                response.Headers.ContentDisposition = "attachment; filename=\"audit.jsonl\"";
            }
            foreach (var entry in page.Events)
            {
                response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(entry, EventsJson.Default.EventEntry));
                response.BodyWriter.Write("\n"u8);
            }
            await response.BodyWriter.FlushAsync(ct);
            if (page.NextAfter is not { } next) return null;
            request = request with { After = next };
        }
    }

    private EventsPage Page(Session session, Caller caller, ListEvents request)
    {
        var (head, seals) = session.First(Head, static row => (row.Long(0), row.Long(1)));
        var lower = Math.Max(request.After ?? 0, request.Since is { } since ? Before(session, since - ClockSlackMs, seals) : 0);
        var upper = Math.Min(request.Before is { } before ? before - 1 : head, head);
        var newest = request.NewestFirst is true;
        var (from, to) = newest ? (Math.Max(lower, upper - scanMax), upper) : (lower, Math.Min(upper, lower + scanMax));
        var limit = request.MaxResults ?? PageDefault;
        var found = from >= to ? [] : Find(session, caller, request, from, to, limit);
        var entries = found.ConvertAll(e => new EventEntry(e.Position!.Value, e.At.ToUnixTimeMilliseconds(), e.Kind, e.Subject, e.Actor, e.Address, e.Data, request.All is true ? e.Workspace : null));
        // A full page goes on after its last event, any other one after what it has looked at.
        var last = found.Count == limit ? found[^1].Position!.Value : newest ? from + 1 : to;
        return newest
            ? new EventsPage(entries, null, last - 1 > lower ? last : null)
            : new EventsPage(entries, last < upper ? last : null);
    }

    private static List<Event> Find(Session session, Caller caller, ListEvents request, long from, long to, int limit)
    {
        var (where, args) = ("position > $1 AND position <= $2", new List<Arg> { from, to });
        if (request.All is not true) Also("workspace_id = {0}", caller.Workspace);
        if (request.Refused is true) Also("kind = {0}", EventLog.RefusedKind);
        // Text keys sort by their bytes: all that begins with "run." lies before "run/".
        if (request.Kind is { } kind) Also("(kind = {0} OR kind > {0} || '.' AND kind < {0} || '/')", kind);
        if (request.Subject is { } subject) Also("(subject = {0} OR subject > {0} || '/' AND subject < {0} || '0')", subject);
        if (request.Actor is { } actor) Also("actor = {0}", actor);
        if (request.Since is { } since) Also("at_ms >= {0}", since);
        if (request.Until is { } until) Also("at_ms < {0}", until);
        return session.Query($"{EventLog.Columns} WHERE {where} ORDER BY position {(request.NewestFirst is true ? "DESC" : "")} LIMIT {limit}", EventLog.Read, CollectionsMarshal.AsSpan(args));

        void Also(string condition, Arg value)
        {
            args.Add(value);
            where += " AND " + condition.Replace("{0}", "$" + args.Count, StringComparison.Ordinal);
        }
    }

    /// <summary>A position before everything that was sealed from a time on: seals are numbered densely and sealed in the order of time.</summary>
    private static long Before(Session session, long sinceMs, long seals)
    {
        var (low, high, position) = (1L, seals, 0L);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var seal = session.First(SealOf, static row => (AtMs: row.Long(0), First: row.Long(1)), middle);
            if (seal.AtMs >= sinceMs) high = middle - 1;
            else (low, position) = (middle + 1, Math.Max(position, seal.First - 1));
        }
        return position;
    }

    private static Problem? Check(Caller caller, ListEvents request)
    {
        if (request.All is true && (caller.Needs(Right.Administer) ?? caller.NeedsEverywhere(Right.Administer)) is { } denied) return denied;
        if (request.MaxResults is < 1 or > ListEvents.MaxResultsMax) return Problem.Invalid($"max_results: expected 1 to {ListEvents.MaxResultsMax}, got {request.MaxResults}.");
        if (request.After is < 0) return Problem.Invalid($"after: expected a position of 0 or more, got {request.After}.");
        if (request.Before is < 0) return Problem.Invalid($"before: expected a position of 0 or more, got {request.Before}.");
        if (request.Since is < 0) return Problem.Invalid($"since: expected Unix milliseconds, got {request.Since}.");
        if (request.Until is < 0) return Problem.Invalid($"until: expected Unix milliseconds, got {request.Until}.");
        return Text(request.Kind, "kind") ?? Text(request.Actor, "actor") ?? Text(request.Subject, "subject");
    }

    private static Problem? Text(string? value, string name) => value is not null && (value.Length is 0 or > ListEvents.TextCharsMax || value.Contains('\0', StringComparison.Ordinal))
        ? Problem.Invalid($"{name}: expected 1 to {ListEvents.TextCharsMax} characters without NUL.")
        : null;

    private static Outcome<ListEvents> Asked(IQueryCollection query)
    {
        Problem? wrong = null;
        var request = new ListEvents(Number("after"), null, Number("before"), One("kind"), One("actor"), One("subject"), Number("since"), Number("until"), Truth("refused"), Truth("all"));
        return wrong is null ? request : wrong;

        string? One(string name) => query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;

        long? Number(string name)
        {
            if (One(name) is not { } text) return null;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
            wrong ??= Problem.Invalid($"{name}: expected a whole number of 0 or more.");
            return null;
        }

        bool? Truth(string name)
        {
            if (One(name) is not { } text) return null;
            if (bool.TryParse(text, out var truth)) return truth;
            wrong ??= Problem.Invalid($"{name}: expected true or false.");
            return null;
        }
    }
}
