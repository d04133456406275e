using Microsoft.AspNetCore.Http;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// metrics/series: charts of up to 5,000 series in one answer, written some dozens at a time: no read transaction waits for a reader, and memory holds one step.
/// </summary>
internal sealed class ChartSeries(Database db, Metrics metrics)
{
    /// <summary>The most series of a step.</summary>
    private const int StepMax = 64;

    /// <summary>The most buckets of a step: 4 MB of answer.</summary>
    private const int StepBucketsMax = 65_536;

    /// <summary>POST metrics/series.</summary>
    public async Task<Problem?> Write(HttpContext context, Caller caller, QuerySeries request)
    {
        var asked = request.Series ?? [];
        if (WireCheck.Count(asked.Length, QuerySeries.SeriesMax, "series") is { } tooMany) return tooMany;
        for (var i = 0; i < asked.Length; i++)
        {
            if (WireCheck.RunId(asked[i]?.RunId, $"series[{i}].run_id") is { } badId) return badId;
            if (WireCheck.Required(asked[i]?.Key, $"series[{i}].key", Metric.KeyCharsMax) is { } badKey) return badKey;
        }
        var buckets = request.Buckets ?? QuerySeries.BucketsDefault;
        if (buckets is < 1 or > QuerySeries.BucketsMax) return Problem.Invalid($"Invalid value {buckets} for parameter 'buckets' supplied: it must be from 1 to {QuerySeries.BucketsMax}.");
        if (request.X is not (null or "" or "step" or "time")) return WireCheck.Invalid(request.X, "x", "must be step or time.");
        if (request.From > request.To) return Problem.Invalid($"'from' must not be after 'to', got {request.From} and {request.To}.");
        var axis = request.X == "time" ? SeriesAxis.Time : SeriesAxis.Step;

        var ct = context.RequestAborted;
        // A metric that nobody logged has the id 0, under which there is nothing.
        var series = await db.Read(session => Resolve(session, caller, asked!), ct);
        var body = context.Response.BodyWriter;
        for (var start = 0; start < series.Length || start == 0;)
        {
            var end = StepEnd(series, start, buckets);
            var buffer = await db.Read(session => Step(session, series.AsMemory(start..end), axis, request.From, request.To, buckets), ct);
            try
            {
                if (start == 0)
                {
                    context.Response.ContentType = SeriesFormat.ContentType;
                    SeriesChartBytes.Head(body, series.Length, axis);
                }
                foreach (var piece in buffer.Written) await body.WriteAsync(piece, ct);
            }
            finally
            {
                AnswerBuffer.Return(buffer);
            }
            start = Math.Max(end, 1);
        }
        return null;
    }

    private static Metrics.SeriesKey?[] Resolve(Session session, Caller caller, SeriesName[] asked)
    {
        var runs = Runs.Known(session, caller, [.. asked.Select(static one => one.RunId!).Distinct(StringComparer.Ordinal)]).ToDictionary(static run => run.RunId, static run => run.No, StringComparer.Ordinal);
        var keys = RunSearch.MetricKeys(session, caller, asked.Select(static one => new SearchField(FieldKind.Metric, one.Key!)));
        return Array.ConvertAll(asked, one => runs.TryGetValue(one.RunId!, out var no) ? new Metrics.SeriesKey(no, keys.GetValueOrDefault(one.Key!)) : (Metrics.SeriesKey?)null);
    }

    /// <summary>Series of one run or of one metric go well together: a step ends where too much would be read beside what was asked for.</summary>
    private static int StepEnd(Metrics.SeriesKey?[] series, int start, int buckets)
    {
        var most = Math.Min(series.Length, start + Math.Clamp(StepBucketsMax / buckets, 1, StepMax));
        var (runs, keys, pairs) = (new HashSet<long>(), new HashSet<long>(), 0);
        for (var end = start; end < most; end++)
        {
            if (series[end] is not { } one) continue;
            runs.Add(one.RunNo);
            keys.Add(one.KeyId);
            pairs++;
            if (runs.Count * keys.Count > 2 * pairs + 2) return end;
        }
        return most;
    }

    private AnswerBuffer Step(Session session, ReadOnlyMemory<Metrics.SeriesKey?> series, SeriesAxis axis, long? from, long? to, int buckets)
    {
        var buffer = AnswerBuffer.Rent();
        try
        {
            var some = series.ToArray();
            var next = 0;
            var there = some.OfType<Metrics.SeriesKey>().ToList();
            if (there.Count > 0)
                metrics.Charts(session, there, axis, from, to, buckets, chart =>
                {
                    for (; some[next] is null; next++) SeriesChartBytes.Missing(buffer);
                    SeriesChartBytes.Write(buffer, chart, axis);
                    next++;
                });
            for (; next < some.Length; next++) SeriesChartBytes.Missing(buffer);
            return buffer;
        }
        catch
        {
            AnswerBuffer.Return(buffer);
            throw;
        }
    }
}
