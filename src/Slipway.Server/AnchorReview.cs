using Slipway.Access;
using Slipway.Events;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>Whether the heads of the event log's chain are kept where who rewrites the log does not reach them.</summary>
internal static class AnchorReview
{
    private const string Heading = "Copies of the event log's heads";

    private const string Reason = "Who can write the data folder can rewrite the event log, its heads and the key that signs them, so that nothing shows; and a disk that fails takes all of it.";

    /// <summary>Nothing where there is no head yet.</summary>
    public static IEnumerable<ReviewItem> Of(ServerOptions options) => Of(options, DriveInfo.GetDrives().Select(drive => drive.RootDirectory.FullName));

    /// <summary>For tests: the places where disks are mounted.</summary>
    public static IEnumerable<ReviewItem> Of(ServerOptions options, IEnumerable<string> mounts)
    {
        var data = Path.GetFullPath(options.Data);
        var heads = Anchor.HeadsPath(data);
        if (options.Audit.AnchorUrl is { } url) yield return new ReviewItem("anchor", Ok, Heading, $"The heads of the event log are posted to {url.Host}.");
        else if (options.Audit.AnchorFile is { } file)
            yield return Disk(Path.GetFullPath(file), mounts) != Disk(data, mounts)
                ? new ReviewItem("anchor", Ok, Heading, $"The heads of the event log are kept in {file} too, on another disk.")
                : new ReviewItem("anchor", Low, Heading, $"{file} is on the same disk as the data folder.", Reason, "slipway server --audit-anchor-file FILE with a file on another disk or host, or --audit-anchor-url URL.");
        else if (File.Exists(heads))
            yield return new ReviewItem("anchor", Low, Heading, $"The heads of the event log are in {heads} alone.", Reason,
                "slipway server --audit-anchor-file FILE on another disk or host, or --audit-anchor-url URL; or copy the file away now and then.");
    }

    // The mount point that the path lies under.
    private static string? Disk(string path, IEnumerable<string> mounts) =>
        mounts.Where(mount => path == mount || path.StartsWith(mount.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)).MaxBy(static mount => mount.Length);
}
