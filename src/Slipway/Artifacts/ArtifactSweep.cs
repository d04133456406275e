using Microsoft.Extensions.Logging;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>What a sweep removed.</summary>
/// <param name="Unnamed">Blobs that had lost their name.</param>
/// <param name="Unknown">Blobs in the store that no row knew: left by a crash between storing and registering.</param>
/// <param name="Unfinished">Parts of uploads that a kill had cut off.</param>
/// <param name="Uploads">Uploads in parts that nobody went on with.</param>
internal sealed record Swept(int Unnamed, int Unknown, int Unfinished, int Uploads);

/// <summary>
/// Removes what nothing refers to, by age: young blobs may belong to an upload that is about to be registered, or to a download that has begun.
/// Every step can be cut off and repeated.
/// </summary>
internal sealed partial class ArtifactSweep(Database database, IBlobs blobs, TimeProvider clock, ILogger<ArtifactSweep> log)
{
    /// <summary>How long what nothing refers to is kept.</summary>
    public static readonly TimeSpan OrphansKeptFor = TimeSpan.FromHours(24);

    /// <summary>How long an upload in parts waits for its next part.</summary>
    public static readonly TimeSpan UploadsKeptFor = TimeSpan.FromDays(7);

    /// <summary>
    /// More unknown blobs than this, and more than known ones, are no accident: the store belongs to another database (a bucket shared by two
    /// installations, an old backup), and sweeping would destroy it.
    /// </summary>
    public const int UnknownMax = 1_000;

    private const int Batch = 500;

    /// <summary>Rare: a sweep lists the whole store, which a bucket charges for.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    private const string Orphaned = "SELECT id FROM blobs WHERE orphaned_ms IS NOT NULL AND orphaned_ms < $1 ORDER BY orphaned_ms LIMIT $2";

    private const string Idle = "SELECT id FROM uploads WHERE touched_ms < $1 ORDER BY touched_ms LIMIT $2";

    /// <summary>The resident job that sweeps now and then.</summary>
    public JobHandler Handler => new("artifacts.sweep", Run, Resident: true);

    /// <summary>One whole sweep.</summary>
    public async Task<Outcome<Swept>> Sweep(DateTimeOffset now, CancellationToken ct)
    {
        var before = now - OrphansKeptFor;
        var uploads = await DropIdleUploads(now - UploadsKeptFor, now, ct);
        var unnamed = await RemoveUnnamed(before, ct);
        var unknown = await RemoveUnknown(before, ct);
        if (unknown.Problem is { } problem) return problem;
        var unfinished = await blobs.RemoveUnfinished(before, ct);
        return new Swept(unnamed, unknown.Value, unfinished, uploads);
    }

    private async Task Run(Lease lease, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            var swept = await Sweep(clock.GetUtcNow(), ct);
            if (swept.Problem is { } problem) Refused(problem.Message);
            else Done(swept.Value.Unnamed, swept.Value.Unknown, swept.Value.Unfinished, swept.Value.Uploads);
        }
    }

    private async Task<int> DropIdleUploads(DateTimeOffset before, DateTimeOffset now, CancellationToken ct)
    {
        for (var dropped = 0; ;)
        {
            var outcome = await database.Write<int>(session =>
            {
                var ids = session.Query(Idle, static row => row.Text(0), before.ToUnixTimeMilliseconds(), Batch);
                foreach (var id in ids) Uploads.Drop(session, id, now.ToUnixTimeMilliseconds());
                return ids.Count;
            }, ct);
            if (outcome.Problem is { } problem) throw new StorageException(problem);
            dropped += outcome.Value;
            if (outcome.Value < Batch) return dropped;
        }
    }

    private async Task<int> RemoveUnnamed(DateTimeOffset before, CancellationToken ct)
    {
        for (var removed = 0; ;)
        {
            var ids = await database.Read(session => session.Query(Orphaned, static row => row.Text(0), before.ToUnixTimeMilliseconds(), Batch), ct);
            if (ids.Count == 0) return removed;
            foreach (var id in ids)
                if (BlobId.TryParse(id, out var blob)) await blobs.Remove(blob, ct);
            // The row goes last: a crash before here repeats the removal, which is harmless; the other way round would leak the blob.
            var forgotten = await database.Write<int>(session => session.Execute($"DELETE FROM blobs WHERE id {session.Dialect.InTexts("$1")}", Arg.Texts(ids)), ct);
            if (forgotten.Problem is { } problem) throw new StorageException(problem);
            removed += ids.Count;
        }
    }

    private async Task<Outcome<int>> RemoveUnknown(DateTimeOffset before, CancellationToken ct)
    {
        var unknown = new List<BlobId>();
        long known = 0;
        var page = new List<BlobEntry>(Batch);
        await foreach (var entry in blobs.List(null, ct))
        {
            page.Add(entry);
            if (page.Count == Batch) await Compare();
        }
        await Compare();
        if (unknown.Count > UnknownMax && unknown.Count > known)
            return Problem.Conflict($"The blob store holds {unknown.Count} blobs that this database does not know, and {known} that it does: it seems to belong to another installation, so nothing was swept. Check the artifacts option.");
        foreach (var id in unknown) await blobs.Remove(id, ct);
        return unknown.Count;

        async Task Compare()
        {
            if (page.Count == 0) return;
            var ids = page.ConvertAll(entry => entry.Id.ToString());
            var rows = await database.Read(session => session.Query($"SELECT id FROM blobs WHERE id {session.Dialect.InTexts("$1")}", static row => row.Text(0), Arg.Texts(ids)), ct);
            var registered = rows.ToHashSet();
            known += registered.Count;
            unknown.AddRange(page.Where(entry => entry.Written < before && !registered.Contains(entry.Id.ToString())).Select(entry => entry.Id));
            page.Clear();
        }
    }

    [LoggerMessage(LogLevel.Information, "Swept {Unnamed} blobs without a name, {Unknown} without a row, {Unfinished} cut-off parts and {Uploads} idle uploads.")]
    private partial void Done(int unnamed, int unknown, int unfinished, int uploads);

    [LoggerMessage(LogLevel.Error, "The sweep of the blob store did nothing: {Why}")]
    private partial void Refused(string why);
}
