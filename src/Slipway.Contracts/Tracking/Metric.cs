namespace Slipway.Tracking;

/// <summary>One point of a metric's series. Exact repeats are one point.</summary>
/// <param name="Key">1 to <see cref="KeyCharsMax"/> characters.</param>
/// <param name="Value">NaN and infinities are strings on the wire; MLflow's routes answer infinities as the largest doubles.</param>
/// <param name="Timestamp">Unix milliseconds.</param>
/// <param name="Step">The training step; 0 if null.</param>
/// <param name="DatasetName">The data set it was measured on.</param>
/// <param name="DatasetDigest">The digest of that data set.</param>
/// <param name="ModelId">The logged model it belongs to.</param>
/// <param name="RunId">The run it was logged to, where the answer spans several.</param>
public sealed record Metric(string? Key = null, double? Value = null, long? Timestamp = null, long? Step = null, string? DatasetName = null,
    string? DatasetDigest = null, string? ModelId = null, string? RunId = null)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyCharsMax = 250;
}

/// <summary>GET metrics/get-history: every point of one metric by timestamp, step and value.</summary>
/// <param name="RunId">Required (or run_uuid).</param>
/// <param name="RunUuid">The old name of run_id.</param>
/// <param name="MetricKey">Required.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>; null or 0 is <see cref="MaxResultsDefault"/>.</param>
public sealed record GetHistory(string? RunId = null, string? RunUuid = null, string? MetricKey = null, string? PageToken = null, int? MaxResults = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 25_000;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 200_000;
}

/// <summary>One page of points.</summary>
/// <param name="Metrics">The page, or null when there is none.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record HistoryPage(Metric[]? Metrics = null, string? NextPageToken = null);

/// <summary>GET metrics/get-history-bulk: one metric of several runs, run after run.</summary>
/// <param name="RunId">1 to <see cref="RunsMax"/> runs; the parameter repeats.</param>
/// <param name="MetricKey">Required.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/> points in all; null is the most.</param>
public sealed record GetHistoryBulk(string[]? RunId = null, string? MetricKey = null, int? MaxResults = null)
{
    /// <summary>The most runs in one request.</summary>
    public const int RunsMax = 100;

    /// <summary>The most points in one answer.</summary>
    public const int MaxResultsMax = 25_000;
}

/// <summary>GET metrics/get-history-bulk-interval: evenly spaced steps of one metric of several runs, each run's first and last step included.</summary>
/// <param name="RunIds">1 to <see cref="RunsMax"/> runs; the parameter repeats.</param>
/// <param name="MetricKey">Required.</param>
/// <param name="StartStep">The first step; needs end_step too.</param>
/// <param name="EndStep">The last step; needs start_step too.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/> steps for each run; null is the most.</param>
public sealed record GetHistoryInterval(string[]? RunIds = null, string? MetricKey = null, long? StartStep = null, long? EndStep = null, int? MaxResults = null)
{
    /// <summary>The most runs in one request.</summary>
    public const int RunsMax = 100;

    /// <summary>The most steps for each run.</summary>
    public const int MaxResultsMax = 2_500;
}

/// <summary>GET of a series in buckets, under Slipway's own API: values as they are, infinities included.</summary>
/// <param name="RunId">Required; part of the path.</param>
/// <param name="Key">Required.</param>
/// <param name="Buckets">1 to <see cref="BucketsMax"/>, <see cref="BucketsDefault"/> if null.</param>
/// <param name="Axis">What buckets divide: "step" (default) or "time".</param>
/// <param name="From">The first step or Unix millisecond, or null.</param>
/// <param name="To">The last step or Unix millisecond, or null.</param>
public sealed record GetSeries(string? RunId = null, string? Key = null, int? Buckets = null, string? Axis = null, long? From = null, long? To = null)
{
    /// <summary>The buckets if none are asked for.</summary>
    public const int BucketsDefault = 1_000;

    /// <summary>The most buckets in one answer.</summary>
    public const int BucketsMax = 10_000;
}

/// <summary>
/// A series in equal buckets, column by column: entry i of every array belongs to bucket i. Empty buckets are left out. Everything is exact:
/// no point is skipped.
/// </summary>
/// <param name="Key">The metric.</param>
/// <param name="Axis">"step" or "time".</param>
/// <param name="From">The first step or Unix millisecond of the range.</param>
/// <param name="To">The last one.</param>
/// <param name="Start">The first step or millisecond of the bucket.</param>
/// <param name="Count">Its points, NaNs included.</param>
/// <param name="Nans">How many of them are NaN.</param>
/// <param name="Min">The smallest value that is not NaN; "NaN" when there is none.</param>
/// <param name="Max">The largest value that is not NaN; "NaN" when there is none.</param>
/// <param name="First">The value at the bucket's beginning along the axis.</param>
/// <param name="FirstStep">The step of that point.</param>
/// <param name="FirstTime">The Unix millisecond of that point.</param>
/// <param name="Last">The value at the bucket's end along the axis.</param>
/// <param name="LastStep">The step of that point.</param>
/// <param name="LastTime">The Unix millisecond of that point.</param>
public sealed record SeriesAnswer(string? Key = null, string? Axis = null, long? From = null, long? To = null, long[]? Start = null, int[]? Count = null,
    int[]? Nans = null, double[]? Min = null, double[]? Max = null, double[]? First = null, long[]? FirstStep = null, long[]? FirstTime = null,
    double[]? Last = null, long[]? LastStep = null, long[]? LastTime = null);
