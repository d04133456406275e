using System.Security.Cryptography;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Gives committed events their dense position and seals them in batches. One lease holder does this; its lease's epoch is checked in the
/// sealing transaction itself, so that two sealers cannot both extend the chain.
/// </summary>
internal sealed class EventSealer(Database database, EventLog events, Anchor anchor, TimeProvider clock)
{
    /// <summary>The most events in one seal.</summary>
    public const int BatchMax = 512;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private const string LastSeal = "SELECT no, last_position, hash FROM event_seals ORDER BY no DESC LIMIT 1";

    private static string Unsealed(Dialect dialect) => $"""
        SELECT id, {SealChain.LeafColumns} FROM events
         WHERE position IS NULL AND {dialect.Settled("txid")} ORDER BY id LIMIT $1
        """;

    private const string Place = "UPDATE events SET position = $2 WHERE id = $1";

    private const string InsertSeal = """
        INSERT INTO event_seals (no, first_position, last_position, at_ms, leaves, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)
        """;

    /// <summary>The resident job that seals every second.</summary>
    public JobHandler Handler => new("events.seal", Run, Resident: true);

    /// <summary>Seals everything that is committed; answers how many events.</summary>
    public async Task<int> SealAll(Lease? lease, CancellationToken ct)
    {
        var total = 0;
        while (true)
        {
            var outcome = await database.Write<Sealed>(session => Seal(session, lease), ct);
            if (outcome.Problem is { } problem) throw new StorageException(problem);
            var done = outcome.Value;
            if (done.Count == 0) return total;
            FailPoint.Hit(FailPoint.SealedNotAnchored);
            anchor.Append(done.No, done.LastPosition, done.Hash, done.AtMs);
            events.Announce(done.LastPosition);
            total += done.Count;
            if (done.Count < BatchMax) return total;
        }
    }

    private async Task Run(Lease lease, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            // Looking costs a read; the writer is only asked when there is something to seal.
            if (await database.Read(static session => session.Long("SELECT id FROM events WHERE position IS NULL LIMIT 1"), ct) is not null) await SealAll(lease, ct);
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    private Outcome<Sealed> Seal(Session session, Lease? lease)
    {
        if (lease is not null && JobQueue.CheckLease(session, lease) is { } stale) return stale;
        var last = session.First(LastSeal, static row => (No: row.Long(0), Position: row.Long(1), Hash: row.Bytes(2)));
        if (last.Hash is null) last = (0, 0, SealChain.Genesis);
        var position = last.Position;
        var (input, hashes) = (new HashInput(), new byte[BatchMax * SHA256.HashSizeInBytes]);
        var placed = session.Query(Unsealed(session.Dialect), row =>
        {
            SealChain.Leaf(input, row, ++position, hashes.AsSpan((int)(position - last.Position - 1) * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
            return (Id: row.Long(0), Position: position);
        }, BatchMax);
        if (placed.Count == 0) return default(Sealed);
        session.ExecuteMany(Place, placed, static (args, row) => args.Add(row.Id).Add(row.Position));
        var leaves = hashes[..(placed.Count * SHA256.HashSizeInBytes)];
        var at = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var hash = SealChain.Seal(last.No + 1, last.Position + 1, position, at, leaves, last.Hash);
        session.Execute(InsertSeal, last.No + 1, last.Position + 1, position, at, leaves, last.Hash, hash);
        return new Sealed(last.No + 1, position, hash, at, placed.Count);
    }

    private readonly record struct Sealed(long No, long LastPosition, byte[] Hash, long AtMs, int Count);
}
