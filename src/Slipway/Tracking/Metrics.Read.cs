using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What every read of a series starts from: the few points outside segments of its own, and the segments' summaries.</summary>
internal sealed partial class Metrics
{
    /// <summary>A segment's row without its blobs.</summary>
    internal readonly record struct SegmentRow(long Id, long RunNo, long Key, SeriesSummary Summary);

    /// <summary>One series: a run's number and a metric's id.</summary>
    internal readonly record struct SeriesKey(long RunNo, long KeyId);

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
    private Dictionary<long, SeriesColumns> Loose(Session session, IReadOnlyCollection<long> runNos, long key, List<SeriesDamage> damages) =>
        Loose(session, [.. runNos.Select(run => new SeriesKey(run, key))], damages).ToDictionary(one => one.Key.RunNo, one => one.Value);

    /// <summary>The same for any series: each batch and pack of their runs is read once.</summary>
    private Dictionary<SeriesKey, SeriesColumns> Loose(Session session, IReadOnlyCollection<SeriesKey> series, List<SeriesDamage> damages)
    {
        var loose = new Dictionary<SeriesKey, SeriesColumns>();
        foreach (var one in series)
            if (!loose.ContainsKey(one)) loose.Add(one, new SeriesColumns());
        var runs = Arg.Longs([.. loose.Keys.Select(one => one.RunNo).Distinct()]);
        var keyIds = new List<long>();
        session.Each($"SELECT id, run_no, keys, payload FROM metric_log WHERE run_no {session.Dialect.InLongs("$1")} ORDER BY run_no, id", row =>
        {
            var (id, run) = (row.Long(0), row.Long(1));
            var damage = MetricsPayload.DecodeKeys(row.Blob(2), keyIds);
            if (damage is null && !keyIds.Exists(key => loose.ContainsKey(new(run, key)))) return true;
            damage ??= MetricsPayload.Decode(row.Blob(3), keyIds.Count, place => loose.GetValueOrDefault(new(run, keyIds[place])));
            if (damage is not null) DamagedOf(run, "log batch", id, damage);
            return true;
        }, runs);

        var entries = new List<SeriesPackEntry>();
        var packs = new List<long>();
        session.Each($"SELECT id, run_no, head FROM metric_packs WHERE run_no {session.Dialect.InLongs("$1")}", row =>
        {
            var run = row.Long(1);
            if (SeriesPack.ReadHead(row.Blob(2), entries) is { } damage) DamagedOf(run, "pack", row.Long(0), damage);
            else if (entries.Exists(entry => loose.ContainsKey(new(run, entry.Key)))) packs.Add(row.Long(0));
            return true;
        }, runs);
        if (packs.Count > 0)
            session.Each($"SELECT id, run_no, head, body FROM metric_packs WHERE id {session.Dialect.InLongs("$1")}", row =>
            {
                var (id, run) = (row.Long(0), row.Long(1));
                var body = row.Blob(3);
                var damage = SeriesPack.Check(row.Blob(2), body, entries, out var origin);
                for (var i = 0; i < entries.Count && damage is null; i++)
                    if (loose.TryGetValue(new(run, entries[i].Key), out var columns) && !SeriesPack.Read(body, entries[i], origin, columns)) damage = "its points are malformed";
                if (damage is not null) DamagedOf(run, "pack", id, damage);
                return true;
            }, Arg.Longs(packs));
        foreach (var columns in loose.Values) columns.SortDistinct();
        return loose;

        // Nothing says which of the run's series a damaged part held: each of those asked for may be short of it.
        void DamagedOf(long run, string kind, long id, string what)
        {
            foreach (var one in loose.Keys)
                if (one.RunNo == run) Damaged(damages, new(run, one.KeyId, kind, id, what));
        }
    }

    private void Damaged(List<SeriesDamage> damages, SeriesDamage damage)
    {
        damages.Add(damage);
        LogDamage(damage.Kind, damage.Id, damage.RunNo, damage.What);
    }
}
