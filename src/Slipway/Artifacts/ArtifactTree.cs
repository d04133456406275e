using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>
/// The tree of artifact names over blobs. Each workspace has a tree of its own. A file appears, or replaces another, in one transaction after its
/// blob is durable; a blob that loses its name is swept by age, so that a download that has begun can end.
/// </summary>
internal sealed partial class ArtifactTree(Database database, ArtifactVault vault, EventLog events, TimeProvider clock, ArtifactGate gate)
{
    /// <summary>The largest file: what an upload to S3 can hold in its 10,000 parts, stated for every store.</summary>
    public const long BytesMax = 512L * 1024 * 1024 * 1024;

    /// <summary>The ids of the blobs that are in use: what a backup takes along.</summary>
    public const string BlobsInUse = "SELECT id FROM blobs WHERE orphaned_ms IS NULL ORDER BY id";

    /// <summary>Bytes of a workspace's blobs that something refers to: what its quota counts.</summary>
    private const string BytesInUse = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM blobs WHERE workspace_id = $1 AND orphaned_ms IS NULL";

    private const string InsertBlob = """
        INSERT INTO blobs (id, workspace_id, sha256, size, format, key_id, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
        """;

    private const string OrphanBlob = "UPDATE blobs SET orphaned_ms = $1 WHERE id = $2";

    private const string InsertName = """
        INSERT INTO artifacts (workspace_id, folder, name, blob_id, size, created_ms) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (workspace_id, folder, name) DO NOTHING
        """;

    private const string ReplaceFile = """
        UPDATE artifacts SET blob_id = $4, size = $5, created_ms = $6 WHERE workspace_id = $1 AND folder = $2 AND name = $3
        """;

    private const string FindName = "SELECT blob_id, size FROM artifacts WHERE workspace_id = $1 AND folder = $2 AND name = $3";

    private const string FindFile = """
        SELECT a.blob_id, a.size, b.sha256, a.created_ms, b.format, b.key_id
          FROM artifacts a LEFT JOIN blobs b ON b.id = a.blob_id
         WHERE a.workspace_id = $1 AND a.folder = $2 AND a.name = $3
        """;

    private enum Found { Nothing, File, Folder }

    /// <summary>Stores a stream as a file, replacing one of the same name.</summary>
    public async Task<Outcome<Artifact>> Put(Caller caller, ArtifactPath path, Stream content, CancellationToken ct)
    {
        // Asked before a gigabyte is sent, and again in the write, which alone decides.
        var asked = await database.Read(session => Refuse(session, caller, path) is { } problem ? (problem, null) : ((Problem?)null, Room(session, caller, path)), ct);
        if (asked.Item1 is { } refused) return refused;
        var blob = BlobId.New();
        var stored = await vault.Put(caller.Workspace, blob, Within(caller, content, asked.Item2), ct);
        if (stored.Problem is { } failed) return failed;
        FailPoint.Hit(FailPoint.BlobStoredNotNamed);
        // Cancelling here would only make an orphan of what is already stored.
        var outcome = await database.Write(session => Register(session, caller, path, blob, stored.Value), CancellationToken.None);
        if (IsRefused(outcome.Problem)) await vault.Blobs.Remove(blob, CancellationToken.None);
        return outcome;
    }

    /// <summary>
    /// Whether the write that was to name a blob is certain not to have happened. Of a connection lost in the commit nobody knows: the row may be
    /// there, and must not name a removed blob; if it is not, the sweep finds the orphan.
    /// </summary>
    internal static bool IsRefused(Problem? problem) => problem is { Status: < 500 };

    /// <summary>A file's facts.</summary>
    public async Task<Outcome<Artifact>> Find(Caller caller, ArtifactPath path, CancellationToken ct)
    {
        if (path.IsRoot) return Problem.Missing("path");
        return await database.Read<Outcome<Artifact>>(session =>
        {
            if (gate(session, caller, path, write: false) is { } refused) return refused;
            Outcome<Artifact> found = Problem.NotFound($"No artifact '{path}'. List its directory to see what there is.");
            session.Each(FindFile, row =>
            {
                found = row.IsNull(0)
                    ? Problem.NotFound($"The artifact '{path}' is a directory. List it and ask for its files one by one.")
                    : new Artifact(path, Id(row.Text(0)), row.Long(1), row.Text(2), DateTimeOffset.FromUnixTimeMilliseconds(row.Long(3))) { Form = new BlobForm(row.Int(4), row.TextOrNull(5)) };
                return false;
            }, caller.Workspace, path.Folder, path.Name);
            return found;
        }, ct);
    }

    /// <summary>Opens the bytes of a file that was found.</summary>
    public async Task<Outcome<Stream>> Open(Artifact artifact, long offset, long? length, CancellationToken ct)
    {
        var opened = await vault.Open(artifact.Blob, artifact.Form, artifact.Size, offset, length, ct);
        return opened.Problem is { Status: 404 } ? Lost(artifact) : opened;
    }

    /// <summary>What to say when a row names a blob that is not there.</summary>
    public static Problem Lost(Artifact artifact) =>
        Problem.Damaged($"The content of '{artifact.Path}' (blob {artifact.Blob}) is missing from the blob store. Restore it from a backup, or log the artifact again.");

    /// <summary>Names a durable blob in the caller's transaction: the last step of every way to upload.</summary>
    public Outcome<Artifact> Register(Session session, Caller caller, ArtifactPath path, BlobId blob, Kept kept)
    {
        var stored = kept.Stored;
        if (Refuse(session, caller, path) is { } refused) return refused;
        var now = clock.GetUtcNow();
        var nowMs = now.ToUnixTimeMilliseconds();
        if (MakeFolders(session, caller, path, nowMs) is { } inTheWay) return inTheWay;
        session.Execute(InsertBlob, blob.ToString(), caller.Workspace, stored.Sha256, stored.Size, kept.Form.Format, kept.Form.KeyId, nowMs);
        var (replaced, freed) = (false, 0L);
        while (session.Execute(InsertName, caller.Workspace, path.Folder, path.Name, blob.ToString(), stored.Size, nowMs) == 0)
        {
            var (found, old, size) = Look(session, caller, path, session.Dialect.ForUpdate());
            if (found is Found.Nothing) continue; // deleted by another server since the insert
            if (found is Found.Folder) return IsFolder(path);
            session.Execute(ReplaceFile, caller.Workspace, path.Folder, path.Name, blob.ToString(), stored.Size, nowMs);
            session.Execute(OrphanBlob, nowMs, old);
            (replaced, freed) = (true, size);
            break;
        }
        if (WorkspaceUsage.Take(session, caller.Workspace, Used.Bytes, stored.Size - freed) is { } full) return full;
        var data = new JsonObject { ["size"] = stored.Size, ["sha256"] = stored.Sha256 };
        if (replaced) data["replaced"] = true;
        events.Append(session, caller, "artifact.logged", $"artifact/{path}", data.ToJsonString());
        return new Artifact(path, blob, stored.Size, stored.Sha256, now) { Form = kept.Form };
    }

    /// <summary>What speaks against a file of this name: rights, a directory of the same name, a file where a directory must be.</summary>
    public Problem? Refuse(Session session, Caller caller, ArtifactPath path)
    {
        if (path.IsRoot) return Problem.Missing("path");
        if (gate(session, caller, path, write: true) is { } refused) return refused;
        return Look(session, caller, path).Found is Found.Folder ? IsFolder(path) : null;
    }

    /// <summary>Makes the directories above a file; a file among them is refused.</summary>
    private static Problem? MakeFolders(Session session, Caller caller, ArtifactPath path, long nowMs)
    {
        var folders = path.Folders().ToList();
        if (folders.Count == 0) return null;
        // A directory that is there has its own directories above it: one look in the usual case. The share lock keeps it until the commit.
        if (Look(session, caller, folders[^1], session.Dialect.ForShare()).Found is Found.Folder) return null;
        foreach (var folder in folders)
        {
            while (session.Execute(InsertName, caller.Workspace, folder.Folder, folder.Name, (string?)null, 0, nowMs) == 0)
            {
                var found = Look(session, caller, folder, session.Dialect.ForShare()).Found;
                if (found is Found.File)
                    return Problem.Invalid($"Invalid path '{path}': '{folder}' is a file, so nothing can lie below it. Choose another name, or delete that file first.");
                if (found is Found.Folder) break;
            }
        }
        return null;
    }

    /// <summary>How many bytes a workspace's quota counts.</summary>
    public static long CountBytes(Session session, long workspace) => session.Long(BytesInUse, workspace) ?? 0;

    /// <summary>What a file of this name may have, where there is a quota: it frees the one that it replaces.</summary>
    private static long? Room(Session session, Caller caller, ArtifactPath path) =>
        WorkspaceUsage.Room(session, caller.Workspace, Used.Bytes) is { } room ? room + Look(session, caller, path).Size : null;

    /// <summary>The content, held to what is left of a quota.</summary>
    internal static Stream Within(Caller caller, Stream content, long? room) => room is not { } left ? content
        : new RoomStream(content, left, read => WorkspaceUsage.Full(Used.Bytes, caller.Quota?.Bytes ?? left, (caller.Quota?.Bytes ?? left) - left, read));

    private static (Found Found, string? Blob, long Size) Look(Session session, Caller caller, ArtifactPath path, string andLock = "")
    {
        (Found, string?, long) result = (Found.Nothing, null, 0);
        session.Each(FindName + andLock, row =>
        {
            result = row.IsNull(0) ? (Found.Folder, null, 0) : (Found.File, row.Text(0), row.Long(1));
            return false;
        }, caller.Workspace, path.Folder, path.Name);
        return result;
    }

    private static Problem IsFolder(ArtifactPath path) =>
        Problem.Invalid($"Invalid path '{path}': it is a directory. Choose another name, or delete the directory first.");

    private static BlobId Id(string text) => BlobId.TryParse(text, out var id) ? id : throw new FormatException($"The database names a blob '{text}'.");
}
