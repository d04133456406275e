using System.Collections.Concurrent;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Notes which keys of params and tags an experiment's runs have, in the write that logs them. Nearly all are known already: a bounded cache, which learns only what was committed, keeps
/// writes from noting them again. Keys are never taken away: one that no run has any more is still offered.
/// </summary>
internal sealed class EntryKeys
{
    /// <summary>The kind of params.</summary>
    public const int Params = 1;

    /// <summary>The kind of tags.</summary>
    public const int Tags = 2;

    /// <summary>The most keys kept in memory; at that many it starts over.</summary>
    public const int CachedMax = 100_000;

    private const string Insert = "INSERT INTO entry_keys (experiment_id, kind, key) VALUES ($1, $2, $3) ON CONFLICT (experiment_id, kind, key) DO NOTHING";

    private readonly ConcurrentDictionary<(long Experiment, int Kind, string Key), byte> known = new();

    /// <summary>Notes keys, in their order: whoever writes several passes them sorted, so that two writers on PostgreSQL do not wait in a circle.</summary>
    public void Note(Session session, long experiment, int kind, IReadOnlyList<KeyValue> entries)
    {
        List<string>? fresh = null;
        foreach (var (key, _) in entries)
            if (!known.ContainsKey((experiment, kind, key))) (fresh ??= []).Add(key);
        if (fresh is not null) session.LaterMany(Insert, fresh, (row, key) => row.Add(experiment).Add(kind).Add(key));
    }

    /// <summary>Notes a tag that the server itself sets on many runs.</summary>
    public static void NoteTag(Session session, IReadOnlyCollection<long> runNos, string key) => session.Execute($"""
        INSERT INTO entry_keys (experiment_id, kind, key) SELECT DISTINCT r.experiment_id, 2, CAST($2 AS TEXT) FROM runs r WHERE r.no {session.Dialect.InLongs("$1")} ORDER BY 1
        ON CONFLICT (experiment_id, kind, key) DO NOTHING
        """, Arg.Longs(runNos), key);

    /// <summary>Remembers what was noted in a write that is committed.</summary>
    public void Know(long experiment, int kind, IReadOnlyList<KeyValue> entries)
    {
        if (known.Count + entries.Count > CachedMax) known.Clear();
        foreach (var (key, _) in entries) known[(experiment, kind, key)] = 0;
    }
}
