using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class Metrics
{
    private const string InsertLog = "INSERT INTO metric_log (run_no, points, keys, payload) VALUES ($1, $2, $3, $4) RETURNING id";
    private const string InsertLogOfRun = """
        INSERT INTO metric_log (run_no, points, keys, payload)
        SELECT r.no, $3, $4, $5 FROM runs r
         WHERE r.run_id = $1 AND r.deleted_ms IS NULL AND r.lost_ms IS NULL AND (SELECT e.workspace_id FROM experiments e WHERE e.id = r.experiment_id) = $2
        RETURNING id, run_no
        """;
    private static readonly string InsertLogHeld = InsertLogOfRun.Replace("RETURNING", Dialect.Postgres.ForShare() + " RETURNING", StringComparison.Ordinal);
    private const string InsertUnsettledOfRun = "INSERT INTO metric_unsettled (log_id, run_no, experiment_id) SELECT $1, r.no, r.experiment_id FROM runs r WHERE r.no = $2";
    private const string InsertUnsettled = "INSERT INTO metric_unsettled (log_id, run_no, experiment_id) VALUES ($1, $2, $3)";

    /// <summary>
    /// Adds a batch to the series of an active run of the workspace and holds the run against deletion, in one statement that waits for its answer. False, with
    /// nothing changed, when there is no such run, when it was given up as lost, or when the batch is empty: the caller finds out why.
    /// </summary>
    public bool TryLog(Session session, long workspace, string runId, MetricBatch batch)
    {
        if (batch.Points == 0) return false;
        var ids = keys.Intern(session, workspace, batch.Keys);
        var added = session.First(session.Dialect is Dialect.Postgres ? InsertLogHeld : InsertLogOfRun, static row => (Id: row.Long(0), RunNo: row.Long(1)),
            runId, workspace, batch.Points, MetricsPayload.EncodeKeys(ids), batch.Payload);
        if (added.Id == 0) return false;
        session.Later(InsertUnsettledOfRun, added.Id, added.RunNo);
        overlay.Put(added.Id, ids, batch.Summaries);
        Interlocked.Increment(ref logged);
        return true;
    }

    /// <summary>
    /// Adds a batch to a run's series, inside the write that checked the run: two rows whatever the number of points, and the names
    /// that are new. The caller holds the run (FOR SHARE) against deletion.
    /// </summary>
    /// <param name="session">The write.</param>
    /// <param name="workspace">Where the names of the keys live.</param>
    /// <param name="runNo">The run.</param>
    /// <param name="experimentId">The run's experiment.</param>
    /// <param name="batch">Points, prepared before the write.</param>
    public void Log(Session session, long workspace, long runNo, long experimentId, MetricBatch batch)
    {
        if (batch.Points == 0) return;
        var ids = keys.Intern(session, workspace, batch.Keys);
        var id = session.Long(InsertLog, runNo, batch.Points, MetricsPayload.EncodeKeys(ids), batch.Payload)!.Value;
        session.Later(InsertUnsettled, id, runNo, experimentId);
        overlay.Put(id, ids, batch.Summaries);
        Interlocked.Increment(ref logged);
    }
}
