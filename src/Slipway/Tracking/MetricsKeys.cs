using System.Collections.Concurrent;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Ids of metric names within a workspace, with a bounded cache. The cache learns only from reads of what is committed: a name interned in
/// a transaction that is rolled back must not be remembered, since SQLite gives its id to another name.
/// </summary>
internal sealed class MetricsKeys
{
    /// <summary>The most names kept in memory; at that many it starts over.</summary>
    public const int CachedMax = 100_000;

    private const int WantedMax = 20_000;
    private const string Insert = "INSERT INTO metric_keys (workspace_id, name) VALUES ($1, $2) ON CONFLICT (workspace_id, name) DO NOTHING";

    private readonly ConcurrentDictionary<(long Workspace, string Name), long> ids = new();
    private readonly ConcurrentDictionary<long, string> names = new();
    private readonly ConcurrentDictionary<long, byte> wanted = new();

    /// <summary>True when <see cref="Learn"/> has something to read.</summary>
    public bool HasToLearn => !wanted.IsEmpty;

    /// <summary>The ids of names in their order, new ones interned. For writes.</summary>
    public long[] Intern(Session session, long workspace, IReadOnlyList<string> list)
    {
        var found = new long[list.Count];
        List<string>? missing = null;
        for (var i = 0; i < list.Count; i++)
            if (!ids.TryGetValue((workspace, list[i]), out found[i])) (missing ??= []).Add(list[i]);
        if (missing is null) return found;

        var fresh = Select(session, workspace, missing);
        // Sorted, so that two writers on PostgreSQL take the unique index's locks in one order.
        var unknown = missing.Where(name => !fresh.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            session.ExecuteMany(Insert, unknown, (row, name) => row.Add(workspace).Add(name));
            foreach (var (name, id) in Select(session, workspace, unknown)) fresh[name] = id;
        }
        for (var i = 0; i < found.Length; i++)
            if (found[i] == 0) found[i] = fresh[list[i]];
        foreach (var id in fresh.Values) Want(id);
        return found;
    }

    /// <summary>The id of a name, or null when nothing was ever logged under it.</summary>
    public long? Find(Session session, long workspace, string name)
    {
        if (ids.TryGetValue((workspace, name), out var known)) return known;
        var id = session.Long("SELECT id FROM metric_keys WHERE workspace_id = $1 AND name = $2", workspace, name);
        if (id is { } found) Want(found);
        return id;
    }

    /// <summary>The names of ids: from memory, the others in one statement.</summary>
    public Dictionary<long, string> Names(Session session, IEnumerable<long> of)
    {
        var found = new Dictionary<long, string>();
        List<long>? missing = null;
        foreach (var id in of)
        {
            if (found.ContainsKey(id)) continue;
            var known = names.TryGetValue(id, out var name);
            found[id] = name ?? "";
            if (!known) (missing ??= []).Add(id);
        }
        if (missing is null) return found;
        session.Each($"SELECT id, name FROM metric_keys WHERE id {session.Dialect.InLongs("$1")}", row =>
        {
            found[row.Long(0)] = row.Text(1);
            return true;
        }, Arg.Longs(missing));
        foreach (var id in missing) Want(id);
        return found;
    }

    /// <summary>Brings into the cache what was asked for meanwhile.</summary>
    public async Task Learn(Database database, CancellationToken ct)
    {
        if (wanted.IsEmpty) return;
        var list = wanted.Keys.ToList();
        var rows = await database.Read(session => session.Query(
            $"SELECT id, workspace_id, name FROM metric_keys WHERE id {session.Dialect.InLongs("$1")}", static row => (Id: row.Long(0), Workspace: row.Long(1), Name: row.Text(2)), Arg.Longs(list)), ct);
        if (ids.Count + rows.Count > CachedMax)
        {
            ids.Clear();
            names.Clear();
        }
        foreach (var (id, workspace, name) in rows)
        {
            ids[(workspace, name)] = id;
            names[id] = name;
        }
        foreach (var id in list) wanted.TryRemove(id, out _);
    }

    private void Want(long id)
    {
        if (wanted.Count < WantedMax && !names.ContainsKey(id)) wanted[id] = 0;
    }

    private static Dictionary<string, long> Select(Session session, long workspace, List<string> list)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        session.Each($"SELECT id, name FROM metric_keys WHERE workspace_id = $1 AND name {session.Dialect.InTexts("$2")}", row =>
        {
            found[row.Text(1)] = row.Long(0);
            return true;
        }, workspace, Arg.Texts(list));
        return found;
    }
}
