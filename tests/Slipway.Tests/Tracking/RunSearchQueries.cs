using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Random searches over a <see cref="RunSearchWorld"/>, biased to what exists in it.</summary>
internal sealed class RunSearchQueries(Random random, RunSearchWorld world)
{
    private T Of<T>(params T[] values) => values[random.Next(values.Length)];

    public RunQuery Next() => new(
        Of(["11"], ["11"], ["11", "12"], ["11", "12", "13", "99"], ["99"], new[] { "12", "404", "nonsense" }),
        string.Join(" AND ", Enumerable.Range(0, Of(0, 1, 1, 1, 2, 2, 3)).Select(_ => random.Next(3) == 0 ? Node(2) : Clause())),
        OrderBy(),
        Of<bool?>(false, false, false, true, null));

    /// <summary>What the reference does not have.</summary>
    private string Node(int depth) => (depth == 0 ? 0 : random.Next(5)) switch
    {
        0 => Series(),
        1 => "NOT " + Node(depth - 1),
        2 => $"({Node(depth - 1)} AND {Clause()})",
        3 => $"({Clause()} OR {Clause()})",
        _ => $"({Node(depth - 1)} OR {Clause()} OR NOT ({Node(depth - 1)}))",
    };

    private string Series()
    {
        string Sign() => Of("=", "!=", "<", "<=", ">", ">=");
        string Value() => Of("0", "1", "1.5", "0.5", "-3", "2", "1e999", "-1e999");
        string Test() => $"{Of("metrics.loss", "metrics.`odd ``name`", "metrics.acc", "metrics.`nan only`", "metrics.never")} {Of("IS NAN", "IS NOT NAN", $"{Sign()} {Value()}", $"{Sign()} {Value()}")}";
        string Metric() => Of("metrics.loss", "metrics.loss", "metrics.`odd ``name`", "metrics.acc", "metrics.`nan only`", "metrics.never");
        string Step() => Of("-1", "0", "3", "10", "20", "100", "2.5");
        return random.Next(12) switch
        {
            0 or 1 => $"{Of("min", "max", "first", "last")}({Metric()}) {Of($"{Sign()} {Value()}", $"{Sign()} {Value()}", "IS NULL", "IS NOT NULL")}",
            2 => $"{Of("first", "last")}({Metric()}) {Of("IS NAN", "IS NOT NAN")}",
            3 or 4 => $"at({Metric()}, {Of("-1", "0", "1", "2", "3", "5", "17", "1000")}) {Of($"{Sign()} {Value()}", $"{Sign()} {Value()}", "IS NULL", "IS NAN")}",
            5 or 6 or 7 => $"{Of("first_step", "last_step")}({Test()}) {Of($"{Sign()} {Step()}", $"{Sign()} {Step()}", "IS NULL", "IS NOT NULL")}",
            8 => $"count({Of(Metric(), Test(), Test())}) {Sign()} {Of("0", "1", "3", "9")}",
            9 => $"{Of("params.k", "tags.k", "tags.missing", "run_name", "dataset.name", "dataset.context", "experiment_name", "status")} {Of("RLIKE", "NOT RLIKE", "=~", "!~")} {Of("'^a'", "'b$'", "'(?i)gr'", "'[0-9]+'", "'a|b'", "'^$'", "'_'", "'e1[12]'", "'.{2}'")}",
            10 => Of("duration > 1000", "duration <= '1s'", "duration IS NULL", "end_time IS NULL", "start_time IS NOT NULL", "experiment_name != 'e12'", "experiment_name IN ('e11', 'e13')"),
            _ => Of("params.k IN ('a', 'A')", "params.k NOT IN ('a')", "tags.k NOT LIKE 'a%'", "tags.k NOT ILIKE '%b'", "metrics.loss IS NULL", "metrics.loss IS NAN", "metrics.loss IS NOT NAN", "metrics.never IS NULL"),
        };
    }

    private string[] OrderBy()
    {
        var names = new List<string>();
        for (var count = Of(0, 1, 1, 1, 2, 3); count > 0; count--)
        {
            var name = Of("metrics.loss", "metrics.loss", "metrics.acc", "metrics.`odd ``name`", "metrics.`nan only`", "metrics.never", "params.k", "tags.`other key`",
                "start_time", "start_time", "end_time", "status", "run_name", "run_id", "experiment_id", "lifecycle_stage", "user_id", "artifact_uri", "duration",
                "min(metrics.loss)", "max(metrics.acc)", "first(metrics.loss)", "at(metrics.loss, 3)", "first_step(metrics.loss < 1)", "count(metrics.loss)", "last_step(metrics.never > 1)");
            if (!names.Contains(name)) names.Add(name);
        }
        return [.. names.Select(name => name + Of("", " ASC", " DESC", " DESC"))];
    }

    private string Clause()
    {
        string Text() => "'" + Of(RunSearchWorld.Texts).Replace("'", "''", StringComparison.Ordinal) + "'";
        string Pattern() => Of("'%'", "'a%'", "'%b'", "'a_'", "'_'", "'50%'", "'%\\\\%'", "'GR%'", "'größe'", "'A'", Text());
        string Words(bool list) => Of(0, 1, 2, 3, list ? 4 : 0, list ? 5 : 1) switch
        {
            0 => "= " + Text(),
            1 => "!= " + Text(),
            2 => "LIKE " + Pattern(),
            3 => "ILIKE " + Pattern(),
            4 => $"IN ({Text()}, {Text()})",
            _ => $"NOT IN ({Text()}, {Text()})",
        };
        string Sign() => Of("=", "!=", "<", "<=", ">", ">=");
        return random.Next(9) switch
        {
            0 or 1 or 2 => $"metrics.{Of("loss", "loss", "acc", "rare", "`odd ``name`", "`nan only`", "never")} {Sign()} {Of("0", "1", "1.5", "0.5", "-3", "2", "1e999", "-1e999")}",
            3 => $"params.k {Words(false)}",
            4 => $"tags.{Of("k", "`other key`", "missing")} {Of(Words(false), "IS NULL", "IS NOT NULL")}",
            5 => $"{Of("run_name", "user_id", "artifact_uri")} {Words(true)}",
            6 => $"{Of("start_time", "end_time")} {Sign()} {Of("1005", "1005.5", "2002", "1e300", "-1e300", "9223372036854775807")}",
            7 => Of("status = 'RUNNING'", "status != 'FAILED'", "status ILIKE '%ed'", "status LIKE '%ed'", "status IN ('KILLED','FINISHED')", "lifecycle_stage = 'deleted'", "experiment_id != '12'",
                $"run_id = '{world.Runs[random.Next(world.Runs.Count)].RunId}'", $"run_id IN ('{world.Runs[0].RunId}', '{world.Runs[1].RunId}', 'nobody')", "run_id NOT IN ('nobody')"),
            _ => $"datasets.{Of("name", "digest", "context")} {Of("= 'd1'", "!= 'train'", "LIKE '%a%'", "IN ('eval', 'd2', 'a')", "NOT IN ('train')")}",
        };
    }
}
