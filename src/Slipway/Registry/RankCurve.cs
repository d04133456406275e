namespace Slipway.Registry;

/// <summary>
/// Areas under the ROC and the precision-recall curve. Exact, ties included, up to <see cref="ExactMax"/> rows; further rows fall into bins by the first 20
/// bits of their score, in fixed memory, and the areas say how far they may be off.
/// </summary>
internal sealed class RankCurve
{
    /// <summary>The most rows that are kept as they are: 68 MB.</summary>
    public const int ExactMax = 4_000_000;

    private const int BinBits = 20;

    private readonly int exactMax;
    private readonly List<Point> points = [];
    private (double Positive, double Negative)[]? bins;

    /// <summary>Empty. Tests lower the number of exact rows.</summary>
    public RankCurve(int exactMax = ExactMax) => this.exactMax = exactMax;

    private readonly record struct Point(double Score, double Positive, double Negative);

    /// <summary>An area, and how far it may be off.</summary>
    public readonly record struct Area(double Value, double Error);

    /// <summary>Weight of the positive and of the negative rows.</summary>
    public (double Positive, double Negative) Total { get; private set; }

    /// <summary>Adds a row.</summary>
    public void Add(double score, bool positive, double weight)
    {
        Total = positive ? (Total.Positive + weight, Total.Negative) : (Total.Positive, Total.Negative + weight);
        if (bins is null && points.Count == exactMax) Bin();
        if (bins is null) points.Add(positive ? new Point(score, weight, 0) : new Point(score, 0, weight));
        else Put(score, positive ? weight : 0, positive ? 0 : weight);
    }

    /// <summary>The area under the ROC curve: the share of pairs in the right order, ties counted half.</summary>
    public Area Roc()
    {
        var (above, area, ties) = (0.0, 0.0, 0.0);
        foreach (var (positive, negative) in Descending())
        {
            // Negatives of this score stand below the positives above them.
            area += negative * (above + positive / 2);
            ties += positive * negative / 2;
            above += positive;
        }
        var pairs = Total.Positive * Total.Negative;
        return new Area(area / pairs, bins is null ? 0 : ties / pairs);
    }

    /// <summary>Average precision: the sum of precision at each score, weighted by the recall that it adds.</summary>
    public Area Precision()
    {
        var (positives, negatives, value, low, high) = (0.0, 0.0, 0.0, 0.0, 0.0);
        foreach (var (positive, negative) in Descending())
        {
            if (positive > 0)
            {
                value += positive * (positives + positive) / (positives + positive + negatives + negative);
                // Within a bin the positives may all come first, or all last.
                high += positive * (positives + positive) / (positives + positive + negatives);
                low += positive * positives / Math.Max(positives + negatives + negative, double.Epsilon);
            }
            positives += positive;
            negatives += negative;
        }
        return new Area(value / Total.Positive, bins is null ? 0 : Math.Max(high - value, value - low) / Total.Positive);
    }

    /// <summary>Weights of positives and negatives by score, the highest first, equal scores together.</summary>
    private IEnumerable<(double Positive, double Negative)> Descending()
    {
        if (bins is not null)
        {
            for (var i = bins.Length - 1; i >= 0; i--)
                if (bins[i] != default) yield return bins[i];
            yield break;
        }
        points.Sort(static (one, other) => other.Score.CompareTo(one.Score));
        for (var i = 0; i < points.Count;)
        {
            var (score, positive, negative) = points[i];
            for (i++; i < points.Count && points[i].Score == score; i++) (positive, negative) = (positive + points[i].Positive, negative + points[i].Negative);
            yield return (positive, negative);
        }
    }

    private void Bin()
    {
        bins = new (double, double)[1 << BinBits];
        foreach (var point in points) Put(point.Score, point.Positive, point.Negative);
        points.Clear();
        points.TrimExcess();
    }

    private void Put(double score, double positive, double negative)
    {
        // As floats, whose bits rise with the value once the sign is turned round.
        var bits = BitConverter.SingleToInt32Bits((float)score);
        var key = (uint)(bits < 0 ? ~bits : bits | int.MinValue) >> (32 - BinBits);
        bins![key].Positive += positive;
        bins[key].Negative += negative;
    }
}
