using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Small keys share packs: those with new points are rewritten, and a key that outgrows 4,096 points gets segments of its own.</summary>
internal sealed partial class MetricsCompaction
{
    /// <summary>Packs rewritten in one write.</summary>
    private const int PacksTogether = 40;

    /// <summary>A pack with fewer points takes in keys that are new.</summary>
    private const int SmallPack = SeriesPack.PointsMax / 2;

    private async Task<Problem?> MergePacks(List<PackRow> packs, Dictionary<long, List<Metrics.SegmentRow>> owned, CancellationToken ct)
    {
        var keys = fresh.Keys.Where(key => !owned.ContainsKey(key)).ToHashSet();
        if (keys.Count == 0) return null;
        var touched = packs.Where(pack => pack.Entries.Exists(entry => keys.Contains(entry.Key))).ToList();
        foreach (var pack in touched)
            foreach (var entry in pack.Entries) keys.Remove(entry.Key);
        // What is left of the keys is new. One small pack takes them in, so that keys that come one by one do not make a pack each.
        if (keys.Count > 0 && packs.Except(touched).Where(pack => pack.Points < SmallPack).MinBy(pack => pack.Points) is { } small) touched.Add(small);
        touched.Sort((a, b) => a.Entries[0].Key.CompareTo(b.Entries[0].Key));

        var groups = touched.Chunk(PacksTogether).ToList();
        if (groups.Count == 0) groups.Add([]);
        for (var i = 0; i < groups.Count; i++)
        {
            // All of a group in one write: between writes no point may be missing.
            if (changes.Bytes > 0 && await Send(null, ct) is { } problem) return problem;
            var bodies = await database.Read(session => ReadPacks(session, groups[i]), ct);
            if (Damages.Count > 0) return Damaged();
            if (Repack(groups[i], bodies, i == groups.Count - 1 ? keys : []) is { } damaged) return damaged;
        }
        return null;
    }

    private Dictionary<long, (byte[] Body, long OriginMs)> ReadPacks(Session session, PackRow[] packs)
    {
        var found = new Dictionary<long, (byte[], long)>();
        var entries = new List<SeriesPackEntry>();
        if (packs.Length == 0) return found;
        session.Each($"SELECT id, head, body FROM metric_packs WHERE id {session.Dialect.InLongs("$1")}", row =>
        {
            if (SeriesPack.Check(row.Blob(1), row.Blob(2), entries, out var origin) is { } damage) Damages.Add(new(runNo, 0, "pack", row.Long(0), damage));
            found[row.Long(0)] = (row.Bytes(2), origin);
            return true;
        }, Arg.Longs([.. packs.Select(pack => pack.Id)]));
        return found;
    }

    private Problem? Repack(PackRow[] packs, Dictionary<long, (byte[] Body, long OriginMs)> bodies, IReadOnlySet<long> newKeys)
    {
        var series = packs.SelectMany(pack => pack.Entries.Select(entry => (entry.Key, Pack: (long?)pack.Id, Entry: entry)))
            .Concat(newKeys.Select(key => (Key: key, Pack: (long?)null, Entry: default(SeriesPackEntry)))).OrderBy(one => one.Key);
        using var builder = new SeriesPack.Builder();
        using var old = new SeriesColumns();
        using var union = new SeriesColumns();
        using var none = new SeriesColumns(1);
        foreach (var (key, pack, entry) in series)
        {
            old.Truncate(0);
            union.Truncate(0);
            // A pack that is gone was replaced by another compactor: the write will conflict.
            if (pack is { } id && bodies.TryGetValue(id, out var stored) && !SeriesPack.Read(stored.Body, entry, stored.OriginMs, old))
            {
                Damages.Add(new(runNo, key, "pack", id, "its points are malformed"));
                return Damaged();
            }
            SeriesMerge.Union(old, fresh.GetValueOrDefault(key, none), union);
            if (fresh.ContainsKey(key)) Draw(key, union);
            if (union.Count > SeriesSegment.PointsMax)
            {
                Encode(key, union, 0, union.Count, isTail: true);
                continue;
            }
            if (union.Count == 0) continue;
            if (!builder.Takes(union.Count)) changes.Add(builder.Build());
            builder.Add(key, union.Times, union.Steps, union.Values);
        }
        if (builder.Keys > 0) changes.Add(builder.Build());
        foreach (var pack in packs) changes.Delete(pack.Id, pack.Points);
        return null;
    }
}
