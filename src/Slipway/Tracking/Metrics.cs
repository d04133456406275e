using Microsoft.Extensions.Logging;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Metrics of runs. A series is a set of points, so that repeats change nothing; points go to a log, one row a batch, and from there
/// into compressed segments; what search needs of each series is settled a moment later, in one write for many batches. A read
/// merges segments and log on one snapshot and is right at any moment.
/// </summary>
internal sealed partial class Metrics(Database database, ILogger<Metrics> logger) : IDisposable
{
    private readonly MetricsKeys keys = new();

    /// <summary>The schema of the tables that only this class and the search over <see cref="MetricsSql"/> mention.</summary>
    public static Schema Schema()
    {
        using var text = new StreamReader(typeof(Metrics).Assembly.GetManifestResourceStream("Tracking/Metrics.sql")!);
        return new Schema("Metrics", text.ReadToEnd());
    }

    /// <summary>The id of a metric's name in a workspace; null when nothing was ever logged under it. At most one statement, usually none.</summary>
    public long? KeyOf(Session session, long workspace, string name) => keys.Find(session, workspace, name);

    /// <summary>The names of metrics by their ids: from memory, the others in one statement.</summary>
    public Dictionary<long, string> NamesOf(Session session, IEnumerable<long> ids) => keys.Names(session, ids);

    public void Dispose() => settling.Dispose();
}
