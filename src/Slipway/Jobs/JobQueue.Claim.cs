using Slipway.Storage;

namespace Slipway.Jobs;

/// <summary>
/// Who gets a place: the higher priority first, and among jobs of one priority the kinds in turn, so that a hundred thousand of one kind delay
/// one job of another by one job. Every look is a few steps along an index, whatever waits.
/// </summary>
internal sealed partial class JobQueue
{
    /// <summary>The most jobs of one claim.</summary>
    public const int ClaimMax = 1_000;

    /// <summary>Every so many looks the lowest priority goes first: nothing waits for ever.</summary>
    public const int LowestFirstEvery = 8;

    private const string LostError = "Its server ended, or did not answer for the time of a lease, while it worked on this.";

    /// <summary>How many lost leases one look takes back.</summary>
    private const int LostMax = 1_000;

    private static string Lost(Dialect dialect) => $"""
        SELECT id, kind, name, attempts, attempts_max, owner FROM jobs WHERE state = 1 AND lease_until_ms < $1 AND kind {dialect.InTexts("$2")}
         ORDER BY lease_until_ms, id LIMIT {LostMax}{dialect.ForUpdateSkipLocked()}
        """;

    private static string GiveBack(Dialect dialect) => $"UPDATE jobs SET state = 0, owner = NULL, lease_until_ms = NULL WHERE id {dialect.InLongs("$1")}";

    private static string Heads(Dialect dialect) => $"""
        SELECT k.value, l.priority FROM {dialect.EachText("$1", "k")} CROSS JOIN ({Priorities}) l
         WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.state = 0 AND j.kind = k.value AND j.priority = l.priority AND j.run_at_ms <= $2)
         ORDER BY k.value
        """;

    private static string FindDue(Dialect dialect) => $"""
        SELECT id FROM jobs WHERE state = 0 AND kind = $1 AND priority = $2 AND run_at_ms <= $3 ORDER BY run_at_ms, id LIMIT $4{dialect.ForUpdateSkipLocked()}
        """;

    private static string Take(Dialect dialect) => $"""
        UPDATE jobs SET state = 1, owner = $2, lease_until_ms = $3, epoch = epoch + 1, attempts = attempts + 1 WHERE id {dialect.InLongs("$1")}
        RETURNING id, kind, name, payload, epoch, attempts, attempts_max
        """;

    private int turns = -1;

    /// <summary>Claims one job that is due, or whose owner let its lease run out. Null: nothing is due.</summary>
    public async Task<Outcome<Lease?>> Claim(string owner, IReadOnlyCollection<string> kinds, CancellationToken ct)
    {
        var claimed = await Claim(owner, [.. kinds.Select(static kind => new JobRoom(kind, 1))], 1, ct);
        return claimed.Problem is { } problem ? problem : claimed.Value is [var lease] ? lease : (Outcome<Lease?>)(Lease?)null;
    }

    /// <summary>Claims up to <paramref name="most"/> jobs (at most <see cref="ClaimMax"/>) in one write, of each kind no more than there is room for.</summary>
    public Task<Outcome<List<Lease>>> Claim(string owner, IReadOnlyList<JobRoom> rooms, int most, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, ClaimMax);
        var turn = Interlocked.Increment(ref turns) & int.MaxValue;
        var now = clock.GetUtcNow();
        string[] kinds = [.. rooms.Select(static room => room.Kind)];
        return database.Write<List<Lease>>(session =>
        {
            var nowMs = now.ToUnixTimeMilliseconds();
            TakeBack(session, kinds, nowMs);
            var claimed = new List<Lease>();
            var room = rooms.ToDictionary(static one => one.Kind, static one => one.Most);
            var due = session.Query(Heads(session.Dialect), static row => (Kind: row.Text(0), Priority: row.Long(1)), Arg.Texts(kinds), nowMs);
            foreach (var level in InOrder(due.GroupBy(static head => head.Priority), turn))
                TakeTurns(session, owner, level.Key, [.. level.Select(static head => head.Kind)], turn, now, most, room, claimed);
            return claimed;
        }, ct);
    }

    private static IEnumerable<IGrouping<long, T>> InOrder<T>(IEnumerable<IGrouping<long, T>> levels, int turn) =>
        turn % LowestFirstEvery == LowestFirstEvery - 1 ? levels.OrderBy(static level => level.Key) : levels.OrderByDescending(static level => level.Key);

    /// <summary>Claims from the kinds in turn; what one leaves of its share the others take.</summary>
    private static void TakeTurns(Session session, string owner, long priority, List<string> kinds, int turn, DateTimeOffset now, int most, Dictionary<string, int> room, List<Lease> claimed)
    {
        var first = turn % kinds.Count;
        kinds = [.. kinds[first..], .. kinds[..first]];
        while (claimed.Count < most && kinds.Count > 0)
        {
            var share = (most - claimed.Count + kinds.Count - 1) / kinds.Count;
            foreach (var kind in kinds.ToArray())
            {
                var asked = Math.Min(Math.Min(share, room[kind]), most - claimed.Count);
                var taken = asked == 0 ? 0 : TakeDue(session, owner, kind, priority, now, asked, claimed);
                room[kind] -= taken;
                if (taken < asked || room[kind] == 0) kinds.Remove(kind);
            }
        }
    }

    private static int TakeDue(Session session, string owner, string kind, long priority, DateTimeOffset now, int most, List<Lease> claimed)
    {
        var ids = session.Query(FindDue(session.Dialect), static row => row.Long(0), kind, priority, now.ToUnixTimeMilliseconds(), most);
        if (ids.Count == 0) return 0;
        var place = ids.Index().ToDictionary(static entry => entry.Item, static entry => entry.Index);
        var leases = session.Query(Take(session.Dialect), row => new Lease(row.Long(0), row.Text(1), row.Text(2), row.Text(3), row.Long(4), row.Int(5), row.Int(6))
        {
            Owner = owner,
            FromMs = now.ToUnixTimeMilliseconds(),
        }, Arg.Longs(ids), owner, (now + LeaseTime).ToUnixTimeMilliseconds());
        claimed.AddRange(leases.OrderBy(lease => place[lease.Id]));
        return leases.Count;
    }

    /// <summary>Jobs whose owner is gone are due again; one that was lost at its last attempt has failed, so that work that kills its server ends.</summary>
    private void TakeBack(Session session, string[] kinds, long nowMs)
    {
        var lost = session.Query(Lost(session.Dialect), static row => (Lease: new Lease(row.Long(0), row.Text(1), row.Text(2), "", 0, row.Int(3), (int)Math.Min(row.Long(4), int.MaxValue)) { Owner = row.TextOrNull(5) ?? "" }, Id: row.Long(0)), nowMs, Arg.Texts(kinds));
        if (lost.Count == 0) return;
        session.Execute(GiveBack(session.Dialect), Arg.Longs([.. lost.Select(static one => one.Id)]));
        foreach (var (lease, _) in lost)
        {
            if (lease.Name == JobHandler.ResidentName) continue;
            NoteFailure(session, lease, LostError, nowMs);
            if (lease.Attempts >= lease.AttemptsMax) GiveUp(session, lease, LostError);
        }
    }
}
