using Slipway.Events;
using Slipway.Server;

namespace Slipway.Cli.Doctor;

/// <summary>Whether the heads of the event log's chain are kept where who rewrites the log does not reach them.</summary>
internal static class AnchorChecks
{
    private const string Why = "Who can write the data folder can rewrite the event log, its heads and the key that signs them, so that nothing shows; and a disk that fails takes all of it.";

    /// <summary>Nothing where there is no head yet.</summary>
    public static IEnumerable<Check> Run(ServerOptions options) => Run(options, DriveInfo.GetDrives().Select(drive => drive.RootDirectory.FullName));

    /// <summary>For tests: the places where disks are mounted.</summary>
    public static IEnumerable<Check> Run(ServerOptions options, IEnumerable<string> mounts)
    {
        var data = Path.GetFullPath(options.Data);
        var heads = Anchor.HeadsPath(data);
        if (options.Audit.AnchorUrl is { } url) yield return Check.Ok("anchor", $"The heads of the event log are posted to {url.Host}.");
        else if (options.Audit.AnchorFile is { } file)
            yield return Disk(Path.GetFullPath(file), mounts) != Disk(data, mounts)
                ? Check.Ok("anchor", $"The heads of the event log are kept in {file} too, on another disk.")
                : Check.Weak("anchor", $"{file} is on the same disk as the data folder.", Why, "slipway server --audit-anchor-file FILE with a file on another disk or host, or --audit-anchor-url URL.");
        else if (File.Exists(heads))
            yield return Check.Weak("anchor", $"The heads of the event log are in {heads} alone.", Why,
                "slipway server --audit-anchor-file FILE on another disk or host, or --audit-anchor-url URL; or copy the file away now and then.");
    }

    // The mount point that the path lies under.
    private static string? Disk(string path, IEnumerable<string> mounts) =>
        mounts.Where(mount => path == mount || path.StartsWith(mount.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)).MaxBy(static mount => mount.Length);
}
