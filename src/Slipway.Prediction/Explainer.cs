using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>Which number of a model's answer is explained.</summary>
/// <param name="Output">Position of the output.</param>
/// <param name="Column">Column in a row of it.</param>
/// <param name="Name">As people read it: `probability[1]`.</param>
internal readonly record struct ExplainedOutput(int Output, int Column, string Name);

/// <summary>Why a row got its prediction: Shapley values, computed with the model itself, in batches that wait behind all other requests.</summary>
internal static class Explainer
{
    /// <summary>The most columns.</summary>
    public const int ColumnsMax = 500;

    /// <summary>Rows of the model for one explained row, unless somebody says otherwise.</summary>
    public const int SamplesDefault = 2_048;

    /// <summary>The most of them.</summary>
    public const int SamplesMax = 20_000;

    /// <summary>Requests of this priority go last.</summary>
    private const int LastPriority = 9;

    /// <summary>Explains one row of a list against another list.</summary>
    public static async Task<Outcome<Attribution>> Explain(ServedModel model, LoggedRows rows, int row, LoggedRows background, ExplainedOutput output, int samples, int seed, CancellationToken ct)
    {
        // A column whose value is the same everywhere moves nothing: it has the value 0, and costs no question.
        List<int> moving = [];
        for (var column = 0; column < rows.Names.Length; column++)
            for (var other = 0; other < background.Count; other++)
                if (rows.Differs(row, background, other, column))
                {
                    moving.Add(column);
                    break;
                }
        if (moving.Count == 0)
        {
            var only = await Ask(model, rows, row, background, output, [0], [new bool[rows.Names.Length]], ct);
            return only.Problem is { } problem ? problem : new Attribution(only.Value[0], only.Value[0], new double[rows.Names.Length], new double[rows.Names.Length], Exact: true, 1);
        }
        var found = await ShapleyValues.Explain(moving.Count, background.Count, samples, seed, (picks, own) => Ask(model, rows, row, background, output, picks, [.. own.Select(some => Spread(some, moving, rows.Names.Length))], ct));
        if (found.Problem is { } refused) return refused;
        var (values, errors) = (new double[rows.Names.Length], new double[rows.Names.Length]);
        for (var i = 0; i < moving.Count; i++) (values[moving[i]], errors[moving[i]]) = (found.Value.Values[i], found.Value.Errors[i]);
        return found.Value with { Values = values, Errors = errors };
    }

    /// <summary>The output that a name or number means; by default the last column of the last output of numbers.</summary>
    public static async Task<Outcome<ExplainedOutput>> Output(ServedModel model, LoggedRows rows, string? named, CancellationToken ct)
    {
        var call = new PredictionCall { Priority = LastPriority, Protocol = "explain" };
        try
        {
            if (rows.Fill(call.Inputs, model, 0, rows, [0], [new bool[rows.Names.Length]]) is { } bad) return bad;
            if (await model.Executor.Run(call, ct) is { } problem) return problem;
            List<ExplainedOutput> all = [];
            for (var i = 0; i < call.Outputs.Count; i++)
            {
                var (element, width) = (call.Outputs[i].Element, call.Outputs[i].Count);
                if (element is not (OnnxElement.Float or OnnxElement.Double)) continue;
                var port = call.Outputs[i].Port;
                var name = (uint)port < (uint)model.Runtime.Outputs.Count ? model.Runtime.Outputs[port].Name : call.Outputs.NameOf(i) ?? $"output{i}";
                for (var column = 0; column < width && all.Count < 10_000; column++) all.Add(new ExplainedOutput(port, column, width == 1 ? name : $"{name}[{column}]"));
            }
            if (all.Count == 0) return Problem.Invalid("The model answers no numbers with fractions: there is nothing that columns could add to. Serve its probabilities too.");
            if (string.IsNullOrEmpty(named)) return all[^1];
            foreach (var one in all)
                if (one.Name == named || one.Name.StartsWith(named + "[", StringComparison.Ordinal) && !all.Exists(other => other.Output == one.Output && other.Column > one.Column)) return one;
            return Problem.Invalid($"The model has no output '{named}'. It has {string.Join(", ", all.Take(20).Select(static one => one.Name))}.");
        }
        finally
        {
            call.Dispose();
        }
    }

    private static async Task<Outcome<double[]>> Ask(ServedModel model, LoggedRows rows, int row, LoggedRows background, ExplainedOutput output, IReadOnlyList<int> picks, IReadOnlyList<bool[]> own, CancellationToken ct)
    {
        var call = new PredictionCall { Priority = LastPriority, Protocol = "explain" };
        try
        {
            if (rows.Fill(call.Inputs, model, row, background, picks, own) is { } bad) return bad;
            if (await model.Executor.Run(call, ct) is { } problem) return problem;
            for (var i = 0; i < call.Outputs.Count; i++)
                if (call.Outputs[i].Port == output.Output) return Column(call.Outputs, i, output.Column, picks.Count);
            return Problem.Invalid($"The model did not answer '{output.Name}' this time.");
        }
        finally
        {
            call.Dispose();
        }
    }

    private static Outcome<double[]> Column(TensorBatch outputs, int at, int column, int rows)
    {
        ref var tensor = ref outputs[at];
        var width = (int)(tensor.Count / rows);
        if (width * rows != tensor.Count || column >= width) return Problem.Invalid("The model's answer does not have one row for each row that it was asked for: it cannot be explained.");
        var values = new double[rows];
        for (var i = 0; i < rows; i++) values[i] = tensor.Element is OnnxElement.Double ? tensor.Values<double>()[i * width + column] : tensor.Values<float>()[i * width + column];
        return values;
    }

    private static bool[] Spread(bool[] some, List<int> moving, int columns)
    {
        var own = new bool[columns];
        for (var i = 0; i < some.Length; i++) own[moving[i]] = some[i];
        return own;
    }
}
