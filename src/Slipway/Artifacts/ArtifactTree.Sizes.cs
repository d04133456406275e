using Slipway.Storage;

namespace Slipway.Artifacts;

internal sealed partial class ArtifactTree
{
    private static string SizesBelow(Dialect dialect) => $"""
        SELECT p.value, count(a.blob_id), CAST(coalesce(sum(a.size), 0) AS BIGINT) FROM {dialect.EachText("$2", "p")} JOIN artifacts a ON a.workspace_id = $1 AND a.folder = p.value GROUP BY p.value
        UNION ALL
        SELECT p.value, count(a.blob_id), CAST(coalesce(sum(a.size), 0) AS BIGINT) FROM {dialect.EachText("$2", "p")}
          JOIN artifacts a ON a.workspace_id = $1 AND a.folder > p.value || '/' AND a.folder < p.value || '0' GROUP BY p.value
        """;

    // The key has everything that is asked for: a walk along it that stops after so many files.
    private static string BytesBelow(Dialect dialect, int filesMax)
    {
        var files = $"SELECT a.size FROM artifacts a WHERE a.workspace_id = $1 AND a.folder > p.value || '/' AND a.folder < p.value || '0' LIMIT {filesMax + 1}";
        return $"SELECT p.value, (SELECT count(*) FROM ({files}) f), (SELECT CAST(coalesce(sum(f.size), 0) AS BIGINT) FROM ({files}) f) FROM {dialect.EachText("$2", "p")}";
    }

    /// <summary>Bytes below each of many directories of a workspace that hold no files themselves, in one statement; one with more than so many files and directories is left out.</summary>
    public static Dictionary<string, long> Bytes(Session session, long workspace, IReadOnlyCollection<string> directories, int filesMax) => directories.Count == 0 ? []
        : session.Query(BytesBelow(session.Dialect, filesMax), static row => (Directory: row.Text(0), Files: row.Long(1), Bytes: row.Long(2)), workspace, Arg.Texts(directories))
            .Where(found => found.Files <= filesMax).ToDictionary(static found => found.Directory, static found => found.Bytes, StringComparer.Ordinal);

    /// <summary>Files and bytes below each of many directories of a workspace, in one statement.</summary>
    public static Dictionary<string, (long Files, long Bytes)> Sizes(Session session, long workspace, IReadOnlyCollection<string> directories)
    {
        var sizes = new Dictionary<string, (long Files, long Bytes)>(StringComparer.Ordinal);
        if (directories.Count == 0) return sizes;
        session.Each(SizesBelow(session.Dialect), row =>
        {
            var before = sizes.GetValueOrDefault(row.Text(0));
            sizes[row.Text(0)] = (before.Files + row.Long(1), before.Bytes + row.Long(2));
            return true;
        }, workspace, Arg.Texts(directories));
        return sizes;
    }
}
