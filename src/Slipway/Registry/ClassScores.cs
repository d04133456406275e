namespace Slipway.Registry;

/// <summary>What is counted while a classifier is scored: a matrix of classes, and of probabilities what their metrics need. Memory depends on the number of classes alone, but for the exact curves.</summary>
internal sealed class ClassScores
{
    /// <summary>The most classes.</summary>
    public const int ClassesMax = 1_000;

    /// <summary>Up to so many classes have a curve each; with more there is no roc_auc.</summary>
    public const int CurvesMax = 20;

    /// <summary>The bins of the calibration error.</summary>
    public const int CalibrationBins = 15;

    // As scikit-learn clips probabilities of doubles.
    private const double Epsilon = 2.220446049250313e-16;

    private readonly int classes;
    private readonly bool weighted;
    private readonly double[,] matrix;
    private readonly RankCurve[] curves;
    private readonly (double Weight, double Confidence, double Right)[] calibration = new (double, double, double)[CalibrationBins];
    private RunningMean loss, brier;
    private bool probable;
    private long rows;

    /// <summary>For so many classes, numbered in their order; of two the second is the positive one.</summary>
    public ClassScores(int classes, bool weighted)
    {
        (this.classes, this.weighted) = (classes, weighted);
        matrix = new double[classes, classes];
        // The curves of all classes share the exact rows.
        curves = [.. Enumerable.Range(0, classes == 2 ? 1 : classes <= CurvesMax ? classes : 0).Select(_ => new RankCurve(RankCurve.ExactMax / (classes == 2 ? 1 : classes)))];
    }

    private bool Binary => classes == 2;

    /// <summary>Adds a row: its class, the predicted one, and the probabilities of all classes, or none.</summary>
    public void Add(int truth, int predicted, ReadOnlySpan<double> probabilities, double weight)
    {
        rows++;
        matrix[truth, predicted] += weight;
        if (probabilities.IsEmpty) return;
        probable = true;
        var sum = 0.0;
        foreach (var one in probabilities) sum += one;
        var p = Math.Clamp(probabilities[truth] / sum, Epsilon, 1 - Epsilon);
        loss.Add(-Math.Log(p), weight);
        if (Binary)
        {
            var positive = probabilities[1];
            brier.Add((positive - truth) * (positive - truth), weight);
            curves[0].Add(positive, truth == 1, weight);
            Calibrate(positive, truth == 1, weight);
            return;
        }
        for (var i = 0; i < curves.Length; i++) curves[i].Add(probabilities[i], truth == i, weight);
        Calibrate(probabilities[predicted], truth == predicted, weight);
    }

    /// <summary>All that fits.</summary>
    public IEnumerable<ModelEvaluationMetric> Metrics()
    {
        var (right, total) = (0.0, 0.0);
        var (precision, recall, f1, recalls) = (new double[classes], new double[classes], new double[classes], new List<double>());
        var (predictedOf, truthOf) = (new double[classes], new double[classes]);
        for (var i = 0; i < classes; i++)
            for (var j = 0; j < classes; j++)
            {
                total += matrix[i, j];
                truthOf[i] += matrix[i, j];
                predictedOf[j] += matrix[i, j];
                if (i == j) right += matrix[i, j];
            }
        var present = new List<int>();
        for (var i = 0; i < classes; i++)
        {
            precision[i] = predictedOf[i] > 0 ? matrix[i, i] / predictedOf[i] : 0;
            recall[i] = truthOf[i] > 0 ? matrix[i, i] / truthOf[i] : 0;
            f1[i] = predictedOf[i] + truthOf[i] > 0 ? 2 * matrix[i, i] / (predictedOf[i] + truthOf[i]) : 0;
            if (truthOf[i] > 0) recalls.Add(recall[i]);
            if (truthOf[i] + predictedOf[i] > 0) present.Add(i);
        }
        yield return Share("accuracy", right / total, total);
        yield return new ModelEvaluationMetric("balanced_accuracy", recalls.Average());
        if (Binary)
        {
            yield return Share("precision", precision[1], predictedOf[1]);
            yield return Share("recall", recall[1], truthOf[1]);
            yield return new ModelEvaluationMetric("f1", f1[1]);
        }
        yield return new ModelEvaluationMetric("precision_macro", present.Average(i => precision[i]));
        yield return new ModelEvaluationMetric("recall_macro", present.Average(i => recall[i]));
        yield return new ModelEvaluationMetric("f1_macro", present.Average(i => f1[i]));
        if (!probable) yield break;
        foreach (var one in OfProbabilities(total)) yield return one;
    }

    private IEnumerable<ModelEvaluationMetric> OfProbabilities(double total)
    {
        yield return Mean("log_loss", loss);
        if (Binary)
        {
            yield return Mean("brier", brier);
            var (roc, precision) = (curves[0].Roc(), curves[0].Precision());
            var (low, high) = weighted ? (null, null) : ScoringMetrics.OfArea(roc.Value, curves[0].Total.Positive, curves[0].Total.Negative);
            yield return new ModelEvaluationMetric("roc_auc", roc.Value, low, high, roc.Error);
            yield return new ModelEvaluationMetric("pr_auc", precision.Value, Error: precision.Error);
        }
        // One class against the rest is an area only where both are there.
        else if (curves.Length > 0 && curves.All(static curve => curve.Total is { Positive: > 0, Negative: > 0 }))
        {
            var areas = curves.Select(static curve => curve.Roc()).ToList();
            yield return new ModelEvaluationMetric("roc_auc", areas.Average(static area => area.Value), Error: areas.Average(static area => area.Error));
        }
        yield return new ModelEvaluationMetric("ece", calibration.Sum(bin => Math.Abs(bin.Confidence - bin.Right)) / total);
    }

    private void Calibrate(double confidence, bool right, double weight)
    {
        var at = Math.Clamp((int)(confidence * CalibrationBins), 0, CalibrationBins - 1);
        ref var bin = ref calibration[at];
        bin = (bin.Weight + weight, bin.Confidence + weight * confidence, bin.Right + (right ? weight : 0));
    }

    private ModelEvaluationMetric Share(string name, double value, double of)
    {
        var (low, high) = weighted ? (null, null) : ScoringMetrics.OfShare(value, of);
        return new ModelEvaluationMetric(name, value, low, high);
    }

    private ModelEvaluationMetric Mean(string name, RunningMean mean)
    {
        var (low, high) = weighted ? (null, null) : ScoringMetrics.OfMean(mean.Mean, mean.Variance, rows);
        return new ModelEvaluationMetric(name, mean.Mean, low, high);
    }
}

/// <summary>What is counted while a regressor is scored, in a few numbers.</summary>
internal sealed class NumberScores(bool weighted)
{
    // As scikit-learn divides where the truth is nothing.
    private const double Epsilon = 2.220446049250313e-16;

    private RunningMean absolute, squared, relative, truths;
    private long rows;

    /// <summary>Adds a row.</summary>
    public void Add(double truth, double predicted, double weight)
    {
        rows++;
        var off = truth - predicted;
        absolute.Add(Math.Abs(off), weight);
        squared.Add(off * off, weight);
        relative.Add(Math.Abs(off) / Math.Max(Epsilon, Math.Abs(truth)), weight);
        truths.Add(truth, weight);
    }

    /// <summary>All that is defined: of a target that never varies there is no r2.</summary>
    public IEnumerable<ModelEvaluationMetric> Metrics()
    {
        yield return With("mae", absolute, static value => value);
        yield return With("rmse", squared, static value => Math.Sqrt(Math.Max(0, value)));
        if (truths.Variance > 0) yield return new ModelEvaluationMetric("r2", 1 - squared.Mean / truths.Variance);
        yield return With("mape", relative, static value => value);
    }

    private ModelEvaluationMetric With(string name, RunningMean mean, Func<double, double> of)
    {
        var (low, high) = weighted ? (null, null) : ScoringMetrics.OfMean(mean.Mean, mean.Variance, rows);
        return new ModelEvaluationMetric(name, of(mean.Mean), low is { } one ? of(one) : null, high is { } other ? of(other) : null);
    }
}
