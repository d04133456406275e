namespace Slipway.Tracking;

/// <summary>POST metrics/series: many series for charts, as bytes (<see cref="SeriesFormat"/>).</summary>
/// <param name="Series">At most <see cref="SeriesMax"/>, in the order of the answer.</param>
/// <param name="Buckets">1 to <see cref="BucketsMax"/>, <see cref="BucketsDefault"/> if null. A series with no more points than that comes as its points.</param>
/// <param name="X">What is on the axis: "step" (default) or "time".</param>
/// <param name="From">The first step or Unix millisecond, or null for each series' own.</param>
/// <param name="To">The last step or Unix millisecond, or null for each series' own.</param>
public sealed record QuerySeries(SeriesName?[]? Series = null, int? Buckets = null, string? X = null, long? From = null, long? To = null)
{
    /// <summary>The most series in one request.</summary>
    public const int SeriesMax = 5_000;

    /// <summary>The most buckets of a series.</summary>
    public const int BucketsMax = 4_096;

    /// <summary>The buckets if none are asked for.</summary>
    public const int BucketsDefault = 1_000;
}

/// <summary>One metric of one run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Key">The metric.</param>
public sealed record SeriesName(string? RunId = null, string? Key = null);

/// <summary>
/// The bytes of metrics/series, little-endian; docs/pages-api.md describes them. A head of <see cref="HeadBytes"/>: `SMS1`, the number of blocks (u32), flags (u32, <see cref="ByTime"/>), 0 (u32). Then
/// a block for each series: flags (u32), n (u32), the range's first and last x (two f64), the points in it (f64), and arrays of n. With <see cref="Raw"/>: x, y, and what x is not of step and time, as f64.
/// Otherwise x_first, x_last, y_first, y_last, y_min, y_max, with <see cref="Means"/> y_mean, as f64; count and, with <see cref="Gaps"/>, nan, positive_infinity, negative_infinity, as u32, each array
/// filled up to a multiple of eight bytes.
/// </summary>
public static class SeriesFormat
{
    /// <summary>The content type.</summary>
    public const string ContentType = "application/octet-stream";

    /// <summary>The bytes before the first block.</summary>
    public const int HeadBytes = 16;

    /// <summary>The bytes of a block before its arrays.</summary>
    public const int BlockHeadBytes = 32;

    /// <summary>The answer's flag: x is Unix milliseconds.</summary>
    public const uint ByTime = 1;

    /// <summary>The block's flag: points, not buckets.</summary>
    public const uint Raw = 1;

    /// <summary>The block's flag: some values are NaN or infinite, and counted.</summary>
    public const uint Gaps = 2;

    /// <summary>The block's flag: there is no such run, or it is not for the caller's eyes.</summary>
    public const uint Missing = 4;

    /// <summary>The block's flag: stored points are damaged and missing.</summary>
    public const uint Damaged = 8;

    /// <summary>The block's flag: there is an array of means.</summary>
    public const uint Means = 16;

    /// <summary>The first four bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "SMS1"u8;
}
