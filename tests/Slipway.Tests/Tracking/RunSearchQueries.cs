using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Random searches over a <see cref="RunSearchWorld"/>, biased to what exists in it.</summary>
internal sealed class RunSearchQueries(Random random, RunSearchWorld world)
{
    private T Of<T>(params T[] values) => values[random.Next(values.Length)];

    public RunQuery Next() => new(
        Of(["11"], ["11"], ["11", "12"], ["11", "12", "13", "99"], ["99"], new[] { "12", "404", "nonsense" }),
        string.Join(" AND ", Enumerable.Range(0, Of(0, 1, 1, 1, 2, 2, 3)).Select(_ => Clause())),
        OrderBy(),
        Of<bool?>(false, false, false, true, null));

    private string[] OrderBy()
    {
        var names = new List<string>();
        for (var count = Of(0, 1, 1, 1, 2, 3); count > 0; count--)
        {
            var name = Of("metrics.loss", "metrics.loss", "metrics.acc", "metrics.`odd ``name`", "metrics.`nan only`", "metrics.never", "params.k", "tags.`other key`",
                "start_time", "start_time", "end_time", "status", "run_name", "run_id", "experiment_id", "lifecycle_stage", "user_id", "artifact_uri");
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
