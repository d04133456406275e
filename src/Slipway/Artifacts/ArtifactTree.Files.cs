using Slipway.Storage;

namespace Slipway.Artifacts;

internal sealed partial class ArtifactTree
{
    // Folders sort by their bytes, and '0' comes right after '/': one range of the key for all that lies below.
    private const string Below = """
        SELECT a.folder, a.name, a.size, b.sha256 FROM artifacts a JOIN blobs b ON b.id = a.blob_id
         WHERE a.workspace_id = $1 AND (a.folder = $2 OR a.folder > $3 AND a.folder < $4) ORDER BY a.folder, a.name LIMIT $5
        """;

    /// <summary>The files below a directory with their digests, paths from there on, at most so many. The caller's rights are the asking store's matter.</summary>
    public static List<(string Path, long Size, string Sha256)> FilesBelow(Session session, long workspace, ArtifactPath root, int most) =>
        session.Query(Below, row => ((row.Text(0) is var folder && folder.Length > root.Text.Length ? folder[(root.Text.Length + 1)..] + "/" : "") + row.Text(1), row.Long(2), row.Text(3)),
            workspace, root.Text, root.Text + "/", root.Text + "0", most);
}
