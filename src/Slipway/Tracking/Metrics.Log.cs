using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class Metrics
{
    private const string InsertLog = "INSERT INTO metric_log (run_no, points, keys, payload) VALUES ($1, $2, $3, $4) RETURNING id";
    private const string InsertUnsettled = "INSERT INTO metric_unsettled (log_id, run_no, experiment_id) VALUES ($1, $2, $3)";

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
        session.Execute(InsertUnsettled, id, runNo, experimentId);
        overlay.Put(id, ids, batch.Summaries);
        Interlocked.Increment(ref logged);
    }
}
