using System.Globalization;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;

namespace Slipway.Registry;

/// <summary>Runs a model over a dataset and counts. What kind of model it is shows from its outputs and the target.</summary>
internal sealed class Scorer(OnnxModel model, ModelInputs inputs, ScoredData data)
{
    private readonly bool weighted = data.Plan.WeightColumn is not null;
    private int label = -1, score = -1;
    private List<string> classes = [];
    private int[] places = [];
    private ClassScores? ofClasses;
    private NumberScores? ofNumbers;
    private Dictionary<string, int>? numbers;
    private Dictionary<(string Truth, string Predicted), double>? labels;
    private long rows;

    /// <summary>Scores every row; answers the kind of model, the metrics, and how many rows there were.</summary>
    public (string Task, List<ModelEvaluationMetric> Metrics, long Rows) Run()
    {
        FindOutputs();
        data.Begin(inputs.Expressions(data));
        while (data.Next() is { } chunk)
        {
            var step = inputs.RowByRow ? 1 : chunk.Length;
            for (var first = 0; first < chunk.Length; first += step)
            {
                using var results = inputs.Run(chunk, first, step);
                Take(results, chunk, first, step);
                rows += step;
            }
        }
        if (labels is not null) CountLabels();
        var metrics = (ofNumbers?.Metrics() ?? ofClasses!.Metrics()).Where(static metric => double.IsFinite(metric.Value)).ToList();
        return (ofNumbers is not null ? "regression" : classes.Count == 2 ? "binary" : "multiclass", metrics, rows);
    }

    private void FindOutputs()
    {
        for (var i = 0; i < model.Outputs.Count; i++)
        {
            var type = model.Outputs[i].Type;
            if (label < 0 && type is { Kind: OnnxKind.Tensor, Element: OnnxElement.Int64 or OnnxElement.Int32 or OnnxElement.String }) label = i;
            else if (score < 0 && (type.Kind is OnnxKind.Sequence && type.Inner?.Kind is OnnxKind.Map || type is { Kind: OnnxKind.Tensor, Element: OnnxElement.Float or OnnxElement.Double })) score = i;
        }
        if (label < 0 && score < 0) throw new UnscorableException($"None of the model's outputs ({string.Join(", ", model.Outputs.Select(static output => $"{output.Name} {output.Type}"))}) is a prediction: expected a tensor of numbers or of labels, or maps of classes to probabilities.");
    }

    private void Take(OnnxResults results, DuckChunk chunk, int first, int count)
    {
        var at = inputs.Count;
        var weights = chunk[at + 2].Values<double>();
        var truths = chunk[at + 1].Values<double>();
        var predicted = label >= 0 ? Labels(results[label], count) : null;
        if (score < 0)
        {
            labels ??= [];
            for (var row = 0; row < count; row++)
            {
                var cell = (ScoredData.Class(chunk[at].Text(first + row)!), predicted![row]);
                labels[cell] = labels.GetValueOrDefault(cell) + weights[first + row];
                if (labels.Count > ClassScores.ClassesMax * ClassScores.ClassesMax) throw TooManyClasses();
            }
            return;
        }
        var (numbersOf, width) = Scores(results[score], count);
        if (ofNumbers is null && ofClasses is null) Decide(results[score], width);
        if (ofNumbers is not null)
        {
            for (var row = 0; row < count; row++) ofNumbers.Add(truths[first + row], Finite(numbersOf[row], row), weights[first + row]);
            return;
        }
        Span<double> probabilities = new double[classes.Count];
        for (var row = 0; row < count; row++)
        {
            probabilities.Clear();
            if (width == 1)
            {
                var positive = Probability(Finite(numbersOf[row], row), row);
                (probabilities[0], probabilities[1]) = (1 - positive, positive);
            }
            else
                for (var i = 0; i < width; i++) probabilities[places[i]] = Probability(Finite(numbersOf[row * width + i], row), row);
            var best = 0;
            for (var i = 1; i < classes.Count; i++)
                if (probabilities[i] > probabilities[best]) best = i;
            if (predicted is not null && !numbers!.TryGetValue(predicted[row], out best))
                throw new UnscorableException($"The model predicts the class '{predicted[row]}', and its probabilities and the target have none of that name ({ScoredData.Some(classes)}).");
            ofClasses!.Add(numbers![ScoredData.Class(chunk[at].Text(first + row)!)], best, probabilities, weights[first + row]);
        }
    }

    /// <summary>What the first batch shows: probabilities of classes, one probability, or numbers.</summary>
    private void Decide(OnnxValue output, int width)
    {
        var named = model.Outputs[score].Name.Contains("prob", StringComparison.OrdinalIgnoreCase);
        var known = output.Kind is OnnxKind.Sequence ? KeysOf(output) : null;
        if (known is null && width == 1 && label < 0 && !named && (data.Classes is not { Count: 2 } || !data.TargetIsNumber))
        {
            if (!data.TargetIsNumber) throw new UnscorableException($"The model gives one number a row, and the target '{data.Plan.Target}' is neither a number nor one of two classes.");
            ofNumbers = new NumberScores(weighted);
            return;
        }
        if (data.Classes is null) throw TooManyClasses();
        if (data.Classes.Count < 2) throw new UnscorableException($"The target '{data.Plan.Target}' is '{data.Classes[0]}' in every row: scoring a classifier needs two classes at least.");
        var own = known ?? OwnClasses(width);
        classes = ScoredData.InOrder(own.Concat(data.Classes));
        if (classes.Count > ClassScores.ClassesMax) throw TooManyClasses();
        numbers = classes.Index().ToDictionary(static entry => entry.Item, static entry => entry.Index, StringComparer.Ordinal);
        if (width == 1 && known is null && classes.Count != 2) throw new UnscorableException($"The model gives one probability a row, and the target has {classes.Count} classes ({ScoredData.Some(classes)}).");
        places = [.. own.Select(name => numbers[name])];
        ofClasses = new ClassScores(classes.Count, weighted);
    }

    /// <summary>Which class each column of a tensor of probabilities is of: the target's, in order, or 0, 1, 2 ...</summary>
    private List<string> OwnClasses(int width)
    {
        if (width == 1 || data.Classes!.Count == width) return [.. data.Classes!];
        var counted = Enumerable.Range(0, width).Select(static i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        return data.Classes.All(counted.Contains) ? counted
            : throw new UnscorableException($"The model gives {width} probabilities a row, and the target has {data.Classes.Count} classes ({ScoredData.Some(data.Classes)}): which is which cannot be told. Export the classifier with its class labels (ZipMap).");
    }

    private static List<string> KeysOf(OnnxValue maps)
    {
        using var map = maps.Item(0);
        using var keys = map.Item(0);
        return [.. Labels(keys, keys.Length)];
    }

    private static string[] Labels(OnnxValue value, int count)
    {
        if (value.Length != count) throw new UnscorableException($"The model gives {value.Length} labels for {count} rows.");
        return value.Element switch
        {
            OnnxElement.Int64 => [.. value.ToArray<long>().Select(static one => one.ToString(CultureInfo.InvariantCulture))],
            OnnxElement.Int32 => [.. value.ToArray<int>().Select(static one => one.ToString(CultureInfo.InvariantCulture))],
            _ => [.. value.ToStrings().Select(ScoredData.Class)],
        };
    }

    private static (double[] Values, int Width) Scores(OnnxValue output, int count)
    {
        if (output.Kind is OnnxKind.Tensor)
        {
            var values = output.Element is OnnxElement.Float ? Array.ConvertAll(output.ToArray<float>(), static one => (double)one) : output.ToArray<double>();
            return values.Length > 0 && values.Length % count == 0 ? (values, values.Length / count) : throw new UnscorableException($"The model gives {values.Length} numbers for {count} rows.");
        }
        var (all, width) = (new List<double>(), 0);
        for (var row = 0; row < output.Length; row++)
        {
            using var map = output.Item(row);
            using var probabilities = map.Item(1);
            width = probabilities.Length;
            all.AddRange(probabilities.Element is OnnxElement.Float ? probabilities.ToArray<float>().Select(static one => (double)one) : probabilities.ToArray<double>());
        }
        return all.Count == width * count ? ([.. all], width) : throw new UnscorableException("The model's maps of probabilities do not have the same classes in every row.");
    }

    private void CountLabels()
    {
        if (data.Classes is { Count: < 2 } one) throw new UnscorableException($"The target '{data.Plan.Target}' is '{one[0]}' in every row: scoring a classifier needs two classes at least.");
        classes = ScoredData.InOrder(labels!.Keys.SelectMany(static cell => (string[])[cell.Truth, cell.Predicted]));
        if (classes.Count > ClassScores.ClassesMax) throw TooManyClasses();
        numbers = classes.Index().ToDictionary(static entry => entry.Item, static entry => entry.Index, StringComparer.Ordinal);
        ofClasses = new ClassScores(classes.Count, weighted);
        foreach (var ((truth, predicted), weight) in labels!) ofClasses.Add(numbers[truth], numbers[predicted], [], weight);
    }

    private double Finite(double value, int row) => double.IsFinite(value) ? value : throw new UnscorableException($"The model predicts {value.ToString(CultureInfo.InvariantCulture)} in row {rows + row + 1}.");

    private double Probability(double value, int row) => value is >= -1e-6 and <= 1 + 1e-6 ? Math.Clamp(value, 0, 1)
        : throw new UnscorableException($"The model gives {value.ToString("R", CultureInfo.InvariantCulture)} in row {rows + row + 1}, where a probability from 0 to 1 is expected. If it gives scores, export it with probabilities.");

    private UnscorableException TooManyClasses() => new($"The target '{data.Plan.Target}' has more than {ClassScores.ClassesMax:N0} classes.");
}
