namespace Slipway.Prediction;

/// <summary>What each column of a row did to its prediction.</summary>
/// <param name="Base">The mean prediction of the background.</param>
/// <param name="Prediction">The row's prediction.</param>
/// <param name="Values">One for each column; with <paramref name="Base"/> they sum to <paramref name="Prediction"/>.</param>
/// <param name="Errors">The standard error of each; 0 where it is exact.</param>
/// <param name="Exact">True when every coalition was asked.</param>
/// <param name="Evaluations">How many rows the model was asked for.</param>
internal sealed record Attribution(double Base, double Prediction, double[] Values, double[] Errors, bool Exact, int Evaluations);

/// <summary>
/// Shapley values of a row against background rows: a column's mean contribution over all orders in which the row's values can take the place of a background row's. Exact for few columns, else by
/// sampled orders, each one forth and back, which keeps the sum right at every size.
/// </summary>
/// <remarks>Castro, Gómez and Tejada (2009) for sampling; Mitchell, Cooper, Frank and Holmes (2022) for antithetic orders; the interventional value function of Janzing, Minorics and Blöbaum (2020).</remarks>
internal static class ShapleyValues
{
    /// <summary>Up to here every coalition is asked, if the samples allow it.</summary>
    public const int ExactColumnsMax = 11;

    /// <summary>The most rows that one call of the model is asked for.</summary>
    public const int BatchRows = 512;

    /// <summary>Asks the model: for each entry a background row and which columns are the explained row's; answers one prediction each.</summary>
    /// <param name="background">Numbers of background rows.</param>
    /// <param name="own">For each entry, and in it for each column, whether the row's own value stands there.</param>
    public delegate Task<Outcome<double[]>> Ask(IReadOnlyList<int> background, IReadOnlyList<bool[]> own);

    /// <summary>Explains one row.</summary>
    /// <param name="columns">How many columns the row has; at least 1.</param>
    /// <param name="backgroundRows">How many background rows there are; at least 1.</param>
    /// <param name="samples">About how many rows the model may be asked for.</param>
    /// <param name="seed">Of the sampled orders.</param>
    /// <param name="ask">The model.</param>
    public static async Task<Outcome<Attribution>> Explain(int columns, int backgroundRows, int samples, int seed, Ask ask) =>
        columns <= ExactColumnsMax && (1L << columns) * backgroundRows <= samples ? await Exactly(columns, backgroundRows, ask) : await Sampled(columns, backgroundRows, samples, seed, ask);

    private static async Task<Outcome<Attribution>> Exactly(int columns, int backgroundRows, Ask ask)
    {
        var coalitions = 1 << columns;
        var worth = new double[coalitions];
        List<int> rows = [];
        List<bool[]> own = [];
        for (var at = 0; at < coalitions * backgroundRows; at++)
        {
            rows.Add(at % backgroundRows);
            own.Add(Members(at / backgroundRows, columns));
            if (rows.Count < BatchRows && at < coalitions * backgroundRows - 1) continue;
            var asked = await ask(rows, own);
            if (asked.Problem is { } problem) return problem;
            for (var i = 0; i < rows.Count; i++) worth[(at - rows.Count + 1 + i) / backgroundRows] += asked.Value[i] / backgroundRows;
            rows.Clear();
            own.Clear();
        }
        // The weight of a coalition without the column: |S|! (n - |S| - 1)! / n!
        var weights = new double[columns];
        for (var size = 0; size < columns; size++)
        {
            weights[size] = 1.0 / columns;
            for (var i = 1; i <= size; i++) weights[size] *= i / (double)(columns - i);
        }
        var values = new double[columns];
        for (var coalition = 0; coalition < coalitions; coalition++)
        {
            var size = System.Numerics.BitOperations.PopCount((uint)coalition);
            for (var column = 0; column < columns; column++)
                if ((coalition & 1 << column) == 0) values[column] += weights[size] * (worth[coalition | 1 << column] - worth[coalition]);
        }
        return new Attribution(worth[0], worth[^1], values, new double[columns], Exact: true, coalitions * backgroundRows);
    }

    private static async Task<Outcome<Attribution>> Sampled(int columns, int backgroundRows, int samples, int seed, Ask ask)
    {
        var random = new Random(seed);
        // A walk takes one row after each column, forth and back, from one background row; each background row is met equally often, so that the base is the mean of all.
        var perWalk = 2 * columns + 1;
        backgroundRows = Math.Clamp(samples / perWalk, 1, backgroundRows);
        var rounds = Math.Max(1, samples / (perWalk * backgroundRows));
        var walks = rounds * backgroundRows;
        var (sums, squares) = (new double[columns], new double[columns]);
        double bottom = 0, top = 0;
        var order = new int[columns];
        for (var i = 0; i < columns; i++) order[i] = i;
        for (var walk = 0; walk < walks; walk++)
        {
            random.Shuffle(order);
            var answers = await Walk(order, walk % backgroundRows, ask);
            if (answers.Problem is { } problem) return problem;
            var (forth, back) = answers.Value;
            bottom += forth[0];
            top += forth[columns];
            for (var step = 0; step < columns; step++)
            {
                // Back: the order reversed, so the column at this step joins those that came after it.
                var value = (forth[step + 1] - forth[step] + back[columns - step] - back[columns - step - 1]) / 2;
                sums[order[step]] += value;
                squares[order[step]] += value * value;
            }
        }
        var (values, errors) = (new double[columns], new double[columns]);
        for (var i = 0; i < columns; i++)
        {
            values[i] = sums[i] / walks;
            errors[i] = walks < 2 ? double.NaN : Math.Sqrt(Math.Max(0, squares[i] / walks - values[i] * values[i]) / (walks - 1));
        }
        return new Attribution(bottom / walks, top / walks, values, errors, Exact: false, walks * perWalk);
    }

    private static async Task<Outcome<(double[] Forth, double[] Back)>> Walk(int[] order, int backgroundRow, Ask ask)
    {
        var columns = order.Length;
        List<bool[]> own = [new bool[columns]];
        for (var step = 0; step < columns; step++)
        {
            var next = (bool[])own[^1].Clone();
            next[order[step]] = true;
            own.Add(next);
        }
        var back = new bool[columns];
        for (var step = columns - 1; step > 0; step--)
        {
            back = (bool[])back.Clone();
            back[order[step]] = true;
            own.Add(back);
        }
        List<double> all = [];
        for (var at = 0; at < own.Count; at += BatchRows)
        {
            var part = own.GetRange(at, Math.Min(BatchRows, own.Count - at));
            var asked = await ask([.. Enumerable.Repeat(backgroundRow, part.Count)], part);
            if (asked.Problem is { } problem) return problem;
            all.AddRange(asked.Value);
        }
        var forth = all.GetRange(0, columns + 1).ToArray();
        return (forth, [forth[0], .. all.GetRange(columns + 1, columns - 1), forth[columns]]);
    }

    private static bool[] Members(int coalition, int columns)
    {
        var own = new bool[columns];
        for (var i = 0; i < columns; i++) own[i] = (coalition & 1 << i) != 0;
        return own;
    }
}
