namespace Slipway.Tracking;

/// <summary>What one batch says of a series for search: its latest point, and the least and greatest value. A third of a <see cref="SeriesSummary"/>: a batch of 1,000 keys holds 1,000.</summary>
internal readonly record struct SeriesExtremes(SeriesPoint Latest, double Min, double Max)
{
    /// <summary>Of a summary.</summary>
    public static SeriesExtremes Of(in SeriesSummary summary) => new(summary.High, summary.Min, summary.Max);

    /// <summary>Of both together. Min and Max are NaN where there is no value but NaN.</summary>
    public SeriesExtremes With(in SeriesExtremes other) => new(
        other.Latest.CompareByStep(Latest) > 0 ? other.Latest : Latest,
        double.IsNaN(Min) || other.Min < Min ? other.Min : Min,
        double.IsNaN(Max) || other.Max > Max ? other.Max : Max);
}
