using Slipway.Tracking;
using Run = Slipway.Client.Run;

namespace Slipway.Cli.Charts;

/// <summary>A metric of a run in buckets, as `metrics --json` prints it. Every bucket is exact: no point is skipped.</summary>
internal sealed record SeriesView(string RunId, string RunName, string Metric, string Axis, long From, long To, BucketView[] Buckets)
{
    public static SeriesView Of(Run run, SeriesAnswer answer)
    {
        var buckets = new BucketView[answer.Start?.Length ?? 0];
        for (var i = 0; i < buckets.Length; i++)
            buckets[i] = new BucketView(answer.Start![i], answer.Count![i], answer.Nans![i], answer.Min![i], answer.Max![i], answer.First![i], answer.Last![i], answer.LastStep![i]);
        return new SeriesView(run.Id, run.Name, answer.Key ?? "", answer.Axis ?? "step", answer.From ?? 0, answer.To ?? 0, buckets);
    }

    public Curve Curve() => new(RunName, [.. Buckets.Select(one => one.Start)], [.. Buckets.Select(one => one.Min)], [.. Buckets.Select(one => one.Max)], [.. Buckets.Select(one => one.First)], [.. Buckets.Select(one => one.Last)]);

    /// <summary>The legend: how many points, the extremes, the last.</summary>
    public string Words()
    {
        if (Buckets.Length == 0) return "no points here";
        var (points, nans) = (Buckets.Sum(one => (long)one.Count), Buckets.Sum(one => (long)one.Nans));
        var last = Buckets[^1];
        return $"{points:N0} {(points == 1 ? "point" : "points")}, min {Listing.Number(Extreme(one => one.Min, Math.Min))}, max {Listing.Number(Extreme(one => one.Max, Math.Max))}, last {Listing.Number(last.Last)} at step {last.LastStep}{(nans > 0 ? $", {nans:N0} NaN" : "")}";
    }

    private double Extreme(Func<BucketView, double> value, Func<double, double, double> better) => Buckets.Select(value).Where(one => !double.IsNaN(one)).DefaultIfEmpty(double.NaN).Aggregate(better);
}

/// <summary>One bucket.</summary>
internal sealed record BucketView(long Start, int Count, int Nans, double Min, double Max, double First, double Last, long LastStep);
