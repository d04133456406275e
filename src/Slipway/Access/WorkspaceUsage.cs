using Slipway.Storage;

namespace Slipway.Access;

/// <summary>What a workspace's quota counts.</summary>
internal enum Used
{
    /// <summary>Bytes of artifacts and of parts on their way.</summary>
    Bytes = 1,
    /// <summary>Runs, deleted ones too.</summary>
    Runs = 2,
}

/// <summary>
/// Counts what workspaces with a quota use, one row for each amount that is limited. The row is changed in the transaction of the use itself,
/// which holds it until the commit: two writers at the edge cannot both pass. Workspaces without a quota have no row and pay for nothing.
/// </summary>
internal sealed class WorkspaceUsage(Database db)
{
    private const string Add = "UPDATE workspace_usage SET used = used + $3 WHERE workspace_id = $1 AND what = $2 RETURNING used, most";

    private const string Look = "SELECT used, most FROM workspace_usage WHERE workspace_id = $1 AND what = $2";

    private const string Limit = """
        INSERT INTO workspace_usage (workspace_id, what, used, most) VALUES ($1, $2, 0, $3)
        ON CONFLICT (workspace_id, what) DO UPDATE SET most = excluded.most
        """;

    private const string Count = "UPDATE workspace_usage SET used = $3 WHERE workspace_id = $1 AND what = $2";

    private const string Forget = "DELETE FROM workspace_usage WHERE workspace_id = $1 AND what = $2";

    private const string Limited = "SELECT id, quota_bytes, quota_runs FROM workspaces WHERE quota_bytes IS NOT NULL OR quota_runs IS NOT NULL ORDER BY id";

    /// <summary>What is used of each limit, of one workspace or of all that have one.</summary>
    public static Dictionary<(long Workspace, Used What), long> Of(Session session, long? workspace) => session.Query(
        "SELECT workspace_id, what, used FROM workspace_usage WHERE $1 < 0 OR workspace_id = $1", static row => (Key: (row.Long(0), (Used)row.Int(1)), Amount: row.Long(2)), workspace ?? -1)
        .ToDictionary(static row => row.Key, static row => row.Amount);

    /// <summary>How much of each there is in a workspace, told by the layers that have it.</summary>
    public Dictionary<Used, Func<Session, long, long>> Measures { get; } = [];

    /// <summary>
    /// Takes an amount, or gives it back when it is negative, in the caller's transaction; the refusal when the quota does not hold it, which rolls
    /// that transaction back. Called last: it holds the workspace's row.
    /// </summary>
    public static Problem? Take(Session session, long workspace, Used what, long amount)
    {
        if (amount == 0) return null;
        var (limited, used, most) = Ask(session, Add, workspace, (long)what, amount);
        return limited && amount > 0 && used > most ? Full(what, most, used - amount, amount) : null;
    }

    /// <summary>What is left; null when there is no limit.</summary>
    public static long? Room(Session session, long workspace, Used what)
    {
        var (limited, used, most) = Ask(session, Look, workspace, (long)what);
        return limited ? most - used : null;
    }

    /// <summary>The refusal of what the quota does not hold.</summary>
    public static Problem Full(Used what, long most, long used, long more) => Problem.Quota(what is Used.Bytes
        ? $"The workspace's quota of {most} bytes of artifacts is used up: {used} are used and {more} more would not fit. Delete artifacts, or ask an administrator to raise it."
        : $"The workspace's quota of {most} runs is used up: it has {used}, deleted ones counted. Delete runs for good, or ask an administrator to raise it.");

    /// <summary>Begins to count, or stops, as a quota says; in the transaction that changes it.</summary>
    public void Set(Session session, long workspace, long? bytes, long? runs)
    {
        foreach (var (what, most) in new[] { (Used.Bytes, bytes), (Used.Runs, runs) })
        {
            if (most is not { } limit) session.Execute(Forget, workspace, (long)what);
            else
            {
                // The row first: it holds writers back, so that the count is of what they have committed.
                session.Execute(Limit, workspace, (long)what, limit);
                if (Measures.TryGetValue(what, out var measure)) session.Execute(Count, workspace, (long)what, measure(session, workspace));
            }
        }
    }

    /// <summary>Counts anew in every workspace with a quota: at the start, for those that a restore or an older binary left uncounted.</summary>
    public Task<Outcome<Done>> CountAll(CancellationToken ct) => db.Write<Done>(session =>
    {
        foreach (var (id, bytes, runs) in session.Query(Limited, static row => (row.Long(0), row.LongOrNull(1), row.LongOrNull(2)))) Set(session, id, bytes, runs);
        return default(Done);
    }, ct);

    private static (bool Limited, long Used, long Most) Ask(Session session, string sql, params ReadOnlySpan<Arg> args)
    {
        (bool, long, long) found = default;
        session.Each(sql, row =>
        {
            found = (true, row.Long(0), row.Long(1));
            return false;
        }, args);
        return found;
    }
}
