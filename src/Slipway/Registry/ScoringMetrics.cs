namespace Slipway.Registry;

/// <summary>The metrics that the server computes, by the names of the field; each as scikit-learn defines it.</summary>
internal static class ScoringMetrics
{
    /// <summary>Of predicted classes.</summary>
    public static readonly string[] OfClasses = ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "precision_macro", "recall_macro", "f1_macro"];

    /// <summary>Of probabilities.</summary>
    public static readonly string[] OfProbabilities = ["roc_auc", "pr_auc", "log_loss", "brier", "ece"];

    /// <summary>Of numbers.</summary>
    public static readonly string[] OfNumbers = ["mae", "rmse", "r2", "mape"];

    /// <summary>All of them.</summary>
    public static readonly string[] Known = [.. OfClasses, .. OfProbabilities, .. OfNumbers];

    /// <summary>The two-sided 95 % quantile of the normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>Wilson's interval of a share of so many rows.</summary>
    public static (double? Low, double? High) OfShare(double share, double rows)
    {
        if (rows < 1 || double.IsNaN(share)) return (null, null);
        var (centre, spread) = ((share + Z * Z / (2 * rows)) / (1 + Z * Z / rows), Z / (1 + Z * Z / rows) * Math.Sqrt(share * (1 - share) / rows + Z * Z / (4 * rows * rows)));
        return (Math.Max(0, centre - spread), Math.Min(1, centre + spread));
    }

    /// <summary>The normal interval of a mean of so many rows with this variance.</summary>
    public static (double? Low, double? High) OfMean(double mean, double variance, double rows) =>
        rows < 2 ? (null, null) : (mean - Z * Math.Sqrt(variance / rows), mean + Z * Math.Sqrt(variance / rows));

    /// <summary>Hanley and McNeil's interval of an area under the ROC curve (Radiology 143:29, 1982).</summary>
    public static (double? Low, double? High) OfArea(double area, double positives, double negatives)
    {
        if (positives < 1 || negatives < 1) return (null, null);
        var (q1, q2) = (area / (2 - area), 2 * area * area / (1 + area));
        var variance = (area * (1 - area) + (positives - 1) * (q1 - area * area) + (negatives - 1) * (q2 - area * area)) / (positives * negatives);
        var spread = Z * Math.Sqrt(Math.Max(0, variance));
        return (Math.Max(0, area - spread), Math.Min(1, area + spread));
    }
}

/// <summary>A mean and variance of values that come one by one, weighted (West, CACM 22:532, 1979).</summary>
internal struct RunningMean
{
    private double weight, squares;

    /// <summary>The mean.</summary>
    public double Mean { get; private set; }

    /// <summary>The variance, of the population.</summary>
    public readonly double Variance => weight > 0 ? squares / weight : 0;

    /// <summary>The weighted sum of squared deviations from the mean.</summary>
    public readonly double Squares => squares;

    /// <summary>Adds a value.</summary>
    public void Add(double value, double by)
    {
        if (by == 0) return;
        weight += by;
        var deviation = value - Mean;
        Mean += deviation * by / weight;
        squares += by * deviation * (value - Mean);
    }
}
