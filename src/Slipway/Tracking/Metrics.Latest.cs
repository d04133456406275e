using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>The latest point of a series: the maximum of (step, timestamp, value).</summary>
/// <param name="RunNo">The run.</param>
/// <param name="Key">The metric's name.</param>
/// <param name="Point">The point; its value may be NaN or infinite.</param>
/// <param name="Min">The least value that is not NaN, null when there is none.</param>
/// <param name="Max">The greatest value that is not NaN, null when there is none.</param>
internal readonly record struct MetricLatest(long RunNo, string Key, SeriesPoint Point, double? Min, double? Max);

internal sealed partial class Metrics
{
    /// <summary>
    /// The latest points of many runs, ordered by run and name, in one statement (two while names are not in memory). Await
    /// <see cref="EnsureSettled"/> before the session begins.
    /// </summary>
    public List<MetricLatest> Latest(Session session, IReadOnlyCollection<long> runNos)
    {
        if (runNos.Count == 0) return [];
        var rows = session.Query($"""
            SELECT run_no, key_id, step, time_ms, value, is_nan, min_value, max_value
              FROM metric_latest WHERE run_no {session.Dialect.InLongs("$1")}
            """, static row => (Run: row.Long(0), Key: row.Long(1), Point: new SeriesPoint(row.Long(3), row.Long(2), row.Bool(5) ? double.NaN : row.Double(4)), Min: row.DoubleOrNull(6), Max: row.DoubleOrNull(7)),
            Arg.Longs(runNos));
        var names = keys.Names(session, rows.Select(row => row.Key));
        var latest = rows.ConvertAll(row => new MetricLatest(row.Run, names[row.Key], row.Point, row.Min, row.Max));
        latest.Sort(static (a, b) => a.RunNo != b.RunNo ? a.RunNo.CompareTo(b.RunNo) : string.CompareOrdinal(a.Key, b.Key));
        return latest;
    }
}
