using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class Metrics
{
    private static string SizesOf(Dialect dialect, string table, string bytes) =>
        $"SELECT run_no, CAST(sum(points) AS BIGINT), CAST(sum({bytes}) AS BIGINT) FROM {table} WHERE run_no {dialect.InLongs("$1")} GROUP BY run_no";

    /// <summary>Points and bytes of runs, in three statements that read rows' heads and no blob. What waits in the log may count a repeated point twice.</summary>
    public static Dictionary<long, (long Points, long Bytes)> Sizes(Session session, IReadOnlyCollection<long> runNos)
    {
        var sizes = new Dictionary<long, (long Points, long Bytes)>();
        foreach (var (table, bytes) in (ReadOnlySpan<(string, string)>)[("metric_segments", "length(head) + length(body)"), ("metric_packs", "length(head) + length(body)"), ("metric_log", "length(payload)")])
            session.Each(SizesOf(session.Dialect, table, bytes), row =>
            {
                var before = sizes.GetValueOrDefault(row.Long(0));
                sizes[row.Long(0)] = (before.Points + row.Long(1), before.Bytes + row.Long(2));
                return true;
            }, Arg.Longs(runNos));
        return sizes;
    }
}
