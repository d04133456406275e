using System.Buffers;
using System.Text;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Answers of metric history, written from columns: a page of 200,000 points is no object but the bytes that leave. Infinities go out as the
/// largest doubles, which is what MLflow's clients expect.
/// </summary>
internal sealed class History(Database db, Metrics metrics)
{
    /// <summary>metrics/get-history: without max_results a page of the default size, not the nothing that the reference answers.</summary>
    public async Task<Outcome<WrittenJson>> Get(Caller caller, GetHistory request, CancellationToken ct)
    {
        var id = request.RunId ?? request.RunUuid;
        if (WireCheck.RunId(id) is { } bad) return bad;
        if (WireCheck.Required(request.MetricKey, "metric_key", Metric.KeyCharsMax) is { } badKey) return badKey;
        if (request.MaxResults is < 0 or > GetHistory.MaxResultsMax)
            return Problem.Invalid($"Invalid value {request.MaxResults} for parameter 'max_results' supplied: It must be from 1 to {GetHistory.MaxResultsMax}.");
        var fingerprint = PageToken.Fingerprint("history", id!, request.MetricKey!);
        var token = PageToken.Read(request.PageToken, fingerprint);
        if (token.Problem is { } badToken) return badToken;
        if (token.Value is { Count: not 3 }) return Problem.Invalid("Invalid page token: it is not one of metrics/get-history.");
        SeriesPoint? after = token.Value is [{ Kind: 'n' } time, { Kind: 'n' } step, { Kind: 'n' } ordinal]
            ? new SeriesPoint(time.Number, step.Number, SeriesPoint.FromOrdinal(ordinal.Number))
            : null;
        var limit = request.MaxResults is null or 0 ? GetHistory.MaxResultsDefault : request.MaxResults.Value;
        var read = await db.Read<Outcome<SeriesPage>>(session => Runs.Find(session, caller, id!, "", out var run)
            ?? (Outcome<SeriesPage>)metrics.History(session, caller.Workspace, run.No, request.MetricKey!, after, limit), ct);
        if (read.Problem is { } problem) return problem;
        using var page = read.Value;
        if (page.Damages.Count > 0) return Damaged(page.Damages);
        var buffer = AnswerBuffer.Rent();
        if (page.Columns.Count == 0) buffer.Write("{}"u8);
        else
        {
            buffer.Write("{\"metrics\":["u8);
            new PointParts(request.MetricKey!, null).Write(buffer, page.Columns.Times, page.Columns.Steps, page.Columns.Values, first: true);
            buffer.Write("]"u8);
            // base64url: nothing in it wants escaping
            if (page.Next is { } next)
                buffer.Write(Encoding.UTF8.GetBytes($",\"next_page_token\":\"{PageToken.Write(fingerprint, TokenValue.Of(next.TimeMs), TokenValue.Of(next.Step), TokenValue.Of(SeriesPoint.Ordinal(next.Value)))}\""));
            buffer.Write("}"u8);
        }
        return new WrittenJson(buffer);
    }

    /// <summary>metrics/get-history-bulk: one metric of several runs, run after run, until the limit.</summary>
    public async Task<Outcome<WrittenJson>> GetBulk(Caller caller, GetHistoryBulk request, CancellationToken ct)
    {
        var ids = request.RunId ?? [];
        if (ids.Length == 0) return Problem.Invalid("GetMetricHistoryBulk request must specify at least one run_id.");
        if (ids.Length > GetHistoryBulk.RunsMax)
            return Problem.Invalid($"GetMetricHistoryBulk request cannot specify more than {GetHistoryBulk.RunsMax} run_ids. Received {ids.Length} run_ids.");
        if (BadRunId(ids, "run_id") is { } bad) return bad;
        if (request.MetricKey is null) return Problem.Invalid("GetMetricHistoryBulk request must specify a metric_key.");
        if (WireCheck.Required(request.MetricKey, "metric_key", Metric.KeyCharsMax) is { } badKey) return badKey;
        if (request.MaxResults is < 1 or > GetHistoryBulk.MaxResultsMax)
            return Problem.Invalid($"Invalid value {request.MaxResults} for parameter 'max_results' supplied: It must be from 1 to {GetHistoryBulk.MaxResultsMax}.");
        var left = request.MaxResults ?? GetHistoryBulk.MaxResultsMax;
        return await db.Read<Outcome<WrittenJson>>(session =>
        {
            var runs = Runs.Known(session, caller, ids);
            if (Unknown(ids, runs) is { } unknown) return unknown;
            var buffer = AnswerBuffer.Rent();
            buffer.Write("{\"metrics\":["u8);
            var first = true;
            foreach (var (runId, no) in runs.OrderBy(static run => run.RunId, StringComparer.Ordinal))
            {
                if (left == 0) break;
                using var page = metrics.History(session, caller.Workspace, no, request.MetricKey!, null, left);
                if (page.Damages.Count > 0)
                {
                    AnswerBuffer.Return(buffer);
                    return Damaged(page.Damages);
                }
                new PointParts(request.MetricKey!, runId).Write(buffer, page.Columns.Times, page.Columns.Steps, page.Columns.Values, first);
                first &= page.Columns.Count == 0;
                left -= page.Columns.Count;
            }
            buffer.Write("]}"u8);
            return new WrittenJson(buffer);
        }, ct);
    }

    /// <summary>metrics/get-history-bulk-interval: evenly spaced steps of several runs, each run's first and last step included.</summary>
    public async Task<Outcome<WrittenJson>> GetInterval(Caller caller, GetHistoryInterval request, CancellationToken ct)
    {
        var ids = (request.RunIds ?? []).Distinct().ToArray();
        if (ids.Length == 0) return Problem.Missing("run_ids");
        if (ids.Length > GetHistoryInterval.RunsMax)
            return Problem.Invalid($"GetMetricHistoryBulkInterval request must specify at most {GetHistoryInterval.RunsMax} run_ids. Received {ids.Length} run_ids.");
        if (BadRunId(ids, "run_ids") is { } bad) return bad;
        if (WireCheck.Required(request.MetricKey, "metric_key", Metric.KeyCharsMax) is { } badKey) return badKey;
        if (request.StartStep is null != request.EndStep is null) return Problem.Invalid("If either start step or end step are specified, both must be specified.");
        if (request.StartStep > request.EndStep)
            return Problem.Invalid($"end_step must be greater than start_step. Found start_step={request.StartStep} and end_step={request.EndStep}.");
        if (request.MaxResults is < 1 or > GetHistoryInterval.MaxResultsMax)
            return Problem.Invalid($"Invalid value {request.MaxResults} for parameter 'max_results' supplied: max_results must be between 1 and {GetHistoryInterval.MaxResultsMax}.");
        return await db.Read<Outcome<WrittenJson>>(session =>
        {
            var runs = Runs.Known(session, caller, ids);
            if (Unknown(ids, runs) is { } unknown) return unknown;
            var sample = metrics.Interval(session, caller.Workspace, [.. runs.Select(static run => run.No)], request.MetricKey!, request.StartStep, request.EndStep,
                request.MaxResults ?? GetHistoryInterval.MaxResultsMax);
            if (sample.Damages.Count > 0) return Damaged(sample.Damages);
            var idOf = runs.ToDictionary(static run => run.No, static run => run.RunId);
            var buffer = AnswerBuffer.Rent();
            buffer.Write("{\"metrics\":["u8);
            var first = true;
            using var columns = new SeriesColumns();
            foreach (var (no, points) in sample.Runs)
            {
                if (points.Length == 0) continue;
                columns.Truncate(0);
                foreach (var point in points) columns.Add(point);
                new PointParts(request.MetricKey!, idOf[no]).Write(buffer, columns.Times, columns.Steps, columns.Values, first);
                first = false;
            }
            buffer.Write("]}"u8);
            return new WrittenJson(buffer);
        }, ct);
    }

    /// <summary>A series in buckets for charts: exact minimum and maximum in each, infinities as they are.</summary>
    public async Task<Outcome<SeriesAnswer>> GetSeries(Caller caller, GetSeries request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } bad) return bad;
        if (WireCheck.Required(request.Key, "key", Metric.KeyCharsMax) is { } badKey) return badKey;
        if (request.Buckets is < 1 or > Tracking.GetSeries.BucketsMax)
            return Problem.Invalid($"Invalid value {request.Buckets} for parameter 'buckets' supplied: It must be from 1 to {Tracking.GetSeries.BucketsMax}.");
        if (request.Axis is not (null or "" or "step" or "time")) return WireCheck.Invalid(request.Axis, "axis", "must be step or time.");
        if (request.From > request.To) return Problem.Invalid($"'from' must not be after 'to', got {request.From} and {request.To}.");
        var byTime = request.Axis == "time";
        var read = await db.Read<Outcome<BucketedSeries>>(session => Runs.Find(session, caller, request.RunId!, "", out var run)
            ?? (Outcome<BucketedSeries>)metrics.Buckets(session, caller.Workspace, run.No, request.Key!, byTime ? SeriesAxis.Time : SeriesAxis.Step, request.From, request.To,
                request.Buckets ?? Tracking.GetSeries.BucketsDefault), ct);
        if (read.Problem is { } problem) return problem;
        if (read.Value.Damages.Count > 0) return Damaged(read.Value.Damages);
        var buckets = read.Value.Buckets;
        T[] Column<T>(Func<SeriesBucket, T> value) => [.. buckets.Select(value)];
        SeriesPoint Begin(SeriesBucket bucket) => byTime ? bucket.Summary.First : bucket.Summary.Low;
        SeriesPoint End(SeriesBucket bucket) => byTime ? bucket.Summary.Last : bucket.Summary.High;
        return new SeriesAnswer(request.Key, byTime ? "time" : "step", read.Value.From, read.Value.To, Column(static bucket => bucket.Start),
            Column(static bucket => bucket.Summary.Count), Column(static bucket => bucket.Summary.Nans), Column(static bucket => bucket.Summary.Min),
            Column(static bucket => bucket.Summary.Max), Column(bucket => Begin(bucket).Value), Column(bucket => Begin(bucket).Step), Column(bucket => Begin(bucket).TimeMs),
            Column(bucket => End(bucket).Value), Column(bucket => End(bucket).Step), Column(bucket => End(bucket).TimeMs));
    }

    private static Problem? BadRunId(string[] ids, string path)
    {
        foreach (var id in ids)
            if (WireCheck.RunId(id, path) is { } bad) return bad;
        return null;
    }

    private static Problem? Unknown(string[] ids, List<(string RunId, long No)> runs)
    {
        var known = runs.Select(static run => run.RunId).ToHashSet(StringComparer.Ordinal);
        return Array.Find(ids, id => !known.Contains(id)) is { } missing ? Runs.Missing(missing) : null;
    }

    private static Problem Damaged(IReadOnlyList<SeriesDamage> damages) => Problem.Damaged(
        $"The {damages[0].Kind} {damages[0].Id} of this metric (run number {damages[0].RunNo}) is damaged: {damages[0].What}; {damages.Count} damaged part(s) in all. Restore a backup; other metrics and runs are not affected.");
}
