using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Artifacts;

internal sealed partial class ArtifactTree
{
    /// <summary>How many blobs one statement marks.</summary>
    private const int OrphansPerStatement = 5_000;

    private const string DeleteName = """
        DELETE FROM artifacts WHERE workspace_id = $1 AND folder = $2 AND name = $3 RETURNING blob_id, size
        """;

    private const string DeleteInFolder = """
        DELETE FROM artifacts WHERE workspace_id = $1 AND folder = $2 RETURNING blob_id, size
        """;

    // '0' is the byte after '/': the range holds every directory below, and nothing else.
    private const string DeleteBelowFolder = """
        DELETE FROM artifacts WHERE workspace_id = $1 AND folder > $2 || '/' AND folder < $2 || '0' RETURNING blob_id, size
        """;

    /// <summary>Deletes a file, or a directory with all below it.</summary>
    public Task<Outcome<Done>> Delete(Caller caller, ArtifactPath path, CancellationToken ct)
    {
        if (path.IsRoot) return Task.FromResult<Outcome<Done>>(Problem.Missing("path"));
        return database.Write<Done>(session =>
        {
            if (gate(session, caller, path, write: true) is { } refused) return refused;
            if (Remove(session, caller, path) is not { } files) return Problem.NotFound($"No artifact '{path}': there is nothing to delete.");
            events.Append(session, caller, "artifact.deleted", $"artifact/{path}", new JsonObject { ["files"] = files }.ToJsonString());
            return new Done();
        }, ct);
    }

    /// <summary>
    /// Deletes all under a prefix (a run's root, say) in the caller's transaction; answers how many files that were. The caller has checked the
    /// right to and appends its own event.
    /// </summary>
    public long DeleteUnder(Session session, Caller caller, ArtifactPath prefix) => prefix.IsRoot
        ? throw new ArgumentException("The whole tree is never deleted at once.", nameof(prefix))
        : Remove(session, caller, prefix) ?? 0;

    /// <summary>Deletes the row of one file or directory, whatever the workspace: the erasure of personal data, whose event names no paths.</summary>
    public void DeleteNamed(Session session, long workspace, string folder, string name)
    {
        var (gone, bytes) = (new List<string>(), 0L);
        Collect(session, gone, ref bytes, DeleteName, workspace, folder, name);
        session.Execute(OrphanBlobs(session.Dialect), clock.GetUtcNow().ToUnixTimeMilliseconds(), Arg.Texts(gone));
        WorkspaceUsage.Take(session, workspace, Used.Bytes, -bytes);
    }

    /// <summary>How many files went, or null when there was no such name.</summary>
    private long? Remove(Session session, Caller caller, ArtifactPath path)
    {
        var (gone, bytes) = (new List<string>(), 0L);
        // The name goes first: on PostgreSQL that waits for uploads that hold the directory, and stops those that come later.
        if (Collect(session, gone, ref bytes, DeleteName, caller.Workspace, path.Folder, path.Name) == 0) return null;
        // Again until nothing more is found: an upload that this waited for may have added names that the statement could not see yet.
        while (Collect(session, gone, ref bytes, DeleteInFolder, caller.Workspace, path.Text) + Collect(session, gone, ref bytes, DeleteBelowFolder, caller.Workspace, path.Text) > 0)
        {
        }
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var some in gone.Chunk(OrphansPerStatement)) session.Execute(OrphanBlobs(session.Dialect), nowMs, Arg.Texts(some));
        WorkspaceUsage.Take(session, caller.Workspace, Used.Bytes, -bytes);
        return gone.Count;
    }

    private static int Collect(Session session, List<string> blobs, ref long bytes, string delete, params ReadOnlySpan<Arg> args)
    {
        var (rows, freed) = (0, 0L);
        session.Each(delete, row =>
        {
            rows++;
            if (!row.IsNull(0)) blobs.Add(row.Text(0));
            freed += row.Long(1);
            return true;
        }, args);
        bytes += freed;
        return rows;
    }

    private static string OrphanBlobs(Dialect dialect) => $"UPDATE blobs SET orphaned_ms = $1 WHERE id {dialect.InTexts("$2")}";
}
