namespace Slipway.Quickstart.Learner;

/// <summary>A point of a ROC curve: the share of the no's and of the yes's at or above a threshold.</summary>
public readonly record struct RocPoint(double Threshold, double FalsePositiveRate, double TruePositiveRate);

/// <summary>Rows with similar predictions: what was predicted on average, and how often it came true.</summary>
public readonly record struct CalibrationBin(double Predicted, double Observed, int Rows);

/// <summary>How good predicted probabilities are.</summary>
public static class Scores
{
    private const double Least = 1e-15;      // a probability of exactly 0 or 1 that is wrong would cost infinitely much

    /// <summary>The area under the ROC curve: the chance that a yes is scored above a no, ties counting half. 0.5 is guessing.</summary>
    public static double Auc(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels)
    {
        var (sorted, answers) = Sorted(probabilities, labels);
        double wins = 0;
        long negatives = 0, positives = 0;
        for (var start = 0; start < sorted.Length;)
        {
            var end = start;
            long yes = 0;
            for (; end < sorted.Length && sorted[end] == sorted[start]; end++) yes += answers[end] ? 1 : 0;
            var no = end - start - yes;
            wins += yes * (negatives + no / 2.0);
            (negatives, positives, start) = (negatives + no, positives + yes, end);
        }
        return negatives == 0 || positives == 0 ? double.NaN : wins / ((double)positives * negatives);
    }

    /// <summary>The mean surprise in nats: lower is better.</summary>
    public static double LogLoss(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels)
    {
        double loss = 0;
        for (var i = 0; i < labels.Length; i++) loss -= Math.Log(Math.Clamp(labels[i] ? probabilities[i] : 1 - probabilities[i], Least, 1));
        return loss / labels.Length;
    }

    /// <summary>The mean squared error of the probability: lower is better.</summary>
    public static double Brier(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels)
    {
        double sum = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            var error = probabilities[i] - (labels[i] ? 1 : 0);
            sum += error * error;
        }
        return sum / labels.Length;
    }

    /// <summary>The ROC curve from (0, 0) to (1, 1), thinned to about <paramref name="points"/> points of equal row counts.</summary>
    public static List<RocPoint> Roc(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels, int points = 200)
    {
        var (sorted, answers) = Sorted(probabilities, labels);
        double positives = labels.Count(true), negatives = labels.Length - positives;
        var curve = new List<RocPoint> { new(1, 0, 0) };
        double yes = 0, no = 0;
        var step = Math.Max(1, sorted.Length / points);
        var seen = 0;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            if (answers[i]) yes++;
            else no++;
            seen++;
            // A threshold lies between two different scores, never inside a tie.
            if (i > 0 && sorted[i - 1] == sorted[i]) continue;
            if (seen < step && i > 0) continue;
            curve.Add(new(sorted[i], no / negatives, yes / positives));
            seen = 0;
        }
        return curve;
    }

    /// <summary>Rows sorted by prediction in groups of equal size.</summary>
    public static List<CalibrationBin> Calibration(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels, int bins = 20)
    {
        var (sorted, answers) = Sorted(probabilities, labels);
        var curve = new List<CalibrationBin>();
        for (var bin = 0; bin < bins; bin++)
        {
            var (start, end) = ((int)((long)bin * sorted.Length / bins), (int)((long)(bin + 1) * sorted.Length / bins));
            if (start == end) continue;
            var yes = answers.AsSpan(start..end).Count(true);
            curve.Add(new(sorted[start..end].Average(), (double)yes / (end - start), end - start));
        }
        return curve;
    }

    private static (double[], bool[]) Sorted(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels)
    {
        if (probabilities.Length != labels.Length) throw new ArgumentException($"There are {probabilities.Length} probabilities for {labels.Length} labels.", nameof(probabilities));
        var (keys, values) = (probabilities.ToArray(), labels.ToArray());
        Array.Sort(keys, values);
        return (keys, values);
    }
}
