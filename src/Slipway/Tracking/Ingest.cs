using System.Collections.Concurrent;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Takes in what the SDK's local logs hold, exactly once: a cursor for each log says which records are in, and moves in the transaction that takes them in. A
/// repeat is answered from the cursor, an overlap takes in what is new, and what comes too early changes nothing: its sender is told where to go on.
/// </summary>
internal sealed class Ingest(Database db, Runs runs, Experiments experiments, TimeProvider clock) : IDisposable
{
    /// <summary>The most requests that are decoded and written at once; others wait with nothing but their body.</summary>
    public const int AtOnceMax = 8;

    /// <summary>The most cursors kept in memory; at that many it starts over.</summary>
    public const int CursorsMax = 50_000;

    // Locks the log's row as well: of two requests of one log the second sees what the first did.
    private const string Hold = """
        INSERT INTO ingest_logs (workspace_id, log_id, acknowledged, touched_ms) VALUES ($1, $2, 0, $3)
        ON CONFLICT (workspace_id, log_id) DO UPDATE SET touched_ms = excluded.touched_ms RETURNING acknowledged
        """;

    private const string Move = "UPDATE ingest_logs SET acknowledged = $3 WHERE workspace_id = $1 AND log_id = $2";

    private const string Look = "SELECT acknowledged FROM ingest_logs WHERE workspace_id = $1 AND log_id = $2";

    private readonly SemaphoreSlim turns = new(AtOnceMax);
    private readonly ConcurrentDictionary<(long Workspace, Guid Log), long> cursors = new();
    private volatile string? incarnation;

    /// <summary>POST /ingest.</summary>
    public async Task<Outcome<IngestAnswer>> Take(Caller caller, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (IngestReader.Open(body.Span, out var opened) is { } bad) return bad;
        var header = opened.Header;
        incarnation ??= await db.Read(Migrations.ReadIncarnation, ct);
        if (header.First == header.Next) return Answer(await db.Read(session => session.Long(Look, caller.Workspace, header.Log.ToString("N")) ?? 0, ct));
        // A cursor never goes back while the server runs: what memory says is true, if not always the newest.
        if (cursors.TryGetValue((caller.Workspace, header.Log), out var known) && header.Next <= known) return Answer(known);
        await turns.WaitAsync(ct);
        try
        {
            var parsed = IngestRequest.Parse(body.Span);
            if (parsed.Problem is { } malformed) return malformed;
            var request = parsed.Value;
            var written = await db.Write<Taken>(session => Write(session, caller, request), ct, request.Bytes, order: request.Runs.Count > 0 ? request.Runs[0].RunId : null);
            if (written.Problem is { } refused) return refused;
            if (written.Value.Granted) experiments.Granted();
            Remember(caller.Workspace, header.Log, written.Value.Acknowledged);
            return Answer(written.Value.Acknowledged, written.Value.Rejected);
        }
        finally
        {
            turns.Release();
        }
    }

    public void Dispose() => turns.Dispose();

    private readonly record struct Taken(long Acknowledged, IngestRejections? Rejected, bool Granted);

    private Outcome<Taken> Write(Session session, Caller caller, IngestRequest request)
    {
        var (header, log) = (request.Header, request.Header.Log.ToString("N"));
        var acknowledged = session.Long(Hold, caller.Workspace, log, clock.GetUtcNow().ToUnixTimeMilliseconds())!.Value;
        var early = header.First > acknowledged && !header.Begins;
        if (header.Next <= acknowledged || early) return new Taken(acknowledged, null, false);
        var (rejected, granted) = (new IngestRejections(), false);
        rejected.Add(request.Rejected);
        foreach (var run in request.Runs)
            if (runs.TakeIn(session, caller, run, acknowledged, experiments, rejected, ref granted) is { } refused) return refused;
        session.Execute(Move, caller.Workspace, log, header.Next);
        return new Taken(header.Next, rejected, granted);
    }

    private void Remember(long workspace, Guid log, long acknowledged)
    {
        if (cursors.Count >= CursorsMax) cursors.Clear();
        cursors.AddOrUpdate((workspace, log), acknowledged, (_, before) => Math.Max(before, acknowledged));
    }

    private IngestAnswer Answer(long acknowledged, IngestRejections? rejected = null) =>
        new(acknowledged, incarnation, rejected is { Count: > 0 } some ? some.Count : null, rejected?.Listed);
}
