using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Null when the caller may do with the endpoint of this name what its route is for, else the refusal. Predictions of programs that log without an endpoint have names of their own.</summary>
internal delegate Problem? EndpointSight(Session session, Caller caller, string endpoint);

/// <summary>Reads the prediction log: by time and filter, by id, as a stream.</summary>
internal sealed class PredictionSearch(Database db, PredictionSegments segments, PredictionLog log, EndpointSight sight)
{
    /// <summary>The most bytes of segments that one page reads; then it is answered as it is, with a token.</summary>
    public const long PageBytesMax = 256L * 1024 * 1024;

    private const int SegmentsAtOnce = 20, CandidatesMax = 200;

    /// <summary>What is also known of a prediction's version; set by the composition.</summary>
    public Func<Session, Caller, LoggedPrediction, PredictionDetail, PredictionDetail>? Adding { get; set; }

    /// <summary>The newest predictions first.</summary>
    public async Task<Outcome<PredictionsPage>> List(Caller caller, ListPredictions request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        var most = request.MaxResults ?? 100;
        if (most is < 1 or > ListPredictions.MaxResultsMax) return Problem.Invalid($"'max_results' is 1 to {ListPredictions.MaxResultsMax:N0}, got {most}.");
        var filter = PredictionFilter.Of(request);
        if (filter.Problem is { } badFilter) return badFilter;
        var (from, to) = (request.FromMs ?? 0, request.ToMs ?? long.MaxValue);
        var after = Place.Read(request.PageToken);
        if (after.Problem is { } badToken) return badToken;
        await log.Flush(ct);
        // The place of the page before is also where segments may begin.
        if (after.Value is { } place) to = Math.Min(to, place.AtMs == long.MaxValue ? to : place.AtMs + 1);
        var found = new PriorityQueue<LoggedPrediction, Place>(Place.WorstFirst);
        SegmentRow? last = null;
        var (bytes, cut) = (0L, false);
        for (var more = true; more && !cut;)
        {
            var rows = await db.Read<Outcome<List<SegmentRow>>>(session => sight(session, caller, request.Name) is { } refused ? refused : PredictionSegments.Latest(session, caller.Workspace, request.Name, from, to, last, SegmentsAtOnce), ct);
            if (rows.Problem is { } problem) return problem;
            more = rows.Value.Count == SegmentsAtOnce;
            foreach (var row in rows.Value)
            {
                // Segments come by their newest record: when even that is older than the worst that was found, nothing better follows.
                if (found.Count == most && found.TryPeek(out _, out var worst) && row.ToMs < worst.AtMs)
                {
                    more = false;
                    break;
                }
                if (bytes > PageBytesMax)
                {
                    cut = true;
                    to = row.ToMs + 1;
                    break;
                }
                last = row;
                bytes += row.Size;
                if (await Collect(row, filter.Value, from, to, after.Value, most, request.Payload is true, found, ct) is { } damaged) return damaged;
            }
        }
        var page = new LoggedPrediction[found.Count];
        for (var i = page.Length - 1; i >= 0; i--) page[i] = found.Dequeue();
        var next = page.Length == most ? Place.Of(page[^1]).Text() : cut ? new Place(to, ulong.MaxValue).Text() : null;
        return new PredictionsPage([.. page.Select(one => PredictionAnswers.Of(one, request.Payload is true))], next);
    }

    /// <summary>A prediction by its id, with what hangs on it.</summary>
    public async Task<Outcome<PredictionDetail>> Get(Caller caller, PredictionRef request, CancellationToken ct)
    {
        var found = await Find(caller, request, ct);
        if (found.Problem is { } refused) return refused;
        return await db.Read<Outcome<PredictionDetail>>(session =>
        {
            var outcomes = Outcomes.Of(session, caller.Workspace, request.Id!);
            if (found.Value is not { } logged) return outcomes.Count == 0 || !caller.MayEverywhere(Right.ReadEndpoints) ? Missing(request.Id!) : new PredictionDetail(null, [.. outcomes], null, [], null, false);
            var detail = new PredictionDetail(PredictionAnswers.Of(logged, payload: true), [.. outcomes], null, [], null, true);
            return Adding?.Invoke(session, caller, logged, detail) ?? detail;
        }, ct);
    }

    /// <summary>A prediction by its id, the newest where there are several; null when it is not in the log or nothing that the caller may see.</summary>
    public async Task<Outcome<LoggedPrediction?>> Find(Caller caller, PredictionRef request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Id)) return Problem.Missing("id");
        await log.Flush(ct);
        ulong[] hash = [PredictionHash.Of(request.Id)];
        var candidates = await db.Read(session => PredictionSegments.Holding(session, caller.Workspace, request.Endpoint, hash, CandidatesMax), ct);
        LoggedPrediction? newest = null;
        foreach (var no in candidates)
        {
            var row = await db.Read(session => PredictionSegments.Row(session, no) is { } known && sight(session, caller, known.Endpoint) is null ? known : null, ct);
            if (row is null) continue;
            var opened = await segments.Open(row, ct);
            if (opened.Problem is { } problem) return problem;
            var ids = opened.Value.Texts("id");
            for (var i = opened.Value.Records - 1; i >= 0; i--)
                if (ids[i] == request.Id && (newest is null || opened.Value.Numbers<long>("at_ms")[i] > newest.AtMs)) newest = opened.Value.Read(i, payload: true);
            if (newest is not null) break;
        }
        return newest;
    }

    /// <summary>Writes all predictions of a time, oldest segment first.</summary>
    public async Task<Problem?> Export(HttpContext context, Caller caller, ListPredictions request)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        if (request.Format is not (null or "jsonl" or "csv")) return Problem.Invalid($"'format' is jsonl or csv, got '{request.Format}'.");
        var filter = PredictionFilter.Of(request);
        if (filter.Problem is { } badFilter) return badFilter;
        var ct = context.RequestAborted;
        if (await db.Read(session => sight(session, caller, request.Name), ct) is { } refused) return refused;
        await log.Flush(ct);
        var csv = request.Format is "csv";
        context.Response.ContentType = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        if (csv) await context.Response.WriteAsync("id,at_ms,arm,model,version,protocol,status,rows,parse_us,queue_us,run_us,key,trace_id,error\n", ct);
        await foreach (var (segment, _) in Segments(caller.Workspace, request.Name, request.FromMs ?? 0, request.ToMs ?? long.MaxValue, ct))
            for (var i = 0; i < segment.Records; i++)
            {
                if (!filter.Value.Keeps(segment, i, request.FromMs ?? 0, request.ToMs ?? long.MaxValue)) continue;
                var logged = segment.Read(i, payload: !csv);
                if (csv) await context.Response.WriteAsync(Csv(logged), ct);
                else
                {
                    var answer = PredictionAnswers.Of(logged, payload: true);
                    if (await db.Read(session => Outcomes.Of(session, caller.Workspace, logged.Id), ct) is { Count: > 0 } outcomes) answer = answer with { Outcomes = [.. outcomes] };
                    await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, Wire.Type<PredictionRecord>()), ct);
                    await context.Response.Body.WriteAsync("\n"u8.ToArray(), ct);
                }
            }
        return null;
    }

    /// <summary>The segments of a time, those that end first first; damaged ones are passed over.</summary>
    public async IAsyncEnumerable<(PredictionSegment Segment, SegmentRow Row)> Segments(long workspace, string endpoint, long fromMs, long toMs, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        SegmentRow? last = null;
        while (true)
        {
            var after = last;
            var rows = await db.Read(session => PredictionSegments.Earliest(session, workspace, endpoint, fromMs, toMs, after, SegmentsAtOnce), ct);
            foreach (var row in rows)
            {
                last = row;
                var opened = await segments.Open(row, ct);
                if (opened.Succeeded) yield return (opened.Value, row);
            }
            if (rows.Count < SegmentsAtOnce) yield break;
        }
    }

    private async Task<Problem?> Collect(SegmentRow row, PredictionFilter filter, long from, long to, Place? after, int most, bool payload, PriorityQueue<LoggedPrediction, Place> found, CancellationToken ct)
    {
        var opened = await segments.Open(row, ct);
        if (opened.Problem is { } problem) return problem;
        var segment = opened.Value;
        for (var i = 0; i < segment.Records; i++)
        {
            if (!filter.Keeps(segment, i, from, to)) continue;
            var place = new Place(segment.Numbers<long>("at_ms")[i], PredictionHash.Of(segment.Texts("id")[i]));
            if (after is { } before && place.CompareTo(before) >= 0) continue;
            if (found.Count == most)
            {
                if (found.TryPeek(out _, out var worst) && place.CompareTo(worst) <= 0) continue;
                found.Dequeue();
            }
            found.Enqueue(segment.Read(i, payload), place);
        }
        return null;
    }

    private static string Csv(LoggedPrediction one)
    {
        var text = new StringBuilder();
        text.Append(Quoted(one.Id)).Append(CultureInfo.InvariantCulture, $",{one.AtMs},{Quoted(one.Arm)},{Quoted(one.Model)},{Quoted(one.Version)},{Quoted(one.Protocol)},{one.Status},{one.Rows},{one.ParseUs},{one.QueueUs},{one.RunUs},")
            .Append(Quoted(one.Key)).Append(',').Append(Quoted(one.TraceId)).Append(',').Append(Quoted(one.Error)).Append('\n');
        return text.ToString();
    }

    // A leading apostrophe keeps spreadsheets from running what a client sent as a formula.
    private static string Quoted(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@') text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private static Problem Missing(string id) => Problem.NotFound($"No prediction with the id '{(id.Length > 100 ? id[..100] : id)}' is in the log. It was sampled out, is older than the endpoint keeps them, or belongs to an endpoint that you may not see.");

    /// <summary>Where a page ended: time, then the id's hash.</summary>
    private readonly record struct Place(long AtMs, ulong Hash) : IComparable<Place>
    {
        public static IComparer<Place> WorstFirst { get; } = Comparer<Place>.Create(static (x, y) => x.CompareTo(y));

        public static Place Of(LoggedPrediction one) => new(one.AtMs, PredictionHash.Of(one.Id));

        public int CompareTo(Place other) => AtMs != other.AtMs ? AtMs.CompareTo(other.AtMs) : Hash.CompareTo(other.Hash);

        public string Text() => string.Create(CultureInfo.InvariantCulture, $"{AtMs}.{Hash:x16}");

        public static Outcome<Place?> Read(string? token)
        {
            if (string.IsNullOrEmpty(token)) return (Place?)null;
            var dot = token.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && long.TryParse(token.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var at) && ulong.TryParse(token.AsSpan(dot + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
                ? (Place?)new Place(at, hash)
                : Problem.Invalid("'page_token' is not one that this list answered. Ask again without it.");
        }
    }
}
