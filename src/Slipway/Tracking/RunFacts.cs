using Slipway.Datasets;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>All that was logged to one run, for cards and evidence: params, tags, latest metrics, data, each up to a limit and counted beyond it.</summary>
internal sealed record RunFacts(RunRow Row, string? ExperimentName, List<KeyValue> Params, int ParamsTotal, List<KeyValue> Tags, List<Metric> Metrics, int MetricsTotal, List<DataOfRun> Datasets, int DatasetsTotal)
{
    /// <summary>How many entries of each kind are read.</summary>
    public readonly record struct Limits(int Params, int Metrics, int Datasets);

    /// <summary>The value of a tag, or null.</summary>
    public string? Tag(string key) => Tags.Find(tag => tag.Key == key) is { Key: not null } found ? found.Value : null;

    /// <summary>Reads them if the caller may see the run; await <see cref="Tracking.Metrics.EnsureSettled"/> before. Six statements.</summary>
    public static Problem? Read(Session session, Caller caller, Metrics metrics, string runId, Limits limits, out RunFacts facts)
    {
        facts = null!;
        if (Runs.Find(session, caller with { Acting = Right.None }, runId, "", out var row) is { } refused) return refused;
        var (parameters, tags, points, total) = (new List<KeyValue>(), new List<KeyValue>(), new List<Metric>(), 0);
        using (var latest = metrics.Latest(session, [row.No]))
        {
            total = latest.Points.Length;
            foreach (ref readonly var point in latest.Points)
                if (points.Count < limits.Metrics) points.Add(new Metric(latest.Names[point.Key], point.Point.Value, point.Point.TimeMs, point.Point.Step));
                else break;
        }
        var experiment = session.Text("SELECT name FROM experiments WHERE id = $1", row.ExperimentId);
        var count = session.Long("SELECT count(*) FROM params WHERE run_no = $1", row.No) ?? 0;
        Pairs("params", parameters, limits.Params);
        Pairs("tags", tags, limits.Params);
        var uses = session.Query("SELECT dataset_id, context FROM run_datasets WHERE run_no = $1 ORDER BY position, dataset_id LIMIT $2", static one => (Id: one.Long(0), Context: one.TextOrNull(1)), row.No, limits.Datasets);
        var used = uses.Count < limits.Datasets ? uses.Count : session.Long("SELECT count(*) FROM run_datasets WHERE run_no = $1", row.No) ?? 0;
        var sets = uses.Count == 0 ? [] : DatasetVersions.Read(session, [.. uses.Select(static use => use.Id)]);
        facts = new RunFacts(row, experiment, parameters, (int)count, tags, points, total, [.. uses.Where(use => sets.ContainsKey(use.Id)).Select(use => new DataOfRun(sets[use.Id], use.Context))], (int)used);
        return null;

        void Pairs(string table, List<KeyValue> into, int most) => session.Each($"SELECT key, value FROM {table} WHERE run_no = $1 ORDER BY key LIMIT $2", one =>
        {
            into.Add(new KeyValue(one.Text(0), one.Text(1)));
            return true;
        }, row.No, most);
    }
}

/// <summary>Data that a run read, and what for.</summary>
internal sealed record DataOfRun(Dataset Dataset, string? Context);
