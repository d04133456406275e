using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>
/// Uploads in parts: each part is a blob of its own, durable when it is acknowledged, so that a sender goes on after any crash from where it
/// was. Completing streams the parts into one blob and names it. Parts come by offset without gaps (resumable) or by number (MLflow's multipart).
/// </summary>
internal sealed class Uploads(Database database, ArtifactVault vault, ArtifactTree tree, TimeProvider clock)
{
    /// <summary>The most parts of an upload.</summary>
    public const int PartsMax = CreateMultipartUpload.PartsMax;

    private const string Insert = "INSERT INTO uploads (id, workspace_id, path, numbered, touched_ms) VALUES ($1, $2, $3, $4, $5)";

    private const string Select = "SELECT path, numbered FROM uploads WHERE id = $1 AND workspace_id = $2";

    private const string Touch = "UPDATE uploads SET touched_ms = $1 WHERE id = $2";

    private const string SelectParts = """
        SELECT p.at, p.blob_id, p.size, p.sha256, b.format, b.key_id FROM upload_parts p JOIN blobs b ON b.id = p.blob_id WHERE p.upload_id = $1 ORDER BY p.at
        """;

    private const string PartSize = "SELECT size FROM upload_parts WHERE upload_id = $1 AND at = $2";

    private const string Owner = """
        SELECT u.workspace_id, CAST(COALESCE(SUM(p.size), 0) AS BIGINT) FROM uploads u LEFT JOIN upload_parts p ON p.upload_id = u.id WHERE u.id = $1 GROUP BY u.workspace_id
        """;

    private const string Extent = "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM upload_parts WHERE upload_id = $1";

    private const string InsertPart = """
        INSERT INTO upload_parts (upload_id, at, blob_id, size, sha256) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (upload_id, at) DO UPDATE SET blob_id = excluded.blob_id, size = excluded.size, sha256 = excluded.sha256
        """;

    private const string InsertBlob = """
        INSERT INTO blobs (id, workspace_id, sha256, size, format, key_id, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
        """;

    /// <summary>A part that is durable.</summary>
    internal sealed record Part(long At, BlobId Blob, long Size, string Sha256, BlobForm Form);

    private sealed record Begun(ArtifactPath Path, bool Numbered);

    /// <summary>Begins an upload; answers its id, which is also the secret that its parts are sent under.</summary>
    public Task<Outcome<string>> Create(Caller caller, ArtifactPath path, bool numbered, CancellationToken ct)
    {
        var id = Guid.NewGuid().ToString("N");
        return database.Write<string>(session =>
        {
            if (tree.Refuse(session, caller, path) is { } refused) return refused;
            session.Execute(Insert, id, caller.Workspace, path.Text, numbered, Now());
            return id;
        }, ct);
    }

    /// <summary>Where an upload goes and how many bytes are durable.</summary>
    public Task<Outcome<Upload>> Find(Caller caller, string id, CancellationToken ct) => database.Read<Outcome<Upload>>(session =>
        Look(session, caller, id) is { } upload ? new Upload(id, upload.Path.Text, Size(session, id).Bytes) : Absent(id), ct);

    /// <summary>Stores the part that begins at an offset, which must be where the durable bytes end.</summary>
    public Task<Outcome<Part>> PutAt(Caller caller, string id, long offset, Stream content, CancellationToken ct) => Put(caller, id, offset, numbered: false, content, ct);

    /// <summary>Stores a numbered part, replacing one of the same number.</summary>
    public Task<Outcome<Part>> PutNumbered(Caller caller, string id, long number, Stream content, CancellationToken ct) => number is < 1 or > PartsMax
        ? Task.FromResult<Outcome<Part>>(Problem.Invalid($"Parts are numbered from 1 to {PartsMax}, got {number}."))
        : Put(caller, id, number, numbered: true, content, ct);

    /// <summary>Joins the parts into the file.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">Which upload.</param>
    /// <param name="check">Compares what is there with what the sender meant; answers the difference, or null.</param>
    /// <param name="expected">What the whole must be, where the sender knows; a difference is refused and the parts stay.</param>
    /// <param name="ct">Cancels until the file is registered.</param>
    public async Task<Outcome<Artifact>> Complete(Caller caller, string id, Func<ArtifactPath, IReadOnlyList<Part>, Problem?> check, (long? Size, string? Sha256) expected, CancellationToken ct)
    {
        var (upload, parts) = await database.Read(session => Look(session, caller, id) is { } begun ? (begun, Parts(session, id)) : (null, []), ct);
        if (upload is null) return Absent(id);
        if (check(upload.Path, parts) is { } different) return different;
        var blob = BlobId.New();
        await using var whole = new PartsStream(vault, parts);
        var stored = await vault.Put(caller.Workspace, blob, whole, ct);
        if (stored.Problem is { } failed) return failed;
        var outcome = Differs(stored.Value.Stored, expected) is { } wrong ? wrong : await database.Write(session => Publish(session, caller, id, parts, blob, stored.Value), CancellationToken.None);
        if (ArtifactTree.IsRefused(outcome.Problem)) await vault.Blobs.Remove(blob, CancellationToken.None);
        return outcome;
    }

    /// <summary>Gives an upload up; its parts are swept.</summary>
    public Task<Outcome<Done>> Abort(Caller caller, string id, CancellationToken ct) => database.Write<Done>(session =>
    {
        if (Look(session, caller, id, session.Dialect.ForUpdate()) is null) return Absent(id);
        Drop(session, id, Now());
        return new Done();
    }, ct);

    /// <summary>Removes an upload's rows and leaves its parts to the sweep.</summary>
    public static void Drop(Session session, string id, long nowMs)
    {
        var (workspace, bytes) = session.First(Owner, static row => (row.Long(0), row.Long(1)), id);
        session.Execute("UPDATE blobs SET orphaned_ms = $1 WHERE id IN (SELECT blob_id FROM upload_parts WHERE upload_id = $2)", nowMs, id);
        session.Execute("DELETE FROM upload_parts WHERE upload_id = $1", id);
        session.Execute("DELETE FROM uploads WHERE id = $1", id);
        WorkspaceUsage.Take(session, workspace, Used.Bytes, -bytes);
    }

    private async Task<Outcome<Part>> Put(Caller caller, string id, long at, bool numbered, Stream content, CancellationToken ct)
    {
        var (refused, room) = await database.Read(session => Refuse(session, caller, id, at, numbered, andLock: "") is { } problem ? (problem, null)
            : ((Problem?)null, WorkspaceUsage.Room(session, caller.Workspace, Used.Bytes) + (session.Long(PartSize, id, at) ?? 0)), ct);
        if (refused is not null) return refused;
        var blob = BlobId.New();
        var kept = await vault.Put(caller.Workspace, blob, ArtifactTree.Within(caller, content, room), ct);
        if (kept.Problem is { } failed) return failed;
        var part = new Part(at, blob, kept.Value.Stored.Size, kept.Value.Stored.Sha256, kept.Value.Form);
        var outcome = await database.Write<Part>(session =>
        {
            if (Refuse(session, caller, id, at, numbered, session.Dialect.ForUpdate()) is { } problem) return problem;
            // An empty part at an offset says nothing and would take the place of the next one.
            if (part.Size == 0 && !numbered) return Problem.Invalid("A part holds at least one byte.");
            var freed = session.Long(PartSize, id, at) ?? 0;
            session.Execute("UPDATE blobs SET orphaned_ms = $1 WHERE id IN (SELECT blob_id FROM upload_parts WHERE upload_id = $2 AND at = $3)", Now(), id, at);
            session.Execute(InsertBlob, blob.ToString(), caller.Workspace, part.Sha256, part.Size, part.Form.Format, part.Form.KeyId, Now());
            session.Execute(InsertPart, id, at, blob.ToString(), part.Size, part.Sha256);
            session.Execute(Touch, Now(), id);
            if (WorkspaceUsage.Take(session, caller.Workspace, Used.Bytes, part.Size - freed) is { } full) return full;
            return part;
        }, CancellationToken.None);
        if (ArtifactTree.IsRefused(outcome.Problem)) await vault.Blobs.Remove(blob, CancellationToken.None);
        return outcome;
    }

    private static Problem? Refuse(Session session, Caller caller, string id, long at, bool numbered, string andLock)
    {
        if (Look(session, caller, id, andLock) is not { } upload || upload.Numbered != numbered) return Absent(id);
        var (count, bytes) = Size(session, id);
        if (!numbered && at != bytes) return Problem.Conflict($"The upload {id} has {bytes} bytes: the next part begins there, not at {at}. Send from offset {bytes}.");
        return count >= PartsMax && !numbered ? Problem.TooLarge($"An upload holds at most {PartsMax} parts: begin again with larger ones.") : null;
    }

    private Outcome<Artifact> Publish(Session session, Caller caller, string id, List<Part> parts, BlobId blob, Kept stored)
    {
        if (Look(session, caller, id, session.Dialect.ForUpdate()) is not { } upload) return Absent(id);
        if (!Parts(session, id).SequenceEqual(parts)) return Problem.Conflict($"Parts of the upload {id} came in while it was being completed. Complete it again.");
        Drop(session, id, Now());
        return tree.Register(session, caller, upload.Path, blob, stored);
    }

    private static Problem? Differs(Stored stored, (long? Size, string? Sha256) expected)
    {
        if (expected.Size is { } size && size != stored.Size) return Problem.Invalid($"The upload has {stored.Size} bytes and {size} were meant. Send the rest, then complete it again.");
        return expected.Sha256 is { } sha && !sha.Equals(stored.Sha256, StringComparison.OrdinalIgnoreCase)
            ? Problem.Invalid($"The upload has SHA-256 {stored.Sha256} and {sha} was meant: it was damaged on the way. Abort it and begin again.")
            : null;
    }

    private static Begun? Look(Session session, Caller caller, string id, string andLock = "")
    {
        if (!BlobId.TryParse(id, out _)) return null; // the same shape: anything else never was an upload's id
        Begun? found = null;
        session.Each(Select + andLock, row =>
        {
            found = new Begun(ArtifactPath.Parse(row.Text(0)).Value, row.Bool(1));
            return false;
        }, id, caller.Workspace);
        return found;
    }

    private static List<Part> Parts(Session session, string id) => session.Query(SelectParts,
        static row => new Part(row.Long(0), BlobId.TryParse(row.Text(1), out var blob) ? blob : throw new FormatException($"The database names a blob '{row.Text(1)}'."), row.Long(2), row.Text(3), new BlobForm(row.Int(4), row.TextOrNull(5))), id);

    private static (long Count, long Bytes) Size(Session session, string id) => session.First(Extent, static row => (row.Long(0), row.Long(1)), id);

    private static Problem Absent(string id) => Problem.NotFound($"No upload '{id}': it was completed, aborted or left for more than {ArtifactSweep.UploadsKeptFor.Days} days. Begin a new one.");

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
