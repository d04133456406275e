using System.Globalization;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Which params a metric depends on, by a <see cref="RegressionForest"/> over the newest runs that fit a filter. The work has a thread of its own and at most
/// <see cref="AtOnce"/> go on at a time; rows and params are bounded, so that one takes a second or two at most.
/// </summary>
internal sealed class ParamImportance(Database db, Metrics metrics, int atOnce = ParamImportance.AtOnce) : IDisposable
{
    /// <summary>How many are worked on at a time; others wait.</summary>
    public const int AtOnce = 2;

    /// <summary>The most runs that the forest learns from: more change the numbers by less than chance does.</summary>
    public const int LearnedMax = 2_000;

    /// <summary>How long a request waits for its turn.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(10);

    // The same runs get the same answer, and a page drawn again does not flicker.
    private const int Seed = 20_011_001;

    private readonly SemaphoreSlim places = new(atOnce, Math.Max(1, atOnce));

    /// <summary>Answers it.</summary>
    public async Task<Outcome<Importance>> Ask(Caller caller, AskImportance request, CancellationToken ct)
    {
        if (Target(request.Target, out var target) is { } badTarget) return badTarget;
        var ids = (request.ExperimentIds ?? []).OfType<string>().ToList();
        if (ids.Count == 0) return Problem.Missing("experiment_ids");
        if (WireCheck.Count(ids.Count, OrderRuns.ExperimentsMax, "experiment_ids") is { } tooMany) return tooMany;
        if (request.MaxRuns is < 1 or > AskImportance.RunsMax) return Problem.Invalid($"max_runs: expected 1 to {AskImportance.RunsMax:N0}, got {request.MaxRuns}.");
        if (request.Params is { } named)
        {
            if (WireCheck.Count(named.Length, AskImportance.ParamsMax, "params") is { } tooManyParams) return tooManyParams;
            for (var i = 0; i < named.Length; i++)
                if (WireCheck.Required(named[i], $"params[{i}]", OrderByParser.CharsMax) is { } badParam) return badParam;
        }
        if (await metrics.EnsureSettled(ct) is { } problem) return problem;
        if (!await places.WaitAsync(atOnce == 0 ? TimeSpan.Zero : WaitMax, ct)) return Problem.Busy($"{atOnce} computations of importance are under way, as many as there may be. Try again in a moment.", TimeSpan.FromSeconds(5));
        try
        {
            var query = new RunQuery(ids, request.Filter, MaxResults: request.MaxRuns ?? AskImportance.RunsMax);
            var read = await db.Read(session => ImportanceData.Read(session, caller, query, target, request.Params?.OfType<string>().Distinct(StringComparer.Ordinal).ToList(), metrics), ct);
            if (read.Problem is { } refused) return refused;
            return await Task.Factory.StartNew(() => Weigh(request.Target!, read.Value, new Random(Seed), ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => places.Dispose();

    /// <summary>From the runs' values to the answer.</summary>
    internal static Importance Weigh(string target, ImportanceData data, Random random, CancellationToken ct)
    {
        var rows = Enumerable.Range(0, data.Target.Length).ToArray();
        random.Shuffle(rows);
        if (rows.Length > LearnedMax) Array.Resize(ref rows, LearnedMax);
        Array.Sort(rows);
        var found = RegressionForest.Grow([.. data.Params.Select(param => param.Binned(rows))], Array.ConvertAll(rows, row => data.Target[row]), random, ct);
        var weights = data.Params.Select((param, i) => new ParamWeight(param.Name, Math.Round(found.Weights[i], 6), param.IsNumeric && RankCorrelation.Of(param.Numbers, data.Target) is { } correlation ? Math.Round(correlation, 6) : null,
            param.IsNumeric ? "numeric" : "categorical", param.Distinct, param.Missing));
        return new Importance(data.Target.Length, target, [.. weights.OrderByDescending(static weight => weight.Weight).ThenByDescending(static weight => Math.Abs(weight.Correlation ?? 0)).ThenBy(static weight => weight.Param, StringComparer.Ordinal)],
            Math.Round(found.Explained, 6), Note(data, rows.Length, found));
    }

    private static string? Note(ImportanceData data, int learned, ForestFindings found)
    {
        var said = new List<string>();
        if (data.MoreRuns) said.Add($"More runs fit: the newest {Text(data.Target.Length + data.Without)} were looked at.");
        if (data.Without > 0) said.Add($"{Text(data.Without)} runs are left out, which do not have the metric or have no finite value of it.");
        if (data.MoreParams) said.Add($"More params differ: the {AskImportance.ParamsMax} that most runs have were compared.");
        if (learned < data.Target.Length) said.Add($"The forest learned from {Text(learned)} of the runs, chosen by chance; correlations are of all.");
        if (data.Target.Length < RegressionForest.RowsMin) said.Add($"Importance takes at least {RegressionForest.RowsMin} runs with the metric.");
        else if (data.Params.Count == 0) said.Add("No param differs between the runs.");
        else if (Array.TrueForAll(data.Target, value => value == data.Target[0])) said.Add("The metric is the same in all runs.");
        else if (found.Explained < 0.1) said.Add("The params foretell little of the metric: importances this weak may be chance.");
        return said.Count == 0 ? null : string.Join(' ', said);
    }

    private static Problem? Target(string? text, out SearchField target)
    {
        target = default;
        if (string.IsNullOrWhiteSpace(text)) return Problem.Missing("target");
        var field = RunColumn.Parse(text);
        if (field.Problem is { } bad) return Problem.Invalid($"target: {bad.Message}");
        target = field.Value;
        return target.Kind is FieldKind.Metric ? null : WireCheck.Invalid(text, "target", "must be a metric: metrics.k, min(metrics.k) or max(metrics.k).");
    }

    private static string Text(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
