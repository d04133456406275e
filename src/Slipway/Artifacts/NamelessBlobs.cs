using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>Blobs that other capabilities keep without a name in the tree: known to the sweep, and left to it when nobody needs them.</summary>
internal static class NamelessBlobs
{
    private const string Register = "INSERT INTO blobs (id, workspace_id, sha256, size, format, key_id, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    /// <summary>Takes a stored blob in: in the write that makes something refer to it.</summary>
    public static void Keep(Session session, long workspace, BlobId id, in Kept kept, long nowMs) =>
        session.Execute(Register, id.ToString(), workspace, kept.Stored.Sha256, kept.Stored.Size, kept.Form.Format, kept.Form.KeyId, nowMs);

    /// <summary>Leaves blobs to the sweep: in the write after which nothing refers to them.</summary>
    public static void Leave(Session session, IReadOnlyCollection<string> ids, long nowMs)
    {
        if (ids.Count > 0) session.Execute($"UPDATE blobs SET orphaned_ms = $1 WHERE id {session.Dialect.InTexts("$2")}", nowMs, Arg.Texts(ids));
    }
}
