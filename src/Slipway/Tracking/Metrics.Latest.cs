using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>The latest points of many runs, ordered by run and name, on a pooled array. Dispose when written.</summary>
internal sealed class LatestPoints(string[] names, LatestPoint[] rented, int count) : IDisposable
{
    internal static readonly SeriesPool<LatestPoint> Pool = new(bytesMax: 4 * 1024 * 1024);

    private LatestPoint[] rented = rented;

    /// <summary>The names that occur, in ordinal order.</summary>
    public string[] Names => names;

    /// <summary>The points.</summary>
    public ReadOnlySpan<LatestPoint> Points => rented.AsSpan(0, count);

    public void Dispose()
    {
        Pool.Return(rented);
        rented = [];
    }
}

/// <summary>The latest point of a series: the maximum of (step, timestamp, value).</summary>
/// <param name="RunNo">The run.</param>
/// <param name="Key">The name's place in <see cref="LatestPoints.Names"/>.</param>
/// <param name="Point">The point; its value may be NaN or infinite.</param>
internal readonly record struct LatestPoint(long RunNo, long Key, SeriesPoint Point);

internal sealed partial class Metrics
{
    /// <summary>
    /// The latest points of many runs in one statement (two while names are not in memory), and what else is asked for in the same round
    /// trip. Await <see cref="EnsureSettled"/> before the session begins.
    /// </summary>
    public LatestPoints Latest(Session session, IReadOnlyCollection<long> runNos, params ReadOnlySpan<Question> beside)
    {
        var (rows, count) = (LatestPoints.Pool.Rent(64), 0);
        session.Together([new($"SELECT run_no, key_id, step, time_ms, value, is_nan FROM metric_latest WHERE run_no {session.Dialect.InLongs("$1")} ORDER BY run_no", row =>
        {
            if (count == rows.Length)
            {
                var larger = LatestPoints.Pool.Rent(2 * count);
                rows.CopyTo(larger, 0);
                LatestPoints.Pool.Return(rows);
                rows = larger;
            }
            rows[count++] = new(row.Long(0), row.Long(1), new(row.Long(3), row.Long(2), row.Bool(5) ? double.NaN : row.Double(4)));
            return true;
        }, Arg.Longs(runNos)), .. beside]);
        var points = rows.AsSpan(0, count);
        var places = new Dictionary<long, int>();
        foreach (ref readonly var point in points) places.TryAdd(point.Key, 0);
        var named = keys.Names(session, places.Keys).OrderBy(name => name.Value, StringComparer.Ordinal).ToArray();
        for (var i = 0; i < named.Length; i++) places[named[i].Key] = i;
        foreach (ref var point in points) point = point with { Key = places[point.Key] };
        SortNames(points);
        return new([.. named.Select(name => name.Value)], rows, count);
    }

    // The rows come by run: only the few of each run are left to sort.
    private static void SortNames(Span<LatestPoint> points)
    {
        for (int start = 0, end; start < points.Length; start = end)
        {
            for (end = start + 1; end < points.Length && points[end].RunNo == points[start].RunNo; end++) { }
            points[start..end].Sort(static (a, b) => a.Key.CompareTo(b.Key));
        }
    }
}
