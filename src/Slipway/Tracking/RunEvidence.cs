using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// What a run says for what was made of it: how it ended, from which code, on which data, with which of some metrics. Read whatever the caller may see of the
/// run: what it proves does not depend on who asks.
/// </summary>
/// <param name="RunId">The run.</param>
/// <param name="Status">As the wire names it.</param>
/// <param name="Deleted">Whether it lies in the bin.</param>
/// <param name="Tags">Those of <see cref="CodeTags"/> that it has.</param>
/// <param name="Datasets">What it noted as input, by name, at most <see cref="DatasetsMax"/>.</param>
internal sealed record RunEvidence(string RunId, string Status, bool Deleted, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<(string Name, string Digest, string? Context)> Datasets)
{
    public const int DatasetsMax = 100;

    public const string Commit = "mlflow.source.git.commit";

    /// <summary>Tags that say that there were changes beside the commit: ours, and those of the reference's clients.</summary>
    private static readonly string[] DirtyTags = ["slipway.git.dirty", "mlflow.source.git.dirty", "mlflow.git.dirty"];

    /// <summary>The tags that tell of the code.</summary>
    public static IReadOnlyList<string> CodeTags { get; } = [Commit, .. DirtyTags];

    /// <summary>True when changes beside the commit were noted.</summary>
    public bool IsDirty => DirtyTags.Any(tag => Tags.TryGetValue(tag, out var value) && value.Length > 0 && !value.Equals("false", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads it; null when the workspace has no such run.</summary>
    public static RunEvidence? Of(Session session, long workspace, string runId)
    {
        var run = session.First("""
            SELECT r.no, r.status, r.deleted_ms FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE r.run_id = $1 AND e.workspace_id = $2
            """, static row => (No: row.Long(0), Status: (RunStatus)row.Int(1), Deleted: !row.IsNull(2)), runId, workspace);
        if (run.No == 0) return null;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var datasets = new List<(string, string, string?)>();
        session.Together(
        [
            new($"SELECT key, value FROM tags WHERE run_no = $1 AND key {session.Dialect.InTexts("$2")}", row => tags.TryAdd(row.Text(0), row.Text(1)), run.No, Arg.Texts(CodeTags)),
            new("SELECT name, digest, context FROM run_datasets WHERE run_no = $1 ORDER BY position, dataset_id LIMIT $2", row =>
            {
                datasets.Add((row.Text(0), row.Text(1), row.TextOrNull(2)));
                return true;
            }, run.No, DatasetsMax),
        ]);
        return new RunEvidence(runId, run.Status.ToString(), run.Deleted, tags, datasets);
    }

    /// <summary>The latest values of some metrics of some runs of a workspace; NaN where it is none. Await <see cref="Metrics.EnsureSettled"/> before.</summary>
    public static Dictionary<(string RunId, string Metric), double> Latest(Session session, long workspace, IReadOnlyCollection<string> runIds, IReadOnlyCollection<string> metrics)
    {
        var found = new Dictionary<(string, string), double>();
        if (runIds.Count == 0 || metrics.Count == 0) return found;
        session.Each($"""
            SELECT r.run_id, k.name, l.value, l.is_nan FROM runs r JOIN metric_latest l ON l.run_no = r.no JOIN metric_keys k ON k.id = l.key_id
             WHERE r.run_id {session.Dialect.InTexts("$1")} AND k.workspace_id = $2 AND k.name {session.Dialect.InTexts("$3")}
            """, row =>
        {
            found[(row.Text(0), row.Text(1))] = row.Bool(3) ? double.NaN : row.Double(2);
            return true;
        }, Arg.Texts(runIds), workspace, Arg.Texts(metrics));
        return found;
    }
}
