using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What every read of a series starts from: the few points outside segments of its own, and the segments' summaries.</summary>
internal sealed partial class Metrics
{
    /// <summary>A segment's row without its blobs.</summary>
    internal readonly record struct SegmentRow(long Id, long RunNo, long Key, SeriesSummary Summary);

    internal const string SegmentColumns = """
        id, run_no, key_id, points, nans, first_ms, first_step, first_ord, last_ms, last_step, last_ord,
        low_ms, low_step, low_ord, high_ms, high_step, high_ord, min_ord, max_ord
        """;

    /// <summary>The column after <see cref="SegmentColumns"/>.</summary>
    private const int HeadColumn = 19;

    private static bool IsDeleted(Session session, long runNo) => session.Long("SELECT run_no FROM metric_runs WHERE run_no = $1 AND deleted = 1", runNo) is not null;

    internal static SegmentRow ReadSegmentRow(Row row) => new(row.Long(0), row.Long(1), row.Long(2), new SeriesSummary
    {
        Count = row.Int(3),
        Nans = row.Int(4),
        First = PointAt(row, 5),
        Last = PointAt(row, 8),
        Low = PointAt(row, 11),
        High = PointAt(row, 14),
        Min = SeriesPoint.FromOrdinal(row.Long(17)),
        Max = SeriesPoint.FromOrdinal(row.Long(18)),
    });

    private static SeriesPoint PointAt(Row row, int column) => new(row.Long(column), row.Long(column + 1), SeriesPoint.FromOrdinal(row.Long(column + 2)));

    /// <summary>
    /// The points of one key that are still in the log or share a pack, by run: sets in history's order. Three statements for any number
    /// of runs. The caller disposes the columns.
    /// </summary>
    private Dictionary<long, SeriesColumns> Loose(Session session, IReadOnlyCollection<long> runNos, long key, List<SeriesDamage> damages)
    {
        var loose = runNos.Distinct().ToDictionary(run => run, _ => new SeriesColumns());
        var runs = Arg.Longs(runNos);
        var keyIds = new List<long>();
        session.Each($"SELECT id, run_no, keys, payload FROM metric_log WHERE run_no {session.Dialect.InLongs("$1")} ORDER BY run_no, id", row =>
        {
            var (id, run) = (row.Long(0), row.Long(1));
            var damage = MetricsPayload.DecodeKeys(row.Blob(2), keyIds);
            if (damage is null && !keyIds.Contains(key)) return true;
            damage ??= MetricsPayload.Decode(row.Blob(3), keyIds.Count, place => keyIds[place] == key ? loose[run] : null);
            if (damage is not null) Damaged(damages, new(run, key, "log batch", id, damage));
            return true;
        }, runs);

        var entries = new List<SeriesPackEntry>();
        var packs = new List<long>();
        session.Each($"SELECT id, run_no, head FROM metric_packs WHERE run_no {session.Dialect.InLongs("$1")}", row =>
        {
            if (SeriesPack.ReadHead(row.Blob(2), entries) is { } damage) Damaged(damages, new(row.Long(1), key, "pack", row.Long(0), damage));
            else if (entries.Exists(entry => entry.Key == key)) packs.Add(row.Long(0));
            return true;
        }, runs);
        if (packs.Count > 0)
            session.Each($"SELECT id, run_no, head, body FROM metric_packs WHERE id {session.Dialect.InLongs("$1")}", row =>
            {
                var (id, run) = (row.Long(0), row.Long(1));
                var body = row.Blob(3);
                var damage = SeriesPack.Check(row.Blob(2), body, entries, out var origin);
                if (damage is null && !SeriesPack.Read(body, entries.Find(entry => entry.Key == key), origin, loose[run])) damage = "its points are malformed";
                if (damage is not null) Damaged(damages, new(run, key, "pack", id, damage));
                return true;
            }, Arg.Longs(packs));
        foreach (var columns in loose.Values) columns.SortDistinct();
        return loose;
    }

    private void Damaged(List<SeriesDamage> damages, SeriesDamage damage)
    {
        damages.Add(damage);
        LogDamage(damage.Kind, damage.Id, damage.RunNo, damage.What);
    }
}
