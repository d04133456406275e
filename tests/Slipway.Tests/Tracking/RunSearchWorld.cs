using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>A run as the model knows it. NaN is a value here; a metric is its points, of which the last one by (step, time, value) is its value.</summary>
internal sealed record ModelRun(long No, string RunId, long Experiment, string Name, int Status, long? StartMs, long? EndMs, long? DeletedMs, string User, string Uri,
    Dictionary<string, List<SeriesPoint>> Metrics, Dictionary<string, string> Params, Dictionary<string, string> Tags, List<(string Name, string Digest, string? Context)> Datasets);

/// <summary>Random runs full of ties, NaN, infinities and gaps, written to a database and kept in memory beside it; and the plain meaning of a search over them.</summary>
internal sealed class RunSearchWorld(int seed, int runs)
{
    public static readonly string[] MetricNames = ["loss", "acc", "rare", "odd `name", "nan only"];
    public static readonly string[] Texts = ["", "a", "A", "ab", "aB", "b", "50%", "a_b", "x\\y", "it's", "Größe", "GRÖSSE", "10", "9"];
    private static readonly double[] Values = [0, -0.0, 1, 1.5, 2, -3, 0.25, double.PositiveInfinity, double.NegativeInfinity, double.NaN];
    private readonly Random random = new(seed);

    public List<ModelRun> Runs { get; } = [];

    /// <summary>Two experiments of the default workspace, and one of another.</summary>
    public static readonly long[] Experiments = [11, 12, 13, 99];

    public async Task Write(Database database)
    {
        for (var i = 0; i < runs; i++) Runs.Add(Random(i + 1));
        var written = await database.Write<Done>(session =>
        {
            session.InsertMany("experiments", ["id", "workspace_id", "name", "artifact_location", "created_ms", "updated_ms"], Experiments,
                (row, id) => row.Add(id).Add(id == 99 ? 7L : 0L).Add("e" + id).Add("").Add(0L).Add(0L));
            session.InsertMany("runs", ["no", "run_id", "experiment_id", "name", "status", "start_ms", "end_ms", "deleted_ms", "user_id", "artifact_uri", "created_ms", "updated_ms"], Runs,
                (row, run) => row.Add(run.No).Add(run.RunId).Add(run.Experiment).Add(run.Name).Add(run.Status).Add(run.StartMs).Add(run.EndMs).Add(run.DeletedMs).Add(run.User).Add(run.Uri).Add(0L).Add(0L));
            foreach (var (table, entries) in new (string, Func<ModelRun, Dictionary<string, string>>)[] { ("params", run => run.Params), ("tags", run => run.Tags) })
                session.InsertMany(table, ["run_no", "key", "value"], [.. Runs.SelectMany(run => entries(run).Select(entry => (run.No, entry.Key, entry.Value)))],
                    (row, entry) => row.Add(entry.No).Add(entry.Key).Add(entry.Value));
            session.InsertMany("run_datasets", ["run_no", "dataset_id", "name", "digest", "context"], [.. Runs.SelectMany(run => run.Datasets.Select((dataset, i) => (run.No, Id: i + 1L, dataset)))],
                (row, use) => row.Add(use.No).Add(use.Id).Add(use.dataset.Name).Add(use.dataset.Digest).Add(use.dataset.Context));
            return new Done();
        }, default);
        Assert.Null(written.Problem);
        await WriteMetrics(database);
    }

    /// <summary>As clients log them: in pieces, some of them twice. Some runs are compacted, some not, some in part.</summary>
    private async Task WriteMetrics(Database database)
    {
        using var metrics = new Metrics(database, NullLogger<Metrics>.Instance);
        for (var round = 0; round < 2; round++)
        {
            foreach (var some in Runs.Chunk(50))
                Assert.Null((await database.Write<Done>(session =>
                {
                    foreach (var run in some)
                    {
                        using var builder = new MetricBatch.Builder();
                        foreach (var (name, points) in run.Metrics)
                            foreach (var point in points.Where((_, i) => i % 2 == round || i % 5 == 0 || points.Count < 3)) builder.Add(builder.KeyOf(name), point.TimeMs, point.Step, point.Value);
                        if (run.Metrics.Count > 0 && (round == 0 || run.No % 3 != 0 || run.Metrics.Values.Any(points => points.Count > 1)))
                            metrics.Log(session, run.Experiment == 99 ? 7 : 0, run.No, run.Experiment, builder.Build());
                    }
                    return new Done();
                }, default)).Problem);
            Assert.Null(await metrics.EnsureSettled(default));
            if (round == 0 || seed % 2 == 0) Assert.Null((await metrics.Compact(long.MaxValue, default)).Problem);
        }
    }

    private ModelRun Random(int n)
    {
        T Of<T>(params T[] values) => values[random.Next(values.Length)];
        bool Chance(double of) => random.NextDouble() < of;
        var metrics = new Dictionary<string, List<SeriesPoint>>();
        if (Chance(0.8)) metrics["loss"] = Series(Chance(0.9) ? random.Next(1, 12) : random.Next(12, 400), () => Of(Values));
        if (Chance(0.9)) metrics["acc"] = Series(1, () => Chance(0.5) ? random.NextDouble() : Of(Values));
        if (Chance(0.03)) metrics["rare"] = Series(1, () => random.Next(3));
        if (Chance(0.5)) metrics["odd `name"] = Series(random.Next(1, 60), () => random.Next(4));
        if (Chance(0.4)) metrics["nan only"] = Series(random.Next(1, 3), () => double.NaN);
        return new ModelRun(n, Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(n)).ToString("N"), Of(11L, 11L, 11L, 12L, 13L, 99L), Of(Texts), random.Next(1, 6),
            Chance(0.05) ? null : 1_000 + random.Next(12), Chance(0.4) ? null : 2_000 + random.Next(5), Chance(0.15) ? 5 : null, Of(Texts), "uri/" + Of(Texts), metrics,
            Entries(), Entries(), [.. Enumerable.Range(0, random.Next(3)).Select(_ => (Of(Texts), Of("d1", "d2"), Of("train", "eval", null)))]);

        // Steps in order with gaps and ties, some late, at times that do not always rise with them.
        List<SeriesPoint> Series(int count, Func<double> value)
        {
            var (points, step) = (new List<SeriesPoint>(), random.Next(-2, 3));
            for (var i = 0; i < count; i++)
            {
                step += Of(0, 1, 1, 1, 2, 7);
                points.Add(new SeriesPoint(1_000 + i + random.Next(3), Chance(0.05) ? random.Next(-3, 20) : step, SeriesPoint.Canonical(value())));
            }
            return points;
        }

        Dictionary<string, string> Entries()
        {
            var entries = new Dictionary<string, string>();
            if (Chance(0.7)) entries["k"] = Of(Texts);
            if (Chance(0.3)) entries["other key"] = Of(Texts);
            return entries;
        }
    }

    /// <summary>What the search must answer, in order, without pages.</summary>
    public List<long> Naive(RunQuery query)
    {
        var filter = RunFilter.Parse(query.Filter).Value;
        var matching = Runs.Where(run => run.Experiment != 99 && query.Experiments.Contains(run.Experiment.ToString()) && (query.Deleted is null || query.Deleted == run.DeletedMs is not null)
            && Fits(run, filter)).ToList();
        var keys = RunOrderBy.Parse(query.OrderBy).Value.ToList();
        if (!keys.Exists(key => key.Field.Key == RunFilter.StartTime && key.Field.Kind == FieldKind.Attribute)) keys.Add(new OrderKey(new SearchField(FieldKind.Attribute, RunFilter.StartTime), true));
        keys.Add(new OrderKey(new SearchField(FieldKind.Attribute, RunFilter.RunId), false));
        matching.Sort((x, y) =>
        {
            foreach (var key in keys)
            {
                var (a, b) = (Value(x, key.Field), Value(y, key.Field));
                var (rankA, rankB) = (Rank(a), Rank(b));
                if (rankA != rankB) return rankA.CompareTo(rankB);
                if (rankA != 0) continue;
                var order = a is double number ? number.CompareTo((double)b!) : string.CompareOrdinal((string)a!, (string)b!);
                if (order != 0) return key.Descending ? -order : order;
            }
            return 0;
        });
        return [.. matching.Select(run => run.No)];
    }

    private static int Rank(object? value) => value is null ? 2 : value is double.NaN ? 1 : 0;

    private static bool Fits(ModelRun run, FilterNode node) => node switch
    {
        AllOf all => all.Parts.All(part => Fits(run, part)),
        AnyOf any => any.Parts.Any(part => Fits(run, part)),
        NoneOf none => !Fits(run, none.Node),
        _ => Fits(run, (Clause)node),
    };

    private static bool Fits(ModelRun run, Clause clause) => clause.Field.Kind is FieldKind.Dataset
        ? run.Datasets.Exists(dataset => Compare(clause.Field.Key switch { "name" => dataset.Name, "digest" => dataset.Digest, _ => dataset.Context }, clause))
        : Compare(Value(run, clause.Field), clause);

    private static bool Compare(object? value, Clause clause) => (clause.Comparator, value, clause.Value) switch
    {
        (Comparator.IsNull, _, _) => value is null,
        (Comparator.IsNotNull, _, _) => value is not null,
        (_, null, _) => false,
        (Comparator.IsNan, double left, _) => double.IsNaN(left),
        (Comparator.IsNotNan, double left, _) => !double.IsNaN(left),
        (Comparator.Equal, double left, NumberValue right) => left == right.Number,
        (Comparator.NotEqual, double left, NumberValue right) => left != right.Number,
        (Comparator.Less, double left, NumberValue right) => left < right.Number,
        (Comparator.LessOrEqual, double left, NumberValue right) => left <= right.Number,
        (Comparator.Greater, double left, NumberValue right) => left > right.Number,
        (Comparator.GreaterOrEqual, double left, NumberValue right) => left >= right.Number,
        (Comparator.Equal, string left, TextValue right) => left == right.Text,
        (Comparator.NotEqual, string left, TextValue right) => left != right.Text,
        (Comparator.Like, string left, TextValue right) => Like(left, right.Text, RegexOptions.None),
        (Comparator.ILike, string left, TextValue right) => Like(left, right.Text, RegexOptions.IgnoreCase),
        (Comparator.NotLike, string left, TextValue right) => !Like(left, right.Text, RegexOptions.None),
        (Comparator.NotILike, string left, TextValue right) => !Like(left, right.Text, RegexOptions.IgnoreCase),
        (Comparator.RLike, string left, TextValue right) => Regex.IsMatch(left, right.Text, RegexOptions.CultureInvariant),
        (Comparator.NotRLike, string left, TextValue right) => !Regex.IsMatch(left, right.Text, RegexOptions.CultureInvariant),
        (Comparator.In, string left, ListValue right) => right.Texts.Contains(left),
        (Comparator.NotIn, string left, ListValue right) => !right.Texts.Contains(left),
        _ => throw new InvalidOperationException(clause.ToString()),
    };

    private static bool Like(string text, string pattern, RegexOptions options) =>
        Regex.IsMatch(text, "^" + Regex.Escape(pattern).Replace("%", ".*").Replace("_", ".") + "$", options | RegexOptions.Singleline | RegexOptions.CultureInvariant);

    private static object? Value(ModelRun run, SearchField field) => field.Kind switch
    {
        FieldKind.Metric => MetricsModel.Measure(run.Metrics.GetValueOrDefault(field.Key, []), field.Call),
        FieldKind.Param => run.Params.GetValueOrDefault(field.Key),
        FieldKind.Tag => run.Tags.GetValueOrDefault(field.Key),
        _ => field.Key switch
        {
            RunFilter.RunId => run.RunId,
            RunFilter.RunName => run.Name,
            RunFilter.UserId => run.User,
            RunFilter.ArtifactUri => run.Uri,
            RunFilter.StartTime => (double?)run.StartMs,
            RunFilter.EndTime => (double?)run.EndMs,
            RunFilter.Duration => (double?)(run.EndMs - run.StartMs),
            RunFilter.ExperimentName => "e" + run.Experiment,
            RunFilter.ExperimentId => run.Experiment.ToString(),
            RunFilter.LifecycleStage => run.DeletedMs is null ? "active" : "deleted",
            _ => new[] { "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED" }[run.Status - 1],
        },
    };
}
